"""A bot's `automatic_leave` settings: Recall's defaults, smallest values and caps.

https://docs.recall.ai/reference/bot_create and https://docs.recall.ai/docs/automatic-leaving-behavior
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, Self

MINIMUMS: Mapping[str, int] = {
    "waiting_room_timeout": 30,
    "noone_joined_timeout": 30,
    "everyone_left_timeout.timeout": 1,
    "everyone_left_timeout.activate_after": 1,
    "in_call_not_recording_timeout": 1,
    "in_call_recording_timeout": 1,
    "recording_permission_denied_timeout": 1,
    "silence_detection.timeout": 10,
    "silence_detection.activate_after": 1,
    "bot_detection.using_participant_events.timeout": 10,
    "bot_detection.using_participant_events.activate_after": 1,
    "bot_detection.using_participant_names.timeout": 10,
    "bot_detection.using_participant_names.activate_after": 1,
}
_REQUIRED = ("timeout", "activate_after", "matches")
_LONGEST = 10**9
_WAITING_ROOM_CAPS = {"google_meet": 600, "microsoft_teams": 1800, "microsoft_teams_live": 1800}


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds a condition must hold, and seconds after which it is first looked at."""

    timeout: float
    activate_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`automatic_leave` with Recall's defaults filled in, in seconds; None means: rule is off."""

    waiting_room_timeout: float = 1200
    noone_joined_timeout: float = 1200
    everyone_left_timeout: Wait = Wait(2)
    in_call_not_recording_timeout: float = 3600
    in_call_recording_timeout: float | None = None
    recording_permission_denied_timeout: float = 30
    silence_detection: Wait | None = Wait(3600, 1200)
    using_participant_events: Wait | None = Wait(600, 1200)
    using_participant_names: Wait | None = None
    matches: tuple[str, ...] = ()

    @classmethod
    def read(cls, automatic_leave: Mapping[str, Any] | None, *, platform: str = "") -> Self:
        """Read a bot's `automatic_leave` as sent or as returned; never fails.

        What is absent or no number of seconds gets Recall's default; values under Recall's minimum
        are taken as they are (see `problems`). An explicit null turns off silence detection or a
        way of detecting bots. `everyone_left_timeout` may be the plain number of API v1.10.
        `platform` caps the wait in the waiting room at what Recall documents for it.
        """
        sent = _mapping(automatic_leave)
        longest = sent.get("in_call_recording_timeout")
        waiting_room = _seconds(sent.get("waiting_room_timeout"), 1200)
        everyone_left = sent.get("everyone_left_timeout")
        if not isinstance(everyone_left, Mapping):
            everyone_left = {"timeout": everyone_left}
        detection = _mapping(sent.get("bot_detection"))
        names = _mapping(detection.get("using_participant_names"))
        matches = names.get("matches")
        return cls(
            waiting_room_timeout=min(waiting_room, _WAITING_ROOM_CAPS.get(platform, inf)),
            noone_joined_timeout=_seconds(sent.get("noone_joined_timeout"), 1200),
            everyone_left_timeout=Wait(
                _seconds(everyone_left.get("timeout"), 2),
                _seconds(everyone_left.get("activate_after"), 0) or None,
            ),
            in_call_not_recording_timeout=_seconds(sent.get("in_call_not_recording_timeout"), 3600),
            in_call_recording_timeout=longest if _is_seconds(longest) else None,
            recording_permission_denied_timeout=_seconds(
                sent.get("recording_permission_denied_timeout"), 30
            ),
            silence_detection=_wait(sent.get("silence_detection", {}), 3600, 1200),
            using_participant_events=_wait(
                detection.get("using_participant_events", {}), 600, 1200
            ),
            using_participant_names=_wait(names, 3600, 1200) if names else None,
            matches=tuple(m for m in matches if _is_match(m))
            if isinstance(matches, list | tuple)
            else (),
        )


def problems(automatic_leave: Mapping[str, Any] | None) -> dict[str, str]:
    """What Recall's schema does not accept, as {dotted field: sentence}; empty when all is well."""
    found: dict[str, str] = {}
    sent = _mapping(automatic_leave)
    for field, minimum in MINIMUMS.items():
        *groups, last = field.split(".")
        place: Any = sent
        for group in groups:
            place = place.get(group) if isinstance(place, Mapping) else place
        if isinstance(place, Mapping):
            value = place.get(last)
        else:
            value = place if field == "everyone_left_timeout.timeout" else None
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool):
            found[field] = "This must be a whole number of seconds."
        elif value < minimum:
            found[field] = f"This is too short: Recall takes {spell(minimum)} or more."
    detection = _mapping(sent.get("bot_detection"))
    names = detection.get("using_participant_names")
    if isinstance(names, Mapping):
        path = "bot_detection.using_participant_names"
        for part in _REQUIRED:
            if names.get(part) is None:
                found[f"{path}.{part}"] = "Recall needs this to detect bots by their names."
        matches = names.get("matches") or ()
        if not isinstance(matches, list | tuple) or not all(map(_is_match, matches)):
            found[f"{path}.matches"] = "This must be a list of pieces of names, none of them empty."
    return found


def spell(seconds: float) -> str:
    """1 hour 1 minute 5 seconds"""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    parts = [(hours, "hour"), (minutes, "minute"), (rest, "second")]
    words = [f"{n:g} {unit}{'' if n == 1 else 's'}" for n, unit in parts if n]
    return " ".join(words) or "0 seconds"


def _is_seconds(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LONGEST


def _is_match(value: Any) -> bool:
    # A blank is in nearly every name and would make everybody a bot.
    return isinstance(value, str) and bool(value.strip())


def _seconds(value: Any, default: float) -> float:
    return value if _is_seconds(value) else default


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _wait(value: Any, timeout: float, activate_after: float) -> Wait | None:
    if value is None:
        return None
    sent = _mapping(value)
    return Wait(
        _seconds(sent.get("timeout"), timeout),
        _seconds(sent.get("activate_after"), activate_after),
    )
