"""Rules of leaving: set for a bot, taken back, and carried out when they are met, once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from bots import actions, lifecycle, policy
from bots.lifecycle import Action, LeaveWhen, Phase
from bots.models import AuditEvent, Bot, LeaveRule, Membership, Order, Verb

MOST = 10
AGAIN = timedelta(seconds=10)
_LEFT_BEFORE = "The bot had left before."
_NOT_THERE = "It was not in the meeting then."


@dataclass(frozen=True, slots=True)
class Wish:
    """A rule as somebody wants it: a length of time in seconds, or a moment for `AT`."""

    when: LeaveWhen
    after_s: int = 0
    at: datetime | None = None


def add(bot: Bot, wish: Wish, *, by: User | None, token: str, now: datetime) -> LeaveRule:
    """Set a rule for the bot; the same form (`token`) again is the same rule.

    Raises actions.NotNow with the reason.
    """
    with transaction.atomic():
        [held] = Bot.objects.filter(pk=bot.pk).hold()
        if same := held.leave_rules.filter(token=token).first():
            return same
        if why_not := reason_against(held) or _against(held, wish, now):
            raise actions.NotNow(why_not)
        rule = held.leave_rules.create(
            when=wish.when,
            after_s=wish.after_s,
            at=wish.at,
            by=by,
            token=token,
            created_at=now,
            due_at=now,
        )
        if not held.has_leave_rules:
            Bot.objects.filter(pk=held.pk).update(has_leave_rules=True)
        _look(rule, held, now)
        _note(Verb.LEAVE_RULE_SET, rule, by=by, now=now)
        held.tell(now)
    return rule


def take_back(rule: LeaveRule, *, by: User, now: datetime) -> bool:
    """End a rule that was not met yet; say whether that was still possible."""
    with transaction.atomic():
        Bot.objects.filter(pk=rule.bot_id).hold()
        ended = (
            LeaveRule.objects.waiting()
            .filter(pk=rule.pk)
            .update(state=LeaveRule.State.TAKEN_BACK, due_at=None, ended_at=now, ended_by=by)
        )
        if ended:
            _note(Verb.LEAVE_RULE_TAKEN_BACK, rule, by=by, now=now)
            rule.bot.tell(now)
    return bool(ended)


def look(pk: int, *, now: datetime) -> Order | None:
    """See whether a rule that is due is met, and have its bot leave; the order, if one was given.

    Both are written together or neither, so that however often it is looked at, it is one order.
    """
    with transaction.atomic():
        [bot] = Bot.objects.filter(leave_rules=pk).hold()
        rule = LeaveRule.objects.get(pk=pk)
        if not rule.is_waiting or rule.due_at is None or rule.due_at > now:
            return None
        was = rule.met_at
        order = _look(rule, bot, now)
        if rule.met_at != was or not rule.is_waiting:
            bot.tell(now)
    return order


def of_bot(bot: Bot) -> "QuerySet[LeaveRule]":
    """Its rules, those that wait first."""
    rules = bot.leave_rules.select_related("by", "policy__team", "ended_by")
    return rules.order_by("ended_at", "met_at", "pk")


def may_take_back(rule: LeaveRule, membership: Membership) -> bool:
    """Whether this person may end it: what a policy fixes, only whoever leads the team.

    Whether they steer the bot at all is asked elsewhere.
    """
    if rule.policy is None or rule.policy.pure.rules.may_length:
        return True
    return membership.leads(rule.bot.team)


def reason_against(bot: Bot) -> str:
    """Why no rule makes sense for the bot any more, or ""."""
    if bot.gone_at is not None:
        return "Recall does not know this bot any more."
    phase = Phase(bot.phase)
    if phase.is_over or phase in (Phase.LEAVING, Phase.PROCESSING):
        return "The bot has left this meeting, or is leaving it."
    return ""


def _against(bot: Bot, wish: Wish, now: datetime) -> str:
    if wish.when is LeaveWhen.AT:
        if wish.at is None or wish.at <= now:
            return "That time is over. Choose a later one."
        if bot.phase == Phase.SCHEDULED and bot.join_at is not None and wish.at <= bot.join_at:
            return "The bot joins later than that. Choose a later time, or cancel the bot."
    if bot.leave_rules.waiting().count() >= MOST:
        return f"A bot has at most {MOST} rules of leaving. Take one back first."
    return ""


def _look(rule: LeaveRule, bot: Bot, now: datetime) -> Order | None:
    """Reckon the rule anew and act on it; the bot is held."""
    if bot.phase in (Phase.PROCESSING, Phase.LEAVING) or bot.is_over:
        _end(rule, LeaveRule.State.LAPSED, now, why=_LEFT_BEFORE)
        return None
    if rule.policy and bot.phase == Phase.SCHEDULED and rule.at and bot.join_at:
        # The bot was moved: the policy's time of day comes next after it joins.
        rule.at = policy.next_clock(rule.policy.pure.rules, after=bot.join_at)
    told = bot.status_changes.order_by("at", "pk").values_list("code", "at")
    steps = sorted(told, key=lambda step: (step[1], lifecycle.rank(step[0])))
    met = rule.reckon(steps, is_paused=bot.phase == Phase.PAUSED)
    if met is None or met > now:
        rule.met_at = rule.due_at = met
        rule.save(update_fields=["met_at", "due_at", "at"])
        return None
    rule.met_at = met
    try:
        order = actions.order(
            bot,
            Action.LEAVE,
            by=None,
            now=now,
            token=f"leave-rule-{rule.pk}",
            given_by=f"The rule “leave {rule.words}”",
            confirmed=True,
        )
    except actions.NotNow as why_not:
        if bot.recall_id is None:
            rule.due_at = now + AGAIN  # Recall has not taken it yet
            rule.save(update_fields=["met_at", "due_at"])
        else:
            _end(rule, LeaveRule.State.LAPSED, now, why=f"{_NOT_THERE} {why_not}")
        return None
    rule.order = order
    _end(rule, LeaveRule.State.ORDERED, now)
    return order


def _end(rule: LeaveRule, state: str, now: datetime, *, why: str = "") -> None:
    rule.state, rule.due_at, rule.ended_at, rule.why = state, None, now, why
    rule.save(update_fields=["state", "due_at", "ended_at", "why", "met_at", "order"])


def _note(verb: Verb, rule: LeaveRule, *, by: User | None, now: datetime) -> None:
    AuditEvent.objects.record(
        rule.bot.workspace, verb, by=by, now=now, target=rule.bot, detail={"rule": rule.words}
    )
