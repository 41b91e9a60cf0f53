"""Recall's rules of leaving: settings and what happened in a meeting -> when and why the bot goes.

https://docs.recall.ai/docs/automatic-leaving-behavior and https://docs.recall.ai/docs/bot-detection

Every rule is a condition, a countdown (`timeout`) that runs while the condition holds, and for
some a delay (`activate_after`) before which the condition is not looked at. A broken condition
cancels the countdown. Where Recall's pages leave room, this is how they are read here:

- A countdown that ends at the very moment of an event ends first; two that end together go in the
  order of `RULES`, which is the order of Recall's schema. So what comes later never changes an
  answer already given.
- `activate_after` counts from the first start of a recording and never starts over: it is there for
  meetings that begin late. A rule that has one sleeps until something was recorded, except
  `everyone_left_timeout` without `activate_after`, which is armed from the start. The older page
  counts from entering the call: `counts_from="call"`.
- While a recording is paused the clock of every rule but `everyone_left_timeout` stands still,
  `activate_after` included; after the pause it goes on from where it was. `after_pause="restart"`
  begins the countdowns anew instead. What people do during a pause counts all the same: speech
  breaks the silence.
- `in_call_not_recording_timeout` counts each stretch without a recording by itself (before the
  first, after a stop); a paused recording is still a recording. `in_call_recording_timeout` counts
  the current recording; starting over starts its countdown over.
- A second denial does not restart `recording_permission_denied_timeout`; being allowed, or a
  recording that starts, ends it.
- Silence before `activate_after` is not counted. Silence goes on being measured after a stop.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Literal

from .leave_settings import MINIMUMS, Settings, Wait, problems, spell

__all__ = ["MINIMUMS", "RULES", "Event", "Leaving", "Settings", "Wait", "leaving", "problems"]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, `at` seconds after any fixed origin; events come in order of time.

    Of the bot: `waiting_room`, `in_call`, `recording_started`, `recording_stopped`,
    `recording_paused`, `recording_resumed`, `permission_denied`, `permission_allowed`.
    Of other people: `join`, `leave`, `speech_on`, `speech_off`, `screenshare_on`,
    `screenshare_off`. Any other kind is ignored. The bot itself is not a participant; all that
    comes without a participant's number is taken for one and the same person.
    """

    at: float
    kind: str
    participant: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Leaving:
    """The bot leaves: when, by which setting, Recall's `sub_code`, and one line for a person.

    `since` is the moment the countdown began to run.
    """

    at: float
    rule: str
    sub_code: str
    since: float
    sentence: str


RULES: tuple[tuple[str, str], ...] = (
    ("waiting_room_timeout", "timeout_exceeded_waiting_room"),
    ("noone_joined_timeout", "timeout_exceeded_noone_joined"),
    ("everyone_left_timeout", "timeout_exceeded_everyone_left"),
    ("in_call_not_recording_timeout", "timeout_exceeded_in_call_not_recording"),
    ("in_call_recording_timeout", "timeout_exceeded_in_call_recording"),
    ("recording_permission_denied_timeout", "timeout_exceeded_recording_permission_denied"),
    ("silence_detection", "timeout_exceeded_silence_detected"),
    (
        "bot_detection.using_participant_events",
        "timeout_exceeded_only_bots_detected_using_participant_events",
    ),
    (
        "bot_detection.using_participant_names",
        "timeout_exceeded_only_bots_detected_using_participant_names",
    ),
)
_WAITING, _NOONE, _EVERYONE, _NOT_RECORDING, _RECORDING, _DENIED, _SILENCE, _EVENTS, _NAMES = range(
    len(RULES)
)


def leaving(
    settings: Settings,
    events: Iterable[Event],
    *,
    until: float | None = None,
    counts_from: Literal["recording", "call"] = "recording",
    after_pause: Literal["continue", "restart"] = "continue",
) -> Leaving | None:
    """The first moment at which a rule makes the bot leave, or None.

    Countdowns run on after the last event, up to and including `until` (None: for ever), so the
    answer to the events so far is also what will come if nothing else happens. One pass over the
    events, a few steps for each. The module's docstring tells how the rules are read.
    """
    horizon = inf if until is None else until
    watch = _Watch(settings, from_call=counts_from == "call", restart=after_pause == "restart")
    due = watch.due
    for event in events:
        if event.at > horizon or event.at >= min(due):
            break
        watch.see(event)
    at = min(due)
    return None if at == inf or at > horizon else watch.verdict(at)


