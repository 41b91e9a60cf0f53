"""The page of one bot: what it is doing, what it can be told, what happened and what came of it."""

import json
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_POST

from bots import (
    actions,
    agreement,
    controls,
    deciding,
    lanes,
    leave_rules,
    lifecycle,
    policy,
    scheduled,
    tasks,
    timeline,
)
from bots.chat_forms import ChatForm
from bots.lifecycle import Action, Phase
from bots.models import Bot, LeaveRule, Membership, Order, Recording, StatusChange
from bots.policy.reasons import leaves
from bots.rights import Right
from bots.views import assistant_panel, consent_panel, live_said, meeting, showing_panel
from bots.views.access import (
    find_bot,
    find_bot_to_steer,
    find_membership,
    find_operator,
)
from bots.views.deleting import receipt_of
from bots.views.raw import readable
from bots.views.shell import wants_partial

MOST_DELIVERIES = 50
REGION = "bot.html#panel"
_HEADINGS = {"recording_config": "What is recorded", "automatic_leave": "When the bot leaves"}


@dataclass(frozen=True, slots=True)
class Problem:
    """The newest order that Recall refused or that came too late, while it still matters."""

    title: str
    sentence: str
    code: str


@require_GET
def bot(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The page, or for htmx the part of it that changes while the bot lives."""
    membership = find_membership(request, slug)
    return show(request, find_bot(membership, pk), membership)


@require_POST
def refresh(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Have a worker look at the bot at Recall, now."""
    membership = find_operator(request, slug)
    found = find_bot_to_steer(membership, pk)
    found.want_refresh(timezone.now())
    tasks.wake_refresh(found)
    return answer(request, found, membership)


@require_GET
def deliveries(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The webhooks that brought this bot's news, for whoever debugs."""
    membership = find_membership(request, slug)
    found = find_bot(membership, pk)
    if not membership.leads(found.team):
        raise PermissionDenied("Only leads of its team, admins and owners read raw deliveries.")
    rows = found.deliveries.order_by("-received_at")[:MOST_DELIVERIES]
    context = {
        "bot": found,
        "membership": membership,
        "deliveries": [{"row": row, "body": readable(bytes(row.body))} for row in rows],
    }
    name = "bot_deliveries.html#list" if wants_partial(request) else "bot_deliveries.html"
    return _rendered(request, name, context)


def show(
    request: HttpRequest,
    found: Bot,
    membership: Membership,
    *,
    message: str = "",
    status: int = 200,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    """The page or its live part, with a sentence in it where something could not be done.

    `more` takes the place of what it shows otherwise: a form that was filled in, say.
    """
    anew = wants_partial(request)
    context = page(found, membership, now=timezone.now(), anew=anew) | {"message": message}
    context |= more or {}
    name = REGION if anew else "bot.html"
    return _rendered(request, name, context, status=status)


def answer(
    request: HttpRequest, found: Bot, membership: Membership, *, message: str = ""
) -> HttpResponse:
    """After a button: the live part for htmx, the page anew for a plain form."""
    if not wants_partial(request):
        if message:
            messages.info(request, message)
        return redirect("bot", slug=membership.workspace.slug, pk=found.pk)
    found = find_bot(membership, found.pk)
    response = show(request, found, membership, message=message)
    # The page's script closes the sheet that the order was given from.
    response["HX-Trigger"] = "sheet:done"
    return response


def page(bot: Bot, membership: Membership, *, now: datetime, anew: bool) -> dict[str, Any]:
    """Everything that the page shows, in few queries whatever the bot has been through.

    `anew` where a browser that has the page asks again for the part that changes.
    """
    changes = list(bot.status_changes.order_by("at", "pk"))
    orders = list(bot.orders.select_related("by").order_by("pk"))
    recordings = list(bot.recordings.prefetch_related("artifacts").order_by("-created_at", "-pk"))
    met = meeting.of_bot(bot)
    stopped_at = meeting.stops(orders)
    phase = Phase(bot.phase)
    steering = membership.operates(bot.team_id)
    waiting_send = next((o for o in orders if o.action == Action.SEND and _waits(o)), None)
    return {
        "bot": bot,
        "membership": membership,
        "now": now,
        "phase": phase,
        "headline": headline(bot, changes, bool(recordings)),
        "buttons": _buttons(bot, orders, now) if steering else [],
        "why_few": controls.why_few(phase, join_at=bot.join_at, now=now),
        "token": str(uuid.uuid4()),
        **chat_panel(bot, orders, met, steering=steering, now=now),
        "showing": showing_panel.panel(bot, orders, steering=steering, now=now),
        "consent": consent_panel.panel(bot, steering=steering),
        "assistant": assistant_panel.panel(bot, steering=steering),
        "leave_rules": _leave_rules(bot, membership) if bot.has_leave_rules else [],
        "may_ask": steering
        and bot.code == "recording_permission_denied"
        and not actions.reason_against(bot, Action.ASK, now=now),
        "may_rule": steering and not leave_rules.reason_against(bot),
        "problem": _problem(orders),
        "waiting_send": waiting_send,
        # Until its status shows, how long that has taken is said anew.
        "looks_up": any(order.state == Order.State.ACCEPTED for order in orders) and bot.is_live,
        "may_steer": steering,
        "send_again": steering and (phase.is_over or phase is Phase.PROCESSING),
        "timeline": timeline.entries(
            changes=changes,
            orders=orders,
            paused_from=paused_from(changes, recordings, stopped_at, now),
            live=not phase.is_over,
            recorded=bool(recordings),
            now=now,
            joins_at=bot.join_at if phase is Phase.SCHEDULED else None,
        ),
        "picture": meeting.picture(
            bot,
            changes=changes,
            recordings=recordings,
            meeting=met,
            stopped_at=stopped_at,
            now=now,
        ),
        "recordings": recordings,
        "deletion": receipt_of(bot, None) if _was_erased(bot) and recordings else None,
        "may_delete": membership.leads(bot.team)
        and bot.is_over
        and bool(recordings)
        and not all(recording.erased_at for recording in recordings),
        "may_bury": membership.may(Right.ERASE) and bot.is_over,
        "player": _player(recordings, changes, stopped_at, now),
        "live": live_said.section(bot, recordings, now=now, anew=anew),
        "meeting": met,
        "attendees": meeting.attendees(
            bot, met, recordings=recordings, changes=changes, stopped_at=stopped_at, now=now
        ),
        "may_name": membership.leads(bot.team),
        "summary": policy.summary(bot.request or bot.config) if has_settings(bot) else "",
        "sent": _pretty(policy.shown(bot.request)) if bot.request else "",
        "rules": _under(bot, membership, now),
    }


def _under(bot: Bot, membership: Membership, now: datetime) -> dict[str, Any]:
    """The version of the policy that the bot was sent under, and why its request is as it is."""
    version, url = bot.policy, ""
    if version is not None:
        with suppress(NoReverseMatch):
            place = [membership.workspace.slug, bot.team_id, version.number]
            url = reverse("policy_version", args=place)
    newest = bot.newest_policy or 0  # type: ignore[attr-defined]
    is_old = version is not None and newest > version.number
    changeable = bot.phase == Phase.SCHEDULED and bot.recall_id is not None
    return {
        "version": version,
        "url": url,
        "newer": newest if is_old else None,
        "may_update": is_old and changeable and membership.operates(bot.team_id),
        "why_not_update": scheduled.reason_against(bot, now) if is_old and changeable else "",
        "why": _why(bot),
    }


def _was_erased(bot: Bot) -> bool:
    return bool(bot.was_erased) and bot.is_over  # type: ignore[attr-defined]


def _why(bot: Bot) -> list[tuple[str, list[tuple[str, str, str, str]]]]:
    """By heading: (dotted path, its end, value, reason) of all that was sent to Recall."""
    decision = deciding.explain(bot)
    if decision is None:
        return []
    parts: dict[str, list[tuple[str, str, str, str]]] = {}
    for path, value in leaves(policy.shown(bot.request)):
        part, _, rest = path.partition(".")
        heading = _HEADINGS.get(part, "The bot")
        name = rest if part in _HEADINGS else path
        reason = decision.reasons.get(path, "")
        parts.setdefault(heading, []).append((path, name, _value(value), reason))
    return list(parts.items())


def _value(value: Any) -> str:
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def headline(bot: Bot, changes: list[StatusChange], has_recorded: bool) -> str:
    """What is so, as a sentence that a person understands."""
    if bot.cancelled_at is not None:
        return "Cancelled before it joined the meeting."
    if bot.failure:
        return bot.failure
    phase = Phase(bot.phase)
    if bot.recall_id is None and not phase.is_over:
        return "Not sent yet. Recall has to take the bot first."
    told = bot.config or bot.request
    leave = told.get("automatic_leave") or {}
    code, sub_code = bot.code, bot.sub_code
    if phase in (Phase.PROCESSING, Phase.FINISHED):
        ends = [change for change in changes if change.code == "call_ended"]
        if ends:
            code, sub_code = ends[-1].code, ends[-1].sub_code
    limit_s = leave.get("waiting_room_timeout")
    return lifecycle.headline(
        phase,
        platform=bot.platform,
        bot_name=bot.name or "the bot",
        code=code,
        sub_code=sub_code,
        waiting_limit_s=limit_s if isinstance(limit_s, int) else 1200,
        start_on=bot.recording_config.get("start_recording_on") or "",
        has_recorded=has_recorded,
    )


def paused_from(
    changes: list[StatusChange],
    recordings: list[Recording],
    stopped_at: list[datetime],
    now: datetime,
) -> list[datetime]:
    """When each of the pauses began."""
    moved = meeting.moves(changes)
    return [
        span.start
        for recording in recordings
        for span in lanes.pauses(moved, meeting.take(recording, stopped_at), now=now)
    ]


def _player(
    recordings: list[Recording],
    changes: list[StatusChange],
    stopped_at: list[datetime],
    now: datetime,
) -> dict[str, Any] | None:
    """The newest recording that has something to play."""
    for recording in recordings:
        # As long as every file is being made, there is no copy of one either.
        if all(each.status == "processing" for each in recording.artifacts.all()):
            continue
        found = meeting.player(recording, changes=changes, stopped_at=stopped_at, now=now)
        if found["playable"]:
            return found
    return None


def has_settings(bot: Bot) -> bool:
    return bool(bot.request or bot.recording_config)


def _buttons(bot: Bot, orders: list[Order], now: datetime) -> list[controls.Button]:
    if bot.gone_at is not None:
        return []
    shown = controls.buttons(
        Phase(bot.phase),
        under_way={Action(o.action) for o in orders if o.is_open and o.action in list(Action)},
        join_at=bot.join_at,
        now=now,
        at_recall=bot.recall_id is not None,
    )
    # What Recall records while people are asked is the chat alone: nobody pauses or stops that.
    covered = agreement.is_chat_alone(bot)
    return [each for each in shown if each.action is Action.LEAVE] if covered else shown


def chat_panel(
    bot: Bot, orders: list[Order], met: meeting.Meeting, *, steering: bool, now: datetime
) -> dict[str, Any]:
    """The form of a message into the meeting's chat, or why there is none; {} where none asks."""
    if not steering or bot.is_over or actions.reason_against(bot, Action.SAY, now=now):
        return {}
    if lifecycle.chats.chat_of(bot.platform) is None:
        name = lifecycle.platform_label(bot.platform)
        return {"chat_why_not": f"Bots can't write in the chat of {name}."}
    said = sum(order.action == Action.SAY for order in orders)
    return {"chat_form": ChatForm(platform=bot.platform, people=met.participants, turn=said)}


def _leave_rules(bot: Bot, membership: Membership) -> list[dict[str, Any]]:
    """Those that may still send it home, each with whether this person may take it back."""
    waiting = leave_rules.of_bot(bot).filter(state=LeaveRule.State.WAITING)
    return [
        {"rule": rule, "may_end": leave_rules.may_take_back(rule, membership)} for rule in waiting
    ]


def _waits(order: Order) -> bool:
    return bool(order.state == Order.State.WAITING)


def _problem(orders: list[Order]) -> Problem | None:
    """Only the latest order counts: whoever pressed again has read the sentence."""
    if orders and orders[-1].action == Action.DELETE:
        return None  # told where the recordings are
    if not orders or orders[-1].state not in (Order.State.REFUSED, Order.State.EXPIRED):
        return None
    order = orders[-1]
    return Problem(str(order), order.error, order.error_code)


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _rendered(
    request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
