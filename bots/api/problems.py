"""What the API answers where it does not do what was asked: one shape, a sentence in each."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.http import HttpResponse, JsonResponse

MOST_FIELDS: Final = 20


class Problem(Exception):
    """Why something was not done: HTTP's status, a word for programs, a sentence for people.

    `more` stands in the answer beside them; `fields` are (name, sentence).
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        fields: Iterable[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.fields = list(fields)
        self.headers = dict(headers or {})
        self.more = dict(more or {})


def answer(problem: Problem) -> HttpResponse:
    """The problem as it goes out."""
    error: dict[str, Any] = {"code": problem.code, "message": problem.message, **problem.more}
    if problem.fields:
        named = problem.fields[:MOST_FIELDS]
        error["fields"] = [{"field": name, "message": words} for name, words in named]
    return JsonResponse({"error": error}, status=problem.status, headers=problem.headers)


def slow_down(message: str, *, wait_s: float) -> Problem:
    """429, with when to come back in whole seconds."""
    again_s = max(1, math.ceil(wait_s))
    words = f"{message} Try again in {again_s} s."
    return Problem(429, "too_many", words, headers={"Retry-After": str(again_s)})
