"""Bots that are scheduled when their team's policy changes: which can be updated, and doing it."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from bots import actions, deciding
from bots.lifecycle import Action
from bots.models import Bot, Order, PolicyVersion, Team
from bots.models.order import new_key

ELSEWHERE = "Sent from elsewhere, under no policy."
BEING_SENT = "It is just being sent to Recall. Try again in a minute."
BEING_UPDATED = "An earlier change is just being sent to Recall. Try again in a minute."
MAY_BE_SENT = "Recall may have taken it already; that is being looked up. Try again in a minute."
CANCELLED = "It is being cancelled."
NEVER_SENT = "This bot never came to Recall. Send another instead."


@dataclass(frozen=True, slots=True)
class Affected:
    """A scheduled bot, and why it cannot be updated: "" where it can."""

    bot: Bot
    why_not: str = ""

    @property
    def can(self) -> bool:
        return not self.why_not


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an update: bots that follow the policy from now on or as soon as Recall has
    taken their `orders`, and those that stay as they were, each with the sentence why."""

    updated: list[Bot]
    orders: list[Order]
    left: list[tuple[Bot, str]]


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the orders of an update: how many are done, how many open, which failed."""

    done: int
    under_way: int
    failed: list[tuple[Bot, str]]


class _Left(Exception):
    """The bot stays as it is; the message says why."""


def affected(team: Team, now: datetime) -> list[Affected]:
    """The team's bots that have not joined yet, the next first, and why one cannot be changed."""
    return [Affected(bot, reason_against(bot, now)) for bot in _waiting(team)]


def update(team: Team, by: User | None, now: datetime) -> Result:
    """Bring the team's scheduled bots under its policy in force; those under it stay untouched.

    A bot that Recall has not been told of is changed at once, for others an order is written for
    a worker to carry out. A bot whose meeting the policy forbids is reported, not cancelled.
    """
    result = Result([], [], [])
    version = PolicyVersion.objects.current(team)
    for bot in _waiting(team).exclude(policy=version):
        _update(bot, version, result, by=by, now=now)
    return result


def update_one(bot: Bot, by: User | None, now: datetime) -> Result:
    """The same for one bot, which may be under the policy in force already."""
    result = Result([], [], [])
    _update(bot, PolicyVersion.objects.current(bot.team), result, by=by, now=now)
    return result


def report(team: Team, since: datetime) -> Report:
    """What became of the updates that were ordered since then, the next bot first."""
    mine = Order.objects.filter(bot__team=team, action=Action.UPDATE, created_at__gte=since)
    found = list(mine.select_related("bot").order_by("bot__met_at", "pk"))
    failed = (Order.State.REFUSED, Order.State.EXPIRED)
    return Report(
        done=sum(order.state == Order.State.CONFIRMED for order in found),
        under_way=sum(order.is_open for order in found),
        failed=[(order.bot, order.error) for order in found if order.state in failed],
    )


def _waiting(team: Team) -> QuerySet[Bot]:
    mine = Bot.objects.filter(workspace_id=team.workspace_id, team=team).upcoming()
    return mine.select_related("workspace", "team", "policy").order_by("met_at", "pk")


def reason_against(bot: Bot, now: datetime) -> str:
    """Why this scheduled bot cannot be brought under another version now, or ""."""
    if not bot.request or bot.policy_id is None:
        return ELSEWHERE
    orders = list(bot.orders.open().filter(action__in=[Action.SEND, Action.UPDATE, Action.CANCEL]))
    if any(order.action == Action.CANCEL for order in orders):
        return CANCELLED
    for order in orders:
        untold = order.state == Order.State.WAITING and not order.in_doubt
        if order.action == Action.UPDATE and not untold:
            return BEING_UPDATED
        if order.action == Action.SEND and bot.recall_id is None and not untold:
            return MAY_BE_SENT if order.state == Order.State.WAITING else BEING_SENT
    if bot.recall_id is not None:
        return actions.reason_against(bot, Action.UPDATE, now=now)
    # What Recall has not been told of can be changed until it is.
    return "" if any(order.action == Action.SEND for order in orders) else NEVER_SENT


def _update(
    bot: Bot, version: PolicyVersion, result: Result, *, by: User | None, now: datetime
) -> None:
    try:
        with transaction.atomic():
            Bot.objects.filter(pk=bot.pk).hold()
            bot = Bot.objects.select_related("workspace", "team", "policy").get(pk=bot.pk)
            order = _bring_under(bot, version, by=by, now=now)
    except _Left as why:
        result.left.append((bot, str(why)))
        return
    result.updated.append(bot)
    if order is not None:
        result.orders.append(order)


def _bring_under(
    bot: Bot, version: PolicyVersion, *, by: User | None, now: datetime
) -> Order | None:
    """Write the new request, or the order for it; the bot is held. Raises _Left."""
    if why_not := reason_against(bot, now):
        raise _Left(why_not)
    token = new_key()
    decision = deciding.rule_again(bot, version, mark=token).decision
    if decision.against:
        raise _Left(" ".join(decision.against))
    if bot.recall_id is None:
        bot.request, bot.policy, bot.name = decision.create, version, decision.create["bot_name"]
        bot.save(update_fields=["request", "policy", "name"])
        # Recall keeps an answer with the key, and must not take the new request for the old one.
        bot.orders.open().filter(action=Action.SEND).update(key=new_key())
        bot.tell(now)
        return None
    body = {"request": decision.create, "policy": version.pk}
    # One that has not gone out yet would bring the bot under a version that is none any more.
    bot.orders.open().filter(action=Action.UPDATE).update(
        state=Order.State.SUPERSEDED, finished_at=now, error="Replaced by a later change."
    )
    return actions.order(bot, Action.UPDATE, by=by, now=now, token=token, body=body)
