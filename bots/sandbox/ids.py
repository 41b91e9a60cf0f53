"""Ids of recordings and their parts, made from the bot's id so that they lead back to it.

Nothing about recordings is stored, so an id must say whose it is: the middle of the bot's id is
kept, the end says which recording and which part, and the beginning is mixed so that the ids of one
bot look as different as Recall's do.
"""

import uuid
from dataclasses import dataclass
from zlib import crc32

KINDS = (
    "recording",
    "transcript",
    "video_mixed",
    "video_separate",
    "audio_mixed",
    "audio_separate",
    "participant_events",
    "meeting_metadata",
    "realtime_endpoint",
)
_LOW = 24
_MASK = (1 << _LOW) - 1


@dataclass(frozen=True, slots=True)
class Trail:
    """Where an id leads: bots between `first` and `last` (one of them), recording, kind, part."""

    first: uuid.UUID
    last: uuid.UUID
    take: int
    kind: str
    n: int


def made(bot: uuid.UUID, take: int, kind: str = "recording", n: int = 0) -> str:
    """The id of recording number `take` of a bot, or of its `n`-th part of that kind."""
    tag = _tag(take, kind, n)
    whole = bot.int >> _LOW
    mixed = (whole ^ (_mix(tag) << (104 - 32))) << _LOW
    return str(uuid.UUID(int=mixed | (tag ^ (whole & _MASK))))


def trail(id_: uuid.UUID) -> Trail | None:
    """Where this id leads, or None if it was not made here."""
    whole = id_.int >> _LOW
    tag = (id_.int & _MASK) ^ (whole & _MASK)
    take, kind, n = tag >> 16, (tag >> 12) & 0xF, tag & 0xFFF
    if kind >= len(KINDS):
        return None
    prefix = (whole ^ (_mix(tag) << (104 - 32))) << _LOW
    return Trail(uuid.UUID(int=prefix), uuid.UUID(int=prefix | _MASK), take, KINDS[kind], n)


def whose(id_: str) -> str:
    """The same text for all ids that were made from one bot's; the text itself for any other."""
    try:
        found = trail(uuid.UUID(id_))
    except ValueError:
        return id_
    return str(found.first) if found else id_


def _tag(take: int, kind: str, n: int) -> int:
    return (take & 0xFF) << 16 | KINDS.index(kind) << 12 | (n & 0xFFF)


def _mix(tag: int) -> int:
    return crc32(tag.to_bytes(3, "big"))
