"""What each participant did in a meeting, from Recall's events: there, speaking, sharing. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bots.lanes.recorded import merged, without
from bots.lanes.shapes import Seen, Span


@dataclass
class Person:
    """What one participant did, gathered in the order in which it happened."""

    present: list[Span] = field(default_factory=list)
    sharing: list[Span] = field(default_factory=list)
    speaking: list[Span] = field(default_factory=list)
    wrote: list[datetime] = field(default_factory=list)
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


def people(events: Sequence[Seen], paused: Sequence[Span], *, end: datetime) -> dict[int, Person]:
    """By participant, in the order in which they came; without overlaps, in order.

    What nobody saw the end of lasts until `end`. While it was paused nobody is heard.
    """
    found: dict[int, Person] = {}
    for event in sorted(events, key=lambda event: event.at):
        person = found.setdefault(event.who, Person())
        if event.action == "leave":
            for what in ("speaking", "sharing", "present"):
                person.end(what, event.at)
            continue
        if event.action.endswith("_off") and person.present and "present" not in person.since:
            continue  # what is switched off by going is told after it
        # Whoever does anything is there, even if nobody told us of their coming.
        person.begin("present", event.at)
        if event.action == "chat_message":
            person.wrote.append(event.at)
        if turn := _TURNS.get(event.action):
            what, on = turn
            (person.begin if on else person.end)(what, event.at)
    for person in found.values():
        for what in ("speaking", "sharing", "present"):
            person.end(what, end)
        person.present, person.sharing = merged(person.present), merged(person.sharing)
        # Nobody's falling silent is heard in a pause, either.
        person.speaking = without(merged(person.speaking), paused)
    return found
