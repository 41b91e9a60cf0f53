"""What a person or a rule can order a bot to do; a worker carries it out."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from bots import deciding, lifecycle, policy, showings
from bots.lifecycle import Action, Phase, chats
from bots.models import (
    AuditEvent,
    Bot,
    Consent,
    LeaveRule,
    Order,
    PolicyVersion,
    Team,
    Verb,
    Workspace,
)
from bots.models.order import DEFAULT_PATIENCE, PATIENCE, replaced_by
from bots.recall import meeting_urls

# Of many bots that are updated together, Recall takes only so many a minute.
UPDATE_PATIENCE = timedelta(minutes=15)
TAKEN_BACK = "Taken back before Recall had a free bot."


class NotNow(Exception):
    """The bot can't do that in its present phase; the message says why and what helps."""


class NotConfirmed(NotNow):
    """The order destroys something, and the person was not asked yet."""

    def __init__(self, confirmation: lifecycle.Confirmation) -> None:
        super().__init__(confirmation.question)
        self.confirmation = confirmation


class NotAllowed(NotNow):
    """The team's policy, or what Recall can do, is against it; `decision` says what is."""

    def __init__(self, decision: policy.Decision) -> None:
        super().__init__(" ".join(decision.against))
        self.decision = decision


def send(
    team: Team,
    ask: policy.Ask,
    *,
    by: User | None,
    token: str,
    now: datetime,
    given_by: str = "",
) -> Bot:
    """Have Recall send a bot to a meeting; the same form (`token`) again gives the same bot.

    `given_by` says who has it sent where no person does.

    Raises NotAllowed when the team's policy or Recall is against it, NotNow for a form of another
    bot, and `meeting_urls.NotALink` when there is no link in it.
    """
    if known := sent(team.workspace, token):
        return known
    link = meeting_urls.find(ask.meeting_url)
    # Recall keeps the order's token with the bot, so that a bot whose answer was lost is found.
    metadata = {**ask.metadata, "recalldash_order": token}
    ask = replace(ask, meeting_url=link.url, metadata=metadata)
    # A team's first policy is written under the workspace's row, and that is held before a team's.
    PolicyVersion.objects.current(team)
    try:
        with transaction.atomic():
            # Two that send at once see each other here, so that no limit of the team is overrun.
            held = Team.objects.select_for_update(no_key=True).get(pk=team.pk)
            if known := sent(team.workspace, token):
                return known
            if held.archived_at is not None:
                raise NotNow(f"{held} is archived: no bot is sent for it any more.")
            ruling = deciding.rule(team, ask, now=now)
            if not ruling.decision.is_allowed:
                raise NotAllowed(ruling.decision)
            return _write_bot(
                team, ask, ruling, link, by=by, given_by=given_by, token=token, now=now
            )
    except IntegrityError:
        if known := sent(team.workspace, token):
            return known
        raise NotNow("This form was used before. Reload the page and send again.") from None


def sent(workspace: Workspace, token: str) -> Bot | None:
    """The bot that this form has sent already."""
    sends = Order.objects.filter(bot__workspace=workspace, token=token, action=Action.SEND)
    order = sends.select_related("bot").first()
    return order.bot if order else None


