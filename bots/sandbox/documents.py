"""Recall's answers about bots, recordings and artifacts, made from a story.

https://docs.recall.ai/reference/bot_retrieve and https://docs.recall.ai/docs/media-shortcuts
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from . import ids
from .aftermath import expires_at
from .models import Bot, moment
from .story import Artifact, Status, Story, Take

ARTIFACTS = (
    "transcript",
    "video_mixed",
    "video_separate",
    "audio_mixed",
    "audio_separate",
    "participant_events",
    "meeting_metadata",
)
SHORTCUTS = ("video_mixed", "transcript", "participant_events", "meeting_metadata", "audio_mixed")
LINKS = {
    "video_mixed": {"download_url": "video_mixed"},
    "audio_mixed": {"download_url": "audio_mixed"},
    "video_separate": {"download_url": "video_separate"},
    "audio_separate": {"download_url": "audio_separate"},
    "transcript": {
        "download_url": "transcript",
        "provider_data_download_url": "transcript_provider_data",
    },
    "participant_events": {
        "participant_events_download_url": "participant_events",
        "speaker_timeline_download_url": "speaker_timeline",
        "participants_download_url": "participants",
    },
}
# A transcript names every asynchronous provider, null where it was another.
_NO_PROVIDER = dict.fromkeys(
    (
        "recallai_async",
        "assembly_ai_async",
        "deepgram_async",
        "gladia_v2_async",
        "rev_async",
        "speechmatics_async",
    )
)
_ECHOED = (
    "bot_name",
    "recording_config",
    "output_media",
    "automatic_video_output",
    "automatic_audio_output",
    "chat",
    "automatic_leave",
    "variant",
    "zoom",
    "google_meet",
    "breakout_room",
)

Linker = Callable[[str, str, str], str]  # (kind, artifact id, format) -> address


def stamp(at: float | datetime | None) -> str | None:
    """ISO 8601, UTC, microseconds, `Z`."""
    if at is None:
        return None
    when = at if isinstance(at, datetime) else moment(at)
    return f"{when:%Y-%m-%dT%H:%M:%S.%f}Z"


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells one bot's story in Recall's words."""

    bot: Bot
    story: Story
    link: Linker

    def about_bot(self) -> dict[str, Any]:
        """A bot as create, list, retrieve and every command answer it."""
        bot, options = self.bot, self.bot.workspace.options
        joined = options["join_at_cleared"] and bool(self.story.statuses)
        return {
            "id": str(bot.id),
            "meeting_url": bot.meeting_url,
            "join_at": None if joined else stamp(bot.join_at),
            **{name: bot.config.get(name) for name in _ECHOED},
            "status_changes": [
                {
                    "code": status.code,
                    "message": status.message,
                    "created_at": stamp(status.at),
                    "sub_code": status.sub_code or options["empty_sub_code"],
                }
                for status in self.story.statuses
            ],
            "recordings": [self._embed(take) for take in self.story.takes],
            "calendar_meetings": [],
            "slack_team": None,
            "metadata": bot.metadata,
        }

    def about_recording(self, take: Take) -> dict[str, Any]:
        """A recording as its own endpoint answers it."""
        return self._embed(take) | {
            "realtime_endpoints": [
                {
                    "id": ids.made(self.bot.id, take.n, "realtime_endpoint", kept["n"]),
                    "metadata": kept["metadata"],
                }
                for kept in take.endpoints
            ],
            "bot": {"id": str(self.bot.id), "metadata": self.bot.metadata},
            "desktop_sdk_upload": None,
        }

    def about_artifact(self, take: Take, made: Artifact) -> dict[str, Any]:
        """An artifact as its own endpoint answers it."""
        return self._shortcut(take, made) | {"recording": self._whose(take)}

    def about_endpoint(self, take: Take, kept: dict[str, Any]) -> dict[str, Any]:
        """A real-time endpoint, whose status follows its recording."""
        code, since = endpoint_status(take, kept)
        return {
            "id": ids.made(self.bot.id, take.n, "realtime_endpoint", kept["n"]),
            "recording": self._whose(take),
            "created_at": stamp(take.started_at),
            "status": {"code": code, "sub_code": None, "updated_at": stamp(since)},
            "metadata": kept["metadata"],
            "type": kept["type"],
        }

    def _whose(self, take: Take) -> dict[str, Any]:
        return {"id": ids.made(self.bot.id, take.n), "metadata": take.metadata}

    def _embed(self, take: Take) -> dict[str, Any]:
        options = self.bot.workspace.options
        expiry = expires_at(take, hour_s=options["retention_hour_s"])
        shortcuts: dict[str, Any] = dict.fromkeys(SHORTCUTS)
        for made in take.artifacts:
            if made.kind in SHORTCUTS:
                # The newest is the shortcut; older ones are found by their own endpoint.
                shortcuts[made.kind] = self._shortcut(take, made)
        return {
            "id": ids.made(self.bot.id, take.n),
            "created_at": stamp(take.started_at),
            "started_at": stamp(take.started_at),
            "completed_at": stamp(take.completed_at),
            "expires_at": stamp(expiry) if expiry is not None else options["forever_expires_at"],
            "status": _status(take.status),
            "media_shortcuts": shortcuts,
            "metadata": take.metadata,
        }

    def _shortcut(self, take: Take, made: Artifact) -> dict[str, Any]:
        id_ = ids.made(self.bot.id, take.n, made.kind, made.n)
        ready = made.status.code == "done"
        data: dict[str, Any] = {
            name: self.link(kind, id_, made.format) if ready else None
            for name, kind in LINKS.get(made.kind, {}).items()
        }
        if made.kind == "meeting_metadata":
            zoom = {"meeting_uuid": str(uuid.uuid5(self.bot.id, "meeting"))}
            data = {
                "title": self.story.title if ready else None,
                "zoom": zoom if ready and self.bot.platform == "zoom" else None,
            }
        found = {
            "id": id_,
            "created_at": stamp(made.created_at),
            "status": _status(made.status),
            "metadata": made.metadata,
            "data": data,
        }
        if made.format:
            found["format"] = made.format
        if made.kind == "transcript":
            found |= {
                "diarization": made.diarization,
                "provider": _NO_PROVIDER | (made.provider or {}),
            }
        return found


def endpoint_status(take: Take, kept: dict[str, Any]) -> tuple[str, float]:
    """running, done, failed or deleted, and since when (wall time)."""
    if take.deleted:
        return "deleted", take.status.at
    if "failed_at" in kept:
        return "failed", kept["failed_at"]
    if take.completed_at is not None:
        return "done", take.completed_at
    return "running", take.started_at


def _status(status: Status) -> dict[str, Any]:
    return {"code": status.code, "sub_code": status.sub_code, "updated_at": stamp(status.at)}
