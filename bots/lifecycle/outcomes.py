"""What came of a bot once it is over, which is not the same thing as its status."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Outcome(StrEnum):
    """What came of it. `NONE` as long as the bot is not over."""

    NONE = ""
    RECORDED = "recorded"
    IN_PART = "in_part"
    NEVER_ADMITTED = "never_admitted"
    REMOVED = "removed"
    NOBODY_CAME = "nobody_came"
    ONLY_BOTS = "only_bots"
    NOTHING_RECORDED = "nothing_recorded"
    EMPTY = "empty"
    DELETED = "deleted"
    FAILED = "failed"

    @property
    def label(self) -> str:
        return _LOOKS[self][0]

    @property
    def colour(self) -> str:
        """Name of the colour token; green means that there is something whole to play."""
        return _LOOKS[self][1]


_LOOKS: Final = {
    Outcome.NONE: ("", "grey"),
    Outcome.RECORDED: ("Recorded", "green"),
    Outcome.IN_PART: ("Recorded in part", "amber"),
    Outcome.NEVER_ADMITTED: ("Never admitted", "amber"),
    Outcome.REMOVED: ("Removed", "amber"),
    Outcome.NOBODY_CAME: ("Nobody came", "grey"),
    Outcome.ONLY_BOTS: ("Only bots left", "grey"),
    Outcome.NOTHING_RECORDED: ("Nothing recorded", "grey"),
    Outcome.EMPTY: ("Empty", "grey"),
    Outcome.DELETED: ("Deleted", "grey"),
    Outcome.FAILED: ("Failed", "darkred"),
}

_NOT_LET_IN: Final = frozenset(
    {
        "timeout_exceeded_waiting_room",
        "call_ended_by_platform_waiting_room_timeout",
        "bot_kicked_from_waiting_room",
    }
)
_NOBODY: Final = frozenset({"timeout_exceeded_noone_joined", "meeting_not_started"})
_ONLY_BOTS: Final = frozenset(
    {
        "timeout_exceeded_only_bots_detected_using_participant_names",
        "timeout_exceeded_only_bots_detected_using_participant_events",
        "timeout_exceeded_only_bots_in_call",
    }
)
# The meeting went on without the bot, so what it recorded is a part of it.
_CUT_SHORT: Final = frozenset(
    {
        "bot_kicked_from_call",
        "timeout_exceeded_in_call_recording",
        "timeout_exceeded_max_duration",
        "timeout_exceeded_recording_permission_denied",
    }
)
_INSIDE: Final = frozenset({"in_call_not_recording", "in_call_recording"})


def outcome(
    codes_with_subcodes: Iterable[tuple[str, str]],
    recordings: Iterable[Outcome] = (),
    *,
    people_seen: bool | None = None,
) -> Outcome:
    """What came of a bot with this history of (code, sub-code), in any order.

    `recordings` are the outcomes of each of its recordings (`recorded.came_of`), `people_seen`
    whether anyone was there who is not a probable bot (None: not known).
    """
    history = list(codes_with_subcodes)
    codes = {code for code, _ in history}
    if not codes & {"done", "fatal"}:
        return Outcome.NONE
    reasons = {sub_code for code, sub_code in history if code == "call_ended" and sub_code}
    came = set(recordings)
    if came & {Outcome.RECORDED, Outcome.IN_PART}:
        return _recorded(
            codes, reasons, bool(came & {Outcome.IN_PART, Outcome.FAILED}), people_seen
        )
    for each in (Outcome.ONLY_BOTS, Outcome.NOBODY_CAME, Outcome.DELETED):
        if each in came:
            return each
    if "fatal" in codes or Outcome.FAILED in came:
        return Outcome.FAILED
    ended = _empty(codes, reasons)
    return Outcome.EMPTY if came and ended is Outcome.NOTHING_RECORDED else ended


def cuts_short(code: str, sub_code: str) -> bool:
    """Whether a bot that ended so left a meeting that went on, or may have gone on."""
    return code == "fatal" or sub_code in _CUT_SHORT


def nobody_else(sub_code: str) -> Outcome:
    """ONLY_BOTS or NOBODY_CAME where a bot left for that reason; else NONE."""
    if sub_code in _ONLY_BOTS:
        return Outcome.ONLY_BOTS
    return Outcome.NOBODY_CAME if sub_code in _NOBODY else Outcome.NONE


def _recorded(
    codes: set[str], reasons: set[str], in_part: bool, people_seen: bool | None
) -> Outcome:
    if "fatal" in codes or in_part or reasons & _CUT_SHORT:
        return Outcome.IN_PART
    if reasons & _NOBODY:
        return Outcome.NOBODY_CAME
    if reasons & _ONLY_BOTS and people_seen is False:
        return Outcome.ONLY_BOTS
    return Outcome.RECORDED


def _empty(codes: set[str], reasons: set[str]) -> Outcome:
    if reasons & _NOT_LET_IN or ("in_waiting_room" in codes and not codes & _INSIDE):
        return Outcome.NEVER_ADMITTED
    if "bot_kicked_from_call" in reasons:
        return Outcome.REMOVED
    if reasons & _NOBODY:
        return Outcome.NOBODY_CAME
    if reasons & _ONLY_BOTS:
        return Outcome.ONLY_BOTS
    return Outcome.NOTHING_RECORDED