def _write_bot(
    team: Team,
    ask: policy.Ask,
    ruling: deciding.Ruling,
    link: meeting_urls.Link,
    *,
    by: User | None,
    given_by: str,
    token: str,
    now: datetime,
) -> Bot:
    scheduled = ask.join_at is not None and ask.join_at > now
    body = ruling.decision.create
    bot = Bot.objects.create(
        workspace=team.workspace,
        team=team,
        title=ask.title[:200],
        name=body["bot_name"],
        meeting_url=link.url,
        meeting_key=link.key[:300],
        platform=link.platform,
        join_at=ask.join_at,
        sent_by=by,
        created_at=now,
        phase=Phase.SCHEDULED if scheduled else Phase.JOINING,
        request=body,
        policy=ruling.version,
        asked=ask.as_json(),
    )
    bot.orders.create(
        action=Action.SEND,
        by=by,
        given_by=given_by[:200],
        token=token,
        created_at=now,
        due_at=now,
        expires_at=now + PATIENCE[Action.SEND],
    )
    LeaveRule.objects.of_policy(bot, ruling.version, now=now)
    if ruling.decision.asks_consent:
        Consent.objects.of_policy(bot, ruling.version.pure.rules, now=now)
    AuditEvent.objects.record(
        team.workspace,
        Verb.BOT_SENT,
        by=by,
        now=now,
        target=bot,
        detail={"team": team.pk, "platform": bot.platform, "scheduled": scheduled}
        | ({"given_by": given_by} if given_by else {}),
    )
    bot.tell(now)
    return bot


def order(
    bot: Bot,
    action: Action,
    *,
    by: User | None,
    now: datetime,
    token: str = "",
    body: dict[str, Any] | None = None,
    confirmed: bool = False,
    bulk_patience: timedelta | None = None,
    given_by: str = "",
) -> Order:
    """Have Recall do `action` to the bot; the same order while one is open is that one.

    `confirmed` says that the person was told what it destroys. `bulk_patience` makes it one of
    many, which go out after single ones and are carried out for that long; those who ask for many
    write the audit log themselves. `given_by` says who gives it where no person does. Raises NotNow
    with the reason, NotConfirmed when the person has to be asked first.
    """
    token = token or str(uuid.uuid4())
    if action is Action.RESCHEDULE:
        PolicyVersion.objects.current(bot.team)  # as for a bot that is sent
    with transaction.atomic():
        bot = Bot.objects.select_for_update().get(pk=bot.pk)
        same = bot.orders.filter(token=token).first()
        if same is None and action not in lifecycle.SEVERAL:
            same = bot.orders.open().filter(action=action).first()
        if same is not None:
            if same.is_bulk and bulk_patience is None:
                _hurry(same, now)
            return same
        why_not = reason_against(bot, action, now=now) or _overtaken(bot, action)
        if action is Action.SAY and not why_not:
            why_not = chats.problem(bot.platform, **(body or {}))
        if action in (Action.SHOW, Action.HIDE, Action.PLAY) and not why_not:
            why_not = showings.problem(bot, action, body or {})
        if why_not:
            raise NotNow(why_not)
        if action is Action.RESCHEDULE and (why_not := _against_moving(bot, body or {}, now)):
            raise NotNow(why_not)
        if not confirmed and (asked := lifecycle.needs_confirmation(action, Phase(bot.phase))):
            raise NotConfirmed(asked)
        patience = bulk_patience or PATIENCE.get(action, DEFAULT_PATIENCE)
        made = Order(
            bot=bot,
            action=action,
            body=body or {},
            by=by,
            given_by=given_by[:200],
            token=token,
            may_overwrite=confirmed,
            is_bulk=bulk_patience is not None,
            created_at=now,
            due_at=now,
            expires_at=_until(bot, action, now, patience),
        )
        if action in (Action.LEAVE, Action.CANCEL):
            _withdraw_waiting(bot, made, now)
        given = _write(made)
        if given is made and bulk_patience is None:
            _note(Verb.ORDERED, given, by=by, now=now)
        bot.tell(now)
    return given


def _hurry(order: Order, now: datetime) -> None:
    """A person asks for this one alone: it goes before the many that it was one of."""
    waiting = Order.objects.filter(pk=order.pk, state=Order.State.WAITING)
    waiting.update(is_bulk=False, due_at=min(order.due_at, now))
    order.refresh_from_db()


def _overtaken(bot: Bot, action: Action) -> str:
    """Why nothing else can be ordered after a leave, or ""."""
    ends = {Action.LEAVE, Action.CANCEL} - {action}
    if action in lifecycle.ABOUT_RECORDINGS:
        return ""
    if action is Action.LEAVE:
        return ""  # it may be all that is left of a cancel
    leave = bot.orders.open().filter(action__in=ends).select_related("by").first()
    return f"{leave.giver} has told this bot to leave." if leave else ""