class _Watch:
    """The meeting so far, and for each rule of `RULES` the moment it falls due as things stand."""

    def __init__(self, settings: Settings, *, from_call: bool, restart: bool) -> None:
        s = settings
        plain = (
            Wait(inf if t is None else t)
            for t in (
                s.in_call_not_recording_timeout,
                s.in_call_recording_timeout,
                s.recording_permission_denied_timeout,
            )
        )
        self.waits = (
            Wait(s.waiting_room_timeout),
            Wait(s.noone_joined_timeout),
            s.everyone_left_timeout,
            *plain,
            *(
                wait and Wait(wait.timeout, wait.activate_after or 0)
                for wait in (
                    s.silence_detection,
                    s.using_participant_events,
                    s.using_participant_names,
                )
            ),
        )
        self.from_call, self.restart = from_call, restart
        self.matches = tuple(match.casefold() for match in s.matches)
        self.due: list[float] = [inf] * len(RULES)
        self.held: list[float | None] = [None] * len(RULES)  # since when, on the rule's own clock
        self.now = 0.0
        self.clock = 0.0  # stands still while paused
        self.lost = 0.0  # now - clock, as of the last resume
        self.pauses: list[tuple[float, float]] = []  # (clock at the pause, `lost` after it)
        # Where activate_after counts from; no pause comes before it, so both clocks agree on it.
        self.anchor: float | None = None
        self.place = ""
        self.recording = ""
        self.denied = False
        self.anyone_yet = False
        self.present: dict[int | None, tuple[str, bool]] = {}  # (name, looks like a bot)
        self.people = 0  # of those present, how many do not look like a bot by name
        self.lively = 0  # of those present, how many ever spoke or shared
        self.active: set[int | None] = set()
        self.speaking: set[int | None] = set()

    def see(self, event: Event) -> None:
        handle = _HANDLERS.get(event.kind)
        if handle is None:
            return
        self.now = event.at
        if self.recording != "paused":
            self.clock = event.at - self.lost
        handle(self, event)

    def verdict(self, at: float) -> Leaving:
        i = self.due.index(at)
        rule, sub_code = RULES[i]
        wait = self.waits[i]
        assert wait is not None
        since = self._start(i, wait)
        if i != _EVERYONE:
            since += max((lost for clock, lost in self.pauses if clock <= since), default=0)
        names = ", ".join(sorted({name for name, _ in self.present.values()}))
        return Leaving(at, rule, sub_code, since, _SENTENCES[i].format(spell(wait.timeout), names))

    # Countdowns

    def _start(self, i: int, wait: Wait) -> float:
        """When the countdown begins, on the rule's own clock; inf while it can't."""
        held = self.held[i]
        if held is None:
            return inf
        if wait.activate_after is None:
            return held
        if self.anchor is None:
            return inf
        return max(held, self.anchor + wait.activate_after)

    def _aim(self, i: int) -> None:
        wait = self.waits[i]
        if wait is None or (self.recording == "paused" and i != _EVERYONE):
            self.due[i] = inf
        else:
            due = self._start(i, wait) + wait.timeout
            self.due[i] = due if i == _EVERYONE else due + self.lost

    def _aim_all(self) -> None:
        for i in range(len(RULES)):
            self._aim(i)

    def _hold(self, i: int, true: bool) -> None:
        if true:
            if self.held[i] is None:
                self.held[i] = self.now if i == _EVERYONE else self.clock
                self._aim(i)
        elif self.held[i] is not None:
            self.held[i] = None
            self.due[i] = inf

    def _set_anchor(self) -> None:
        if self.anchor is None:
            self.anchor = self.now

    # Conditions

    def _look_at_bot(self) -> None:
        idle = self.place == "call" and not self.recording
        self._hold(_WAITING, self.place == "waiting")
        self._hold(_NOT_RECORDING, idle)
        self._hold(_DENIED, idle and self.denied)
        self._hold(_RECORDING, bool(self.recording))

    def _look_at_people(self) -> None:
        in_call = self.place == "call"
        company = in_call and bool(self.present)
        self._hold(_NOONE, in_call and not self.anyone_yet)
        self._hold(_EVERYONE, in_call and self.anyone_yet and not self.present)
        self._hold(_EVENTS, company and not self.lively)
        self._hold(_NAMES, company and not self.people)
        self._hold(_SILENCE, in_call and not self.speaking)

    # The bot

    def on_waiting_room(self, event: Event) -> None:
        self.place = "waiting"
        self._look_at_bot()
        self._look_at_people()

    def on_in_call(self, event: Event) -> None:
        self.place = "call"
        if self.from_call:
            self._set_anchor()
        self._look_at_bot()
        self._look_at_people()
        self._aim_all()

    def on_recording_started(self, event: Event) -> None:
        self._end_pause()
        self._hold(_RECORDING, False)
        self.recording = "recording"
        self.denied = False
        if not self.from_call:
            self._set_anchor()
        self.on_in_call(event)

    def on_recording_stopped(self, event: Event) -> None:
        self._end_pause()
        self.recording = ""
        self._look_at_bot()
        self._aim_all()

    def on_recording_paused(self, event: Event) -> None:
        if self.recording == "recording":
            self.recording = "paused"
            self._aim_all()

    def on_recording_resumed(self, event: Event) -> None:
        if self.recording == "paused":
            self._end_pause()
            self._aim_all()

    def _end_pause(self) -> None:
        if self.recording != "paused":
            return
        self.recording = "recording"
        self.lost = self.now - self.clock
        self.pauses.append((self.clock, self.lost))
        if self.restart:
            for i, held in enumerate(self.held):
                if held is not None and i != _EVERYONE:
                    self.held[i] = self.clock

    def on_permission_denied(self, event: Event) -> None:
        self.denied = True
        self._look_at_bot()

    def on_permission_allowed(self, event: Event) -> None:
        self.denied = False
        self._look_at_bot()

    # Other people

    def on_join(self, event: Event) -> None:
        self._forget(event.participant)
        name = event.name.casefold()
        looks_like_bot = any(match in name for match in self.matches)
        self.present[event.participant] = (event.name, looks_like_bot)
        self.people += not looks_like_bot
        self.lively += event.participant in self.active
        self.anyone_yet = True
        self._look_at_people()

    def on_leave(self, event: Event) -> None:
        self._forget(event.participant)
        self.speaking.discard(event.participant)
        self._look_at_people()

    def _forget(self, participant: int | None) -> None:
        known = self.present.pop(participant, None)
        if known is not None:
            self.people -= not known[1]
            self.lively -= participant in self.active

    def on_speech_on(self, event: Event) -> None:
        self.speaking.add(event.participant)
        self._hold(_SILENCE, False)
        self.on_screenshare_on(event)

    def on_speech_off(self, event: Event) -> None:
        self.speaking.discard(event.participant)
        self._hold(_SILENCE, self.place == "call" and not self.speaking)

    def on_screenshare_on(self, event: Event) -> None:
        if event.participant not in self.active:
            self.active.add(event.participant)
            self.lively += event.participant in self.present
            self._look_at_people()


_HANDLERS: Mapping[str, Callable[[_Watch, Event], None]] = {
    "waiting_room": _Watch.on_waiting_room,
    "in_call": _Watch.on_in_call,
    "recording_started": _Watch.on_recording_started,
    "recording_stopped": _Watch.on_recording_stopped,
    "recording_paused": _Watch.on_recording_paused,
    "recording_resumed": _Watch.on_recording_resumed,
    "permission_denied": _Watch.on_permission_denied,
    "permission_allowed": _Watch.on_permission_allowed,
    "join": _Watch.on_join,
    "leave": _Watch.on_leave,
    "speech_on": _Watch.on_speech_on,
    "speech_off": _Watch.on_speech_off,
    "screenshare_on": _Watch.on_screenshare_on,
}

_SENTENCES = (
    "Nobody let the bot in from the waiting room for {0}.",
    "Nobody else joined for {0}.",
    "Everyone else left, and nobody came back within {0}.",
    "The bot was in the call for {0} without recording.",
    "The recording reached its limit of {0}.",
    "Permission to record was denied, and no recording started within {0}.",
    "Nobody spoke for {0}.",
    "For {0} only participants who never spoke or shared their screen were left: {1}.",
    "For {0} only participants with names of notetakers were left: {1}.",
)
