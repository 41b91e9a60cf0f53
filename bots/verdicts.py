"""What Recall's answer, refusal or silence means for an order: done, again when, or never."""

import logging
import random
from datetime import datetime, timedelta

from django.db import transaction

from bots import deciding, deletions
from bots.budget import LONGEST_S
from bots.lifecycle import ABOUT_RECORDINGS, IN_CALL_ACTIONS, Action
from bots.models import Bot, Consent, Order, Recording
from bots.models.order import LOOK_AFTER, new_key, replaced_by
from bots.recall import errors, types

logger = logging.getLogger(__name__)

MOST_CONFLICTS = 5
UNSENT = "It could not be carried out in time, so it was not sent."
TOO_FULL = (
    "So many calls were made to Recall that this one would have gone out too late, so it was not "
    "sent."
)
# What a leave does not overtake: itself, what comes before there is a bot, and what comes after.
_NOT_OVERRULED = (Action.SEND, Action.LEAVE, Action.CANCEL, *ABOUT_RECORDINGS)


# What Recall has done when it answers.
_DONE_AT_ONCE = (Action.RESCHEDULE, Action.UPDATE, Action.CANCEL)


def overruled(order: Order, now: datetime) -> bool:
    """End an order that a leave has overtaken before it went out (again); say whether."""
    if order.action in _NOT_OVERRULED:
        return False
    leaves = order.bot.orders.filter(action__in=[Action.LEAVE, Action.CANCEL])
    standing = leaves.filter(state__in=[*Order.OPEN, Order.State.CONFIRMED])
    leave = standing.select_related("by").first()
    if leave is None:
        return False
    order.finish(Order.State.SUPERSEDED, now=now, error=replaced_by(leave, in_doubt=order.in_doubt))
    order.bot.tell(now)
    return True


def accept(
    order: Order, answer: types.Bot | types.Artifact | None, now: datetime, *, before: bool = False
) -> None:
    """Recall has taken the order; the status that follows will confirm it.

    Some are done with its answer: the bot, or for a transcript the artifact that it will be.
    `before`: what was wanted was so already.
    """
    bot = order.bot
    with transaction.atomic():
        order.state, order.answered_at, order.lease_until = Order.State.ACCEPTED, now, None
        order.in_doubt, order.error, order.error_code = False, "", ""
        order.save(
            update_fields=[
                "state", "answered_at", "lease_until", "in_doubt", "error", "error_code",
            ]
        )  # fmt: skip
        if isinstance(answer, types.Artifact):
            _expect(order, answer, now)
            answer = None
        if order.action == Action.SEND and answer is not None:
            _adopt(bot, answer)
        if order.action == Action.CANCEL:
            bot.cancelled_at = now
            # Among what is over it stands where it ended, not in the future.
            bot.met_at = min(bot.met_at, now)
            bot.save(update_fields=["cancelled_at", "met_at"])
        if order.action == Action.UPDATE:
            bot.name = order.body["request"]["bot_name"]
            bot.request, bot.policy_id = order.body["request"], order.body["policy"]
            bot.save(update_fields=["name", "request", "policy"])
            decision = deciding.explain(bot)
            if decision is not None and bot.policy is not None:
                asks = decision.asks_consent
                Consent.objects.renew(bot, bot.policy.pure.rules, asks=asks, now=now)
        if order.action in (*_DONE_AT_ONCE, *ABOUT_RECORDINGS, *IN_CALL_ACTIONS):
            order.finish(Order.State.CONFIRMED, now=now)
        if order.action == Action.DELETE:
            if not deletions.carried_out(order, answer, now, before=before):
                return  # the bot has gone with it
            bot.want_refresh(now + LOOK_AFTER)
        if answer is not None:
            bot.take(answer, source=Bot.Source.ORDER, now=now, told=True)
        else:
            bot.observe([], source=Bot.Source.ORDER, now=now, told=True)
        order.refresh_from_db()
        if order.is_open and bot.recall_id is not None and not bot.is_over:
            bot.want_refresh(now + LOOK_AFTER)


