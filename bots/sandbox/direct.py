"""A person's hand in the sandbox: rooms, time, webhooks and faults. For scripts and its page."""

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from . import options, showing
from .api import faults
from .models import Bot, Endpoint, Fault, Message, Room, Workspace, as_json, moment
from .room import perform, presence
from .rooms import (
    begin,
    has_ended,
    interventions_of,
    is_over,
    script_of,
    story_of,
    tempo_of,
    told_to_show,
    wake,
)
from .tempo import FASTEST, SLOWEST

VERBS = (
    "join",
    "notetaker",
    "talk",
    "chat",
    "share",
    "unshare",
    "leave",
    "admit",
    "deny",
    "kick",
    "allow",
    "forbid",
    "end",
)
NAMED = ("join", "notetaker", "talk", "chat", "share", "unshare", "leave")
WORDS_PER_S = 2.4


class NotPossible(Exception):
    """What was asked for makes no sense; the message says why."""


def find_room(workspace: Workspace, name: str) -> Room:
    """The newest sitting by its number, the meeting's id or the link's key. Raises NotPossible."""
    rooms = workspace.rooms.order_by("-started_at", "-pk")
    room = rooms.filter(pk=int(name)).first() if name.isdecimal() and len(name) < 10 else None
    room = room or rooms.filter(link_key=name).first() or rooms.filter(url__contains=name).first()
    if room is None:
        raise NotPossible(f"There is no meeting “{name}” here. Send a bot to it first.")
    return room


def intervene(
    room: Room,
    verb: str,
    *,
    now: datetime,
    name: str = "",
    text: str = "",
    seconds: float | None = None,
    is_host: bool = False,
) -> None:
    """Do something in the meeting. `name` is the participant; for kick, admit and deny a bot's id
    or name, empty for all. Raises NotPossible."""
    if verb not in VERBS:
        raise NotPossible(f"Nobody can “{verb}” in a meeting. Known: {', '.join(VERBS)}.")
    if verb in NAMED and not name:
        raise NotPossible(f"Say who is to {verb}: “name” is missing.")
    if has_ended(room, at=now):
        raise NotPossible("This meeting is over.")
    if verb == "talk":
        text = text or "I have nothing to add."
        seconds = seconds if seconds is not None else len(text.split()) / WORDS_PER_S + 0.5
    rows = []
    if verb in ("talk", "chat", "share") and name not in present(room, now=now):
        rows.append({"at": now.timestamp(), "verb": "join", "name": name})
    row: dict[str, Any] = {"at": now.timestamp(), "verb": verb, "name": name, "text": text}
    rows.append(row | {"seconds": max(float(seconds or 0), 0.0), "is_host": is_host})
    room.interventions = [*room.interventions, *rows]
    room.save(update_fields=["interventions"])
    wake(room.bots.all(), at=now)


def present(room: Room, *, now: datetime) -> list[str]:
    """The names of those who are in the meeting now."""
    show = perform(script_of(room), interventions_of(room))
    at = tempo_of(room).script(now.timestamp())
    if at >= show.ends_at:
        return []
    return [
        show.cast[person].name
        for person, stays in presence(show.acts).items()
        if any(start <= at < end for start, end in stays)
    ]


def scene(room: Room, *, now: datetime) -> dict[str, Any]:
    """What goes on in the room now: for the sandbox page, and for scripts as JSON.

    `{pk, link_key, url, platform, scenario, title, started_at, script_s, speed, over, people:
    [{name, is_host, speaking, sharing}], chat: [{at, name, text}], bots: [{id, name, code,
    sub_code, shows, played}]}`; `present` repeats the names alone. `shows` is by place,
    `screenshare` and `camera`, `played` are the sounds.
    """
    pace, script = tempo_of(room), script_of(room)
    at = pace.script(now.timestamp())
    show = perform(script, interventions_of(room))
    here = present(room, now=now)
    sharing: set[int] = set()
    for act in show.acts:
        if act.at <= at and act.kind == "screenshare_on":
            sharing.add(act.person)
        elif act.at <= at and act.kind == "screenshare_off":
            sharing.discard(act.person)
    speaking = {speech.person for speech in show.speeches if speech.at <= at < speech.until}
    return as_json(room, ["pk", "link_key", "url", "platform", "scenario", "started_at"]) | {
        "title": script.title,
        "script_s": round(at, 1),
        "speed": pace.speed,
        "over": is_over(room, at=now),
        "present": here,
        "people": [
            {
                "name": person.name,
                "is_host": person.is_host,
                "speaking": number in speaking,
                "sharing": number in sharing,
            }
            for number, person in show.cast.items()
            if person.name in here
        ],
        "chat": [
            {"at": pace.wall(act.at), "name": show.cast[act.person].name, "text": act.text}
            for act in show.acts
            if act.kind == "chat_message" and act.at <= at
        ],
        "bots": [_bot(bot, now=now) for bot in room.bots.filter(deleted_at=None)],
    }


