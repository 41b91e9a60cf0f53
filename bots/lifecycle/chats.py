"""What bots can write in each platform's chat: to whom, how long, pinned or not. Pure.

https://docs.recall.ai/docs/sending-chat-messages
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bots.lifecycle.platforms import platform_label

EVERYONE: Final = "everyone"
RECIPIENTS: Final[dict[str, str]] = {
    EVERYONE: "Everyone",
    "host": "The host",
    "everyone_except_host": "Everyone but the host",
}


@dataclass(frozen=True, slots=True)
class Chat:
    """`limit` is how many characters a message may have. `to_some`: it can go to the host, to
    all the others, or to one person by Recall's number for them."""

    limit: int
    to_some: bool = False
    may_pin: bool = False


CHATS: Final[dict[str, Chat]] = {
    "Zoom": Chat(4096, to_some=True),
    "Google Meet": Chat(500, may_pin=True),
    "Microsoft Teams": Chat(4096, may_pin=True),
}


def chat_of(platform: str) -> Chat | None:
    """What a platform's chat can do for a bot; None where bots cannot write in it."""
    return CHATS.get(platform_label(platform)) if platform else None


def problem(platform: str, *, message: str = "", to: str = EVERYONE, pin: bool = False) -> str:
    """Why Recall or the platform would not take the message, as a sentence, or ""."""
    chat, name = chat_of(platform), platform_label(platform) if platform else "this meeting"
    if chat is None:
        return f"Bots can't write in the chat of {name}."
    if not message.strip():
        return "Write what the bot shall say."
    if len(message) > chat.limit:
        return f"{name} takes {chat.limit} characters at most; this has {len(message)}."
    if to != EVERYONE and not chat.to_some:
        return f"In {name} a bot writes to everyone."
    if to not in RECIPIENTS and not (to.isascii() and to.isdecimal()):
        return f"Nobody there is called “{to}”."
    if pin and not chat.may_pin:
        return f"In {name} a bot can't pin a message."
    return ""
