"""One open page that is told what changes: what it may watch, and what waits to be told to it."""

import asyncio
import contextlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import NamedTuple

from bots import seats
from bots.feed import Cursor, News

# What a viewer may be behind before the page is asked to load itself anew.
MOST_BEHIND = 500
# More than one reading of the feed brings, or a burst would look like a viewer who reads nothing.
MOST_QUEUED = 2 * MOST_BEHIND


class Told(NamedTuple):
    """News, and what is said of it to everybody who may hear it."""

    news: News
    text: str


NOBODY = seats.Claim("", "")
# What is said to a viewer whose news is held up: the page is loaded anew, its place in the feed
# stays.
NOWHERE = News(Cursor(), 0, None)


@dataclass(eq=False)
class Viewer:
    """One open stream."""

    workspace_id: int
    # The teams whose bots this person may not see, and so does not hear of.
    hidden: frozenset[int] = frozenset()
    claim: seats.Claim = NOBODY
    queue: asyncio.Queue[Told | None] = field(
        default_factory=lambda: asyncio.Queue(maxsize=MOST_QUEUED)
    )
    overflowed: bool = False
    is_gone: bool = False
    # What it may watch is to be looked up before it is told more.
    is_unsure: bool = False
    # When what it may watch was looked up last, on the clock that only goes forward.
    known_at: float = 0.0

    def leave(self) -> None:
        """The browser went away, or may not watch any more: whoever waits for its news sees it."""
        self.is_gone = True
        with contextlib.suppress(asyncio.QueueFull):  # then nobody waits
            self.queue.put_nowait(None)

    def take(self, seat: seats.Seat | None, *, known_at: float) -> None:
        """What this viewer may watch from now on; nothing more: it is let go.

        An answer that comes after a later one says nothing any more.
        """
        if known_at < self.known_at:
            return
        self.known_at = known_at
        if seat is None or seat.workspace_id != self.workspace_id:
            self.leave()
        else:
            self.hidden = seat.hidden

    def put(self, told: Told | None) -> None:
        """Queue news (None is a beat); a viewer who reads nothing is let go."""
        if told is not None and told.news.team_id in self.hidden:
            return
        try:
            self.queue.put_nowait(told)
        except asyncio.QueueFull:
            self.overflowed = True


@dataclass(frozen=True)
class Look:
    """What some viewers may watch, as it was at that time."""

    at: float
    seats: Mapping[Viewer, seats.Seat | None]

    @classmethod
    def at_all(cls, viewers: Collection[Viewer]) -> "Look":
        """Look it up for them together. Raises what the database raises."""
        at = monotonic()  # before it is asked: what is written after that may not be in it
        found = seats.find({viewer.claim for viewer in viewers}) if viewers else {}
        return cls(at, {viewer: found.get(viewer.claim) for viewer in viewers})

    def tell(self) -> None:
        """Have each of them know it."""
        for viewer, seat in self.seats.items():
            viewer.take(seat, known_at=self.at)
