"""When the bot was in which state, when its recording was paused, and when nobody spoke. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from bots import lifecycle
from bots.lanes.shapes import Change, Span, Take

# A status and the recording's own times of one and the same moment may differ by this much.
TOLERANCE: Final = timedelta(seconds=2)
# A shorter silence is a breath.
SILENCE_S: Final = 30.0


def pauses(changes: Iterable[Change], take: Take, *, now: datetime) -> list[Span]:
    """The stretches of a recording in which it was paused.

    Recall's history tells only that the bot was in the call and did not record; inside one
    recording that is a pause, outside of any it is not.
    """
    end = take.ended_at or now
    found = []
    before = ""
    for code, span in stretches(changes, end=max(end, now)):
        recorded, before = before == "in_call_recording", code
        if code != "in_call_not_recording" or not recorded or span.start < take.started_at:
            continue
        if span.end < end:
            found.append(span)
        elif take.ended_at is not None:
            # It ended while paused, or the pause is none: the two merely tell one moment.
            if end - span.start > TOLERANCE:
                found.append(Span(span.start, end))
        elif take.paused and end > span.start:
            found.append(Span(span.start, end))
    return found


def stretches(changes: Iterable[Change], *, end: datetime) -> Iterator[tuple[str, Span]]:
    """(code, from when until when it held), in order."""
    ordered = sorted(
        (change for change in changes if lifecycle.moves(change.code)),
        key=lambda change: (change.at, lifecycle.rank(change.code)),
    )
    for number, change in enumerate(ordered):
        until = ordered[number + 1].at if number + 1 < len(ordered) else max(end, change.at)
        yield change.code, Span(change.at, until)


def merged(spans: Sequence[Span]) -> list[Span]:
    """Without overlaps: two recordings of one meeting tell the same presence twice."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def without(spans: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
    """What is left of the spans outside of the holes."""
    left = list(spans)
    for hole in holes:
        left = [
            part
            for span in left
            for part in (
                Span(span.start, min(span.end, hole.start)),
                Span(max(span.start, hole.end), span.end),
            )
            if part.end > part.start
        ]
    return left


def silences(
    takes: Iterable[Take], paused: Sequence[Span], spoken: Iterable[Span], *, now: datetime
) -> list[Span]:
    """Where it was recorded and nobody spoke for `SILENCE_S` or longer."""
    recorded = [Span(each.started_at, each.ended_at or now) for each in takes]
    silent = without(without(merged(recorded), paused), merged(list(spoken)))
    return [span for span in sorted(silent) if span.seconds >= SILENCE_S]
