"""The tools that an assistant may be allowed, and what is made of a call. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bots.dialogue.terms import Call, Tool
from bots.lifecycle import Action, chats

SHARE: Final = "share_page"
SAY: Final = "send_chat"

# Word -> what the page calls it. What is not in here, no responder can do.
LABELS: Final[dict[str, str]] = {
    SAY: "Write to one person or pin a message",
    "pause_recording": "Pause the recording",
    "resume_recording": "Resume the recording",
    SHARE: "Share one of its pages as its screen",
    "leave_meeting": "Leave the meeting",
}
_ACTIONS: Final = {
    "pause_recording": Action.PAUSE,
    "resume_recording": Action.RESUME,
    "leave_meeting": Action.LEAVE,
}
_NOTHING: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {},
    "additionalProperties": False,
}


class NotAllowed(Exception):
    """A call that is not carried out; `str()` tells the responder why, as a sentence."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What a call comes to: an order to the bot, with the body that it takes."""

    action: Action
    body: Mapping[str, Any] = field(default_factory=dict)


def offered(may: Iterable[str], *, platform: str, pages: Sequence[str]) -> list[Tool]:
    """The tools that are offered: those allowed which make sense at this meeting."""
    allowed, chat = set(may), chats.chat_of(platform)
    found = []
    if SAY in allowed and chat is not None and (chat.to_some or chat.may_pin):
        properties: dict[str, Any] = {"message": {"type": "string", "maxLength": chat.limit}}
        if chat.to_some:
            properties["to"] = {"type": "string", "enum": list(chats.RECIPIENTS)}
        if chat.may_pin:
            properties["pin"] = {"type": "boolean"}
        found.append(
            Tool(
                SAY,
                "Write a message into the meeting's chat, beside your answer.",
                {**_NOTHING, "properties": properties, "required": ["message"]},
            )
        )
    for name, sentence in (
        ("pause_recording", "Pause the recording: nothing is recorded until it is resumed."),
        ("resume_recording", "Go on with a recording that was paused."),
        ("leave_meeting", "Leave the meeting for good. You cannot come back."),
    ):
        if name in allowed:
            found.append(Tool(name, sentence, _NOTHING))
    if SHARE in allowed and pages:
        page = {"type": "string", "enum": list(pages)}
        found.append(
            Tool(
                SHARE,
                "Share one of these web pages as your screen.",
                {**_NOTHING, "properties": {"page": page}, "required": ["page"]},
            )
        )
    return found


def deed(call: Call, *, may: Iterable[str], platform: str, pages: Sequence[str]) -> Deed:
    """What a call comes to. Raises NotAllowed; nothing that a responder says widens what it may."""
    known = {tool.name for tool in offered(may, platform=platform, pages=pages)}
    if call.name not in known:
        raise NotAllowed("There is no such tool, or you may not use it.")
    if call.arguments is None:
        raise NotAllowed("The arguments were not readable JSON.")
    if call.name == SAY:
        return _message(call.arguments, platform)
    if call.name == SHARE:
        page = call.arguments.get("page")
        if page not in pages:
            raise NotAllowed("Only the listed pages can be shared.")
        return Deed(Action.SHOW, {"place": "screen", "what": "page", "url": page})
    return Deed(_ACTIONS[call.name])


def _message(given: Mapping[str, Any], platform: str) -> Deed:
    message, to, pin = given.get("message"), given.get("to") or chats.EVERYONE, given.get("pin")
    if not isinstance(message, str) or not isinstance(to, str):
        raise NotAllowed("A message is text, and goes to one of the listed recipients.")
    if to not in chats.RECIPIENTS:
        raise NotAllowed("A message goes to one of the listed recipients.")
    message, pin = message.strip(), pin is True
    if why_not := chats.problem(platform, message=message, to=to, pin=pin):
        raise NotAllowed(why_not)
    return Deed(Action.SAY, {"message": message, "to": to, "pin": pin})
