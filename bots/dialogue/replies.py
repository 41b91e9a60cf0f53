"""What an assistant answers, cut to what a meeting's chat takes. Pure."""

from __future__ import annotations

import re
from typing import Final

from bots.lifecycle import chats

# More messages than this in a row are a lecture.
MOST_MESSAGES: Final = 3
_GOES_ON: Final = "…"
_MARKS: Final = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_HEADS: Final = re.compile(r"^#{1,6}\s+", re.MULTILINE)
_SENTENCE: Final = re.compile(r"[.!?…。！？]['\"”’)\]]*\s")


def messages(text: str, *, platform: str, most: int = MOST_MESSAGES) -> tuple[list[str], bool]:
    """The answer as chat messages, none longer than the platform takes; whether some was left out.

    [] where the platform has no chat for bots, or nothing was said.
    """
    chat, rest = chats.chat_of(platform), plain(text)
    if chat is None or not rest:
        return [], False
    found: list[str] = []
    while rest and len(found) < most:
        piece = _piece(rest, chat.limit)
        found.append(piece)
        rest = rest[len(piece) :].strip()
    if rest:
        found[-1] = found[-1][: chat.limit - 1].rstrip() + _GOES_ON
    return found, bool(rest)


def plain(text: str) -> str:
    """Without the marks of Markdown that a chat shows as they are."""
    return _HEADS.sub("", _MARKS.sub(r"\2", text)).strip()


def _piece(text: str, limit: int) -> str:
    """As much as fits: up to the end of a line or sentence, else of a word."""
    if len(text) <= limit:
        return text
    head = text[: limit + 1]
    ends = [head.rfind("\n"), *(match.end() - 1 for match in _SENTENCE.finditer(head))]
    end = max(ends)
    if end < limit // 3:
        end = head.rfind(" ")
    return text[: end if end > 0 else limit].rstrip()
