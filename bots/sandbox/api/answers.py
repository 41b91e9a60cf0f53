"""Recall's answers that are not the thing asked for, in the bodies its pages document.

https://docs.recall.ai/reference/errors
"""

import json
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse

from ..models import REGIONS

NOT_FOUND_PAGE = """<!doctype html>
<html lang="en"><head><title>Not Found</title></head>
<body><h1>Not Found</h1><p>The requested resource was not found on this server.</p></body></html>
"""


@dataclass(slots=True)
class Answer:
    """A status, a JSON body (None: empty) and headers."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> HttpResponse:
        if self.body is None and self.status == 204:
            return HttpResponse(status=204, headers=self.headers)
        text = json.dumps(self.body, ensure_ascii=False, separators=(",", ":"))
        return HttpResponse(
            text, status=self.status, content_type="application/json", headers=self.headers
        )


class Refused(Exception):
    """The call ends here with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(str(answer.body))
        self.answer = answer


def refusal(status: int, code: str, detail: str, **headers: str) -> Refused:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Refused(Answer(status, {"code": code, "detail": detail}, named))


def not_authenticated(allow: str) -> Refused:
    detail = "Authentication credentials were not provided."
    return refusal(401, "not_authenticated", detail, WWW_Authenticate="Token", Allow=allow)


def wrong_key(allow: str) -> Refused:
    *most, last = REGIONS
    detail = (
        "Invalid API token. The API token provided might be for another Recall region "
        f"(such as {', '.join(most)}, or {last}). "
        "Verify token is valid and belongs to the correct region."
    )
    return refusal(401, "authentication_failed", detail, WWW_Authenticate="Token", Allow=allow)


def wrong_scheme(allow: str) -> Refused:
    detail = "Invalid token header. No credentials provided."
    return refusal(401, "authentication_failed", detail, WWW_Authenticate="Token", Allow=allow)


def blocked() -> Refused:
    detail = (
        "Request was blocked due to security rules. This is likely due to providing a localhost "
        "URL in your payload. More details: "
        "https://docs.recall.ai/reference/errors#/403-request-blocked"
    )
    return refusal(403, "request_blocked", detail)


def invalid(errors: Any) -> Refused:
    """The field map of a wrong body."""
    return Refused(Answer(400, errors))


def not_found(*, code: bool = False) -> Refused:
    body = {"detail": "Not found."}
    return Refused(Answer(404, {"code": "not_found"} | body if code else body))


def throttled(seconds: int) -> Refused:
    detail = f"Request was throttled. Expected available in {seconds} seconds."
    return refusal(429, "throttled", detail, Retry_After=str(seconds))


def conflict() -> Refused:
    detail = "A request with this Idempotency-Key is still in progress."
    return refusal(409, "conflict", detail)


def no_machine(*, code: str, seconds: int) -> Refused:
    detail = "There are no ad-hoc bots available right now. Try again in a moment."
    return refusal(507, code, detail, Retry_After=str(seconds))


def unstarted() -> Refused:
    detail = "Cannot send a command to a bot which has not been started."
    return refusal(400, "cannot_command_unstarted_bot", detail)


def completed() -> Refused:
    detail = (
        "Cannot send a command to a bot which has completed(is shutting/has shut down/has errored)."
    )
    return refusal(400, "cannot_command_completed_bot", detail)


def undeletable() -> Refused:
    detail = "Only scheduled bots which have not joined a call can be deleted."
    return refusal(405, "cannot_delete_bot", detail)


def not_updatable(detail: str) -> Refused:
    return refusal(400, "update_bot_failed", detail)
