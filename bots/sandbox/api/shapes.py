"""The bodies Recall takes, field by field, with its limits and defaults.

https://docs.recall.ai/reference/bot_create and https://docs.recall.ai/reference/bot_start_recording_create
"""

from typing import Any

from . import fields
from .fields import Field, Invalid, Shape

PROVIDERS = (
    "recallai_streaming",
    "meeting_captions",
    "assembly_ai_async_chunked",
    "assembly_ai_v3_streaming",
    "deepgram_streaming",
    "gladia_v2_streaming",
    "rev_streaming",
    "aws_transcribe_streaming",
    "speechmatics_streaming",
)
ASYNC_PROVIDERS = (
    "recallai_async",
    "assembly_ai_async",
    "deepgram_async",
    "gladia_v2_async",
    "rev_async",
    "speechmatics_async",
)
_DONE = (
    "join leave update speech_on speech_off webcam_on webcam_off "
    "screenshare_on screenshare_off chat_message"
)
_PEOPLE = [f"participant_events.{what}" for what in _DONE.split()]
_WORDS = ["transcript.data", "transcript.partial_data", "transcript.provider_data"]
_MEDIA = [
    "audio_mixed_raw.data",
    "audio_separate_raw.data",
    "video_separate_png.data",
    "video_separate_h264.data",
]
EVENTS = {
    "webhook": (*_PEOPLE, *_WORDS),
    "websocket": (*_PEOPLE, *_WORDS, *_MEDIA),
    "desktop_sdk_callback": (*_PEOPLE, *_WORDS, *_MEDIA),
    "rtmp": ("video_mixed_flv.data",),
}
_SCHEMES = {"webhook": ("http", "https"), "websocket": ("ws", "wss"), "rtmp": ("rtmp", "rtmps")}
TOO_LARGE_B64 = 1_835_008


