"""Notetaker names: the list that goes with a bot, made of what workspace and team say. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

# A shorter name of our own bots would catch people: "Ava" is in "Gustava".
LEAST_OWN: Final = 8


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
    without = {name.casefold() for name in excluded}
    unique: dict[str, str] = {}
    for name in base:
        if name.strip() and name.casefold() not in without:
            unique.setdefault(name.casefold(), name)
    for name in (*added, *(each for each in own if len(each.strip()) >= LEAST_OWN)):
        if name.strip():
            unique.setdefault(name.casefold(), name)
    return tuple(unique.values())
