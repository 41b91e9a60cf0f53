"""The JSON behind signed download links: who was there, what they did, and what was said."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .reading import dicts, mapping, parse_datetime, seconds, text, whole, word


@dataclass(frozen=True, slots=True)
class Participant:
    """`id` is unique inside one meeting; None under machine diarization and for nobody known."""

    id: int | None
    name: str
    is_host: bool
    platform: str
    email: str
    extra_data: dict[str, Any]

    @classmethod
    def read(cls, data: Any) -> "Participant":
        data = mapping(data)
        return cls(
            id=whole(data.get("id")),
            name=text(data.get("name")),
            is_host=data.get("is_host") is True,
            platform=word(data.get("platform")),
            email=text(data.get("email")),
            extra_data=mapping(data.get("extra_data")),
        )


@dataclass(frozen=True, slots=True)
class Moment:
    """`relative_s` counts from the start of the recording, and may be negative."""

    relative_s: float | None
    at: datetime | None

    @classmethod
    def read(cls, data: Any) -> "Moment":
        data = mapping(data)
        return cls(seconds(data.get("relative")), parse_datetime(data.get("absolute")))


@dataclass(frozen=True, slots=True)
class ParticipantEvent:
    """`action` is Recall's word (`join`, `speech_on`, ...); `text` and `to` belong to chat."""

    id: str
    action: str
    participant: Participant
    moment: Moment
    text: str
    to: str


@dataclass(frozen=True, slots=True)
class Word:
    """With meeting captions a word is a whole caption. `end` is None where it is not known."""

    text: str
    start: Moment
    end: Moment | None


@dataclass(frozen=True, slots=True)
class Passage:
    """What one participant said without a break."""

    participant: Participant
    words: tuple[Word, ...]
    language: str

    @property
    def text(self) -> str:
        return " ".join(each.text for each in self.words)


@dataclass(frozen=True, slots=True)
class SeparatePart:
    """One participant's own stretch of video (`webcam`, `screenshare`) or audio. `url` expires."""

    id: str
    participant: Participant
    start: Moment
    duration_s: float | None
    type: str
    url: str


def participants(data: Any) -> tuple[Participant, ...]:
    return tuple(Participant.read(each) for each in dicts(data))


def participant_events(data: Any) -> tuple[ParticipantEvent, ...]:
    """Events without an action are passed over."""
    return tuple(
        ParticipantEvent(
            id=word(each.get("id")),
            action=action,
            participant=Participant.read(each.get("participant")),
            moment=Moment.read(each.get("timestamp")),
            text=text(mapping(each.get("data")).get("text")),
            to=word(mapping(each.get("data")).get("to")),
        )
        for each in dicts(data)
        if (action := word(each.get("action")))
    )


def transcript(data: Any) -> tuple[Passage, ...]:
    return tuple(
        Passage(
            participant=Participant.read(each.get("participant")),
            words=tuple(
                Word(
                    text=text(spoken.get("text")),
                    start=Moment.read(spoken.get("start_timestamp")),
                    end=_moment_or_none(spoken.get("end_timestamp")),
                )
                for spoken in dicts(each.get("words"))
            ),
            language=word(each.get("language_code")),
        )
        for each in dicts(data)
    )


def separate_parts(data: Any) -> tuple[SeparatePart, ...]:
    return tuple(
        SeparatePart(
            id=word(each.get("id")),
            participant=Participant.read(each.get("participant")),
            start=Moment.read(each.get("start_timestamp")),
            duration_s=seconds(each.get("duration")),
            type=word(each.get("type")),
            url=text(each.get("download_url")),
        )
        for each in dicts(data)
    )


def _moment_or_none(data: Any) -> Moment | None:
    return Moment.read(data) if isinstance(data, dict) else None
