"""Two sets of leave settings on one tape: which bot goes first, whom it would have missed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Self

from bots import lifecycle
from bots.dryrun.replay import Replay, unseen
from bots.dryrun.replay import replay as play
from bots.dryrun.tape import SLACK_S, Tape
from bots.policy.names import is_inside_word, matching
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
    that is not known, though it may be known that it is earlier. `harm` are sentences about people
    whom it would have missed, `harmed` says that the settings before would have missed somebody,
    too. `ending` is what really ended it, in Recall's word: a sub-code, or "fatal"."""

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
    """Many trials in numbers. `saved_s` is without those of which it is not known; `harmed` are
    those of the `harmful` in which the settings before would have missed somebody, too, and
    `harmful_saved_s` is how much of `saved_s` was saved in the harmful ones."""

    meetings: int = 0
    earlier: int = 0
    same: int = 0
    later: int = 0
    unknown: int = 0
    saved_s: float = 0.0
    harmful: int = 0
    harmed: int = 0
    harmful_saved_s: float = 0.0
    approximate: int = 0


def compare(tape: Tape, before: Settings, after: Settings, names: Sequence[str] = ()) -> Trial:
    """Play the tape under both. `names` tell notetakers from people."""
    was, now = (_exit(tape, play(tape, settings)) for settings in (before, after))
    outcome, saved_s = (Outcome.SAME, 0.0) if before == after else _difference(was, now)
    harm = missed(tape, now.at_s, names) if now.rule else ()
    harmed = bool(missed(tape, was.at_s, names)) if was.rule else False
    if now.rule and not harm and not now.doubt and now.at_s < tape.end - SLACK_S:
        # Whoever came afterwards may be unknown.
        now = replace(now, doubt=unseen(tape, tape.end))
    ending = tape.code if tape.code == "fatal" else tape.sub_code
    return Trial(was, now, outcome, saved_s, harm, harmed, ending)


def _difference(was: Exit, now: Exit) -> tuple[Outcome, float | None]:
    """What differs between them, and how much earlier the bot would have gone."""
    if now.beyond:
        return Outcome.UNKNOWN, None
    saved_s = round(was.at_s - now.at_s, 3)
    if abs(saved_s) > SLACK_S:
        return Outcome.EARLIER if saved_s > 0 else Outcome.LATER, saved_s
    if was.beyond:
        return Outcome.EARLIER, None
    return Outcome.SAME, 0.0


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
        harmed=sum(bool(trial.harm) and trial.harmed for trial in trials),
        harmful_saved_s=sum(trial.saved_s or 0.0 for trial in trials if trial.harm),
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

    That is: being let in, anybody who speaks later, people who are still there and people who come
    later. Of those who are there, people are whoever ever spoke or shared and has no notetaker's
    name, and whom the tape knows for people: a host may listen all the time.
    """
    if at >= tape.end - SLACK_S:
        return ()
    if tape.entered is None or tape.entered > at:
        if tape.entered is None:
            return ()
        return (f"The bot was let in {_later(tape.entered - at)}.",)
    active = {
        event.participant for event in tape.events if event.kind in ("speech_on", "screenshare_on")
    }
    present, speaking = _state(tape.events, at)
    spoke: dict[int, str] = dict.fromkeys(sorted(speaking), "was speaking")
    joined: dict[int, str] = {}
    here = set(present)
    for event in tape.events:
        who = event.participant
        if event.at < at or who is None:
            continue
        if event.kind == "speech_on":
            spoke.setdefault(who, f"spoke {_later(event.at - at)}")
        elif event.kind == "leave":
            here.discard(who)
        elif event.kind == "join" and who not in here:
            # A second recording tells anew of those who are there.
            here.add(who)
            if who in tape.people or not _is_bot(event.name, names):
                joined.setdefault(who, f"joined {_later(event.at - at)}")
    there = {
        who: "was still there"
        for who in sorted(present)
        if who in tape.people or (who in active and not _is_bot(tape.names.get(who, ""), names))
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


def _is_bot(name: str, entries: Sequence[str]) -> bool:
    """Whether the list tells a notetaker by this name, and does not just find "grain" in
    "Grainger"."""
    return any(not is_inside_word(entry, name) for entry in matching(entries, name))


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