def _provider(*names: str) -> fields.Check:
    def check(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Invalid({"non_field_errors": ["Invalid data. Expected a dictionary."]})
        known = {name: value[name] for name in names if value.get(name) is not None}
        if len(known) != 1:
            raise Invalid({"non_field_errors": ["Exactly one provider must be specified."]})
        ((name, given),) = known.items()
        if not isinstance(given, dict):
            raise Invalid({name: ["Invalid data. Expected a dictionary."]})
        if name == "recallai_streaming":
            given = {"language_code": "auto", "mode": "prioritize_accuracy", **given}
        return {name: given}

    return check


_DIARIZATION = Shape({"use_separate_streams_when_available": Field(fields.flag, default=False)})


def _transcript(*providers: str) -> Shape:
    return Shape(
        {
            "provider": Field(_provider(*providers), required=True),
            "diarization": Field(_DIARIZATION, null=True),
            "metadata": Field(fields.metadata, default=dict),
        }
    )


def _realtime_endpoint(value: Any) -> dict[str, Any]:
    base = Shape(
        {
            "type": Field(fields.choice(*EVENTS), required=True),
            "metadata": Field(fields.metadata, default=dict),
        }
    ).read(value)
    kind = base["type"]
    inner = {"events": Field(fields.listed(fields.choice(*EVENTS[kind])), required=True)}
    if kind in _SCHEMES:
        inner["url"] = Field(fields.address(*_SCHEMES[kind]), required=True)
    return base | Shape(inner).read(value)


def _retention(value: Any) -> dict[str, Any]:
    base = Shape({"type": Field(fields.choice("timed", "forever"), required=True)}).read(value)
    if base["type"] == "timed":
        base |= Shape({"hours": Field(fields.whole(least=1), default=168)}).read(value)
    return base


_ARTIFACT = Shape({"metadata": Field(fields.metadata)})
_ON = ("video_mixed_mp4", "participant_events", "meeting_metadata")
_OFF = (
    "audio_mixed_raw",
    "audio_mixed_mp3",
    "audio_separate_raw",
    "audio_separate_mp3",
    "video_separate_mp4",
    "video_separate_png",
    "video_separate_h264",
    "video_mixed_flv",
)
_STARTS = ("call_join", "participant_join", "participant_speak")


def recording_config(default_retention: Any, *, manual: bool) -> Shape:
    """A recording config; Start Recording takes the same one without `manual`."""
    starts = (*_STARTS, "manual") if manual else _STARTS
    overlaps = ("hide", "beside", "overlap")
    layouts = ("speaker_view", "gallery_view", "gallery_view_v2", "audio_only")
    return Shape(
        {
            "transcript": Field(_transcript(*PROVIDERS), null=True, default=None),
            "realtime_endpoints": Field(fields.listed(_realtime_endpoint), default=list),
            "retention": Field(_retention, null=True, default=lambda: default_retention),
            "video_mixed_layout": Field(fields.choice(*layouts), default="speaker_view"),
            "video_mixed_participant_video_when_screenshare": Field(
                fields.choice(*overlaps), default="overlap"
            ),
            "start_recording_on": Field(fields.choice(*starts), default="participant_join"),
            "include_bot_in_recording": Field(
                Shape({"audio": Field(fields.flag, default=False)}),
                default=lambda: {"audio": False},
            ),
            "metadata": Field(fields.metadata, default=dict),
            **{name: Field(_ARTIFACT, null=True, default=dict) for name in _ON},
            **{name: Field(_ARTIFACT, null=True, default=None) for name in _OFF},
        }
    )


def _everyone_left(ints: bool) -> fields.Check:
    shape = Shape(
        {
            "timeout": Field(fields.whole(least=1), default=2),
            "activate_after": Field(fields.whole(least=1), null=True, default=None),
        }
    )

    def check(value: Any) -> dict[str, Any]:
        if ints and isinstance(value, int) and not isinstance(value, bool):
            value = {"timeout": value}
        return shape.read(value)

    return check


def _wait(timeout: int | None, activate_after: int | None, **more: Field) -> Shape:
    """A rule of leaving; without defaults both numbers are required."""
    required = timeout is None
    return Shape(
        {
            "timeout": Field(
                fields.whole(least=10), required, default=fields.Missing if required else timeout
            ),
            "activate_after": Field(
                fields.whole(least=1),
                required,
                default=fields.Missing if required else activate_after,
            ),
            **more,
        }
    )


def automatic_leave(*, ints: bool) -> Shape:
    """The rules of leaving: https://docs.recall.ai/docs/automatic-leaving-behavior"""
    names = _wait(None, None, matches=Field(fields.listed(fields.text(blank=False)), required=True))
    detection = Shape(
        {
            "using_participant_events": Field(
                _wait(600, 1200),
                null=True,
                default=lambda: {"timeout": 600, "activate_after": 1200},
            ),
            "using_participant_names": Field(names, null=True),
        }
    )
    return Shape(
        {
            "waiting_room_timeout": Field(fields.whole(least=30), default=1200),
            "noone_joined_timeout": Field(fields.whole(least=30), default=1200),
            "everyone_left_timeout": Field(
                _everyone_left(ints), default=lambda: {"timeout": 2, "activate_after": None}
            ),
            "in_call_not_recording_timeout": Field(fields.whole(least=1), default=3600),
            "in_call_recording_timeout": Field(fields.whole(least=1)),
            "recording_permission_denied_timeout": Field(fields.whole(least=1), default=30),
            "silence_detection": Field(
                _wait(3600, 1200), default=lambda: {"timeout": 3600, "activate_after": 1200}
            ),
            "bot_detection": Field(
                detection,
                default=lambda: {
                    "using_participant_events": {"timeout": 600, "activate_after": 1200}
                },
            ),
        }
    )


_B64 = Field(fields.text(longest=TOO_LARGE_B64), required=True)
JPEG = Shape({"kind": Field(fields.choice("jpeg"), required=True), "b64_data": _B64})
MP3 = Shape({"kind": Field(fields.choice("mp3"), required=True), "b64_data": _B64})
_REPLAY = Shape(
    {
        "debounce_interval": Field(fields.whole(), required=True),
        "debounce_mode": Field(fields.choice("leading", "trailing"), default="trailing"),
        "disable_after": Field(fields.whole(), null=True),
    }
)
_PAGE = Shape(
    {
        "kind": Field(fields.choice("webpage"), required=True),
        "config": Field(
            Shape({"url": Field(fields.address("http", "https"), required=True)}), required=True
        ),
    }
)
MEDIA = Shape({"camera": Field(_PAGE, null=True), "screenshare": Field(_PAGE, null=True)})
STOP_MEDIA = Shape(
    {
        "camera": Field(fields.flag, default=False),
        "screenshare": Field(fields.flag, default=False),
    }
)
_MESSAGE = Field(fields.text(longest=4096, blank=False), required=True)
_CHAT = Shape(
    {
        "on_bot_join": Field(
            Shape(
                {
                    "send_to": Field(
                        fields.choice("host", "everyone", "everyone_except_host"), required=True
                    ),
                    "message": _MESSAGE,
                    "pin": Field(fields.flag, default=False),
                }
            ),
            null=True,
        ),
        "on_participant_join": Field(
            Shape({"message": _MESSAGE, "exclude_host": Field(fields.flag, required=True)}),
            null=True,
        ),
    }
)
_CORES = ("web", "web_4_core", "web_gpu")
_VARIANT = Shape(
    {
        "zoom": Field(fields.choice(*_CORES, "native"), null=True),
        "google_meet": Field(fields.choice(*_CORES), null=True),
        "microsoft_teams": Field(fields.choice(*_CORES), null=True),
        "webex": Field(fields.choice(*_CORES), null=True),
    }
)
_WEB = fields.address("http", "https")
_ZOOM = Shape(
    {
        "join_token_url": Field(_WEB, null=True),
        "zak_url": Field(_WEB, null=True),
        "obf_token_url": Field(_WEB, null=True),
        "user_email": Field(fields.text(), null=True),
    }
)
_MEET = Shape(
    {
        "google_login_group_id": Field(fields.identifier, null=True),
        "login_required": Field(fields.flag, null=True),
    }
)


def _breakout_room(value: Any) -> dict[str, Any]:
    modes = ("join_main_room", "join_specific_room", "auto_accept_all_invites")
    base = Shape({"mode": Field(fields.choice(*modes), required=True)}).read(value)
    if base["mode"] == "join_specific_room":
        base |= Shape({"room_id": Field(fields.identifier, required=True)}).read(value)
    return base


def bot(default_retention: Any, *, ints: bool) -> Shape:
    """Create Bot; Update Scheduled Bot takes any part of it. `meeting_url` is judged elsewhere."""
    recording = recording_config(default_retention, manual=True)
    leave = automatic_leave(ints=ints)
    return Shape(
        {
            "meeting_url": Field(lambda value: value, required=True),
            "bot_name": Field(fields.text(longest=100, blank=False), default="Meeting Notetaker"),
            "join_at": Field(fields.when, null=True, default=None),
            "recording_config": Field(recording, null=True, default=lambda: recording.read({})),
            "output_media": Field(MEDIA, null=True, default=None),
            "automatic_video_output": Field(
                Shape(
                    {
                        "in_call_recording": Field(JPEG),
                        "in_call_not_recording": Field(JPEG),
                    }
                ),
                null=True,
                default=None,
            ),
            "automatic_audio_output": Field(
                Shape(
                    {
                        "in_call_recording": Field(
                            Shape(
                                {
                                    "data": Field(MP3, required=True),
                                    "replay_on_participant_join": Field(_REPLAY, null=True),
                                }
                            ),
                            required=True,
                        )
                    }
                ),
                null=True,
                default=None,
            ),
            "chat": Field(_CHAT, null=True, default=None),
            "automatic_leave": Field(leave, null=True, default=lambda: leave.read({})),
            "variant": Field(_VARIANT, null=True, default=None),
            "zoom": Field(_ZOOM, null=True, default=None),
            "google_meet": Field(_MEET, null=True, default=None),
            "breakout_room": Field(
                _breakout_room, null=True, default=lambda: {"mode": "auto_accept_all_invites"}
            ),
            "metadata": Field(fields.metadata, default=dict),
        }
    )


CHAT_MESSAGE = Shape(
    {
        "to": Field(fields.text(), default="everyone"),
        "message": _MESSAGE,
        "pin": Field(fields.flag, default=False),
    }
)
METADATA = Shape({"metadata": Field(fields.metadata)})
CREATE_TRANSCRIPT = _transcript(*ASYNC_PROVIDERS)
