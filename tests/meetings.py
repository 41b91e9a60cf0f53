"""Past meetings to look back on: who was there, what they did and when."""

import itertools
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from bots.models import Bot, ParticipantEvent, Recording, Workspace
from tests.world import NOW, make_bot

_numbers = itertools.count(1)

Deeds = Iterable[tuple[str, float]]


def met(
    workspace: Workspace,
    people: dict[str, Deeds],
    *,
    hosts: Iterable[str] = (),
    emails: dict[str, str] | None = None,
    lasted_s: float = 3600,
    title: str = "Weekly review",
    at: datetime = NOW,
) -> Bot:
    """A meeting that our bot was in for so long: what each did, as (action, seconds from `at`)."""
    ended_at = at + timedelta(seconds=lasted_s)
    bot = make_bot(workspace, title=title, created_at=at, ended_at=ended_at, phase="finished")
    recording = Recording.objects.create(
        workspace=workspace, bot=bot, recall_id=uuid.uuid4(), status_at=at, created_at=at
    )
    for name, deeds in people.items():
        person = bot.participants.create(
            number=next(_numbers),
            name=name,
            is_host=name in hosts,
            email=(emails or {}).get(name, ""),
        )
        ParticipantEvent.objects.bulk_create(
            ParticipantEvent(
                recording=recording,
                participant=person,
                action=action,
                at=at + timedelta(seconds=second),
            )
            for action, second in deeds
        )
    return bot


def silent(since_s: float = 0, until_s: float | None = None) -> list[tuple[str, float]]:
    """Coming, and perhaps going, without a word."""
    return [("join", since_s)] + ([("leave", until_s)] if until_s is not None else [])


def spoke(since_s: float = 0, until_s: float | None = None) -> list[tuple[str, float]]:
    """Coming, saying something, and perhaps going."""
    return [*silent(since_s, until_s), ("speech_on", since_s + 5), ("speech_off", since_s + 9)]
