"""What was said as files that people can use elsewhere: text, SRT, WebVTT, JSON, CSV. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from bots import csv_cells

# How long a caption stays that has no end of its own.
LAST_S: Final = 3.0
LEAST_S: Final = 0.5
# What can be read: letters in a line, of which there are two, and how long one caption stays.
WIDE: Final = 42
LONGEST_S: Final = 7.0
NOBODY: Final = "Somebody"
# What a line is made of, as it is kept.
FIELDS: Final = ("speaker", "start_s", "end_s", "text")


class Line(NamedTuple):
    """Something that somebody said; seconds from the beginning of the film, None if not told."""

    speaker: str
    text: str
    start_s: float | None
    end_s: float | None


class Cue(NamedTuple):
    """A caption: from when until when it stands, who speaks, and its one or two lines of text."""

    start_s: float
    end_s: float
    speaker: str
    text: str


def read(lines: Iterable[Mapping[str, Any]]) -> Iterator[Line]:
    """Kept lines (`{"speaker", "start_s", "end_s", "text"}`) that have words in them."""
    for line in lines:
        text = " ".join(str(line.get("text") or "").split())
        if text:
            speaker = " ".join(str(line.get("speaker") or NOBODY).split())
            yield Line(speaker, text, line.get("start_s"), line.get("end_s"))


def as_text(lines: Iterable[Line]) -> str:
    """A paragraph for each turn of a speaker, with the moment at which it begins."""
    turns: list[tuple[str, list[str]]] = []
    speaker = None
    for line in lines:
        if line.speaker != speaker:
            at = "" if line.start_s is None else f" ({_stamp(line.start_s, '.')[:8]})"
            turns.append((f"{line.speaker}{at}", []))
            speaker = line.speaker
        turns[-1][1].append(line.text)
    return "\n".join(f"{head}\n{' '.join(said)}\n" for head, said in turns)


def as_srt(lines: Iterable[Line]) -> str:
    """SubRip captions. What looks like the times of another one in somebody's words is none."""
    return "\n".join(
        f"{number}\n{_stamp(cue.start_s, ',')} --> {_stamp(cue.end_s, ',')}\n"
        f"{re.sub('-+->', '->', cue.text)}\n"
        for number, cue in enumerate(_cues(lines, named=True), 1)
    )


def as_vtt(lines: Iterable[Line]) -> str:
    """WebVTT captions, each with its speaker as a voice: https://www.w3.org/TR/webvtt1/"""
    cues = (
        f"{_stamp(cue.start_s, '.')} --> {_stamp(cue.end_s, '.')}\n"
        # With hyphens before it the bracket would be an arrow, which no caption may hold.
        f"<v {_escaped(cue.speaker).rstrip('-')}>{_escaped(cue.text)}\n"
        for cue in _cues(lines)
    )
    return "\n".join(["WEBVTT\n", *cues])


def as_json(lines: Iterable[Line]) -> str:
    """A list of `{"speaker", "text", "start_s", "end_s"}`."""
    return json.dumps([line._asdict() for line in lines], ensure_ascii=False, indent=2)


def as_csv(lines: Iterable[Line]) -> str:
    """A row for each line, of which no spreadsheet calculates anything."""
    head = csv_cells.line(["start", "end", "start_s", "end_s", "speaker", "text"])
    return head + "".join(
        csv_cells.line(
            [
                "" if line.start_s is None else _stamp(line.start_s, "."),
                "" if line.end_s is None else _stamp(line.end_s, "."),
                line.start_s,
                line.end_s,
                line.speaker,
                line.text,
            ]
        )
        for line in lines
    )


WRITERS: Final[dict[str, tuple[str, Callable[[Iterable[Line]], str]]]] = {
    "txt": ("text/plain", as_text),
    "srt": ("application/x-subrip", as_srt),
    "vtt": ("text/vtt", as_vtt),
    "json": ("application/json", as_json),
    "csv": ("text/csv", as_csv),
}
"""Ending of the file's name: (media type, who writes it)."""


def _cues(lines: Iterable[Line], *, named: bool = False) -> Iterator[Cue]:
    """The lines whose moment is known, in captions that can be read: two lines, some seconds.

    None stands before its beginning is told or for no time. Where a line has to be cut, its words
    are taken to be spoken one as fast as the other. `named`: the speaker's name stands in the text.
    """
    timed = [(line.start_s, line) for line in lines if line.start_s is not None]
    for number, (start_s, line) in enumerate(timed):
        end_s = line.end_s
        if end_s is None:
            following = [at for at, _ in timed[number + 1 : number + 2]]
            end_s = min([start_s + LAST_S, *following])
        start_s = max(start_s, 0.0)
        end_s = max(end_s, start_s + LEAST_S)
        name = f"{line.speaker}: " if named else ""
        parts = _parts(line.text, room=max(2 * WIDE - len(name), WIDE), seconds=end_s - start_s)
        total = sum(len(part) for part in parts)
        said = 0
        for part in parts:
            since, said = said, said + len(part)
            at = [start_s + (end_s - start_s) * place / total for place in (since, said)]
            text = "\n".join(_two_lines(name + part))
            until = min(max(at[1], at[0] + 0.001), at[0] + LONGEST_S)
            yield Cue(at[0], until, line.speaker, text)


def _parts(text: str, *, room: int, seconds: float) -> list[str]:
    """The words in as few parts of equal length as fit into `room` letters and `LONGEST_S`."""
    words = text.split()
    count = max(-(-len(text) // room), math.ceil(seconds / LONGEST_S), 1)
    while True:
        parts = _shared_out(words, min(count, len(words)))
        fits = all(len(part) <= room or " " not in part for part in parts)
        spoken = sum(len(part) for part in parts)
        short = all(
            len(part) / spoken * seconds <= LONGEST_S + 1e-6 or " " not in part for part in parts
        )
        if (fits and short) or count >= len(words):
            return parts
        count += 1


def _shared_out(words: list[str], count: int) -> list[str]:
    """The words in that many parts, about equally long."""
    total = sum(len(word) + 1 for word in words)
    parts: list[list[str]] = [[]]
    said = 0
    for n, word in enumerate(words):
        is_due = said + len(word) / 2 >= total * len(parts) / count
        must = len(words) - n <= count - len(parts)
        if parts[-1] and len(parts) < count and (is_due or must):
            parts.append([])
        parts[-1].append(word)
        said += len(word) + 1
    return [" ".join(part) for part in parts]


def _two_lines(text: str) -> list[str]:
    """One line where it fits, else two that are about equally long; a long word stays whole."""
    if len(text) <= WIDE or " " not in text:
        return [text]
    places = [n for n, letter in enumerate(text) if letter == " "]
    at = min(places, key=lambda n: abs(len(text) / 2 - n))
    return [text[:at], text[at + 1 :]]


def _stamp(seconds: float, point: str) -> str:
    """3725.5 → "01:02:05.500"."""
    whole, milliseconds = divmod(round(max(seconds, 0.0) * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}{point}{milliseconds:03}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
