"""The lane picture of a meeting as plain geometry: who was there when, what the bot did. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from bots import lifecycle
from bots.lanes.people import Person, people
from bots.lanes.recorded import merged, pauses, silences, stretches
from bots.lanes.shapes import (
    MAX_LANES,
    PATH_WIDTH,
    Bar,
    Change,
    Lane,
    Line,
    Mark,
    Picture,
    Seen,
    Span,
    Take,
    Tick,
)
from bots.lifecycle import Phase

# Ticks nearer than this are drawn as one, and none is narrower, so that a row has some hundred at
# most; bars that are parted by less become one where there are too many of them.
_NEAR: Final = 4
_MOST_BARS: Final = 60

_STEPS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800)
_MAX_STEPS: Final = 6


def picture(
    *,
    bot_name: str,
    changes: Sequence[Change],
    takes: Sequence[Take] = (),
    names: dict[int, str] | None = None,
    events: Sequence[Seen] = (),
    over: bool,
    now: datetime,
    only: Span | None = None,
    marks: Sequence[Mark] = (),
) -> Picture | None:
    """Rows for the bot and for everyone it saw, or None when nothing has happened yet.

    `only` cuts the picture to one recording. `names` maps a participant to their name. A mark
    outside of the picture stands at its edge.
    """
    moving = sorted(
        (change for change in changes if lifecycle.moves(change.code)),
        key=lambda change: (change.at, lifecycle.rank(change.code)),
    )
    if not moving:
        return None
    end = moving[-1].at if over else max(now, moving[-1].at)
    frame = only or Span(moving[0].at, end)
    if frame.end <= frame.start:
        frame = Span(frame.start, frame.start + timedelta(seconds=1))
    paused = [span for take in takes for span in pauses(changes, take, now=now)]
    met = people(events, paused, end=frame.end)
    spoken = [span for person in met.values() for span in person.speaking]
    # Where nobody tells who speaks, nobody's silence is known.
    silent = silences(takes, paused, spoken, now=now) if spoken else []
    rows = [lane for lane in _lanes(met, names or {}, frame) if lane.bars]
    return Picture(
        span=frame,
        lanes=(_bot_lane(bot_name, moving, paused, silent, frame), *rows[:MAX_LANES]),
        ticks=tuple(_ticks(frame)),
        left_out=max(len(rows) - MAX_LANES, 0),
        grows=not over and frame.end >= now,
        lines=tuple(Line(mark, min(max(_share(mark.at, frame), 0.0), 1.0)) for mark in marks),
    )


def _bot_lane(
    name: str,
    changes: Sequence[Change],
    paused: Sequence[Span],
    silent: Sequence[Span],
    frame: Span,
) -> Lane:
    bars: list[tuple[Phase, Span]] = []
    for code, span in stretches(changes, end=frame.end):
        phase = lifecycle.phase(code)
        if phase.is_over:
            continue
        if phase is not Phase.IN_CALL:
            bars.append((phase, span))
            continue
        at = span.start
        for pause in sorted(paused):
            if pause.end <= span.start or pause.start >= span.end:
                continue
            start, stop = max(pause.start, span.start), min(pause.end, span.end)
            bars += [(Phase.IN_CALL, Span(at, start)), (Phase.PAUSED, Span(start, stop))]
            at = stop
        bars.append((Phase.IN_CALL, Span(at, span.end)))
    drawn = (_bar(str(phase), phase.label, span, frame) for phase, span in bars)
    quiet = (_bar("silent", "Nobody speaks", span, frame) for span in silent)
    return Lane(name, "bot", tuple(bar for bar in (*drawn, *quiet) if bar is not None))


def _lanes(met: dict[int, Person], names: dict[int, str], frame: Span) -> Iterator[Lane]:
    for who, person in met.items():
        bars = [
            bar
            for kind, label, spans in (
                ("present", "In the meeting", person.present),
                ("sharing", "Sharing the screen", person.sharing),
            )
            for span in _few(spans, frame)
            if (bar := _bar(kind, label, span, frame)) is not None
        ]
        speaking = [cut for span in person.speaking if (cut := _cut(span, frame))]
        wrote = [at for at in person.wrote if frame.start <= at <= frame.end]
        yield Lane(
            names.get(who) or f"Participant {who}",
            "person",
            tuple(bars),
            speaking=_path(speaking, frame),
            spoke_s=sum(span.seconds for span in speaking),
            chat=_path([Span(at, at) for at in wrote], frame),
            wrote=len(wrote),
        )


def _few(spans: list[Span], frame: Span) -> list[Span]:
    """The spans, where there are too many of them without the shortest gaps."""
    gap_s = frame.seconds / 500
    while len(spans) > _MOST_BARS:
        pad = timedelta(seconds=gap_s)
        wider = merged([Span(each.start, each.end + pad) for each in spans])
        spans = [Span(each.start, each.end - pad) for each in wider]
        gap_s *= 2
    return spans


def _cut(span: Span, frame: Span) -> Span | None:
    start, end = max(span.start, frame.start), min(span.end, frame.end)
    return Span(start, end) if end > start else None


def _share(at: datetime, frame: Span) -> float:
    return (at - frame.start).total_seconds() / frame.seconds


def _bar(kind: str, label: str, span: Span, frame: Span) -> Bar | None:
    inside = _cut(span, frame)
    if inside is None:
        return None
    x = _share(inside.start, frame)
    return Bar(kind, label, inside, x, _share(inside.end, frame) - x)


def _path(spans: Sequence[Span], frame: Span) -> str:
    """One path for all that a person said: an element for each word would choke a browser."""
    ticks: list[tuple[int, int]] = []
    for span in sorted(spans):
        x = round(_share(span.start, frame) * PATH_WIDTH)
        end = max(x + _NEAR // 2, round(_share(span.end, frame) * PATH_WIDTH))
        if ticks and x - ticks[-1][1] < _NEAR:
            ticks[-1] = ticks[-1][0], max(ticks[-1][1], end)
        else:
            ticks.append((x, end))
    return "".join(f"M{x} 0h{end - x}v1H{x}z" for x, end in ticks)


def _ticks(frame: Span) -> Iterator[Tick]:
    """A few round distances from the beginning."""
    step_s = next((s for s in _STEPS_S if frame.seconds / s <= _MAX_STEPS), _STEPS_S[-1])
    for number in range(int(frame.seconds / step_s) + 1):
        # A word so near to the edge would be cut off.
        if (x := number * step_s / frame.seconds) <= 0.95:
            yield Tick(number * step_s, x)