def _expect(order: Order, artifact: types.Artifact, now: datetime) -> None:
    """Keep that a file is being made, and look for it where no webhook tells when it is done."""
    recordings = Recording.objects.filter(workspace_id=order.bot.workspace_id)
    for recording in recordings.filter(recall_id=order.body["recording"]):
        recording.keep([artifact], now=now)
    order.bot.want_refresh(now + LOOK_AFTER)


def _adopt(bot: Bot, answer: types.Bot) -> None:
    """Join our bot with Recall's; a webhook may have brought it in first, as a stranger."""
    twin = Bot.objects.filter(workspace=bot.workspace, recall_id=answer.id).exclude(pk=bot.pk)
    # Held, or what a webhook writes for it now would keep it from being deleted.
    for stranger in twin.hold():
        stranger.deliveries.update(bot=bot)
        stranger.delete()
    bot.recall_id = answer.id
    bot.save(update_fields=["recall_id"])


def spare(order: Order, answer: types.Bot, now: datetime) -> None:
    """Refuse a start, and show the recording that has begun meanwhile."""
    order.in_doubt, order.answered_at = False, now
    order.save(update_fields=["in_doubt", "answered_at"])
    sentence = (
        "A recording has begun meanwhile, so it was not started again. Start once more to "
        "overwrite it, or pause it instead."
    )
    order.finish(Order.State.REFUSED, now=now, error=sentence, code="recording_began")
    order.bot.take(answer, source=Bot.Source.ORDER, now=now, told=True)


def judge(
    order: Order,
    error: errors.RecallError,
    now: datetime,
    *,
    doubtful: bool,
    looking: bool = False,
    looked: bool = False,
) -> None:
    """What Recall's refusal or silence means for this order.

    `doubtful`: an earlier attempt may have reached Recall. `looking`: the error came while we
    looked whether it did; `looked`: it came after a look that found nothing.
    """
    logger.info("Order %s (%s): %r", order.pk, order.action, error)
    was_doubtful, doubtful = doubtful, doubtful and not looked
    if _is_settled(order, error, now):
        return
    wait: float | None = None
    fresh_key = False
    match error:
        case errors.SlowDown():
            wait = min(max(error.retry_after_s, 1.0), LONGEST_S)
            workspace = order.bot.workspace
            workspace.quiet_until = now + timedelta(seconds=wait)
            workspace.save(update_fields=["quiet_until"])
        case errors.OverBudget():
            # Nothing went out: no attempt that counts. It stays above every older worker's turn,
            # because each of those was followed by one more than this.
            order.attempts -= 1
            wait = error.retry_after_s
        case errors.NoFreeBot() if not looking:
            # The same key would bring the stored 507 back for an hour.
            wait, fresh_key, doubtful = error.retry_after_s, True, False
        case errors.Conflict() if order.attempts <= MOST_CONFLICTS:
            # The one that is still being worked on may be the one whose answer was lost.
            wait, doubtful = backoff(order.attempts), was_doubtful
        case errors.Unreachable():
            wait = backoff(order.attempts)
        case errors.OutcomeUnknown():
            wait, doubtful = backoff(order.attempts), True
        case errors.NotRecall() if error.may_have_happened:
            wait, doubtful = backoff(order.attempts), True
        case errors.TooLate() if order.action == Action.CANCEL:
            # Within its last ten minutes a scheduled bot can't be deleted, only told to leave.
            order.action, order.key, order.first_sent_at = Action.LEAVE, new_key(), None
            order.save(update_fields=["action", "key", "first_sent_at"])
            wait, doubtful = 0.0, False
        case errors.NotFound():
            pass
        case _ if looking:
            # That we may not look says nothing of what the order has done.
            wait = backoff(order.attempts)
    if isinstance(error, errors.WrongKeyOrRegion):
        workspace = order.bot.workspace
        workspace.key_problem, workspace.key_checked_at = error.sentence, now
        workspace.save(update_fields=["key_problem", "key_checked_at"])
    sentence = errors.OutcomeUnknown.sentence if doubtful and wait is not None else error.sentence
    is_late = wait is not None and now + timedelta(seconds=wait) > order.expires_at
    if is_late and doubtful and not looking and order.action == Action.UPDATE:
        is_late = False  # one look is left
    if wait is None or is_late:
        if is_late:
            sentence = _too_late(order, sentence, error.code, doubtful=doubtful)
        order.in_doubt = doubtful
        _refuse(order, error, sentence, now, waited=is_late)
        return
    order.in_doubt = doubtful
    if overruled(order, now):
        return
    order.error, order.error_code = sentence, error.code
    _wait(order, now, wait=wait, fresh_key=fresh_key, doubtful=doubtful)


