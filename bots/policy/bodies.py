"""From a wish, or from a bot as Recall returns it, to the exact body of a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any, Final
from unicodedata import category

from bots import lifecycle
from bots.formats import BY_KEY, FORMATS, GALLERY, formats_of, needs_gallery_view
from bots.lifecycle import chats
from bots.lifecycle.showing import Shows, What, is_native, lacks
from bots.policy import listening
from bots.policy.wish import WEEK, Retention, Wish

METADATA_LIMIT: Final = 500
# How the silent sound stands in a request that we keep; its bytes are put in when it goes out.
SILENCE: Final = "sound:silence"
_JOINER: Final = "\u200d"

# What a bot made elsewhere may have been sent with, that no policy of ours speaks of.
CARRIED: Final = ("variant", "zoom", "google_meet", "webex", "breakout_room")

Body = dict[str, Any]


def create_body(wish: Wish, *, platform: str = "") -> Body:
    """The body of Create Bot. `platform`, if known, caps the waiting-room timeout as it does.

    https://docs.recall.ai/reference/bot_create
    """
    body: Body = {
        "meeting_url": wish.meeting_url,
        "bot_name": wish.bot_name,
        "recording_config": _recording_config(wish),
        "automatic_leave": _automatic_leave(wish, platform),
        "chat": _chat(wish, platform),
        # Of pictures and web pages Recall takes one.
        "automatic_video_output": _picture("" if wish.shows == Shows.PAGES else wish.picture),
        "metadata": _metadata(wish.metadata),
    }
    if wish.shows == Shows.SOUNDS:
        body["automatic_audio_output"] = _silence(platform, is_native(wish.like or {}))
    if wish.like is not None:
        body |= {key: wish.like[key] for key in CARRIED if wish.like.get(key) is not None}
    if wish.join_at is not None:
        if wish.join_at.tzinfo is None:
            raise ValueError("join_at must know its time zone")
        body["join_at"] = wish.join_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return body


def start_body(
    recording_config: Mapping[str, Any] | None,
    *,
    formats: frozenset[str] | None = None,
    transcript: str | None = None,
    language: str = "auto",
    transcript_mode: str = "prioritize_accuracy",
    rtmp_url: str = "",
    listens: bool = False,
) -> Body:
    """The body of Start Recording, which takes nothing over from the bot: every option is said.

    Prefilled from the `recording_config` that Recall returned for the bot; `formats` and
    `transcript` replace what it had, None keeps it; `listens` adds our own endpoint, which is kept
    anyway where there is one. Only what the endpoint accepts is sent, so
    ids and statuses in Recall's answer do not come back to it.
    https://docs.recall.ai/reference/bot_start_recording_create
    """
    had = recording_config or {}
    wanted = formats_of(had) if formats is None else formats
    body: Body = {each.key: _artifact(had, each.key, each.key in wanted) for each in FORMATS}
    body["transcript"] = (
        _kept_transcript(had)
        if transcript is None
        else _transcript(transcript, language=language, mode=transcript_mode)
    )
    body["realtime_endpoints"] = _endpoints(had.get("realtime_endpoints") or [], wanted, rtmp_url)
    if listens or listening.listens(had):
        body["realtime_endpoints"] += _ours(body)
    body["retention"] = _retention(had.get("retention", WEEK))
    body["video_mixed_layout"] = _layout(had.get("video_mixed_layout") or "", wanted)
    body["video_mixed_participant_video_when_screenshare"] = (
        had.get("video_mixed_participant_video_when_screenshare") or "overlap"
    )
    body["start_recording_on"] = _start_now_on(recording_config)
    body["include_bot_in_recording"] = {"audio": False} | dict(
        had.get("include_bot_in_recording") or {}
    )
    body["metadata"] = _metadata(had.get("metadata") or {})
    return body


def _recording_config(wish: Wish) -> Body:
    config: Body = {each.key: {} if each.key in wish.formats else None for each in FORMATS}
    config |= {
        "transcript": _transcript(
            wish.transcript,
            language=wish.language,
            mode=wish.transcript_mode,
            separate_streams=wish.separate_streams,
        ),
        "realtime_endpoints": _endpoints([], wish.formats, wish.rtmp_url),
        "retention": _retention(wish.retention),
        "video_mixed_layout": _layout(wish.layout, wish.formats),
        "video_mixed_participant_video_when_screenshare": wish.screenshare,
        "start_recording_on": wish.start_on,
        "include_bot_in_recording": {"audio": wish.bot_audio},
        "metadata": {},
    }
    if wish.listens:
        config["realtime_endpoints"] += _ours(config)
    return config


def _chat(wish: Wish, platform: str) -> Body | None:
    """What the bot writes when it joins, where the platform can chat; cut to what it takes."""
    limit = chat_limit(platform)
    if not wish.join_message or not limit:
        return None
    # Recipients are Zoom's alone; an unknown platform may be it.
    to = wish.join_message_to if platform in ("zoom", "") else "everyone"
    return {"on_bot_join": {"send_to": to, "message": _cut(wish.join_message, limit)}}


def _cut(text: str, limit: int) -> str:
    """The text, or what fits of it: a letter keeps its marks there, an emoji its parts."""
    if len(text) <= limit:
        return text
    end = limit
    while end and (_goes_on(text[end]) or text[end - 1] == _JOINER):
        end -= 1
    # Nothing but marks: then one of them has to go.
    return text[: end or limit].rstrip()


def _goes_on(char: str) -> bool:
    """Whether the character belongs to the one before it: a mark, a skin tone, a joiner."""
    return char == _JOINER or "\U0001f3fb" <= char <= "\U0001f3ff" or category(char)[0] == "M"


def chat_limit(platform: str) -> int:
    """How many characters a message may have there; 0 where bots cannot chat."""
    if not platform:
        return max(each.limit for each in chats.CHATS.values())
    known = chats.chat_of(platform)
    return known.limit if known else 0


def _picture(b64: str) -> Body | None:
    if not b64:
        return None
    # Said for both states, though Recall would fall back to the first.
    return {
        state: {"kind": "jpeg", "b64_data": b64}
        for state in ("in_call_recording", "in_call_not_recording")
    }


def _silence(platform: str, native: bool) -> Body | None:
    """A sound of nothing: only a bot that is created with one can play others later."""
    if lacks(What.SOUND, platform, native=native):
        return None
    return {"in_call_recording": {"data": {"kind": "mp3", "b64_data": SILENCE}}}


def _automatic_leave(wish: Wish, platform: str) -> Body:
    rules = wish.leave
    waiting_room_s, _ = lifecycle.waiting_limit(platform, timeout_s=rules.waiting_room_s)
    detection: Body = {
        "using_participant_events": {
            "activate_after": rules.events_after_s,
            "timeout": rules.events_for_s,
        }
    }
    if names := _names(wish.notetaker_names):
        detection["using_participant_names"] = {
            "matches": names,
            "activate_after": rules.names_after_s,
            "timeout": rules.names_for_s,
        }
    leave: Body = {
        "waiting_room_timeout": waiting_room_s,
        "noone_joined_timeout": rules.noone_joined_s,
        "everyone_left_timeout": {
            "timeout": rules.everyone_left_for_s,
            "activate_after": rules.everyone_left_after_s,
        },
        "in_call_not_recording_timeout": rules.not_recording_s,
        "recording_permission_denied_timeout": rules.permission_denied_s,
        "silence_detection": {
            "activate_after": rules.silence_after_s,
            "timeout": rules.silence_for_s,
        },
        "bot_detection": detection,
    }
    # Absent is the only way to say "no limit": the schema knows no null here.
    if rules.recording_s is not None:
        leave["in_call_recording_timeout"] = rules.recording_s
    return leave


def _names(names: Iterable[str]) -> list[str]:
    """Without blanks, each once: an empty string would match every participant."""
    unique: dict[str, str] = {}
    for name in (each.strip() for each in names):
        if name:
            unique.setdefault(name.casefold(), name)
    return list(unique.values())


def _transcript(
    provider: str, *, language: str, mode: str, separate_streams: bool = False
) -> Body | None:
    if not provider:
        return None
    settings = {"mode": mode, "language_code": language} if provider == "recallai_streaming" else {}
    return {
        "provider": {provider: settings},
        "diarization": {"use_separate_streams_when_available": separate_streams},
    }


def _kept_transcript(had: Mapping[str, Any]) -> Body | None:
    transcript = had.get("transcript") or {}
    if not transcript.get("provider"):
        return None
    kept = {
        key: transcript[key]
        for key in ("provider", "diarization", "metadata")
        if transcript.get(key) is not None
    }
    return {"diarization": {"use_separate_streams_when_available": False}} | kept


def _artifact(had: Mapping[str, Any], key: str, wanted: bool) -> Body | None:
    if not wanted:
        return None
    metadata = (had.get(key) or {}).get("metadata")
    return {"metadata": _metadata(metadata)} if metadata else {}


def _endpoints(
    had: Iterable[Mapping[str, Any]], formats: frozenset[str], rtmp_url: str
) -> list[Body]:
    """The endpoints with their writable fields only, less our own and what no format feeds."""
    answer: list[Body] = []
    for endpoint in had:
        if listening.is_ours(endpoint):
            continue
        kind, url = endpoint.get("type"), endpoint.get("url")
        events = [event for event in endpoint.get("events") or [] if _is_fed(event, formats)]
        if not kind or not events or (not url and kind != "desktop_sdk_callback"):
            continue
        if kind == "rtmp" and rtmp_url:
            continue
        kept: Body = {"type": kind, "events": events}
        if url:
            kept["url"] = url
        if endpoint.get("metadata"):
            kept["metadata"] = _metadata(endpoint["metadata"])
        answer.append(kept)
    if rtmp_url and "video_mixed_flv" in formats:
        answer.append({"type": "rtmp", "url": rtmp_url, "events": ["video_mixed_flv.data"]})
    return answer


def _ours(config: Mapping[str, Any]) -> list[Body]:
    ours = listening.endpoint(config)
    return [ours] if ours else []


def _is_fed(event: str, formats: frozenset[str]) -> bool:
    artifact = event.removesuffix(".data")
    return artifact in formats or artifact not in BY_KEY


def _retention(retention: Retention) -> Body | None:
    if retention is None:
        return None
    if isinstance(retention, str):
        return {"type": retention}
    if retention.get("type") == "timed":
        return {"type": "timed", "hours": retention.get("hours", WEEK["hours"])}
    return {"type": retention.get("type", "forever")}


def _layout(layout: str, formats: frozenset[str]) -> str:
    return GALLERY if needs_gallery_view(formats) else layout or "speaker_view"


def _start_now_on(recording_config: Mapping[str, Any] | None) -> str:
    """The endpoint knows no `manual`; a person who presses Start means now."""
    if recording_config is None:
        return "call_join"
    start_on = recording_config.get("start_recording_on", "participant_join")
    return start_on if start_on in ("participant_join", "participant_speak") else "call_join"


def _metadata(metadata: Mapping[str, Any]) -> Body:
    """Values as strings that Recall accepts, cut where they are too long."""
    return {
        key: None if value is None else str(value)[:METADATA_LIMIT]
        for key, value in metadata.items()
    }
