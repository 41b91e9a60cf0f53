"""What the bot page and the recording page both show of a meeting: lanes, people and chat."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from bots import attendance, lanes
from bots.lifecycle import Action
from bots.models import (
    Artifact,
    Bot,
    KeptFile,
    Order,
    Participant,
    ParticipantEvent,
    Recording,
    StatusChange,
)
from bots.models.bot_queryset import OVER_PHASES

# What one recording may tell before a page shows only its beginning.
MOST_EVENTS = 20_000


@dataclass(frozen=True, slots=True)
class Message:
    """A line of the meeting's chat; `after_s` counts from the start of the recording."""

    at: datetime
    name: str
    text: str
    sent_to: str
    after_s: float | None = None
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Meeting:
    """Who was there and what they did, as Recall told it after the meeting."""

    participants: list[Participant]
    seen: list[lanes.Seen]
    chat: list[Message]

    @property
    def names(self) -> dict[int, str]:
        return {person.pk: str(person) for person in self.participants}


def stops(orders: Iterable[Order]) -> list[datetime]:
    """When people had a recording stopped, as far as Recall took the order."""
    taken = (Order.State.ACCEPTED, Order.State.CONFIRMED)
    return sorted(o.created_at for o in orders if o.action == Action.STOP and o.state in taken)


def take(recording: Recording, stopped_at: Iterable[datetime]) -> lanes.Take:
    """A recording as the lanes know it.

    While Recall still prepares it, the order to stop it tells when it ended.
    """
    started_at = recording.started_at or recording.created_at
    paused = recording.status == "paused" and recording.completed_at is None
    ended_at = recording.completed_at
    if ended_at is None and not paused:
        ended_at = next((at for at in stopped_at if at >= started_at), None)
    return lanes.Take(started_at, ended_at, paused=paused)


def moves(changes: Iterable[StatusChange]) -> list[lanes.Change]:
    return [lanes.Change(change.code, change.at) for change in changes]


def of_bot(bot: Bot, recording: Recording | None = None) -> Meeting:
    """Everything its recordings, or that one, tell of the people; two queries."""
    participants = list(bot.participants.order_by("number"))
    names = {person.pk: str(person) for person in participants}
    if not participants:
        return Meeting([], [], [])
    events = ParticipantEvent.objects.filter(recording__bot=bot)
    if recording is not None:
        events = events.filter(recording=recording)
    # Those of which only the offset is told stand last here, in every database.
    rows = events.order_by(F("at").asc(nulls_last=True), "offset_s", "pk").values_list(
        "participant_id", "action", "at", "offset_s", "text", "sent_to", "recording__started_at"
    )
    seen, chat = [], []
    for who, action, told_at, offset_s, text, sent_to, started_at in rows[:MOST_EVENTS]:
        at = told_at or _from_offset(started_at, offset_s)
        if at is None:
            continue
        seen.append(lanes.Seen(who, action, at))
        if action == "chat_message":
            name = names.get(who, "Somebody")
            after_s = max((at - started_at).total_seconds(), 0.0) if started_at else None
            chat.append(Message(at, name, text, sent_to, after_s, is_own=name == bot.name))
    seen.sort(key=lambda each: each.at)
    chat.sort(key=lambda each: each.at)
    return Meeting(participants, seen, chat)


def picture(
    bot: Bot,
    *,
    changes: Sequence[StatusChange],
    recordings: Sequence[Recording],
    meeting: Meeting,
    stopped_at: Sequence[datetime],
    now: datetime,
    only: lanes.Span | None = None,
    marks: Sequence[lanes.Mark] = (),
) -> lanes.Picture | None:
    """The lanes of a bot's whole meeting, or of the stretch `only`, with lines at the marks."""
    return lanes.picture(
        bot_name=bot.name,
        changes=moves(changes),
        takes=[take(recording, stopped_at) for recording in recordings],
        names=meeting.names,
        events=meeting.seen,
        over=bot.phase in OVER_PHASES or bot.phase == "processing",
        now=now,
        only=only,
        marks=marks,
    )


def attendees(
    bot: Bot,
    meeting: Meeting,
    *,
    recordings: Sequence[Recording],
    changes: Sequence[StatusChange],
    stopped_at: Sequence[datetime],
    now: datetime,
) -> list[attendance.Attendee]:
    """Who was there, for how long; in these recordings alone."""
    takes = [take(recording, stopped_at) for recording in recordings]
    ends = [each.ended_at or now for each in takes]
    moved = moves(changes)
    paused = [span for each in takes for span in lanes.pauses(moved, each, now=now)]
    end = max(ends, default=now)
    return attendance.attendees(bot, meeting.participants, meeting.seen, paused=paused, end=end)


def playable_in(recording: Recording) -> Artifact | None:
    """Its film, or its sound where there is no film; None while there is neither."""
    film = KeptFile.objects.playable(recording)
    return film.artifact if isinstance(film, KeptFile) else film


def player(
    recording: Recording,
    *,
    changes: Iterable[StatusChange],
    stopped_at: Iterable[datetime],
    now: datetime,
) -> dict[str, Any]:
    """What the player needs: the file, the length of the recording and where it was paused.

    Times are seconds since the recording began; the player finds out from the film's length
    whether the pauses are in it.
    """
    filmed = take(recording, stopped_at)
    spans = lanes.pauses(moves(changes), filmed, now=now)
    started = filmed.started_at
    return {
        "recording": recording,
        "playable": playable_in(recording),
        "total_s": recording.duration_s or 0,
        "paused_s": sum(span.seconds for span in spans),
        "pauses": [
            [(span.start - started).total_seconds(), (span.end - started).total_seconds()]
            for span in spans
        ],
    }


def _from_offset(started_at: datetime | None, offset_s: float | None) -> datetime | None:
    if started_at is None or offset_s is None:
        return None
    return started_at + timedelta(seconds=offset_s)
