"""What happens in the named meetings: each takes an ordinary script and gives another. Pure."""

import random
from collections.abc import Callable
from dataclasses import replace

from .dialogues import NOTETAKERS
from .scripts import Act, Answer, Door, Fate, Person, Script, Speech

FAST_WORDS_PER_S = 3.2


def without(script: Script, *, after: float) -> Script:
    """The same meeting, in which nothing is said or shown from `after` on."""
    return replace(
        script,
        acts=tuple(a for a in script.acts if a.at < after),
        speeches=tuple(s for s in script.speeches if s.until <= after),
    )


def all_leave(script: Script) -> Script:
    quiet = without(script, after=240)
    leaving = tuple(Act(240 + 4 * i, "leave", p.number) for i, p in enumerate(script.cast))
    return replace(quiet, acts=(*quiet.acts, *leaving), ends_at=4 * 3600)


def only_notetakers(script: Script) -> Script:
    people = all_leave(script)
    bots = tuple(Person(900 + 100 * i, name) for i, name in enumerate(NOTETAKERS[:2]))
    joins = tuple(Act(20 + 9 * i, "join", bot.number) for i, bot in enumerate(bots))
    acts = tuple(sorted((*people.acts, *joins), key=lambda act: act.at))
    return replace(people, cast=(*script.cast, *bots), acts=acts)


def silence(script: Script) -> Script:
    quiet = without(script, after=240)
    return replace(quiet, ends_at=4 * 3600)


def reading(script: Script) -> Script:
    spoken = tuple(s for s in script.speeches if s.until <= 360 or s.at >= 780)
    return replace(script, speeches=spoken)


def late(script: Script) -> Script:
    bots = tuple(Person(900 + 100 * i, name) for i, name in enumerate(NOTETAKERS[:2]))
    joins = tuple(Act(1 + 3 * i, "join", bot.number) for i, bot in enumerate(bots))
    return replace(
        script,
        cast=(*script.cast, *bots),
        acts=(*joins, *(replace(act, at=act.at + 240) for act in script.acts)),
        speeches=tuple(replace(s, at=s.at + 240, until=s.until + 240) for s in script.speeches),
        ends_at=script.ends_at + 240,
    )


def nobody(script: Script) -> Script:
    return replace(script, acts=(), speeches=(), ends_at=4 * 3600)


def fate(*fates: Fate) -> Callable[[Script], Script]:
    return lambda script: replace(script, fates=fates)


def door(kind: str, sub_code: str = "", after_s: float = 4.0) -> Callable[[Script], Script]:
    return lambda script: replace(script, door=Door(kind, after_s=after_s, sub_code=sub_code))


def permission(*answers: Answer) -> Callable[[Script], Script]:
    return lambda script: replace(script, answers=answers)


def ends(sub_code: str) -> Callable[[Script], Script]:
    return lambda script: replace(script, ends_with=sub_code)


def fails(**failures: str) -> Callable[[Script], Script]:
    return lambda script: replace(script, failures=failures)


def long(script: Script) -> Script:
    """The same people for as long, who hardly ever stop to breathe: some 30,000 words."""
    dice = random.Random(script.title)
    speeches: list[Speech] = []
    at, turns = 30.0, list(script.speeches)
    while True:
        for turn in turns:
            until = at + len(turn.text.split()) / FAST_WORDS_PER_S + 0.2
            if until > script.ends_at - 16:
                return replace(script, speeches=tuple(speeches))
            speeches.append(Speech(round(at, 2), round(until, 2), turn.person, turn.text))
            at = until + 0.1
        dice.shuffle(turns)


def wordless(script: Script) -> Script:
    return replace(script, speeches=())


def expires(hours: float) -> Callable[[Script], Script]:
    return lambda script: replace(script, retention={"type": "timed", "hours": hours})


def stage(script: Script) -> Script:
    return replace(nobody(script), door=Door("never"), title="Your own meeting", ends_at=12 * 3600)


BREAKOUT = (
    Fate(60, "breakout_room_opened"),
    Fate(64, "breakout_room_entered"),
    Fate(180, "breakout_room_left"),
    Fate(182, "breakout_room_closed"),
)
UNHEARD_OF = (
    Fate(40, "in_call_summarising", "summary_requested_by_host"),
    Fate(120, "call_ended", "call_ended_by_full_moon"),
)
