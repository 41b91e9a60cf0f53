"""Rooms: which sitting of a meeting a bot goes to, and the story of each bot in it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F

from . import scenarios, tempo
from .aftermath import KINDS, Later, after, next_change
from .call import Command
from .links import Meeting
from .models import Bot, Line, Room, Workspace, moment
from .play import Guest, play
from .room import Intervention, Performance, perform
from .scripts import Script
from .showing import Told
from .story import MEMORY, Story
from .tempo import Tempo

DISPATCH_S = 600  # a scheduled bot's machine boots this long before it joins
EARLY = timedelta(minutes=20)  # a bot that comes this early still comes to the same sitting
FORESIGHT_S = 6 * 3600.0


def script_of(room: Room) -> Script:
    """The script played in this room."""
    return scenarios.script(
        room.scenario,
        platform=room.platform,
        key=f"{room.link_key}/{room.started_at.date()}",
        minutes=room.minutes,
    )


def tempo_of(room: Room) -> Tempo:
    return tempo.read(
        room.tempo, start=room.started_at.timestamp(), speed=float(settings.SANDBOX_SPEED)
    )


def interventions_of(room: Room) -> list[Intervention]:
    """What people did to the meeting, in script time."""
    pace = tempo_of(room)
    return [
        Intervention(pace.script(row["at"]), **{k: v for k, v in row.items() if k != "at"})
        for row in room.interventions
    ]


def is_over(room: Room, *, at: datetime) -> bool:
    """Whether the meeting in this room has ended by then, or been empty of people for a while."""
    script, show, now = _shown(room, at)
    return now >= replace(script, acts=tuple(show.acts), ends_at=show.ends_at).over_at


def has_ended(room: Room, *, at: datetime) -> bool:
    """Whether nobody can come any more; into an empty meeting, people still can."""
    _, show, now = _shown(room, at)
    return now >= show.ends_at


def _shown(room: Room, at: datetime) -> tuple[Script, Performance, float]:
    """What people have done by then, and which script second it is."""
    script, now = script_of(room), tempo_of(room).script(at.timestamp())
    hands = [hand for hand in interventions_of(room) if hand.at <= now]
    return script, perform(script, hands), now


def seat(workspace: Workspace, meeting: Meeting, *, joins_at: datetime, now: datetime) -> Room:
    """The sitting that a bot joins then: one that is on at that time, else a new one."""
    for room in workspace.rooms.filter(link_key=meeting.key).order_by("-started_at")[:20]:
        if room.started_at <= joins_at:
            if not is_over(room, at=joins_at):
                return room
        elif room.started_at - joins_at <= EARLY and room.started_at > now:
            begin(room, at=joins_at)
            return room
    room = Room(
        workspace=workspace,
        link_key=meeting.key,
        url=meeting.url,
        platform=meeting.platform,
        scenario=scenarios.named(meeting.meeting_id),
        started_at=joins_at,
    )
    begin(room, at=joins_at)
    return room


def reseat(bot: Bot, meeting: Meeting, *, joins_at: datetime, now: datetime) -> None:
    """Move a bot that has not joined to another time or meeting. Saves the bot."""
    room, alone = bot.room, not bot.room.bots.exclude(pk=bot.pk).exists()
    waits = room.started_at > now
    if alone and waits and room.link_key == meeting.key:
        begin(room, at=joins_at)
    else:
        bot.room = seat(bot.workspace, meeting, joins_at=joins_at, now=now)
    bot.joins_at = joins_at
    bot.save()
    if alone and waits and bot.room_id != room.pk:
        room.delete()


def begin(room: Room, *, at: datetime) -> None:
    """Let the meeting start then, at the sandbox's speed."""
    room.started_at = at
    room.tempo = Tempo.steady(start=at.timestamp(), speed=float(settings.SANDBOX_SPEED)).written()
    room.save()


def guest_of(bot: Bot) -> Guest:
    """The bot as the engine wants it."""
    return Guest(
        joins_at=bot.joins_at.timestamp(),
        name=bot.config["bot_name"],
        id=str(bot.id),
        recording_config=bot.config["recording_config"],
        automatic_leave=bot.config["automatic_leave"],
        chat=bot.config.get("chat"),
    )


def story_of(bot: Bot, *, now: datetime, memory: bool = False) -> Story:
    """All that Recall would have said about this bot up to `now`.

    What people said and did is only sure to be in it with `memory`.
    """
    later = [
        Later(order.at.timestamp(), order.kind, order.body)
        for order in bot.orders.all()
        if order.kind in KINDS
    ]
    hour_s = bot.workspace.options["retention_hour_s"]
    return after(_played(bot, now=now, memory=memory), later, until=now.timestamp(), hour_s=hour_s)


def _played(bot: Bot, *, now: datetime, memory: bool = False) -> Story:
    """The story before anything was done to its recordings."""
    if bot.frozen is not None:
        return Story.read(bot.frozen | (bot.memory or {}) if memory else bot.frozen)
    pace = tempo_of(bot.room)
    return play(
        script_of(bot.room),
        guest_of(bot),
        tempo=pace,
        until=now.timestamp(),
        commands=[
            Command(pace.script(order.at.timestamp()), order.kind, order.body)
            for order in bot.orders.all()
            if order.kind not in KINDS and order.at <= now
        ],
        interventions=interventions_of(bot.room),
        choices=bot.workspace.options.choices,
    )


def told_to_show(bot: Bot, *, now: datetime) -> list[Told]:
    """What the bot was told to show, to stop and to play up to now, oldest first."""
    return [
        Told(order.at.timestamp(), order.kind, order.body)
        for order in bot.orders.all()
        if "output_" in order.kind and order.at <= now
    ]


def order(bot: Bot, kind: str, body: dict[str, Any] | None = None, *, now: datetime) -> None:
    """Keep an order to a bot; its effects come from the story."""
    bot.orders.create(kind=kind, body=body or {}, at=now)
    wake([bot], at=now)


def wake(bots: Iterable[Bot], *, at: datetime) -> None:
    """Something changed for these bots: the clock looks at them at once."""
    keys = [bot.pk for bot in bots]
    Bot.objects.filter(pk__in=keys, deleted_at=None).update(due_at=at, revision=F("revision") + 1)
    Line.objects.filter(bot__in=keys, failed_at=None).update(due_at=at)


def settle(bot: Bot, *, now: datetime) -> Story:
    """The story up to now; one that is over is kept, and `due_at` is when more will happen.

    Changes the bot without saving it.
    """
    if bot.frozen is None:
        played = _played(bot, now=now)
        if played.finished:
            _freeze(bot, played)
    story = story_of(bot, now=now)
    wall = now.timestamp()
    if story.finished:
        hour_s = bot.workspace.options["retention_hour_s"]
        due = next_change(story, now=wall, hour_s=hour_s)
    else:
        ahead = story_of(bot, now=now + timedelta(seconds=FORESIGHT_S))
        coming = [happening.at for happening in ahead.happenings if happening.at > wall]
        due = min(coming, default=wall + FORESIGHT_S)
    bot.due_at = None if due is None else moment(due)
    return story


def _freeze(bot: Bot, story: Story) -> None:
    written = story.written()
    bot.memory = {part: written.pop(part) for part in MEMORY}
    bot.frozen = written
    bot.frozen_code = story.code
