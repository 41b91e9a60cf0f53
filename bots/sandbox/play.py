"""The engine: (script, interventions, bot, commands, tempo, until) -> all Recall would have said.

Pure and causal: a later `until`, or anything added after a moment, never changes what was said up
to that moment. Inside, seconds of script; outside, wall time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

from bots.recall import automatic_leave

from . import takes
from .call import OBEYS_S, Call, Command
from .room import Intervention, Performance, perform, view
from .scripts import Act, Script
from .story import Happening, Seen, Status, Story, Words
from .tempo import Tempo

CONNECTS_S = 0.4
ARRIVES_S = 2.4
LEAVES_S = 1.0
MEDIA_S = 2.0
SHUTS_DOWN_S = 0.6
BOT_NUMBER = 2147483647
UNTOLD = ("ready", "recording_done")  # in the bot's history, but no webhook


@dataclass(frozen=True, slots=True)
class Choices:
    """Where Recall's pages leave room: how this workspace plays it (see `options.py`)."""

    keeps_overwritten: bool = False
    shows_recording_done: bool = True
    recording_done_first: bool = False
    done_after_fatal: bool = False
    first_status_ready: bool = False
    leave_counts_from: str = "recording"
    after_pause: str = "continue"
    separate_audio_mp3: str = "ogg"


@dataclass(frozen=True, slots=True)
class Guest:
    """The bot as it was ordered. `joins_at` is wall time."""

    joins_at: float
    name: str = "Meeting Notetaker"
    id: str = ""
    recording_config: dict[str, Any] | None = field(default_factory=dict)
    automatic_leave: dict[str, Any] | None = None
    chat: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _Exit:
    at: float
    code: str = "call_ended"
    sub_code: str = ""
    because: str = ""


def play(
    script: Script,
    guest: Guest,
    *,
    tempo: Tempo,
    until: float,
    commands: Iterable[Command] = (),
    interventions: Iterable[Intervention] = (),
    choices: Choices = Choices(),  # noqa: B008 - frozen
) -> Story:
    """The bot's story up to wall time `until`. `commands` and `interventions` are in script time,
    those before the start included."""
    horizon = tempo.script(until)
    orders = sorted((c for c in commands if c.at <= horizon), key=lambda c: c.at)
    hands = [hand for hand in interventions if hand.at <= horizon]
    show = perform(script, hands)
    return _Visit(script, guest, show, orders, tempo, horizon, choices).story()


