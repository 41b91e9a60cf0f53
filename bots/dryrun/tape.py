"""What Recall told of a meeting that is over, in the order in which it happened. Pure.

A tape is as good as what was told. People's joining and leaving is told up to the end of the last
recording, their speech only while something is being recorded and not paused; so a tape says until
when it knows who was there, and when nobody could be heard.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from bots import lanes, lifecycle
from bots.recall.automatic_leave import RULES, Event

# The end as the bot's status tells it and as its own countdown has it may differ by this much.
SLACK_S: Final = 2.0
# Times are kept as multiples of 1/1024 s, in which adding whole seconds is exact: what falls
# together in the meeting falls together here.
_GRID: Final = 1024

_OVER: Final = frozenset({"call_ended", "recording_done", "done", "fatal"})
# `only_bots_in_call` is how Recall once called both ways of detecting bots.
OWN_RULES: Final = frozenset(sub_code for _, sub_code in RULES) | {
    "timeout_exceeded_only_bots_in_call"
}
_NOBODY: Final = "timeout_exceeded_noone_joined"
# The order of what falls together: the bot's own first, and who goes before who comes.
_RANKS: Final = {"speech_off": 1, "screenshare_off": 1, "leave": 2, "join": 3}
_TOLD: Final = {"permission_denied", "permission_allowed"}

# What of people's doings a leave rule looks at; the bot's own chat messages are not among them.
KINDS: Final = ("join", "leave", "speech_on", "speech_off", "screenshare_on", "screenshare_off")

Act = tuple[float, str, int]
"""What a participant did: POSIX seconds, Recall's word, the participant's number."""


class Status(NamedTuple):
    """A status that the bot came to."""

    code: str
    sub_code: str
    at: datetime


class Take(NamedTuple):
    """A recording. `told` says that what people did during it is known."""

    started_at: datetime
    ended_at: datetime | None
    told: bool


@dataclass(frozen=True, slots=True)
class Tape:
    """One meeting as the leave rules want it; seconds since `origin`.

    `entered` is when the bot was let in (None: never), `end` when it was out, `code` and
    `sub_code` what ended it. Who was there is known until `seen_until`; in the stretches of
    `unheard` nobody's speech was told. `people` are known to be people, whatever they did.
    """

    origin: datetime
    events: tuple[Event, ...]
    names: Mapping[int, str]
    entered: float | None
    end: float
    code: str
    sub_code: str
    seen_until: float
    unheard: tuple[tuple[float, float], ...]
    people: frozenset[int] = frozenset()

    @property
    def left_by_rule(self) -> bool:
        """Whether the bot went by a leave rule of its own, so that the meeting may have gone on."""
        return self.sub_code in OWN_RULES

    @property
    def people_known(self) -> bool:
        """Whether anything is known of who was there."""
        return self.entered is None or self.seen_until > self.entered


def began(changes: Iterable[Status]) -> datetime | None:
    """The moment that a tape counts from: the bot's first status."""
    return min((change.at for change in changes), default=None)


def tape(
    changes: Sequence[Status],
    takes: Sequence[Take],
    acts: Iterable[Act],
    names: Mapping[int, str],
    people: Iterable[int] = (),
) -> Tape | None:
    """The tape of a meeting; None while the bot is not out, and where it recorded but nothing is
    known of the people, because the recording was deleted or nobody fetched it."""
    changes = sorted(changes, key=lambda change: (change.at, lifecycle.rank(change.code)))
    ending = _ending(changes)
    origin = began(changes)
    if ending is None or origin is None:
        return None
    takes = sorted(takes)
    told = [take for take in takes if take.told]
    recorded = bool(takes) or any(change.code == "in_call_recording" for change in changes)
    if recorded and not told:
        return None
    clock = _Clock(origin)
    end = clock.of(ending.at)
    bot = _bot_events(changes, takes, ending, clock)
    entered = next((event.at for event in bot if event.kind == "in_call"), None)
    heard = [span for take in told for span in _heard(take, changes, ending, clock)]
    reason = next((c.sub_code for c in changes if c.code in _OVER and c.sub_code), "")
    seen_until = max((clock.of(take.ended_at or ending.at) for take in told), default=0.0)
    if entered is None or reason == _NOBODY or seen_until > end - SLACK_S:
        seen_until = end
    elif not told:
        seen_until = entered
    stops = sorted(clock.of(take.ended_at) for take in told if take.ended_at is not None)
    others = _people_events(acts, names, origin.timestamp(), end, stops, merge=len(told) > 1)
    events = sorted([*bot, *others], key=_rank)
    return Tape(
        origin=origin,
        events=tuple(events),
        names=names,
        entered=entered,
        end=end,
        code=ending.code,
        sub_code=reason,
        seen_until=seen_until,
        unheard=_gaps(heard, entered, end),
        people=frozenset(people),
    )


class _Clock(NamedTuple):
    origin: datetime

    def of(self, at: datetime) -> float:
        return round((at - self.origin).total_seconds() * _GRID) / _GRID


