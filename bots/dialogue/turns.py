"""When somebody's turn of talk is over, and whether the assistant was spoken to. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

# Whoever says nothing for so long has finished; words come some time after they were spoken.
SILENCE: Final = timedelta(seconds=2.5)
# Nobody is waited for longer than this, however much they say.
LONGEST: Final = timedelta(seconds=90)
LONGEST_LETTERS: Final = 4000
# Whoever was answered goes on talking with the assistant for so long without naming it.
FOLLOWS_UP: Final = timedelta(seconds=30)


def is_over(*, began_at: datetime, heard_at: datetime, text: str, now: datetime) -> bool:
    """Whether a turn that nobody else interrupted has ended by now."""
    return now - heard_at >= SILENCE or now - began_at >= LONGEST or len(text) >= LONGEST_LETTERS


def over_at(*, began_at: datetime, heard_at: datetime) -> datetime:
    """When to look whether such a turn has ended."""
    return min(heard_at + SILENCE, began_at + LONGEST)


def names(text: str, called: Iterable[str]) -> bool:
    """Whether one of the words by which the assistant is called stands in the text, as a word."""
    return any(_pattern(word).search(text) for word in called if word.strip())


@lru_cache(maxsize=256)
def _pattern(word: str) -> re.Pattern[str]:
    name = r"[\s,]+".join(re.escape(part) for part in word.split())
    return re.compile(rf"(?<!\w)@?{name}(?!\w)", re.IGNORECASE)


def asks_for_more(
    *, answered_at: datetime | None, is_same_person: bool, began_at: datetime
) -> bool:
    """Whether a turn goes on with a talk: the same person, shortly after they were answered."""
    if answered_at is None or not is_same_person:
        return False
    return timedelta(0) <= began_at - answered_at <= FOLLOWS_UP
