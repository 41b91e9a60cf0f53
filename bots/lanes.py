"""The lane picture of a meeting as plain geometry: who was there when, what the bot did. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from bots import lifecycle
from bots.lifecycle import Phase

# A status and the recording's own times of one and the same moment may differ by this much.
TOLERANCE: Final = timedelta(seconds=2)
PATH_WIDTH: Final = 10_000
MAX_LANES: Final = 40

_STEPS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800)
_MAX_STEPS: Final = 6


class Change(NamedTuple):
    """A status that the bot came to."""

    code: str
    at: datetime


class Take(NamedTuple):
    """A recording: `ended_at` is None while it runs or as long as nobody said when it ended.

    `paused` says that Recall calls it paused now: without that, a bot that does not record may
    as well have been told to stop.
    """

    started_at: datetime
    ended_at: datetime | None
    paused: bool = False


class Seen(NamedTuple):
    """Something that a participant did: Recall's own word for it."""

    who: int
    action: str
    at: datetime


class Mark(NamedTuple):
    """A moment that a line through all lanes points out; `kind` tells lines apart."""

    kind: str
    label: str
    at: datetime


class Span(NamedTuple):
    start: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of a lane; `x` and `width` are shares of the whole picture, 0 to 1."""

    kind: str
    label: str
    span: Span
    x: float
    width: float

    @property
    def y(self) -> int:
        """Pixels from the top of its row, which is 22 high."""
        return {"sharing": 18, "present": 5}.get(self.kind, 3)

    @property
    def height(self) -> int:
        return {"sharing": 3, "present": 12}.get(self.kind, 16)

    @property
    def reaches_end(self) -> bool:
        return self.x + self.width > 1 - 1e-6

    @property
    def x_percent(self) -> str:
        return f"{self.x * 100:.3f}%"

    @property
    def width_percent(self) -> str:
        return f"{self.width * 100:.3f}%"


@dataclass(frozen=True, slots=True)
class Lane:
    """One row. `speaking` is an SVG path of ticks, `PATH_WIDTH` wide and 1 high, or ""."""

    name: str
    kind: str
    bars: tuple[Bar, ...]
    speaking: str = ""
    spoke_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Tick:
    """A moment named under the picture, `after_s` seconds from its beginning."""

    after_s: float
    x: float

    @property
    def x_percent(self) -> str:
        return f"{self.x * 100:.3f}%"


@dataclass(frozen=True, slots=True)
class Line:
    """A mark as it is drawn: its label stands to the left of it where there is more room.

    To the left there is the room of the names, too.
    """

    mark: Mark
    x: float

    @property
    def x_percent(self) -> str:
        return f"{self.x * 100:.3f}%"

    @property
    def side(self) -> str:
        return "end" if self.x > 0.3 else "start"


@dataclass(frozen=True, slots=True)
class Picture:
    """Rows over one stretch of time; `left_out` people had no room.

    `grows` says that what reaches the end of it goes on while somebody looks.
    """

    span: Span
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    left_out: int = 0
    grows: bool = False
    lines: tuple[Line, ...] = ()

    @property
    def drawn_s(self) -> str:
        """From when until when it is drawn, in seconds since 1970."""
        return f"{self.span.start.timestamp():.3f} {self.span.end.timestamp():.3f}"

    @property
    def legend(self) -> list[tuple[str, str]]:
        """(kind, label) of everything that is drawn, in the order in which it appears."""
        found = {bar.kind: bar.label for lane in self.lanes for bar in lane.bars}
        if any(lane.speaking for lane in self.lanes):
            found["speaking"] = "Speaking"
        return list(found.items())


def pauses(changes: Iterable[Change], take: Take, *, now: datetime) -> list[Span]:
    """The stretches of a recording in which it was paused.

    Recall's history tells only that the bot was in the call and did not record; inside one
    recording that is a pause, outside of any it is not.
    """
    end = take.ended_at or now
    found = []
    before = ""
    for code, span in _stretches(changes, end=max(end, now)):
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
    people = _people(events, names or {}, frame, paused)
    return Picture(
        span=frame,
        lanes=(_bot_lane(bot_name, moving, paused, frame), *people[:MAX_LANES]),
        ticks=tuple(_ticks(frame)),
        left_out=max(len(people) - MAX_LANES, 0),
        grows=not over and frame.end >= now,
        lines=tuple(Line(mark, min(max(_share(mark.at, frame), 0.0), 1.0)) for mark in marks),
    )


def _stretches(changes: Iterable[Change], *, end: datetime) -> Iterator[tuple[str, Span]]:
    """(code, from when until when it held), in order."""
    ordered = sorted(
        (change for change in changes if lifecycle.moves(change.code)),
        key=lambda change: (change.at, lifecycle.rank(change.code)),
    )
    for number, change in enumerate(ordered):
        until = ordered[number + 1].at if number + 1 < len(ordered) else max(end, change.at)
        yield change.code, Span(change.at, until)


def _bot_lane(name: str, changes: Sequence[Change], paused: Sequence[Span], frame: Span) -> Lane:
    bars: list[tuple[Phase, Span]] = []
    for code, span in _stretches(changes, end=frame.end):
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
    return Lane(name, "bot", tuple(bar for bar in drawn if bar is not None))


@dataclass
class _Person:
    """What one participant did, gathered in the order in which it happened."""

    present: list[Span] = field(default_factory=list)
    sharing: list[Span] = field(default_factory=list)
    speaking: list[Span] = field(default_factory=list)
    since: dict[str, datetime] = field(default_factory=dict)

    def begin(self, what: str, at: datetime) -> None:
        self.since.setdefault(what, at)

    def end(self, what: str, at: datetime) -> None:
        start = self.since.pop(what, None)
        if start is not None:
            spans = {
                "present": self.present, "sharing": self.sharing, "speaking": self.speaking
            }[what]  # fmt: skip
            spans.append(Span(start, at))


_TURNS: Final = {
    "speech_on": ("speaking", True),
    "speech_off": ("speaking", False),
    "screenshare_on": ("sharing", True),
    "screenshare_off": ("sharing", False),
}


def _people(
    events: Sequence[Seen], names: dict[int, str], frame: Span, paused: Sequence[Span]
) -> list[Lane]:
    """A lane for each participant, in the order in which they came."""
    people: dict[int, _Person] = {}
    for event in sorted(events, key=lambda event: event.at):
        person = people.setdefault(event.who, _Person())
        if event.action == "leave":
            for what in ("speaking", "sharing", "present"):
                person.end(what, event.at)
            continue
        if event.action.endswith("_off") and person.present and "present" not in person.since:
            continue  # what is switched off by going is told after it
        # Whoever does anything is there, even if nobody told us of their coming.
        person.begin("present", event.at)
        if turn := _TURNS.get(event.action):
            what, on = turn
            (person.begin if on else person.end)(what, event.at)
    lanes = []
    for who, person in people.items():
        for what in ("speaking", "sharing", "present"):
            person.end(what, frame.end)
        bars = [
            bar
            for kind, label, spans in (
                ("present", "In the meeting", _merged(person.present)),
                ("sharing", "Sharing the screen", _merged(person.sharing)),
            )
            for span in spans
            if (bar := _bar(kind, label, span, frame)) is not None
        ]
        if bars:
            # While it is paused nobody is heard, so nobody's falling silent either.
            heard = _without(_merged(person.speaking), paused)
            speaking = [cut for span in heard if (cut := _cut(span, frame))]
            lanes.append(
                Lane(
                    names.get(who) or f"Participant {who}",
                    "person",
                    tuple(bars),
                    speaking=_path(speaking, frame),
                    spoke_s=sum(span.seconds for span in speaking),
                )
            )
    return lanes


def _merged(spans: Sequence[Span]) -> list[Span]:
    """Without overlaps: two recordings of one meeting tell the same presence twice."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def _without(spans: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
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
    parts = []
    for span in spans:
        x = round(_share(span.start, frame) * PATH_WIDTH)
        width = max(round(span.seconds / frame.seconds * PATH_WIDTH), 8)
        parts.append(f"M{x} 0h{width}v1h-{width}z")
    return "".join(parts)


def _ticks(frame: Span) -> Iterator[Tick]:
    """A few round distances from the beginning."""
    step_s = next((s for s in _STEPS_S if frame.seconds / s <= _MAX_STEPS), _STEPS_S[-1])
    for number in range(int(frame.seconds / step_s) + 1):
        # A word so near to the edge would be cut off.
        if (x := number * step_s / frame.seconds) <= 0.95:
            yield Tick(number * step_s, x)