def _bot(bot: Bot, *, now: datetime) -> dict[str, Any]:
    story = story_of(bot, now=now)
    last = story.statuses[-1] if story.statuses else None
    told = told_to_show(bot, now=now)
    shows = showing.shown(bot.config, told) if story.in_call else {}
    return {
        "id": str(bot.pk),
        "name": bot.config["bot_name"],
        "code": last.code if last else "",
        "sub_code": last.sub_code if last else None,
        "left_because": story.left_because,
        "shows": {place: each.written() for place, each in shows.items()},
        "played": [asdict(sound) for sound in showing.played(told)],
    }


def set_speed(room: Room, speed: float, *, now: datetime) -> None:
    """Let the meeting run at another speed from now on. Raises NotPossible."""
    if not SLOWEST <= speed <= FASTEST:
        raise NotPossible(f"The speed is a number between {SLOWEST:g} and {FASTEST:g}.")
    room.tempo = tempo_of(room).at_speed(speed, now=now.timestamp()).written()
    room.save(update_fields=["tempo"])
    wake(room.bots.all(), at=now)


def advance(room: Room, seconds: float, *, now: datetime) -> datetime:
    """Let `seconds` of the meeting go by at once; returns when they have (a blink later).

    A meeting that has not begun begins now instead.
    """
    if seconds <= 0:
        raise NotPossible("Time only goes forward: “seconds” is a number above 0.")
    if room.started_at > now:
        _begin_now(room, now=now)
    pace = tempo_of(room).jumped(seconds, now=now.timestamp())
    room.tempo = pace.written()
    room.save(update_fields=["tempo"])
    settled = moment(pace.settled_at)
    wake(room.bots.all(), at=now)
    return settled


def _begin_now(room: Room, *, now: datetime) -> None:
    begin(room, at=now)
    Bot.objects.filter(room=room, joins_at__gt=now).update(joins_at=now, due_at=now)


def set_up(
    workspace: Workspace,
    *,
    webhooks: Sequence[Mapping[str, Any]] | None = None,
    secret_list: Sequence[str] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> None:
    """What the vendor's dashboard offers: webhook addresses, secrets, and the sandbox's settings.

    `webhooks` are `{url, events?}`; each list replaces the one before. Raises NotPossible.
    """
    if settings is not None:
        try:
            known = options.checked(settings)
        except options.UnknownOption as e:
            raise NotPossible(str(e)) from e
        workspace.settings = workspace.settings | known
    if secret_list is not None:
        workspace.secrets = list(secret_list)
    workspace.save()
    if webhooks is None:
        return
    wanted = {row["url"]: list(row.get("events") or []) for row in webhooks}
    workspace.endpoints.exclude(url__in=wanted).delete()
    for url, events in wanted.items():
        Endpoint.objects.update_or_create(
            workspace=workspace,
            url=url,
            defaults={"events": events, "disabled_at": None, "failing_since": None},
        )


def new_secret() -> str:
    """A webhook secret as Recall's dashboard makes them."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


def add_fault(workspace: Workspace, wanted: Mapping[str, Any]) -> Fault:
    """Trouble for the next calls that match: `{kind, method?, path?, count?, ...}`.

    Raises NotPossible.
    """
    kind = wanted.get("kind")
    if kind not in faults.KINDS:
        raise NotPossible(f"“kind” is one of {', '.join(faults.KINDS)}.")
    plain = ("kind", "method", "path", "count")
    return Fault.objects.create(
        workspace=workspace,
        kind=kind,
        method=str(wanted.get("method", "")).upper(),
        path=str(wanted.get("path", "")),
        remaining=int(wanted.get("count", 1)),
        options={name: value for name, value in wanted.items() if name not in plain},
    )


def trouble_webhooks(workspace: Workspace, modes: Mapping[str, Any]) -> None:
    """How webhooks misbehave from now on: delay_s, shuffle_s, double, drop (share of 0 to 1)."""
    wrong = [name for name in modes if name not in options.WEBHOOK_MODES]
    if wrong:
        known = ", ".join(options.WEBHOOK_MODES)
        raise NotPossible(f"Webhooks have no mode “{wrong[0]}”. Known: {known}.")
    set_up(workspace, settings=modes)


def resend(message: Message, *, now: datetime) -> None:
    """Send a message again, under the same id, as the vendor's dashboard can."""
    message.delivered_at, message.due_at, message.tries = None, now, 0
    message.save(update_fields=["delivered_at", "due_at", "tries"])
