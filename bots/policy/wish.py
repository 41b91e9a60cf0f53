"""What a person asked for, and the rules by which the bot leaves, before any request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from bots.formats import DEFAULTS
from bots.lifecycle.showing import Shows

WEEK: Final = {"type": "timed", "hours": 168}

Retention = Mapping[str, Any] | str | None


@dataclass(frozen=True)
class LeaveRules:
    """When a bot leaves by itself, in seconds: the *balanced* preset.

    `…_after_s` is how long after the start of the recording a rule begins to look, `…_for_s` how
    long its condition must hold. https://docs.recall.ai/docs/automatic-leaving-behavior
    """

    waiting_room_s: int = 1200
    noone_joined_s: int = 1200
    everyone_left_for_s: int = 2
    everyone_left_after_s: int | None = None
    not_recording_s: int = 3600
    recording_s: int | None = None
    permission_denied_s: int = 30
    silence_after_s: int = 1200
    silence_for_s: int = 300
    names_after_s: int = 300
    names_for_s: int = 10
    events_after_s: int = 300
    events_for_s: int = 10


@dataclass(frozen=True)
class Wish:
    """What a person wants of a bot, before anything is known of Recall's request.

    `formats` are keys of the catalogue; `transcript` is '', `recallai_streaming` or
    `meeting_captions`; `layout` '' means the one that the formats need. `retention` is
    `{"type": "timed", "hours": 168}`, "forever" or None, which keeps nothing at all. `picture` is a
    JPEG in base64. `shows` is what the bot can show: one of `lifecycle.showing.SHOWS`. `listens`:
    recalldash hears what happens while it happens. `like` is a bot as it was sent, or as Recall
    returned it: what no field here names is taken from it.
    """

    meeting_url: str
    bot_name: str = "Meeting Notetaker"
    join_at: datetime | None = None
    formats: frozenset[str] = DEFAULTS
    transcript: str = ""
    language: str = "auto"
    transcript_mode: str = "prioritize_accuracy"
    layout: str = ""
    start_on: str = "participant_join"
    rtmp_url: str = ""
    retention: Retention = field(default_factory=lambda: dict(WEEK))
    separate_streams: bool = False
    screenshare: str = "overlap"
    bot_audio: bool = False
    picture: str = ""
    shows: str = Shows.PICTURES.value
    listens: bool = False
    join_message: str = ""
    join_message_to: str = "everyone"
    notetaker_names: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    leave: LeaveRules = field(default_factory=LeaveRules)
    like: Mapping[str, Any] | None = None
