"""Trouble on request: what a call meets instead of, before or after what it asked for.

Kinds: `status` (any code, with its documented body), `html` (a page instead of JSON), `slow` (the
right answer, late), `timeout` (nothing for long, then 504), `cut_before` (nothing is done, the
connection breaks), `cut_after` (it is done, the connection breaks; a download's after some bytes).
"""

import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
from django.db.models import F
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from ..models import Fault, Workspace
from .answers import Answer

KINDS = ("status", "html", "slow", "timeout", "cut_before", "cut_after")
LONGEST_S = 120.0
_CODES = {
    400: ("invalid_request_data", "The request was refused on request of the sandbox's user."),
    401: ("authentication_failed", "Invalid API token."),
    402: ("insufficient_credit_balance", "The workspace is out of credit."),
    403: ("request_blocked", "Request was blocked due to security rules."),
    404: ("not_found", "Not found."),
    405: ("method_not_allowed", "Method not allowed."),
    409: ("conflict", "Another request is in progress."),
    429: ("throttled", "Request was throttled."),
    500: ("internal_error", "A server error occurred."),
    502: ("bad_gateway", "Bad gateway."),
    503: ("unavailable", "Service unavailable."),
    504: ("timeout", "Gateway timeout."),
    507: ("adhoc_pool_depleted", "There are no ad-hoc bots available right now."),
}
_PAGE = "<!doctype html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


class ConnectionCut(httpx.RemoteProtocolError):
    """The connection breaks in the middle of the answer.

    A server drops the connection when it meets this; played inside one process, it is already the
    error that a client sees.
    """


def due(workspace: Workspace, *, method: str, path: str, by_link: bool = False) -> Fault | None:
    """The oldest fault that this call meets; it is used up by one.

    What is fetched `by_link` meets only faults that name a path: the others are for the API.
    """
    waiting = workspace.faults.filter(remaining__gt=0).order_by("pk")
    for fault in waiting.exclude(path="") if by_link else waiting:
        if fault.method not in ("", method) or not re.search(fault.path, path):
            continue
        used = Fault.objects.filter(pk=fault.pk, remaining__gt=0)
        if used.update(remaining=F("remaining") - 1):
            return fault
    return None


def instead(fault: Fault) -> HttpResponseBase | None:
    """The answer that comes instead of the call's own, or None if the call goes on."""
    options: dict[str, Any] = fault.options
    seconds = min(float(options.get("seconds", 30)), LONGEST_S)
    if fault.kind in ("slow", "timeout"):
        time.sleep(seconds)
    if fault.kind == "timeout":
        return _status(504, {})
    if fault.kind == "status":
        return _status(int(options.get("status", 500)), options)
    if fault.kind == "html":
        status = int(options.get("status", 200))
        return HttpResponse(
            _PAGE.format(options.get("title", "Down for maintenance")), status=status
        )
    if fault.kind == "cut_before":
        return cut()
    return None


def cut() -> HttpResponseBase:
    """An answer whose connection breaks after its first byte."""

    def broken() -> Iterator[bytes]:
        yield b"{"
        raise ConnectionCut("The sandbox cut the connection, as it was asked to.")

    response = StreamingHttpResponse(broken(), content_type="application/json")
    response["Content-Length"] = "4096"
    return response


def _status(status: int, options: dict[str, Any]) -> HttpResponseBase:
    code, detail = _CODES.get(status, ("error", "An error on request."))
    body = {"code": options.get("code", code), "detail": options.get("detail", detail)}
    answer = Answer(status, options.get("body", body))
    retry_after = options.get("retry_after", 2 if status in (429, 507) else None)
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    return answer.response()
