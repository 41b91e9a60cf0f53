"""Every address there is, with real things in it where the test has them."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

WORDS = {
    "slug": "acme",
    "action": "leave",
    "which": "file",
    "what": "transcript",
    "ending": "txt",
    "number": "1",
    "region": "us-west-2",
    "path": "bot/",
    "app_label": "bots",
    "url": "nowhere",
    "extra": "nowhere",
}


@dataclass(frozen=True, slots=True)
class Address:
    """One pattern of the URLconf, and a path that it answers to."""

    route: str
    path: str
    name: str
    view: Callable[..., Any]


def addresses(things: Mapping[str, Any] | None = None) -> Iterator[Address]:
    """All of them. `things` gives what stands for a word, or for the number after a noun."""
    for route, pattern in _patterns(get_resolver().url_patterns, ""):
        yield Address(route, _filled(route, things or {}), pattern.name or "", pattern.callback)


def _patterns(patterns: list[Any], before: str) -> Iterator[tuple[str, URLPattern]]:
    for each in patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _patterns(each.url_patterns, route)
        else:
            yield route, each


def _filled(route: str, things: Mapping[str, Any]) -> str:
    """The route with words in the place of its converters and groups."""

    def word(match: re.Match[str]) -> str:
        name = match["name"]
        noun = route[: match.start()].strip("/").rpartition("/")[2]
        for key in (f"{noun}/{name}", name, noun if name in ("pk", "object_id") else ""):
            if key and key in things:
                return str(things[key])
        return WORDS.get(name, "1")

    path = re.sub(r"<(?:\w+:)?(?P<name>\w+)>", word, re.sub(r"\(\?P(<\w+>)[^)]*\)", r"\1", route))
    return "/" + re.sub(r"\\(.)", r"\1", path).strip("^$").replace("/^", "/")
