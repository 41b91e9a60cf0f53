"""For every value of a request the reason why it is so, by the value's dotted path. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bots.formats import BY_KEY, GALLERY, needs_gallery_view
from bots.lifecycle import platform_label
from bots.lifecycle.showing import Shows, What, lacks
from bots.policy.ask import Ask, Meeting
from bots.policy.bodies import CARRIED, chat_limit
from bots.policy.listening import is_ours
from bots.policy.rules import Version

CHOSEN: Final = "Chosen by whoever sent the bot."
ALWAYS: Final = "recalldash says it each time, so that nothing is left to Recall's defaults."
LISTENS: Final = "recalldash hears by it what happens while the meeting runs."
_CONFIG: Final = "recording_config."
_LEAVE: Final = "automatic_leave."
_NAMES: Final = "bot_detection.using_participant_names"
_EVENTS: Final = "bot_detection.using_participant_events"

# The policy's field behind a value, by the path or by how the path begins.
_FIELDS: Final[dict[str, str]] = {
    "bot_name": "bot_name",
    "chat": "join_message",
    "chat.on_bot_join.send_to": "join_message_to",
    "automatic_video_output": "bot_picture",
    "automatic_audio_output": "shows",
    f"{_CONFIG}transcript": "transcript",
    f"{_CONFIG}transcript.provider.recallai_streaming.language_code": "language",
    f"{_CONFIG}transcript.provider.recallai_streaming.mode": "transcript_mode",
    f"{_CONFIG}transcript.diarization": "separate_streams",
    f"{_CONFIG}realtime_endpoints": "rtmp_url",
    f"{_CONFIG}retention": "retention",
    f"{_CONFIG}video_mixed_layout": "layout",
    f"{_CONFIG}video_mixed_participant_video_when_screenshare": "screenshare",
    f"{_CONFIG}start_recording_on": "start_on",
    f"{_CONFIG}include_bot_in_recording": "bot_audio",
    f"{_LEAVE}waiting_room_timeout": "waiting_room_s",
    f"{_LEAVE}noone_joined_timeout": "noone_joined_s",
    f"{_LEAVE}everyone_left_timeout.timeout": "everyone_left_for_s",
    f"{_LEAVE}everyone_left_timeout.activate_after": "everyone_left_after_s",
    f"{_LEAVE}in_call_not_recording_timeout": "not_recording_s",
    f"{_LEAVE}in_call_recording_timeout": "recording_s",
    f"{_LEAVE}recording_permission_denied_timeout": "permission_denied_s",
    f"{_LEAVE}silence_detection.activate_after": "silence_after_s",
    f"{_LEAVE}silence_detection.timeout": "silence_for_s",
    f"{_LEAVE}{_NAMES}.activate_after": "names_after_s",
    f"{_LEAVE}{_NAMES}.timeout": "names_for_s",
    f"{_LEAVE}{_EVENTS}.activate_after": "events_after_s",
    f"{_LEAVE}{_EVENTS}.timeout": "events_for_s",
} | {_CONFIG + key: "formats" for key in BY_KEY}


def leaves(body: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted path, value) of all that a body says; lists, null and {} are values."""
    if isinstance(body, Mapping) and body:
        for key, value in body.items():
            yield from leaves(value, f"{path}.{key}" if path else key)
    else:
        yield path, body


def create_reasons(
    create: Mapping[str, Any],
    version: Version,
    ask: Ask,
    meeting: Meeting,
    *,
    chosen: set[str],
    dropped: Mapping[str, str],
) -> dict[str, str]:
    """A reason for each value of a Create Bot body.

    `chosen` are the fields in which the ask differs from the policy, `dropped` what the policy
    has and the platform cannot give.
    """
    found = {}
    for path, value in leaves(create):
        name = _field(path)
        if name:
            reason = _by_platform(path, name, value, version, meeting, dropped)
            reason = reason or _by_need(name, value, create, version, ask, chosen)
            reason = reason or (CHOSEN if name in chosen else f"{version.origin_words(name)}.")
        else:
            reason = _beside_the_policy(path, ask, version)
        found[path] = reason
    return found


def start_reasons(
    start: Mapping[str, Any], create: Mapping[str, Any], reasons: Mapping[str, str]
) -> dict[str, str]:
    """A reason for each value of a Start Recording body: those of the bot's recording config."""
    found = {path: reasons.get(_CONFIG + path, ALWAYS) for path, _ in leaves(start)}
    key = "start_recording_on"
    if start[key] != create["recording_config"][key]:
        found[key] = "A person who presses Start means now; this endpoint knows no manual."
    return found


def _field(path: str) -> str:
    while path:
        if path in _FIELDS:
            return _FIELDS[path]
        path = path.rpartition(".")[0]
    return ""


def _by_platform(
    path: str,
    name: str,
    value: Any,
    version: Version,
    meeting: Meeting,
    dropped: Mapping[str, str],
) -> str:
    """Where the platform's word counts more than the policy's."""
    rules, label = version.rules, platform_label(meeting.platform)
    if path.rpartition(".")[2] in dropped and value is None:
        return f"{label} cannot give it, though {version.origin_words(name)}, asks for it."
    if name == "shows" and value is None:
        native = label == "Zoom"  # of Zoom's bots only its native ones can't
        return lacks(What.SOUND, meeting.platform, native=native)
    if name == "waiting_room_s" and value < rules.waiting_room_s:
        return f"{label} gives up by itself after {value} s."
    if name == "join_message" and value is None and rules.join_message:
        return f"Bots cannot write on {label}."
    if name == "join_message" and isinstance(value, str) and len(value) < len(rules.join_message):
        limit = chat_limit(meeting.platform)
        return f"{version.origin_words(name)}, cut to the {limit} characters that {label} takes."
    if name == "join_message_to" and value != rules.join_message_to:
        return f"{label} knows no other."
    return ""


def _by_need(
    name: str,
    value: Any,
    create: Mapping[str, Any],
    version: Version,
    ask: Ask,
    chosen: set[str],
) -> str:
    """Where one value follows from another."""
    config = create["recording_config"]
    formats = frozenset(key for key in BY_KEY if config.get(key) is not None)
    if name == "layout" and "layout" not in chosen:
        if value == GALLERY != version.rules.layout and needs_gallery_view(formats):
            return "A format that is recorded exists only in the gallery."
        if not version.rules.layout:
            return "No format needs another."
    if name == "rtmp_url" and all(map(is_ours, value)) and name not in chosen:
        if version.rules.rtmp_url:
            return "Without live video there is nothing to send there."
        if value:
            return LISTENS
    shows = ask.shows if "shows" in chosen else version.rules.shows
    if name == "bot_picture" and version.rules.bot_picture and shows == Shows.PAGES:
        return "Left out: this bot can show web pages, and Recall lets it have one or the other."
    longest = version.rules.longest_s
    if name == "recording_s" and value == longest and value != version.rules.recording_s:
        return (
            CHOSEN if name in chosen else f"{version.origin_words('longest_s')}: the most there is."
        )
    return ""


def _beside_the_policy(path: str, ask: Ask, version: Version) -> str:
    if path == "meeting_url":
        return "The link that was pasted."
    if path == "join_at":
        return "The time that was chosen."
    if path.startswith(f"{_LEAVE}{_NAMES}.matches"):
        return f"The notetaker names of {version.team or 'the workspace'}."
    if path.startswith("metadata."):
        return "recalldash knows its bot again by it."
    if ask.like is not None and path.partition(".")[0] in CARRIED:
        return "Taken over from the bot that this one was made like."
    return ALWAYS