def _note(verb: Verb, order: Order, *, by: User | None, now: datetime) -> None:
    detail: dict[str, Any] = {"action": str(order.action), "order": order.pk}
    if order.action == Action.RESCHEDULE:
        detail["join_at"] = order.body.get("join_at")
    if order.given_by:
        detail["given_by"] = order.given_by
    bot = order.bot
    AuditEvent.objects.record(
        bot.workspace, verb, by=by, now=now, target=bot, what=f"{order}: {bot}", detail=detail
    )


def reason_against(bot: Bot, action: Action, *, now: datetime) -> str:
    """Why the bot can't do that now, as a sentence, or "" when it can."""
    if bot.gone_at is not None:
        return "Recall does not know this bot any more."
    if bot.recall_id is None:
        return "Recall has not taken this bot yet. Wait until it has, or take the order back."
    why_not = lifecycle.allowed(Phase(bot.phase), join_at=bot.join_at, now=now)
    if action is Action.ASK and not why_not[action]:
        return _against_asking(bot)
    return why_not.get(action, "")


def _against_asking(bot: Bot) -> str:
    known = lifecycle.PLATFORMS.get(bot.platform)
    if known is None or not known.asks_permission:
        name = lifecycle.platform_label(bot.platform)
        return f"In {name} nobody is asked for permission to record."
    if bot.phase != Phase.IN_CALL:
        return "The bot records already."
    return ""


def _against_moving(bot: Bot, body: dict[str, Any], now: datetime) -> str:
    """Why the team's policy is against the new time; the bot is held."""
    # As when two are sent at once: those that are moved to one time see each other.
    Team.objects.select_for_update(no_key=True).get(pk=bot.team_id)
    return deciding.against_moving(bot, datetime.fromisoformat(body["join_at"]), now=now)


def withdraw(order: Order, *, by: User | None, now: datetime) -> bool:
    """Take back an order that has not gone out yet; say whether that was still possible."""
    with transaction.atomic():
        Bot.objects.filter(pk=order.bot_id).hold()
        # What is in doubt may have gone out.
        waiting = Order.objects.filter(pk=order.pk, state=Order.State.WAITING, in_doubt=False)
        withdrawn = waiting.update(
            state=Order.State.SUPERSEDED, finished_at=now, error="Taken back before it went out."
        )
        if withdrawn and order.action == Action.SEND:
            order.bot.failure = TAKEN_BACK
            order.bot.save(update_fields=["failure"])
            order.bot.observe([], source=Bot.Source.ORDER, now=now, told=True)
        elif withdrawn:
            order.bot.tell(now)
        if withdrawn:
            _note(Verb.WITHDRAWN, order, by=by, now=now)
    return bool(withdrawn)


def _withdraw_waiting(bot: Bot, leave: Order, now: datetime) -> None:
    """A leave wins: what has not gone out yet would reach a bot on its way home."""
    apart = [Action.SEND, *lifecycle.ABOUT_RECORDINGS]
    waiting = bot.orders.filter(state=Order.State.WAITING).exclude(action__in=apart)
    for in_doubt in (False, True):
        waiting.filter(in_doubt=in_doubt).update(
            state=Order.State.SUPERSEDED,
            finished_at=now,
            error=replaced_by(leave, in_doubt=in_doubt),
        )


def _write(made: Order) -> Order:
    """The order as it stands now: this one, or the one that came at the same moment."""
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        return made.bot.orders.open().get(action=made.action)
    return made


def _until(bot: Bot, action: Action, now: datetime, patience: timedelta) -> datetime:
    """Until when the order is carried out: an update has as long as Recall takes one."""
    if action is Action.UPDATE and bot.join_at is not None:
        return min(now + UPDATE_PATIENCE, bot.join_at - lifecycle.LEAD_TIME)
    return now + patience
