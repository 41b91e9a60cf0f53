"""How Recall's requests to us are read and answered: small bodies, plain sentences."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError


def body_of(request: HttpRequest, *, most_bytes: int) -> bytes:
    """The body. Raises RequestDataTooBig, or UnreadablePostError for one that is not whole."""
    try:
        announced = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError as error:
        raise UnreadablePostError("Content-Length is not a number") from error
    if announced > most_bytes:
        raise RequestDataTooBig
    body = request.body
    if len(body) > most_bytes:
        raise RequestDataTooBig
    return body


def later(sentence: str) -> HttpResponse:
    """503: the same request is welcome in some seconds."""
    response = say(503, sentence)
    response["Retry-After"] = "5"
    return response


def say(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(sentence + "\n", status=status, content_type="text/plain; charset=utf-8")
