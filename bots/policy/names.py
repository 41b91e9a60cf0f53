"""Notetaker names: strings found anywhere in a participant's name, whatever the case. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

# A shorter name of our own bots would catch people: "Ava" is in "Gustava".
LEAST_OWN: Final = 8
LONGEST: Final = 100
MOST: Final = 200
# The semicolon of "tl;dv" parts nothing.
_PARTED = re.compile(r"[,\r\n]|;(?!(?<=tl;)dv)", re.IGNORECASE)


class Source(StrEnum):
    """Who says that a name is on the list."""

    SHARED = "shared"
    TEAM = "team"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Entry:
    """A name of the list; `is_off` means that the team does without this one."""

    name: str
    source: Source
    is_off: bool = False


class Spot(NamedTuple):
    """A participant's name, cut where an entry was found."""

    before: str
    hit: str
    after: str


def effective(
    base: Iterable[str],
    added: Iterable[str] = (),
    excluded: Iterable[str] = (),
    own: Iterable[str] = (),
) -> tuple[str, ...]:
    """The strings that a team's bots match, each once whatever its case.

    The workspace's `base` without what the team excludes, then what it adds, then the names that
    policies give our `own` bots, where they are long enough.
    """
    return tuple(each.name for each in entries(base, added, excluded, own) if not each.is_off)


def entries(
    base: Iterable[str],
    added: Iterable[str] = (),
    excluded: Iterable[str] = (),
    own: Iterable[str] = (),
) -> tuple[Entry, ...]:
    """The same list with who says so, and with what the team excludes where it would stand."""
    without = {name.casefold() for name in excluded}
    found: dict[str, Entry] = {}
    for name in base:
        key = name.casefold()
        if name.strip():
            found.setdefault(key, Entry(name, Source.SHARED, is_off=key in without))
    later = [(name, Source.TEAM) for name in added]
    later += [(name, Source.OWN) for name in own if is_long_enough(name)]
    for name, source in later:
        known = found.get(name.casefold())
        if name.strip() and (known is None or known.is_off):
            found.pop(name.casefold(), None)
            found[name.casefold()] = Entry(name, source)
    return tuple(found.values())


def is_long_enough(own: str) -> bool:
    """Whether the name of our own bots may be on the list: a shorter one would catch people."""
    return len(own.strip()) >= LEAST_OWN


def split(text: str) -> list[str]:
    """Names from a pasted list: one a line, or parted by commas or semicolons."""
    return [" ".join(part.split()) for part in _PARTED.split(text) if part.strip()]


def matching(names: Iterable[str], participant: str) -> list[str]:
    """The entries by which Recall would take that participant for a notetaker."""
    folded = participant.casefold()
    return [name for name in names if name and name.casefold() in folded]


def spot(entry: str, participant: str) -> Spot:
    """The participant's name, cut where the entry is found first, best at whole words."""
    start, end = _best(entry, participant)
    return Spot(participant[:start], participant[start:end], participant[end:])


def is_inside_word(entry: str, participant: str) -> bool:
    """Whether the entry is found only as a part of a longer word: "bot" in "Abbott".

    "OtterPilot" is two words, as a capital letter begins a new one.
    """
    found = _found(entry, participant)
    return bool(found) and not any(_is_whole(participant, *span) for span in found)


def covering(name: str, others: Iterable[str]) -> str:
    """A shorter entry that matches wherever this name does, so that it adds nothing; else ""."""
    folded = name.casefold()
    shorter = [each for each in others if each and each.casefold() in folded]
    return min((e for e in shorter if e.casefold() != folded), key=len, default="")


def covered(name: str, others: Iterable[str]) -> list[str]:
    """The longer entries that add nothing beside this one."""
    folded = name.casefold()
    return [each for each in others if folded in each.casefold() and each.casefold() != folded]


def _found(entry: str, participant: str) -> list[tuple[int, int]]:
    """Every place of the entry, as positions in the participant's name as it is written."""
    # Folding may lengthen a letter ("ß" is "ss"), so each folded one knows where it came from.
    origin = [place for place, letter in enumerate(participant) for _ in letter.casefold()]
    folded, wanted = participant.casefold(), entry.casefold()
    spans = []
    at = folded.find(wanted) if wanted else -1
    while at >= 0:
        spans.append((origin[at], origin[at + len(wanted) - 1] + 1))
        at = folded.find(wanted, at + 1)
    return spans


def _best(entry: str, participant: str) -> tuple[int, int]:
    found = _found(entry, participant)
    whole = [span for span in found if _is_whole(participant, *span)]
    return next(iter(whole or found), (0, 0))


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether words begin and end there."""
    return _is_seam(text, start) and _is_seam(text, end)


def _is_seam(text: str, at: int) -> bool:
    if at in (0, len(text)):
        return True
    before, after = text[at - 1], text[at]
    return not (before.isalpha() and after.isalpha()) or (before.islower() and after.isupper())
