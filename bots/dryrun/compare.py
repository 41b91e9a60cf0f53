"""Two sets of leave settings on one tape: which bot goes first, whom it would have missed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from bots import lifecycle
from bots.dryrun.replay import Replay, replay
from bots.dryrun.tape import SLACK_S, Tape
from bots.recall.automatic_leave import Event, Settings


class Outcome(StrEnum):
    """What the new settings would have made of a meeting."""

    EARLIER = "earlier"
    SAME = "same"
    LATER = "later"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Exit:
    """How a bot would have gone: `at_s` seconds into the tape, by a rule or ("") when the meeting
    was over for it. `beyond`: it would have stayed on after the tape ends, nobody knows for how
    long. `inferred`: by silence, which is only the absence of speech that was told."""

    at_s: float
    rule: str = ""
    beyond: bool = False
    inferred: bool = False
    doubt: str = ""

    @property
    def is_approximate(self) -> bool:
        return self.inferred or bool(self.doubt)


@dataclass(frozen=True, slots=True)
class Trial:
    """One meeting under both: `saved_s` is how much earlier the bot would have gone, None where
    that is not known. `harm` are sentences about people whom it would have missed, `harmed` says
    that the settings before would have missed somebody, too. `ending` is what really ended it, in
    Recall's word: a sub-code, or "fatal"."""

    before: Exit
    after: Exit
    outcome: Outcome
    saved_s: float | None
    harm: tuple[str, ...] = ()
    harmed: bool = False
    ending: str = ""

    @property
    def is_approximate(self) -> bool:
        return self.before.is_approximate or self.after.is_approximate

    @property
    def saves_at_least(self) -> bool:
        """Whether it would have saved that much or more: without, it would have stayed on."""
        return self.before.beyond and not self.after.beyond

    def as_json(self) -> dict[str, Any]:
        """Fit for a JSON column; `read` gives back an equal trial."""
        return asdict(self)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            before=Exit(**stored["before"]),
            after=Exit(**stored["after"]),
            outcome=Outcome(stored["outcome"]),
            saved_s=stored["saved_s"],
            harm=tuple(stored["harm"]),
            harmed=stored["harmed"],
            ending=stored["ending"],
        )


@dataclass(frozen=True, slots=True)
class Total:
    """Many trials in numbers. `saved_s` is without those of which it is not known."""

    meetings: int = 0
    earlier: int = 0
    same: int = 0
    later: int = 0
    unknown: int = 0
    saved_s: float = 0.0
    harmful: int = 0
    approximate: int = 0


def compare(tape: Tape, before: Settings, after: Settings, names: Sequence[str] = ()) -> Trial:
    """Play the tape under both. `names` tell notetakers from people."""
    played = replay(tape, before), replay(tape, after)
    was, now = (_exit(tape, each) for each in played)
    saved_s: float | None = None
    if now.beyond:
        outcome = Outcome.UNKNOWN
    elif abs(was.at_s - now.at_s) <= SLACK_S:
        outcome, saved_s = Outcome.SAME, 0.0
    else:
        saved_s = round(was.at_s - now.at_s, 3)
        outcome = Outcome.EARLIER if saved_s > 0 else Outcome.LATER
    harm = missed(tape, now.at_s, names) if now.rule else ()
    harmed = bool(missed(tape, was.at_s, names)) if was.rule else False
    ending = tape.code if tape.code == "fatal" else tape.sub_code
    return Trial(was, now, outcome, saved_s, harm, harmed, ending)


def total(trials: Iterable[Trial]) -> Total:
    """The numbers of many trials."""
    trials = list(trials)
    counts = {outcome: sum(trial.outcome is outcome for trial in trials) for outcome in Outcome}
    return Total(
        meetings=len(trials),
        earlier=counts[Outcome.EARLIER],
        same=counts[Outcome.SAME],
        later=counts[Outcome.LATER],
        unknown=counts[Outcome.UNKNOWN],
        saved_s=sum(trial.saved_s or 0.0 for trial in trials),
        harmful=sum(bool(trial.harm) for trial in trials),
        approximate=sum(trial.is_approximate for trial in trials),
    )


def _exit(tape: Tape, played: Replay) -> Exit:
    found = played.leaving
    if found is None:
        return Exit(tape.end, beyond=tape.left_by_rule, doubt=played.doubt)
    at_s = min(found.at, tape.end)
    return Exit(at_s, found.rule, inferred=played.is_inferred, doubt=played.doubt)


def missed(tape: Tape, at: float, names: Sequence[str]) -> tuple[str, ...]:
    """Sentences about what a bot that leaves then would have missed.

    That is: being let in, anybody who speaks later, people who are still there (who ever spoke or
    shared, and have no notetaker's name) and people who come later.
    """
    if at >= tape.end - SLACK_S:
        return ()
    if tape.entered is None or tape.entered > at:
        if tape.entered is None:
            return ()
        return (f"The bot was let in {_later(tape.entered - at)}.",)
    matches = tuple(name.casefold() for name in names)
    active = {
        event.participant for event in tape.events if event.kind in ("speech_on", "screenshare_on")
    }
    present, speaking = _state(tape.events, at)
    spoke: dict[int, str] = dict.fromkeys(sorted(speaking), "was speaking")
    joined: dict[int, str] = {}
    for event in tape.events:
        who = event.participant
        if event.at < at or who is None:
            continue
        if event.kind == "speech_on":
            spoke.setdefault(who, f"spoke {_later(event.at - at)}")
        elif event.kind == "join" and not _is_bot(event.name, matches):
            joined.setdefault(who, f"joined {_later(event.at - at)}")
    there = {
        who: "was still there"
        for who in sorted(present)
        if who in active and not _is_bot(tape.names.get(who, ""), matches)
    }
    told: set[int] = set()
    sentences = []
    for group in (spoke, there, joined):
        fresh = {who: what for who, what in group.items() if who not in told}
        told |= fresh.keys()
        if fresh:
            sentences.append(_said(fresh, tape.names))
    return tuple(sentences)


def _said(group: Mapping[int, str], names: Mapping[int, str]) -> str:
    who, what = next(iter(group.items()))
    others = len(group) - 1
    more = "" if not others else ", and one more person" if others == 1 else f", and {others} more"
    return f"{names.get(who) or 'Somebody'} {what}{more}."


def _later(seconds: float) -> str:
    return f"{lifecycle.clock(int(seconds))} later" if seconds >= 1 else "a moment later"


def _is_bot(name: str, matches: Sequence[str]) -> bool:
    folded = name.casefold()
    return any(match in folded for match in matches)


def _state(events: Iterable[Event], at: float) -> tuple[set[int], set[int]]:
    """Who is there and who speaks just before that moment's own events."""
    present: set[int] = set()
    speaking: set[int] = set()
    for event in events:
        if event.at >= at:
            break
        who = event.participant
        if who is None:
            continue
        if event.kind == "join":
            present.add(who)
        elif event.kind == "leave":
            present.discard(who)
            speaking.discard(who)
        elif event.kind == "speech_on":
            speaking.add(who)
        elif event.kind == "speech_off":
            speaking.discard(who)
    return present, speaking
