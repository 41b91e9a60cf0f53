"""A request to Recall as one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bots.formats import formats_of
from bots.policy.wish import WEEK


def summary(body: Mapping[str, Any]) -> str:
    """One sentence for the body of Create Bot or Start Recording, or for a bot as Recall has it.

    "Records video and a transcript; leaves when only notetakers remain for 10 s after the first
    5 min."
    """
    config = body.get("recording_config", body)
    parts = [f"Records {_what(config or {})}{_when(config)}"]
    if config is not None and config.get("retention", WEEK) is None:
        parts.append("keeps no files")
    if body.get("automatic_leave"):
        parts.append(_leaves(body["automatic_leave"]))
    return "; ".join(parts) + "."


def _what(config: Mapping[str, Any]) -> str:
    formats = formats_of(config)
    picture = config.get("video_mixed_layout") != "audio_only"
    names = {
        "video_mixed_mp4": "video" if picture else "sound",
        "video_mixed_flv": "a live stream",
        "audio_mixed_mp3": "audio",
        "audio_mixed_raw": "audio",
        "audio_separate_mp3": "each person's audio",
        "audio_separate_raw": "each person's audio",
        "video_separate_mp4": "each person's video",
        "video_separate_h264": "each person's video",
        "video_separate_png": "stills of each person",
    }
    said = dict.fromkeys(name for key, name in names.items() if key in formats)
    if config.get("transcript"):
        said["a transcript"] = None
    words = list(said) or (["who was there"] if "participant_events" in formats else ["nothing"])
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _when(config: Mapping[str, Any] | None) -> str:
    # Recall's null config is its older way of saying that a person starts the recording.
    start_on = "manual" if config is None else config.get("start_recording_on")
    return {
        "manual": " once a person starts it",
        "participant_speak": " once someone speaks",
    }.get(start_on or "", "")


def _leaves(leave: Mapping[str, Any]) -> str:
    detection = leave.get("bot_detection") or {}
    for key, remain in (
        ("using_participant_names", "only notetakers remain"),
        ("using_participant_events", "only silent participants remain"),
    ):
        if rule := detection.get(key):
            for_s, after_s = rule.get("timeout", 600), rule.get("activate_after", 1200)
            return f"leaves when {remain} for {_span(for_s)} after the first {_span(after_s)}"
    return "leaves when everyone has left"


def _span(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"
