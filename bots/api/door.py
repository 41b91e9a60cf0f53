"""The door around every address of the API: no cookie opens it, and whatever it answers is JSON."""

import math
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, cast

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from bots.api.problems import Problem, answer
from bots.api_tokens import Allowance
from bots.views import trouble
from bots.views.knocks import body_of

ROOT: Final = "/api/"
MOST_BYTES: Final = 64 * 1024

View = Callable[..., HttpResponse]


def door(view: View) -> View:
    """That view, for programs: a token is asked for by its operations, a form's token by nobody."""

    @csrf_exempt
    @login_not_required
    @wraps(view)
    def ask(request: HttpRequest, **words: Any) -> HttpResponse:
        try:
            body_of(request, most_bytes=MOST_BYTES)
        except RequestDataTooBig:
            sentence = f"The body is larger than {MOST_BYTES} bytes."
            return answer(Problem(413, "too_large", sentence))
        except UnreadablePostError:
            return answer(Problem(400, "not_whole", "The request did not arrive whole."))
        response = view(request, **words)
        if response.status_code == 405:
            response = _wrong_method(request, response["Allow"])
        allowance = cast(Any, request).__dict__.get("api_allowance")
        if allowance is not None:
            _tell(response, allowance)
        return response

    return ask


@door
def nowhere(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Every other address below `/api/`."""
    slash = "" if request.path.endswith("/") else " Addresses end with a slash."
    return answer(Problem(404, "not_found", f"The API has no such address.{slash}"))


def broken(request: HttpRequest) -> HttpResponse:
    """The page for what broke, for a program as JSON: 503 with the time to come back, or 500."""
    page = trouble.broken(request)
    if not request.path.startswith(ROOT):
        return page
    if page.status_code == 503:
        sentence = f"The database does not answer just now. Try again in {trouble.AGAIN_S} s."
        again = {"Retry-After": str(trouble.AGAIN_S)}
        return answer(Problem(503, "away", sentence, headers=again))
    sentence = "Something broke on our side. Whoever runs this server finds the reason in its log."
    return answer(Problem(500, "broken", sentence))


def _wrong_method(request: HttpRequest, allowed: str) -> HttpResponse:
    sentence = f"This address takes {allowed}, not {(request.method or '')[:20]}."
    return answer(Problem(405, "wrong_method", sentence, headers={"Allow": allowed}))


def _tell(response: HttpResponse, allowance: Allowance) -> None:
    """How often the token may still call, in every answer that it gets."""
    response.headers["RateLimit-Limit"] = str(allowance.limit)
    response.headers["RateLimit-Remaining"] = str(allowance.remaining)
    response.headers["RateLimit-Reset"] = str(math.ceil(allowance.reset_s))
