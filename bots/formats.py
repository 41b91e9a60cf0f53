"""The catalogue of what a bot can record: every artifact that a person can want, and for what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

GALLERY: Final = "gallery_view_v2"
"""The only layout in which Recall records each participant's video as mp4 or png."""


@dataclass(frozen=True)
class Format:
    """One artifact of Recall's `recording_config` (https://docs.recall.ai/reference/bot_create).

    `not_on` names the platforms that cannot give it. `heavy` ones cost the bot much computing.
    """

    key: str
    label: str
    group: str
    good_for: str
    default_on: bool = False
    needs_gallery_view: bool = False
    prefers_gallery_view: bool = False
    needs_rtmp: bool = False
    heavy: bool = False
    not_on: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Transcriber:
    """A way of getting a transcript while the bot is in the call."""

    key: str
    label: str
    good_for: str
    has_language: bool = False
    not_on: frozenset[str] = frozenset()


_NO_SEPARATE_VIDEO: Final = frozenset({"webex"})
_NO_AUDIO_FILES: Final = frozenset(
    {"webex", "goto_meeting", "slack_huddle_observer", "slack_authenticator"}
)

FORMATS: Final[tuple[Format, ...]] = (
    Format(
        "video_mixed_mp4",
        "Video (mp4)",
        "Video",
        "Watching the meeting again: everyone in one picture, with sound.",
        default_on=True,
    ),
    Format(
        "video_mixed_flv",
        "Live video (flv)",
        "Video",
        "Sending the picture live to an RTMP address, such as a streaming service.",
        needs_rtmp=True,
    ),
    Format(
        "audio_mixed_mp3",
        "Audio (mp3)",
        "Audio",
        "Listening again, and sharing a small file.",
        not_on=_NO_AUDIO_FILES,
    ),
    Format(
        "audio_mixed_raw",
        "Audio (raw)",
        "Audio",
        "Feeding the sound to software of your own, uncompressed.",
    ),
    Format(
        "audio_separate_mp3",
        "Audio of each person (mp3)",
        "Per participant",
        "Hearing or transcribing each person alone, in small files.",
        heavy=True,
        not_on=_NO_AUDIO_FILES,
    ),
    Format(
        "audio_separate_raw",
        "Audio of each person (raw)",
        "Per participant",
        "Feeding each person's sound to software of your own; Recall supports it in few meetings.",
        heavy=True,
        not_on=_NO_AUDIO_FILES,
    ),
    Format(
        "video_separate_mp4",
        "Video of each person (mp4)",
        "Per participant",
        "Cutting clips of single speakers.",
        needs_gallery_view=True,
        heavy=True,
        not_on=_NO_SEPARATE_VIDEO,
    ),
    Format(
        "video_separate_png",
        "Stills of each person (png)",
        "Per participant",
        "Looking at single frames, two a second, for analysis.",
        needs_gallery_view=True,
        heavy=True,
        not_on=_NO_SEPARATE_VIDEO,
    ),
    Format(
        "video_separate_h264",
        "Video of each person (h264)",
        "Per participant",
        "Feeding each person's compressed picture to software of your own.",
        prefers_gallery_view=True,
        heavy=True,
        not_on=_NO_SEPARATE_VIDEO,
    ),
    Format(
        "participant_events",
        "Participants",
        "Data",
        "Seeing who was there, who spoke when, and the chat.",
        default_on=True,
    ),
    Format(
        "meeting_metadata",
        "Meeting details",
        "Data",
        "Finding the meeting by the title its host gave it.",
        default_on=True,
    ),
)

TRANSCRIBERS: Final[tuple[Transcriber, ...]] = (
    Transcriber(
        "recallai_streaming",
        "Recall's transcription",
        "Reading and searching what was said, in the language spoken.",
        has_language=True,
    ),
    Transcriber(
        "meeting_captions",
        "The platform's captions",
        "Reading what was said at no extra charge, as the platform itself heard it.",
        not_on=frozenset({"webex"}),
    ),
)

