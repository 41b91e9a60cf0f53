"""A stretch of a film: how people type its ends, and which of the words were said in it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from bots.transcripts import Line

CUT: Final = "…"
_PLACE: Final = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6}(?:\.\d{1,3})?)")


def seconds_of(text: str) -> float | None:
    """ "1:02:05", "2:05" or "125" as seconds; None where it is none of these."""
    match = _PLACE.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, seconds = int(match[1] or 0), int(match[2] or 0), float(match[3])
    if (match[2] and seconds >= 60) or (match[1] and minutes >= 60):
        return None
    return hours * 3600 + minutes * 60 + seconds


def within(lines: Iterable[Line], start_s: float, end_s: float) -> Iterator[Line]:
    """What was said in the stretch, with times from its beginning.

    A line that goes beyond it is cut, as if its words took equally long; what has no time is left
    out, since nobody can say that it belongs here.
    """
    for line in lines:
        if line.start_s is None:
            continue
        ends_s = line.start_s if line.end_s is None else max(line.end_s, line.start_s)
        if line.start_s >= end_s or ends_s < start_s:
            continue
        if text := _cut(line.text, line.start_s, ends_s, start_s, end_s):
            yield Line(
                line.speaker,
                text,
                max(line.start_s - start_s, 0.0),
                min(ends_s, end_s) - start_s,
            )


def _cut(text: str, starts_s: float, ends_s: float, start_s: float, end_s: float) -> str:
    words = text.split()
    each_s = (ends_s - starts_s) / max(len(words), 1)
    kept = [
        (n, word)
        for n, word in enumerate(words)
        if start_s <= starts_s + (n + 0.5) * each_s < end_s
    ]
    if not kept:
        return ""
    before = f"{CUT} " if kept[0][0] > 0 else ""
    after = f" {CUT}" if kept[-1][0] < len(words) - 1 else ""
    return before + " ".join(word for _, word in kept) + after


def without_names(lines: Iterable[Line]) -> Iterator[Line]:
    """The same with "Speaker 1", "Speaker 2" … in the order in which they first spoke."""
    numbers: dict[str, int] = {}
    for line in lines:
        number = numbers.setdefault(line.speaker, len(numbers) + 1)
        yield line._replace(speaker=f"Speaker {number}")