def _is_settled(order: Order, error: errors.RecallError, now: datetime) -> bool:
    """Whether the refusal says that what was wanted is so, or is asked for otherwise already."""
    match error:
        case errors.NotFound() if order.action in (Action.CANCEL, Action.DELETE):
            # Deleted already, perhaps by an attempt whose answer was lost.
            accept(order, None, now, before=True)
        case errors.TooLate() if order.action == Action.CANCEL:
            leave = order.bot.orders.open().filter(action=Action.LEAVE).select_related("by").first()
            if leave is None:
                return False
            # Recall has just said that it is not deleted.
            replaced = replaced_by(leave, in_doubt=False)
            order.finish(Order.State.SUPERSEDED, now=now, error=replaced)
            order.bot.tell(now)
        case errors.TooLate() if order.action == Action.LEAVE and "completed" in error.code:
            # It has left already: that is what was wanted.
            order.finish(Order.State.CONFIRMED, now=now)
            order.bot.want_refresh(now)
            order.bot.tell(now)
        case _:
            return False
    return True


def _wait(order: Order, now: datetime, *, wait: float, fresh_key: bool, doubtful: bool) -> None:
    order.state = Order.State.WAITING
    order.due_at = now + timedelta(seconds=wait)
    order.lease_until = None
    order.in_doubt = doubtful
    if fresh_key:
        order.key, order.first_sent_at = new_key(), None
    order.save(
        update_fields=[
            "state", "due_at", "lease_until", "error", "error_code", "in_doubt", "key",
            "first_sent_at", "attempts",
        ]
    )  # fmt: skip
    order.bot.tell(now)


def _too_late(order: Order, sentence: str, code: str, *, doubtful: bool) -> str:
    """The sentence for what is not tried again because its time is up."""
    if code == "over_budget" and not doubtful:
        return TOO_FULL
    tried = "once" if order.attempts == 1 else f"{order.attempts} times"
    return f"{sentence} It was tried {tried} and is not tried again."


def _refuse(
    order: Order, error: errors.RecallError, sentence: str, now: datetime, *, waited: bool
) -> None:
    """The end of it: the sentence for people, and for a bot that never came to be its failure."""
    state = Order.State.EXPIRED if waited else Order.State.REFUSED
    with transaction.atomic():
        order.save(update_fields=["in_doubt", "attempts"])
        order.finish(state, now=now, error=sentence, code=error.code)
        _after_the_end(order, sentence, now)


def give_up(order: Order, now: datetime) -> None:
    """Too old to be carried out: doing it now would surprise people more than not."""
    with transaction.atomic():
        if order.action == Action.SEND and order.bot.recall_id is not None:
            order.finish(Order.State.CONFIRMED, now=now)  # sync has met the bot
            return
        if order.in_doubt:
            sentence = errors.OutcomeUnknown.sentence
        elif order.error:
            sentence = _too_late(order, order.error, order.error_code, doubtful=False)
        else:
            sentence = UNSENT
        order.finish(Order.State.EXPIRED, now=now, error=sentence, code=order.error_code)
        _after_the_end(order, sentence, now)


def _after_the_end(order: Order, sentence: str, now: datetime) -> None:
    bot = order.bot
    bot.refresh_from_db()
    if order.action == Action.SEND and bot.recall_id is None:
        bot.failure = sentence
        bot.save(update_fields=["failure"])
    if bot.recall_id is not None:
        # Where is it really? A refusal often means that our picture was old.
        bot.want_refresh(now)
    bot.observe([], source=Bot.Source.ORDER, now=now, told=True)


def backoff(attempts: int) -> float:
    """Seconds until the next attempt: doubling from one, with jitter."""
    return float(min(2 ** max(attempts - 1, 0), 16)) * random.uniform(0.75, 1.25)
