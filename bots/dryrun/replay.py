"""A tape played under leave settings: when the bot would have left, and what is doubtful. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Final

from bots.dryrun.tape import SLACK_S, Tape
from bots.dryrun.terms import told_to_leave
from bots.recall.automatic_leave import Event, Leaving, Settings, leaving

SILENCE: Final = "silence_detection"
EVENTS: Final = "bot_detection.using_participant_events"
# Who has something to say says it for longer than this, or says it again.
UNHEARD_S: Final = 5.0

_UNSEEN: Final = "Recall does not tell who was there after the last recording ended."
_UNSEEN_AT_ALL: Final = "Recall does not tell who was there, because nothing was recorded."
_UNHEARD: Final = "For a while nobody could be heard, because nothing was being recorded."


@dataclass(frozen=True, slots=True)
class Replay:
    """How the bot would have left; None where no rule would have made it leave by the end of the
    tape. `doubt` is a sentence that tells why it may have been otherwise, or ""."""

    leaving: Leaving | None
    doubt: str = ""

    @property
    def is_inferred(self) -> bool:
        """Whether it rests on silence, which is only the absence of speech that was told."""
        return self.leaving is not None and self.leaving.rule == SILENCE


def replay(tape: Tape, settings: Settings) -> Replay:
    """Play the tape under these settings.

    Where the meeting was ended by others, only what comes before its end counts. A silence that
    lies where nobody could be heard is taken for none: people talk on, for all that is known.
    """
    if not tape.people_known:
        # No news of anybody is not news of nobody.
        settings = replace(settings, noone_joined_timeout=inf)
    found = _leaving(tape, settings, tape.events)
    doubt = _doubt(tape, found)
    if found is not None and found.rule == SILENCE and doubt == _UNHEARD:
        found = _leaving(tape, settings, _talked_over(tape))
        doubt = _doubt(tape, found) or doubt
    return Replay(found, doubt)


def unseen(tape: Tape, until: float) -> str:
    """Why nobody knows who was there up to that moment, as a sentence; "" where it is known."""
    if tape.seen_until >= until - SLACK_S:
        return ""
    return _UNSEEN if tape.people_known else _UNSEEN_AT_ALL


def _leaving(tape: Tape, settings: Settings, events: Sequence[Event]) -> Leaving | None:
    until = tape.end + SLACK_S if tape.left_by_rule else tape.end
    found = leaving(settings, events, until=until)
    told = told_to_leave(tape, settings)
    if told is not None and told.at <= until and (found is None or told.at < found.at):
        found = told
    if found is not None and found.at >= tape.end and not tape.left_by_rule:
        return None
    return found


def _talked_over(tape: Tape) -> list[Event]:
    """The events, with somebody talking wherever nobody could be heard for long."""
    talk = [
        Event(at, kind)
        for start, end in tape.unheard
        if end - start > UNHEARD_S
        for at, kind in ((start, "speech_on"), (end, "speech_off"))
    ]
    return sorted([*tape.events, *talk], key=lambda event: event.at)


def _doubt(tape: Tape, found: Leaving | None) -> str:
    until = tape.end if found is None else min(found.at, tape.end)
    if said := unseen(tape, until):
        return said
    if found is None:
        return ""
    if found.rule == SILENCE:
        stretches = [(found.since, found.at)]
    elif found.rule == EVENTS:
        stretches = _stays_of_present(tape.events, found.at)
    else:
        return ""
    missed = max(
        (
            min(until, end) - max(since, start)
            for start, end in tape.unheard
            for since, until in stretches
        ),
        default=0.0,
    )
    return _UNHEARD if missed > UNHEARD_S else ""


def _stays_of_present(events: Sequence[Event], at: float) -> list[tuple[float, float]]:
    """All stretches up to `at` in which those were there who are there at that moment."""
    since: dict[int, float] = {}
    stays: dict[int, list[tuple[float, float]]] = {}
    for event in events:
        if event.at >= at:
            break
        who = event.participant
        if who is None:
            continue
        if event.kind == "join":
            since.setdefault(who, event.at)
        elif event.kind == "leave" and who in since:
            stays.setdefault(who, []).append((since.pop(who), event.at))
    return [span for who, start in since.items() for span in (*stays.get(who, []), (start, at))]
