"""Rows as the API shows them; sentences are those of the pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from bots import actions, agreement, lifecycle, showings, timeline
from bots.api.shapes import (
    ActionShape,
    BotShape,
    EntryShape,
    FileShape,
    OrderShape,
    OutcomeShape,
    RecordingShape,
    StateShape,
    TeamShape,
)
from bots.lifecycle import Action, Outcome, Phase, chats
from bots.lifecycle.showing import Place, Shown, What
from bots.models import Bot, Order, Recording
from bots.views import meeting
from bots.views.bot import headline, paused_from

# What a program can order, by the last word of its address.
DEEDS: Final = {
    "messages": Action.SAY,
    "pause": Action.PAUSE,
    "resume": Action.RESUME,
    "start": Action.START,
    "stop": Action.STOP,
    "share": Action.SHOW,
    "unshare": Action.HIDE,
    "leave": Action.LEAVE,
    "cancel": Action.CANCEL,
}
# What is asked about on a page; to say `leave` or `cancel` is itself the answer of a program.
SURE: Final = frozenset({Action.LEAVE, Action.CANCEL})

NOTHING_SHARED: Final = "The bot shares nothing as its screen."


@dataclass(frozen=True, slots=True)
class Links:
    """Where pages and addresses of this house are."""

    origin: str

    @classmethod
    def of(cls, request: HttpRequest) -> "Links":
        return cls(settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/"))

    def page(self, name: str, *place: str | int) -> str:
        return self.origin + reverse(name, args=place)


def reason_against(bot: Bot, action: Action, *, now: datetime) -> str:
    """Why a program can't order that now, or ""."""
    if why_not := actions.reason_against(bot, action, now=now):
        return why_not
    if action is Action.SAY and chats.chat_of(bot.platform) is None:
        return chats.problem(bot.platform)
    if action is Action.SHOW and (why_not := showings.why_not(bot)[What.PAGE]):
        return why_not
    if action is Action.HIDE and on_screen(bot) is None:
        return NOTHING_SHARED
    return agreement.left_to_people(bot, action)


def on_screen(bot: Bot) -> Shown | None:
    """What the bot shares as its screen now, as far as its orders tell."""
    shown = showings.shown(bot.orders.order_by("pk"))
    return next((each for each in shown if each.place == Place.SCREEN), None)


def of_bot(bot: Bot, links: Links) -> BotShape:
    """A bot in a list; its team and workspace are read with it."""
    return BotShape(
        id=bot.pk,
        recall_id=bot.recall_id,
        title=bot.known_as,
        name=bot.name,
        platform=bot.platform,
        team=TeamShape(id=bot.team_id, name=bot.team.name),
        phase=bot.phase,
        phase_at=bot.phase_at,
        status=bot.code,
        sub_status=bot.sub_code,
        outcome=_outcome(bot.outcome),
        join_at=bot.join_at,
        created_at=bot.created_at,
        started_at=bot.started_at,
        ended_at=bot.ended_at,
        url=links.page("bot", bot.workspace.slug, bot.pk),
    )


def of_state(bot: Bot, links: Links, *, now: datetime) -> StateShape:
    """All of a bot, in few queries whatever it has been through."""
    changes = list(bot.status_changes.order_by("at", "pk"))
    orders = list(bot.orders.select_related("by").order_by("pk"))
    recordings = list(bot.recordings.prefetch_related("artifacts").order_by("-created_at", "-pk"))
    phase = Phase(bot.phase)
    entries = timeline.entries(
        changes=changes,
        orders=orders,
        paused_from=paused_from(changes, recordings, meeting.stops(orders), now),
        live=not phase.is_over,
        recorded=bool(recordings),
        now=now,
        joins_at=bot.join_at if phase is Phase.SCHEDULED else None,
    )
    return StateShape(
        **dict(of_bot(bot, links)),
        sentence=headline(bot, changes, bool(recordings)),
        timeline=[_entry(each) for each in sorted(entries, key=lambda each: each.at)],
        recordings=[_recording(each, bot, links) for each in recordings],
        open_orders=[of_order(each, now=now) for each in orders if each.is_open],
        actions=[_action(word, action, bot, now) for word, action in DEEDS.items()],
    )


def of_order(order: Order, *, now: datetime) -> OrderShape:
    """An order and what came of it."""
    return OrderShape(
        id=order.pk,
        bot_id=order.bot_id,
        action=order.action,
        state=order.state,
        is_open=order.is_open,
        sentence=timeline.fate(order, now),
        code=order.error_code,
        given_by=order.giver,
        created_at=order.created_at,
        finished_at=order.finished_at,
        expires_at=order.expires_at,
    )


def _entry(entry: timeline.Entry) -> EntryShape:
    sentence = entry.sentence
    if entry.joins_at is not None:
        sentence = f"{sentence} {entry.joins_at:%Y-%m-%dT%H:%M:%SZ}."
    return EntryShape(
        at=entry.at,
        kind="order" if entry.kind == "order" else "status",
        id=entry.key,
        title=entry.title,
        sentence=sentence,
        next_step=entry.next_step,
        code=entry.code,
        source=entry.source,
    )


def _recording(recording: Recording, bot: Bot, links: Links) -> RecordingShape:
    return RecordingShape(
        id=recording.pk,
        recall_id=recording.recall_id,
        status=recording.status,
        outcome=_outcome(recording.outcome),
        missing=recording.missing,
        started_at=recording.started_at,
        completed_at=recording.completed_at,
        expires_at=recording.expires_at,
        duration_s=recording.duration_s,
        files=[FileShape(kind=a.kind, status=a.status) for a in recording.artifacts.all()],
        url=links.page("recording", bot.workspace.slug, recording.pk),
    )


def _action(word: str, action: Action, bot: Bot, now: datetime) -> ActionShape:
    why_not = reason_against(bot, action, now=now)
    asked = None if why_not or action in SURE else _asked(bot, action)
    return ActionShape(
        action=str(action),
        path=reverse(f"api_{word}", args=[bot.pk]),
        allowed=not why_not,
        why_not=why_not,
        question=asked.question if asked else None,
    )


def _asked(bot: Bot, action: Action) -> lifecycle.Confirmation | None:
    return lifecycle.needs_confirmation(action, Phase(bot.phase))


def _outcome(word: str) -> OutcomeShape | None:
    return OutcomeShape(code=word, label=Outcome(word).label) if word else None