# After the meeting; all but the first need credentials of one's own in Recall's dashboard:
# https://docs.recall.ai/reference/recording_create_transcript_create
LATER_TRANSCRIBERS: Final[dict[str, str]] = {
    "recallai_async": "Recall's transcription",
    "assembly_ai_async": "AssemblyAI",
    "deepgram_async": "Deepgram",
    "gladia_v2_async": "Gladia",
    "rev_async": "Rev",
    "speechmatics_async": "Speechmatics",
}

TRANSCRIPT_MODES: Final[dict[str, str]] = {
    "prioritize_accuracy": "Accurate, some minutes behind",
    "prioritize_low_latency": "Within seconds, English only",
}

LANGUAGES: Final[dict[str, str]] = {
    "auto": "Recognise the language",
    "bg": "Bulgarian",
    "ca": "Catalan",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "en_au": "English (Australia)",
    "en_uk": "English (United Kingdom)",
    "en_us": "English (United States)",
    "es": "Spanish",
    "et": "Estonian",
    "fi": "Finnish",
    "fr": "French",
    "hi": "Hindi",
    "hr": "Croatian",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "lt": "Lithuanian",
    "lv": "Latvian",
    "ms": "Malay",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sk": "Slovak",
    "sv": "Swedish",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh": "Chinese",
}

LAYOUTS: Final[dict[str, str]] = {
    "speaker_view": "The speaker, large",
    "gallery_view": "Everyone, the older gallery",
    "gallery_view_v2": "Everyone, in a gallery",
    "audio_only": "No picture, sound only",
}

STARTS: Final[dict[str, str]] = {
    "call_join": "As soon as the bot is in the call",
    "participant_join": "When someone else is in the call",
    "participant_speak": "When someone speaks",
    "manual": "When a person presses Start recording",
}

BY_KEY: Final[dict[str, Format]] = {each.key: each for each in FORMATS}
TRANSCRIBER_BY_KEY: Final[dict[str, Transcriber]] = {each.key: each for each in TRANSCRIBERS}
DEFAULTS: Final[frozenset[str]] = frozenset(each.key for each in FORMATS if each.default_on)
"""What Recall records when nothing is said."""


def groups() -> dict[str, list[Format]]:
    """The catalogue by group, in the order in which it is shown."""
    answer: dict[str, list[Format]] = {}
    for each in FORMATS:
        answer.setdefault(each.group, []).append(each)
    return answer


def needs_gallery_view(formats: frozenset[str]) -> bool:
    """Whether one of these formats can only be had in the gallery layout."""
    return any(BY_KEY[key].needs_gallery_view for key in formats if key in BY_KEY)


def formats_of(recording_config: Mapping[str, Any] | None) -> frozenset[str]:
    """Which formats a `recording_config` switches on: null is off, an object is on, and an absent
    one is as Recall has it by default.
    """
    config = recording_config or {}
    return frozenset(
        each.key
        for each in FORMATS
        if (config[each.key] is not None if each.key in config else each.default_on)
    )


def transcriber_of(recording_config: Mapping[str, Any] | None) -> str:
    """The provider of the transcript in a `recording_config`, '' for none."""
    transcript = (recording_config or {}).get("transcript") or {}
    return next(iter(transcript.get("provider") or {}), "")


def ordered(recording_config: Mapping[str, Any] | None) -> tuple[tuple[str, str], ...]:
    """(kind, format) of every file that a `recording_config` orders, in the catalogue's order.

    Kinds as Recall names artifacts: `video_mixed`, `transcript` ...; data has no format.
    """
    wanted = formats_of(recording_config)
    files = [
        (each.key, "") if each.group == "Data" else each.key.rsplit("_", 1)
        for each in FORMATS
        if each.key in wanted
    ]
    if transcriber_of(recording_config):
        files.append(("transcript", ""))
    return tuple((kind, form) for kind, form in files)


def transcriber_label(provider: str) -> str:
    """Who made a transcript, by a name that people know; one that is not known as it came."""
    during = TRANSCRIBER_BY_KEY.get(provider)
    if during is not None:
        return during.label
    if provider in LATER_TRANSCRIBERS:
        return f"{LATER_TRANSCRIBERS[provider]}, asked for afterwards"
    return provider.replace("_", " ").strip().capitalize() or "Transcript"