def _ending(changes: Sequence[Status]) -> Status | None:
    """The first status with which the bot was out for good."""
    found = None
    for change in changes:
        if change.code in _OVER:
            found = found or change
        elif lifecycle.moves(change.code) and not lifecycle.phase(change.code).is_over:
            found = None
    return found


def _bot_events(
    changes: Sequence[Status], takes: Sequence[Take], ending: Status, clock: _Clock
) -> list[Event]:
    """What the bot itself did, in order; a recording that ends with the bot just goes with it."""
    events: list[Event] = []
    place = ""
    for change in changes:
        at = clock.of(change.at)
        kind = change.code.removeprefix("recording_")
        if change.at >= ending.at:
            break
        if change.code == "in_waiting_room" and place != "waiting":
            place = "waiting"
            events.append(Event(at, "waiting_room"))
        elif change.code in ("in_call_not_recording", "in_call_recording") and place != "call":
            place = "call"
            events.append(Event(at, "in_call"))
        elif kind in _TOLD and change.sub_code != "zoom_bot_in_waiting_room":
            events.append(Event(at, kind))
    moves = [lanes.Change(change.code, change.at) for change in changes]
    for take in takes:
        events.append(Event(clock.of(take.started_at), "recording_started"))
        for pause in _pauses(take, moves, ending):
            events.append(Event(clock.of(pause.start), "recording_paused"))
            if pause.end < (take.ended_at or ending.at):
                events.append(Event(clock.of(pause.end), "recording_resumed"))
        if take.ended_at is not None and take.ended_at < ending.at:
            events.append(Event(clock.of(take.ended_at), "recording_stopped"))
    order = {"recording_stopped": 0, "waiting_room": 1, "in_call": 2}
    events.sort(key=lambda event: (event.at, order.get(event.kind, 3)))
    return events


def _pauses(take: Take, moves: Sequence[lanes.Change], ending: Status) -> list[lanes.Span]:
    film = lanes.Take(take.started_at, take.ended_at or ending.at)
    return lanes.pauses(moves, film, now=ending.at)


def _heard(
    take: Take, changes: Sequence[Status], ending: Status, clock: _Clock
) -> list[tuple[float, float]]:
    """The stretches of a recording in which speech was told."""
    moves = [lanes.Change(change.code, change.at) for change in changes]
    spans, at = [], take.started_at
    for pause in sorted(_pauses(take, moves, ending)):
        spans.append((clock.of(at), clock.of(pause.start)))
        at = pause.end
    return [*spans, (clock.of(at), clock.of(take.ended_at or ending.at))]


def _gaps(
    heard: Iterable[tuple[float, float]], entered: float | None, end: float
) -> tuple[tuple[float, float], ...]:
    if entered is None:
        return ()
    gaps, at = [], entered
    for start, stop in sorted(heard):
        if start > at:
            gaps.append((at, start))
        at = max(at, stop)
    if at < end:
        gaps.append((at, end))
    return tuple(gaps)


def _people_events(
    acts: Iterable[Act],
    names: Mapping[int, str],
    origin: float,
    end: float,
    stops: Sequence[float],
    *,
    merge: bool,
) -> list[Event]:
    """What people did until the bot was out.

    Two recordings of one meeting tell the same twice (`merge`). Who acts without having been told
    to come, or to come back, is there all the same, and who talks when a recording stops is heard
    no longer.
    """
    rows = [
        (round((at - origin) * _GRID) / _GRID, kind, who) for at, kind, who in acts if kind in KINDS
    ]
    if merge:
        rows = list(set(rows))
    rows.sort(key=lambda row: (row[0], _RANKS.get(row[1], 4), row[2]))
    waiting = [*stops]
    events: list[Event] = []
    came: set[int] = set()
    gone: set[int] = set()
    speaking: set[int] = set()
    silent: dict[int, float] = {}  # who was told to fall silent without having spoken
    for at, kind, who in rows:
        if at >= end:
            break
        while waiting and waiting[0] < at:
            stop = waiting.pop(0)
            events += [Event(stop, "speech_off", each) for each in sorted(speaking)]
            speaking.clear()
        is_back = who in gone and kind in ("speech_on", "screenshare_on")
        if is_back or (who not in came and kind not in ("join", "leave")):
            events.append(Event(at, "join", who, names.get(who, "")))
        came.add(who)
        if kind == "leave":
            gone.add(who)
        elif is_back or kind == "join":
            gone.discard(who)
        if kind == "join":
            events.append(Event(at, kind, who, names.get(who, "")))
            continue
        events.append(Event(at, kind, who))
        if kind == "speech_on":
            speaking.add(who)
            if at == silent.get(who):
                # A word cut off as it began: by a pause, or where a recording stops.
                events.append(Event(at, "speech_off", who))
                speaking.discard(who)
        elif kind == "speech_off" and who not in speaking:
            silent[who] = at
        elif kind in ("speech_off", "leave"):
            speaking.discard(who)
    for stop in waiting:
        if stop < end:
            events += [Event(stop, "speech_off", each) for each in sorted(speaking)]
            speaking.clear()
    return events


def _rank(event: Event) -> tuple[float, bool]:
    # The rest is in order already, and sorting keeps it so.
    return event.at, event.participant is not None
