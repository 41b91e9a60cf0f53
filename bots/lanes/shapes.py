"""The shapes of a lane picture: what is given, and what a template draws."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

# The units that paths are drawn in, across the whole picture.
PATH_WIDTH: Final = 2_000
MAX_LANES: Final = 40


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
        return {"sharing": 18, "present": 5, "silent": 8}.get(self.kind, 3)

    @property
    def height(self) -> int:
        return {"sharing": 3, "present": 12, "silent": 6}.get(self.kind, 16)

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
    """One row. `speaking` and `chat` are SVG paths, `PATH_WIDTH` wide and 1 high, or ""."""

    name: str
    kind: str
    bars: tuple[Bar, ...]
    speaking: str = ""
    spoke_s: float = 0.0
    chat: str = ""
    wrote: int = 0


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
    def path_width(self) -> int:
        return PATH_WIDTH

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
        if any(lane.chat for lane in self.lanes):
            found["chat"] = "Chat message"
        return list(found.items())
