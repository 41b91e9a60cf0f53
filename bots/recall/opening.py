"""A file behind a signed link, from any byte on: what is asked for, and what comes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .errors import NotRecall
from .wire import Stream


@dataclass(frozen=True)
class Opened:
    """A file that is being read.

    `start` is where its bytes really begin: 0 where the server knows no ranges, or where the file
    is no longer the one of that `etag`. `total` is its whole size in bytes, None where nobody says.
    Reading `chunks` raises Unreachable where the line is cut or falls silent.
    """

    start: int
    total: int | None
    etag: str
    content_type: str
    chunks: Iterator[bytes] = field(repr=False)


def headers(start: int, end: int | None, etag: str) -> dict[str, str]:
    """What asks for the bytes from `start` up to `end`, which is no part of it (RFC 9110, 14.2)."""
    asked = {"Accept": "*/*", "Accept-Encoding": "identity"}
    if start or end is not None:
        asked["Range"] = f"bytes={start}-{'' if end is None else end - 1}"
        if etag and not etag.startswith("W/"):
            asked["If-Range"] = etag
    return asked


def opened(answer: Stream, *, request: str) -> Opened:
    """What a 200 or 206 brings. Raises NotRecall for one that cannot be put in its place."""
    told: Mapping[str, str] = answer.headers
    if told.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise NotRecall(status=answer.status, code="packed", request=request)
    start, total = 0, _number(told.get("content-length", ""))
    if answer.status == 206:
        given = told.get("content-range", "").strip()
        # Of the numbers that fit: longer ones are no sizes of files.
        match = re.fullmatch(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)", given)
        if match is None or int(match[2]) < int(match[1]):
            raise NotRecall(status=206, code="bad_range", request=request)
        start, total = int(match[1]), _number(match[3])
    return Opened(
        start,
        total,
        told.get("etag", "")[:200],
        told.get("content-type", "").partition(";")[0].strip()[:100],
        answer.chunks,
    )


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None
