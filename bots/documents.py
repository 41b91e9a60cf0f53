"""JSON documents that we write of what is kept in the database: words, people, what they did."""

import json
from collections.abc import Iterable
from typing import Any

from django.db.models import F

from bots import transcripts
from bots.models import ParticipantEvent, Recording, Transcript


def passages(transcript: Transcript) -> list[dict[str, Any]]:
    """What was said, in order."""
    return list(transcript.passages.order_by("n").values(*transcripts.FIELDS))


def people(recording: Recording) -> list[dict[str, Any]]:
    """Who was there."""
    return [
        {
            "id": person.number,
            "name": person.name,
            "is_host": person.is_host,
            "platform": person.platform,
            "email": person.email,
        }
        for person in recording.bot.participants.order_by("number")
    ]


def events(recording: Recording) -> list[dict[str, Any]]:
    """What they did, in the shape of Recall's own download."""
    told: Iterable[ParticipantEvent] = recording.participant_events.select_related(
        "participant"
    ).order_by(F("at").asc(nulls_last=True), "pk")
    return [
        {
            "participant": {"id": event.participant.number, "name": event.participant.name},
            "action": event.action,
            "timestamp": {
                "absolute": event.at.isoformat() if event.at else None,
                "relative": event.offset_s,
            },
            "data": {"text": event.text, "to": event.sent_to} if event.text else None,
        }
        for event in told
    ]


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
