"""Recall's answers, reading only what we use; unknown words pass through."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from .reading import dicts, mapping, metadata, parse_datetime, text, word

T = TypeVar("T")
Raw = dict[str, Any]

MEDIA_KINDS = (
    "transcript",
    "participant_events",
    "meeting_metadata",
    "video_mixed",
    "video_separate",
    "audio_mixed",
    "audio_separate",
)


def without_links(value: Any) -> Any:
    """A copy in which every signed download link is None: they open media, and are never kept."""
    if isinstance(value, Mapping):
        return {
            key: None if str(key).endswith("download_url") else without_links(each)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [without_links(each) for each in value]
    return value


@dataclass(frozen=True)
class Status:
    """One step of a bot, as its `status_changes` tell it."""

    code: str
    sub_code: str | None
    message: str
    at: datetime | None

    @classmethod
    def read(cls, data: Raw) -> "Status":
        return cls(
            code=word(data.get("code")),
            sub_code=word(data.get("sub_code")) or None,
            message=text(data.get("message")),
            at=parse_datetime(data.get("created_at")) or parse_datetime(data.get("updated_at")),
        )


@dataclass(frozen=True)
class Artifact:
    """
    One product of a recording. `urls` maps Recall's names (`download_url`, ...) to signed links:
    they stand apart because they expire and are never stored; `raw` does not hold them.
    """

    kind: str
    id: str
    status: str
    sub_code: str | None
    format: str
    recording_id: str
    created_at: datetime | None
    updated_at: datetime | None
    metadata: dict[str, str]
    urls: dict[str, str] = field(repr=False, compare=False)
    raw: Raw = field(repr=False, compare=False)

    @classmethod
    def read(cls, data: Raw, *, kind: str) -> "Artifact":
        status = mapping(data.get("status"))
        inner = mapping(data.get("data"))
        return cls(
            kind=kind,
            id=word(data.get("id")),
            status=word(status.get("code")),
            sub_code=word(status.get("sub_code")) or None,
            format=word(data.get("format")),
            recording_id=word(mapping(data.get("recording")).get("id")),
            created_at=parse_datetime(data.get("created_at")),
            updated_at=parse_datetime(status.get("updated_at")),
            metadata=metadata(data.get("metadata")),
            urls={
                key: each
                for key, each in inner.items()
                if key.endswith("download_url") and isinstance(each, str) and each
            },
            raw=without_links(data),
        )


@dataclass(frozen=True)
class Recording:
    """`status` is empty where Recall gave none; `media` maps a kind to its artifact."""

    id: str
    status: str
    sub_code: str | None
    updated_at: datetime | None
    created_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    expires_at: datetime | None
    bot_id: str
    metadata: dict[str, str]
    media: dict[str, Artifact]
    raw: Raw = field(repr=False, compare=False)

    @classmethod
    def read(cls, data: Raw) -> "Recording":
        status = mapping(data.get("status"))
        return cls(
            id=word(data.get("id")),
            status=word(status.get("code")),
            sub_code=word(status.get("sub_code")) or None,
            updated_at=parse_datetime(status.get("updated_at")),
            created_at=parse_datetime(data.get("created_at")),
            started_at=parse_datetime(data.get("started_at")),
            completed_at=parse_datetime(data.get("completed_at")),
            expires_at=parse_datetime(data.get("expires_at")),
            bot_id=word(mapping(data.get("bot")).get("id")) or word(data.get("bot_id")),
            metadata=metadata(data.get("metadata")),
            media={
                kind: Artifact.read(each, kind=kind)
                for kind, each in mapping(data.get("media_shortcuts")).items()
                if isinstance(each, dict)
            },
            raw=without_links(data),
        )


@dataclass(frozen=True)
class Bot:
    """
    `meeting_url` is as Recall gave it: an object by platform, a string, or None.
    A bot has no status of its own; `latest` is the newest of its `status_changes`.
    """

    id: str
    meeting_url: Any
    platform: str
    bot_name: str
    join_at: datetime | None
    status_changes: tuple[Status, ...]
    recordings: tuple[Recording, ...]
    metadata: dict[str, str]
    recording_config: Raw = field(repr=False, compare=False)
    automatic_leave: Raw = field(repr=False, compare=False)
    raw: Raw = field(repr=False, compare=False)

    @classmethod
    def read(cls, data: Raw) -> "Bot":
        return cls(
            id=word(data.get("id")),
            meeting_url=data.get("meeting_url"),
            platform=word(mapping(data.get("meeting_url")).get("platform")),
            bot_name=text(data.get("bot_name")),
            join_at=parse_datetime(data.get("join_at")),
            status_changes=tuple(
                status
                for each in dicts(data.get("status_changes"))
                if (status := Status.read(each)).code
            ),
            recordings=tuple(
                recording
                for each in dicts(data.get("recordings"))
                if (recording := Recording.read(each)).id
            ),
            metadata=metadata(data.get("metadata")),
            recording_config=mapping(data.get("recording_config")),
            automatic_leave=mapping(data.get("automatic_leave")),
            raw=without_links(data),
        )

    @property
    def latest(self) -> Status | None:
        return self.status_changes[-1] if self.status_changes else None


@dataclass(frozen=True)
class Page(Generic[T]):
    """`next` is a whole URL or None; `count` is known only with page numbers."""

    results: tuple[T, ...]
    next: str | None = field(repr=False)
    count: int | None = None

    @classmethod
    def read(cls, data: Raw, *, one: Callable[[Raw], T]) -> "Page[T]":
        count = data.get("count")
        return cls(
            results=tuple(one(each) for each in dicts(data.get("results"))),
            next=text(data.get("next")) or None,
            count=count if isinstance(count, int) else None,
        )
