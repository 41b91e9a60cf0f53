"""What was said as files that people can use elsewhere: text, SRT, WebVTT. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

# How long a caption stays that has no end of its own.
LAST_S: Final = 3.0
NOBODY: Final = "Somebody"


class Line(NamedTuple):
    """Something that somebody said; seconds from the beginning of the film, None if not told."""

    speaker: str
    text: str
    start_s: float | None
    end_s: float | None


class Cue(NamedTuple):
    """A caption: a line from when until when it stands."""

    start_s: float
    end_s: float
    line: Line


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
    """SubRip captions."""
    return "\n".join(
        f"{number}\n{_stamp(cue.start_s, ',')} --> {_stamp(cue.end_s, ',')}\n"
        f"{cue.line.speaker}: {cue.line.text}\n"
        for number, cue in enumerate(_cues(lines), 1)
    )


def as_vtt(lines: Iterable[Line]) -> str:
    """WebVTT captions, each with its speaker as a voice: https://www.w3.org/TR/webvtt1/"""
    cues = (
        f"{_stamp(cue.start_s, '.')} --> {_stamp(cue.end_s, '.')}\n"
        f"<v {_escaped(cue.line.speaker)}>{_escaped(cue.line.text)}\n"
        for cue in _cues(lines)
    )
    return "\n".join(["WEBVTT\n", *cues])


WRITERS: Final[dict[str, tuple[str, Callable[[Iterable[Line]], str]]]] = {
    "txt": ("text/plain", as_text),
    "srt": ("application/x-subrip", as_srt),
    "vtt": ("text/vtt", as_vtt),
}
"""Ending of the file's name: (media type, who writes it)."""


def _cues(lines: Iterable[Line]) -> Iterator[Cue]:
    """The lines whose moment is known; none stands before its beginning is told or for no time."""
    timed = [(line.start_s, line) for line in lines if line.start_s is not None]
    for number, (start_s, line) in enumerate(timed):
        end_s = line.end_s
        if end_s is None:
            following = [at for at, _ in timed[number + 1 : number + 2]]
            end_s = min([start_s + LAST_S, *following])
        yield Cue(max(start_s, 0.0), max(end_s, start_s + 0.5, 0.5), line)


def _stamp(seconds: float, point: str) -> str:
    """3725.5 → "01:02:05.500"."""
    whole, milliseconds = divmod(round(max(seconds, 0.0) * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}{point}{milliseconds:03}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
