"""Who has to agree before a meeting is recorded, and whether they have. Pure.

https://docs.recall.ai/docs/recording-control
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_TAG: Final = re.compile(r"<[^<>]{0,200}>")


class Needs(StrEnum):
    """Whose word it takes."""

    HOST = "host"
    ANYONE = "anyone"
    EVERYONE = "everyone"

    @property
    def label(self) -> str:
        """As a form asks for it."""
        return _LABELS[self]


class Says(StrEnum):
    """What somebody answered, or that an operator vouched for all of them."""

    YES = "yes"
    NO = "no"
    CONFIRMED = "confirmed"


class Stage(StrEnum):
    """How far a bot's question is: nobody was asked, asked, heard by a recording of the chat alone,
    agreed, or refused."""

    NONE = ""
    WAITING = "waiting"
    ASKING = "asking"
    LISTENING = "listening"
    GIVEN = "given"
    DECLINED = "declined"


_LABELS: Final = {
    Needs.HOST: "The host",
    Needs.ANYONE: "Anyone",
    Needs.EVERYONE: "Everyone who is there",
}


@dataclass(frozen=True, slots=True)
class Voter:
    """Somebody who is in the call, with the last that they answered; None for nothing."""

    name: str
    is_host: bool = False
    said: Says | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it may be recorded: `is_met`, refused by some of those who are there, or neither,
    because the answers of others are awaited."""

    is_met: bool
    refused: tuple[str, ...] = ()
    awaited: tuple[str, ...] = ()
    agreed: int = 0


def judge(needs: str, voters: Sequence[Voter]) -> Verdict:
    """What the answers of those who are there come to; a "no" of one of them is the last word.

    A rule that this release does not know takes everyone's word.
    """
    agreed = [each for each in voters if each.said is Says.YES]
    refused = tuple(each.name for each in voters if each.said is Says.NO)
    asked = [each for each in voters if each.is_host] if needs == Needs.HOST else list(voters)
    awaited = tuple(each.name for each in asked if each.said is None)
    if needs in (Needs.HOST, Needs.ANYONE):
        is_met = any(each.said is Says.YES for each in asked)
    else:
        is_met = bool(asked) and len(agreed) == len(asked)
    return Verdict(
        is_met=is_met and not refused,
        refused=refused,
        awaited=() if is_met else awaited,
        agreed=len(agreed),
    )


def answer(text: str, *, yes: Collection[str], no: Collection[str]) -> Says | None:
    """What a chat message answers: only one that is one of the words and nothing else does.

    Case, punctuation, emoji and the markup that Teams sends do not matter. A word that stands in
    both lists is a no.
    """
    told = _plain(text)
    if not told:
        return None
    if told in {_plain(word) for word in no}:
        return Says.NO
    return Says.YES if told in {_plain(word) for word in yes} else None


def in_words(names: Iterable[str]) -> str:
    """ "Ann, Ben and 3 others": at most three of them by name."""
    all_names = list(names)
    shown, rest = all_names[:3], len(all_names) - 3
    if rest > 0:
        return f"{', '.join(shown)} and {rest} {'other' if rest == 1 else 'others'}"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKC", _TAG.sub(" ", text.replace("&nbsp;", " ")))
    letters = (
        char if unicodedata.category(char)[0] in "LNM" else " "
        for char in bare.replace("’", "").replace("'", "")
    )
    return " ".join("".join(letters).casefold().split())