class _Visit:
    """One bot's visit to one meeting, worked out in script seconds."""

    def __init__(
        self,
        script: Script,
        guest: Guest,
        show: Performance,
        orders: Sequence[Command],
        tempo: Tempo,
        horizon: float,
        choices: Choices,
    ) -> None:
        self.script, self.guest, self.show, self.orders = script, guest, show, orders
        self.tempo, self.horizon, self.choices = tempo, horizon, choices
        self.arrival = tempo.script(guest.joins_at)
        self.waiting: float | None = None
        self.entry = inf
        self.seen: list[Act] = []
        self.call: Call | None = None

    def story(self) -> Story:
        exit_ = self._arrive()
        if self.entry < exit_.at:
            exit_ = min(exit_, self._fated(), self._shown_out(self.entry), key=lambda e: e.at)
        exit_ = self._leaving(exit_)
        return self._told(exit_)

    # Getting in

    def _arrive(self) -> _Exit:
        """The way out that comes first if nothing befalls the bot inside; sets `entry`."""
        door = self.script.door
        recalled = _Exit(inf)
        for order in self.orders:
            if order.kind == "leave_call":
                at = order.at if order.at < self.arrival else order.at + LEAVES_S
                recalled = _Exit(at, sub_code="bot_received_leave_call")
                break
        if recalled.at < self.arrival + CONNECTS_S:
            self.arrival = inf
            return recalled
        if door.kind == "fatal":
            return min(
                recalled,
                _Exit(self.arrival + CONNECTS_S + door.after_s, "fatal", door.sub_code),
                key=lambda e: e.at,
            )
        at_door = self.arrival + ARRIVES_S
        if door.kind == "open":
            self.entry = at_door
            return min(recalled, self._over(at_door), key=lambda e: e.at)
        self.waiting = at_door
        opened = at_door + door.after_s if door.kind == "lobby" else inf
        turned_away = at_door + door.after_s if door.kind == "refused" else inf
        for hand in self.show.verdicts:
            if hand.at < at_door or hand.at >= min(opened, turned_away):
                continue
            if not self._mine(hand):
                continue
            if hand.verb == "admit":
                opened = hand.at + 0.5
                turned_away = inf
                break
            if hand.verb in ("deny", "kick"):
                turned_away, opened = hand.at + 0.5, inf
                break
        if turned_away < inf:
            away = _Exit(turned_away, sub_code="bot_kicked_from_waiting_room")
            return min(recalled, away, self._over(at_door), key=lambda e: e.at)
        self.entry = opened
        return min(recalled, self._over(at_door), key=lambda e: e.at)

    def _mine(self, hand: Intervention) -> bool:
        return hand.name in ("", self.guest.id, self.guest.name)

    def _over(self, earliest: float) -> _Exit:
        return _Exit(max(self.show.ends_at, earliest), sub_code=self.show.ends_with)

    # Getting out

    def _fated(self) -> _Exit:
        for fate in sorted(self.script.fates, key=lambda fate: fate.after_entry_s):
            if fate.code in ("call_ended", "fatal"):
                return _Exit(self.entry + fate.after_entry_s, fate.code, fate.sub_code)
        return _Exit(inf)

    def _shown_out(self, entry: float) -> _Exit:
        for hand in self.show.verdicts:
            if hand.verb == "kick" and hand.at >= entry and self._mine(hand):
                return _Exit(hand.at + 0.5, sub_code="bot_kicked_from_call")
        return _Exit(inf)

    def _leaving(self, exit_: _Exit) -> _Exit:
        """The earlier of this exit and the one by the bot's own rules of leaving."""
        if self.arrival == inf or (self.waiting is None and self.entry == inf):
            return exit_
        self._run(min(exit_.at, self.horizon))
        settings = automatic_leave.Settings.read(
            self.guest.automatic_leave, platform=self.script.platform
        )
        until = min(exit_.at, self.horizon)
        leaving = automatic_leave.leaving(
            settings,
            self._leave_events(until),
            until=until,
            counts_from="call" if self.choices.leave_counts_from == "call" else "recording",
            after_pause="restart" if self.choices.after_pause == "restart" else "continue",
        )
        if leaving is None or leaving.at >= exit_.at:
            return exit_
        self._run(leaving.at)
        return _Exit(leaving.at, sub_code=leaving.sub_code, because=leaving.sentence)

    def _run(self, until: float) -> None:
        self.call, self.seen = None, []
        if self.entry > until:
            return
        self.seen = view(self.show, entry=self.entry, until=until)
        self.call = Call(
            entry=self.entry,
            seen=self.seen,
            config=self.guest.recording_config,
            commands=[c for c in self.orders if c.kind != "leave_call"],
            verdicts=self.show.verdicts,
            answers=self.show.answers,
        )
        self.call.run(until=until)

    def _leave_events(self, until: float) -> list[automatic_leave.Event]:
        event = automatic_leave.Event
        rows: list[tuple[float, int, automatic_leave.Event]] = []
        if self.waiting is not None and self.waiting <= until:
            rows.append((self.waiting, 0, event(self.waiting, "waiting_room")))
        if self.call is not None:
            rows += [(at, 1, event(at, kind)) for at, kind in self.call.marks if at <= until]
        for act in self.seen:
            person = self.show.cast[act.person]
            rows.append((act.at, 2, event(act.at, act.kind, act.person, person.name)))
        return [row[2] for row in sorted(rows, key=lambda row: row[:2])]

    # Telling it

    def _told(self, exit_: _Exit) -> Story:
        gone = exit_.at <= self.horizon
        changes = self._changes(exit_)
        told: list[tuple[float, Happening]] = []
        story = Story(title=self.script.title, left_because=exit_.because if gone else "")
        last = -inf
        for at, code, sub_code in changes:
            if at > self.horizon:
                break
            wall = max(self.tempo.wall(at), round(last + 1e-6, 6))
            last = wall
            story.statuses.append(Status(wall, code, sub_code, _MESSAGES.get(sub_code or "")))
            if code not in UNTOLD:
                told.append((at, Happening(wall, f"bot.{code}", code, sub_code)))
        if self.call is not None:
            if gone:
                self.call.close(exit_.at)
            for n, raw in enumerate(self.call.takes):
                take, about = takes.developed(
                    raw,
                    n,
                    tempo=self.tempo,
                    crashed=gone and exit_.code == "fatal" and raw.completed == exit_.at,
                    failures=self.script.failures,
                    retention=self.script.retention,
                    separate_audio_mp3=self.choices.separate_audio_mp3,
                    keeps_overwritten=self.choices.keeps_overwritten,
                )
                story.takes.append(takes.upto(take, self.tempo.wall(self.horizon)))
                told += about
            self._remember(story, min(exit_.at, self.horizon))
        told.sort(key=lambda row: row[1].at)
        story.happenings = [happening for at, happening in told if at <= self.horizon]
        story.finished = (
            gone and len(told) == len(story.happenings) and changes[-1][0] <= (self.horizon)
        )
        return story

    def _changes(self, exit_: _Exit) -> list[tuple[float, str, str | None]]:
        changes: list[tuple[float, str, str | None]] = []
        if self.choices.first_status_ready:
            changes.append((min(self.arrival, exit_.at), "ready", None))
        if self.arrival + CONNECTS_S < exit_.at:
            changes.append((self.arrival + CONNECTS_S, "joining_call", None))
        if self.waiting is not None and self.waiting < exit_.at:
            changes.append((self.waiting, "in_waiting_room", None))
        recorded = False
        if self.call is not None:
            changes += [change for change in self.call.changes if change[0] <= exit_.at]
            recorded = bool(self.call.takes)
            for fate in self.script.fates:
                at = self.entry + fate.after_entry_s
                if fate.code not in ("call_ended", "fatal") and at < exit_.at:
                    changes.append((at, fate.code, fate.sub_code or None))
            changes.sort(key=lambda change: change[0])
        if exit_.at == inf:
            return changes
        out = (exit_.at, exit_.code, exit_.sub_code or None)
        if exit_.code == "fatal":
            done = [(exit_.at + SHUTS_DOWN_S, "done", None)]
            return [*changes, out, *(done if self.choices.done_after_fatal else [])]
        kept = (exit_.at + MEDIA_S, "recording_done", None)
        if self.choices.recording_done_first:
            kept, out = (exit_.at, *kept[1:]), (exit_.at + MEDIA_S, *out[1:])
        ending = [kept, out] if self.choices.recording_done_first else [out, kept]
        if not (recorded and self.choices.shows_recording_done):
            ending = [out]
        done_at = (exit_.at + MEDIA_S if recorded else exit_.at) + SHUTS_DOWN_S
        return [*changes, *ending, (done_at, "done", None)]

    def _remember(self, story: Story, until: float) -> None:
        """What the bot saw and heard, kept for participants, events and transcript."""
        wall = self.tempo.wall
        for number, person in self.show.cast.items():
            story.people[number] = {
                "id": number,
                "name": person.name,
                "is_host": person.is_host,
                "platform": person.device,
                "extra_data": person.extra_data,
                "email": person.email,
            }
        story.seen = [
            Seen(wall(act.at), act.kind, act.person, act.text, act.to)
            for act in self.seen
            if act.at <= until
        ]
        for at, text, to in self._said_by_bot():
            if at <= until:
                story.people.setdefault(BOT_NUMBER, _as_person(self.guest))
                story.seen.append(Seen(wall(at), "chat_message", BOT_NUMBER, text, to))
        story.seen.sort(key=lambda seen: seen.at)
        for speech in self.show.speeches:
            start = max(speech.at, self.entry)
            if speech.until > self.entry and start < until:
                part = speech.part(start, until)
                end, lasted_s = wall(part.until), part.until - part.at
                story.words.append(
                    Words(wall(start), end, part.person, part.text, part.letter_s, lasted_s)
                )

    def _said_by_bot(self) -> Iterable[tuple[float, str, str]]:
        greeting = (self.guest.chat or {}).get("on_bot_join")
        if greeting:
            yield self.entry + 1.0, greeting["message"], greeting.get("send_to", "everyone")
        for order in self.orders:
            if order.kind == "send_chat_message" and order.at >= self.entry:
                body = order.body
                yield order.at + OBEYS_S, body["message"], body.get("to", "everyone")


def _as_person(guest: Guest) -> dict[str, Any]:
    return {
        "id": BOT_NUMBER,
        "name": guest.name,
        "is_host": False,
        "platform": "desktop",
        "extra_data": {},
        "email": None,
    }


_MESSAGES = {
    "call_ended_by_host": "The call was ended by the host.",
    "bot_received_leave_call": "The bot received a leave call request.",
    "bot_kicked_from_call": "The bot was removed from the call by the host.",
    "bot_kicked_from_waiting_room": "The bot was removed from the waiting room by the host.",
    "timeout_exceeded_waiting_room": "The bot exceeded the waiting room timeout.",
    "timeout_exceeded_everyone_left": "Everyone else left the call.",
    "bot_errored": "The bot ran into an unexpected error.",
    "meeting_not_found": "The meeting could not be found.",
}
