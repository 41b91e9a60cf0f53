"""Both ways in which Recall cuts lists into pages: by number, and by cursor."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from . import answers

Key = tuple[datetime, str]  # created_at and id: newest first


def numbered(
    request: HttpRequest,
    *,
    size: int,
    count: int,
    results: Callable[[int, int], list[Any]],
) -> dict[str, Any]:
    """`{count, next, previous, results}`; `results(start, end)` gives a stretch of the list."""
    pages = max(1, -(-count // size))
    asked = request.GET.get("page", "1")
    if not asked.isdecimal() or not 1 <= int(asked) <= pages:
        raise answers.refusal(404, "not_found", "Invalid page.")
    page = int(asked)
    return {
        "count": count,
        "next": _address(request, page=page + 1) if page < pages else None,
        "previous": _address(request, page=page - 1) if page > 1 else None,
        "results": results((page - 1) * size, page * size),
    }


def by_cursor(
    request: HttpRequest,
    *,
    size: int,
    keys: Sequence[Key],
    results: Callable[[list[Key]], list[Any]],
) -> dict[str, Any]:
    """`{next, previous, results}`; a cursor names an item, so that new ones shift nothing."""
    cursor = request.GET.get("cursor")
    start = 0
    if cursor:
        direction, edge = _read(cursor)
        if direction == "n":
            start = sum(1 for key in keys if key >= edge)
        else:
            start = max(0, sum(1 for key in keys if key > edge) - size)
    chosen = list(keys[start : start + size])
    more = start + size < len(keys)
    return {
        "next": _address(request, cursor=_write("n", chosen[-1])) if chosen and more else None,
        "previous": _address(request, cursor=_write("p", chosen[0])) if chosen and start else None,
        "results": results(chosen),
    }


def _write(direction: str, key: Key) -> str:
    text = f"{direction}|{key[0].isoformat()}|{key[1]}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read(cursor: str) -> tuple[str, Key]:
    try:
        direction, at, id_ = base64.urlsafe_b64decode(cursor).decode().split("|")
        return direction, (datetime.fromisoformat(at), str(UUID(id_)))
    except (ValueError, binascii.Error):
        raise answers.refusal(404, "not_found", "Invalid cursor.") from None


def _address(request: HttpRequest, **changed: Any) -> str:
    query = request.GET.copy()
    for name, value in changed.items():
        query[name] = str(value)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
