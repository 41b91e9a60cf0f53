"""The operations put together by django-ninja; what it refuses by itself, in our words.

Only the first call imports this: the library costs half a second, and no page needs it.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.operation import Operation
from ninja.parser import Parser

from bots.api import assistants, bots, orders
from bots.api.problems import Problem, answer
from bots.recall.reading import clean_text, load_json

PREFIX: Final = "/api/v1/"
ABOUT: Final = (
    "See and steer the meeting bots of a workspace. A token is made under Settings, API, and goes "
    "with every call as “Authorization: Bearer rd_…”. What is ordered is carried out within "
    "seconds; the answer is the order, and its address tells what came of it."
)
NOT_THERE: Final = "There is nothing of that number, or this token may not see it."
NOT_JSON: Final = "The body is not JSON in UTF-8."
_LONGEST_NAME: Final = 60


class Reader(Parser):
    """JSON from strangers, read as everywhere in this house."""

    def parse_body(self, request: HttpRequest) -> Any:
        return load_json(request.body)


class Api(NinjaAPI):
    """The library's, whose operations are called as they are called here."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__


@cache
def views() -> dict[str, Callable[..., HttpResponse]]:
    """By the name of its address, what answers there; the library's own home page is not among
    them."""
    return {
        each.name or "": each.callback
        for each in _api().urls[0]
        if isinstance(each, URLPattern) and each.name != "api-root"
    }


@cache
def description() -> dict[str, Any]:
    """OpenAPI's description of all of it; it holds nothing that is secret."""
    described: dict[str, Any] = _api().get_openapi_schema(path_prefix=PREFIX)
    return described


@cache
def _api() -> Api:
    """It serves no page of its own, so nothing from elsewhere is loaded for one."""
    api = Api(
        title="recalldash",
        version="1",
        description=ABOUT,
        docs_url=None,
        openapi_url=None,
        parser=Reader(),
        urls_namespace="api",
    )
    api.add_router("", bots.router)
    api.add_router("", orders.router)
    api.add_router("", assistants.router)
    api.add_exception_handler(Exception, _of_us)
    api.add_exception_handler(Problem, _of_problem)
    api.add_exception_handler(SuspiciousOperation, _of_address)
    api.add_exception_handler(Http404, _of_nothing)
    api.add_exception_handler(HttpError, _of_body)
    api.add_exception_handler(ValidationError, _of_fields)
    return api


def _of_us(request: HttpRequest, error: Any) -> HttpResponse:
    """Our own fault: Django logs and reports it, and `door.broken` answers."""
    raise error


def _of_problem(request: HttpRequest, problem: Any) -> HttpResponse:
    assert isinstance(problem, Problem)
    return answer(problem)


def _of_nothing(request: HttpRequest, error: Any) -> HttpResponse:
    return answer(Problem(404, "not_found", NOT_THERE))


def _of_address(request: HttpRequest, error: Any) -> HttpResponse:
    """Parameters that Django does not read."""
    return answer(Problem(400, "invalid", "The address has more parameters than anybody reads."))


def _of_body(request: HttpRequest, error: Any) -> HttpResponse:
    """A body that is no JSON, which is all that the library refuses so."""
    assert error.status_code == 400, error
    return answer(Problem(400, "not_json", NOT_JSON))


def _of_fields(request: HttpRequest, error: Any) -> HttpResponse:
    """What does not fit the description; each by its name."""
    found = [(_name(each["loc"]), _sentence(each)) for each in error.errors]
    message = " ".join(sentence for _, sentence in found[:3])
    return answer(Problem(400, "invalid", message, fields=found))


def _name(place: tuple[Any, ...]) -> str:
    """`("body", "payload", "message")` -> "message"; "body" where it is the whole of it."""
    source, *rest = (str(each) for each in place)
    inside = rest[1:] if source == "body" else rest
    name = clean_text(".".join(inside))[:_LONGEST_NAME]
    return name or source


def _sentence(error: Mapping[str, Any]) -> str:
    name = _name(error["loc"])
    match error["type"]:
        case "missing":
            return f"“{name}” is missing."
        case "extra_forbidden":
            return f"“{name}” is no field of this request."
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"“{name}” must be an object: {{…}}."
        case _:
            said = str(error["msg"]).removeprefix("Input ")
            return f"“{name}” {said[:1].lower()}{said[1:]}."
