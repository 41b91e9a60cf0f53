"""Carrying an order out, exactly once as far as Recall can tell."""

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from bots import connection, deciding
from bots.lifecycle import Action
from bots.models import Bot, Order
from bots.models.order import new_key
from bots.recall import errors, types
from bots.recall.client import Recall

logger = logging.getLogger(__name__)

# Longer than two calls may take, so that only a worker that is dead or frozen loses its lease, and
# shorter than any order's patience, so that what a dead one left can still be carried out.
LEASE = timedelta(seconds=45)
# An accepted order whose status does not come is looked up.
LOOK_AFTER = timedelta(seconds=8)
# How long Recall remembers an Idempotency-Key, less a little.
KEY_LIFE = timedelta(minutes=55)
MOST_CONFLICTS = 5
# Whether they happened can be seen at Recall at any time, and what we show depends on it.
_LOOKED_UP = (Action.SEND, Action.UPDATE)

Clock = Callable[[], datetime]
Conclusion = Callable[[datetime], None]


def carry_out(pk: int, *, clock: Clock) -> Order | None:
    """Take up one order that is due and bring it as far as it goes now.

    Returns the order as it then stands, or None when another worker has it, it waits for an
    earlier one of the same bot, or it is not due. Never raises for what Recall answers.
    """
    now = clock()
    with transaction.atomic():
        Bot.objects.filter(orders=pk).hold()
        order = Order.objects.select_related("bot__workspace").get(pk=pk)
        # Still set when the last attempt ended in silence, or with its worker.
        doubtful = order.in_doubt
        too_old = now > order.expires_at
        is_open = doubtful and order.action in _LOOKED_UP
        if too_old and order.is_free(now) and not is_open:
            _give_up(order, now)
            return order
        if not Order.objects.claim(pk, now, LEASE):
            return None
    order.refresh_from_db()
    if order.first_sent_at is None:
        order.first_sent_at = now
        order.save(update_fields=["first_sent_at"])
    elif now - order.first_sent_at > KEY_LIFE and not doubtful:
        order.key = new_key()
        order.save(update_fields=["key"])
    conclusion: Conclusion
    verifying = doubtful
    running: types.Bot | None = None
    try:
        with connection.recall(order.bot.workspace) as recall:
            answer = _verify(order, recall) if doubtful else None
            verifying = False
            if answer is None and not too_old:
                running = _running(order, recall)
                answer = running or _call(order, recall)
    except errors.RecallError as error:
        conclusion = partial(_judge, order, error, verifying=verifying)
    else:
        if running is not None:
            conclusion = partial(_spare, order, running)
        elif too_old and answer is None:
            order.in_doubt = False
            conclusion = partial(_give_up, order)
        else:
            conclusion = partial(_accept, order, answer)
    _conclude(order, clock(), conclusion)
    return order


def _conclude(order: Order, now: datetime, conclusion: Conclusion) -> None:
    """Write what came of an attempt, unless another worker has taken the order up meanwhile."""
    with transaction.atomic():
        Bot.objects.filter(pk=order.bot_id).hold()
        mine = Order.objects.filter(pk=order.pk, state=order.state, attempts=order.attempts)
        if mine.exists():
            conclusion(now)
        else:
            # This worker was frozen for longer than its lease.
            logger.warning("Order %s came back too late", order.pk)
            order.refresh_from_db()


def _running(order: Order, recall: Recall) -> types.Bot | None:
    """The bot, if a start would overwrite a recording of which nobody was told.

    Our picture may be old: Recall is asked at the last moment before what can't be undone.
    """
    if order.action != Action.START or order.may_overwrite:
        return None
    answer = recall.retrieve_bot(str(order.bot.recall_id))
    newest = max(
        answer.recordings, key=lambda each: each.created_at or order.created_at, default=None
    )
    is_paused = newest is not None and newest.status == "paused"
    is_recording = answer.latest is not None and answer.latest.code == "in_call_recording"
    return answer if is_paused or is_recording else None


def _spare(order: Order, answer: types.Bot, now: datetime) -> None:
    """Refuse the start, and show the recording that has begun meanwhile."""
    order.in_doubt, order.answered_at = False, now
    order.save(update_fields=["in_doubt", "answered_at"])
    sentence = (
        "A recording has begun meanwhile, so it was not started again. Start once more to "
        "overwrite it, or pause it instead."
    )
    order.finish(Order.State.REFUSED, now=now, error=sentence, code="recording_began")
    order.bot.take(answer, source=Bot.Source.ORDER, now=now)
    order.bot.observe([], source=Bot.Source.ORDER, now=now, told=True)


def _call(order: Order, recall: Recall) -> types.Bot | None:
    """Say it to Recall; None where Recall answers with nothing (a deleted bot)."""
    bot, key = order.bot, order.key
    action = Action(order.action)
    if action is Action.SEND:
        body = deciding.with_picture(bot.request, bot.workspace)
        return recall.create_bot(body, idempotency_key=key)
    bot_id = str(bot.recall_id)
    match action:
        case Action.UPDATE:
            changes = deciding.changes(bot.request, order.body["request"])
            body = deciding.with_picture(changes, bot.workspace)
            return recall.update_bot(bot_id, body, idempotency_key=key)
        case Action.RESCHEDULE:
            return recall.update_bot(bot_id, order.body, idempotency_key=key)
        case Action.CANCEL:
            recall.delete_bot(bot_id)
            return None
        case Action.PAUSE:
            return recall.pause_recording(bot_id, idempotency_key=key)
        case Action.RESUME:
            return recall.resume_recording(bot_id, idempotency_key=key)
        case Action.START:
            return recall.start_recording(bot_id, order.body, idempotency_key=key)
        case Action.STOP:
            return recall.stop_recording(bot_id, idempotency_key=key)
        case Action.LEAVE:
            return recall.leave_call(bot_id, idempotency_key=key)
    raise AssertionError(f"no call for {action}")


def _verify(order: Order, recall: Recall) -> types.Bot | None:
    """After an attempt of unknown outcome: the bot, if Recall shows that it acted; else None."""
    if order.action == Action.SEND:
        found = recall.list_bots(metadata={"recalldash_order": order.token}).results
        return found[0] if found else None
    if order.action == Action.START:
        # A blind repeat would overwrite what has been recorded since.
        answer = recall.retrieve_bot(str(order.bot.recall_id))
        began = [r.created_at for r in answer.recordings if r.created_at]
        if began and max(began) >= order.created_at - timedelta(seconds=3):
            return answer
    if order.action == Action.UPDATE:
        answer = recall.retrieve_bot(str(order.bot.recall_id))
        if answer.metadata.get(deciding.UPDATE_MARK) == order.token:
            return answer
    return None


def _accept(order: Order, answer: types.Bot | None, now: datetime) -> None:
    """Recall has taken the order; the status that follows will confirm it."""
    bot = order.bot
    with transaction.atomic():
        order.state, order.answered_at, order.lease_until = Order.State.ACCEPTED, now, None
        order.in_doubt, order.error, order.error_code = False, "", ""
        order.save(
            update_fields=[
                "state", "answered_at", "lease_until", "in_doubt", "error", "error_code",
            ]
        )  # fmt: skip
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
        if order.action in (Action.RESCHEDULE, Action.UPDATE, Action.CANCEL):
            order.finish(Order.State.CONFIRMED, now=now)
        if answer is not None:
            bot.take(answer, source=Bot.Source.ORDER, now=now)
        bot.observe([], source=Bot.Source.ORDER, now=now, told=True)
        order.refresh_from_db()
        if order.is_open and bot.recall_id is not None and not bot.is_over:
            bot.want_refresh(now + LOOK_AFTER)


def _adopt(bot: Bot, answer: types.Bot) -> None:
    """Join our bot with Recall's; a webhook may have brought it in first, as a stranger."""
    twin = Bot.objects.filter(workspace=bot.workspace, recall_id=answer.id).exclude(pk=bot.pk)
    for stranger in twin:
        stranger.deliveries.update(bot=bot)
        stranger.delete()
    bot.recall_id = answer.id
    bot.save(update_fields=["recall_id"])


def _judge(order: Order, error: errors.RecallError, now: datetime, *, verifying: bool) -> None:
    """What Recall's refusal or silence means for this order: again, when, or never.

    `verifying`: it came while we looked what an earlier attempt had done, which is as open as
    before.
    """
    logger.info("Order %s (%s): %r", order.pk, order.action, error)
    wait: float | None = None
    fresh_key, doubtful = False, verifying
    match error:
        case errors.SlowDown():
            wait = error.retry_after_s
            workspace = order.bot.workspace
            workspace.quiet_until = now + timedelta(seconds=wait)
            workspace.save(update_fields=["quiet_until"])
        case errors.NoFreeBot():
            # The same key would bring the stored 507 back for an hour.
            wait, fresh_key = error.retry_after_s, True
        case errors.Conflict() if order.attempts <= MOST_CONFLICTS:
            wait = _backoff(order.attempts)
        case errors.Unreachable():
            wait = _backoff(order.attempts)
        case errors.OutcomeUnknown():
            wait, doubtful = _backoff(order.attempts), True
        case errors.NotRecall() if error.may_have_happened:
            wait, doubtful = _backoff(order.attempts), True
        case errors.NotFound() if order.action == Action.CANCEL:
            # Deleted already, perhaps by an attempt whose answer was lost.
            _accept(order, None, now)
            return
        case errors.TooLate() if order.action == Action.CANCEL:
            # Within its last ten minutes a scheduled bot can't be deleted, only told to leave.
            if order.bot.orders.open().filter(action=Action.LEAVE).exists():
                order.finish(
                    Order.State.SUPERSEDED, now=now, error="Replaced: the bot was told to leave."
                )
                order.bot.tell(now)
                return
            order.action, order.key = Action.LEAVE, new_key()
            order.save(update_fields=["action", "key"])
            wait = 0.0
        case errors.TooLate() if order.action == Action.LEAVE and "completed" in error.code:
            # It has left already: that is what was wanted.
            order.finish(Order.State.CONFIRMED, now=now)
            order.bot.want_refresh(now)
            order.bot.tell(now)
            return
    sentence = errors.OutcomeUnknown.sentence if doubtful and wait is not None else error.sentence
    is_late = wait is not None and now + timedelta(seconds=wait) > order.expires_at
    if is_late and doubtful and not verifying and order.action == Action.UPDATE:
        is_late = False  # one look is left
    if wait is None or is_late:
        _refuse(order, error, sentence, now, waited=wait is not None)
        return
    order.error, order.error_code = sentence, error.code
    _wait(order, now, wait=wait, fresh_key=fresh_key, doubtful=doubtful)


def _wait(order: Order, now: datetime, *, wait: float, fresh_key: bool, doubtful: bool) -> None:
    order.state = Order.State.WAITING
    order.due_at = now + timedelta(seconds=wait)
    order.lease_until = None
    order.in_doubt = doubtful
    if fresh_key:
        order.key = new_key()
    order.save(
        update_fields=[
            "state", "due_at", "lease_until", "error", "error_code", "in_doubt", "key",
        ]
    )  # fmt: skip
    order.bot.tell(now)


def _refuse(
    order: Order, error: errors.RecallError, sentence: str, now: datetime, *, waited: bool
) -> None:
    """The end of it: the sentence for people, and for a bot that never came to be its failure."""
    if waited:
        tried = "once" if order.attempts == 1 else f"{order.attempts} times"
        sentence = f"{sentence} It was tried {tried} and is not tried again."
    state = Order.State.EXPIRED if waited else Order.State.REFUSED
    with transaction.atomic():
        order.finish(state, now=now, error=sentence, code=error.code)
        _after_the_end(order, sentence, now)
        if isinstance(error, errors.WrongKeyOrRegion):
            workspace = order.bot.workspace
            workspace.key_problem, workspace.key_checked_at = error.sentence, now
            workspace.save(update_fields=["key_problem", "key_checked_at"])


def _give_up(order: Order, now: datetime) -> None:
    """Too old to be carried out: doing it now would surprise people more than not."""
    with transaction.atomic():
        if order.action == Action.SEND and order.bot.recall_id is not None:
            order.finish(Order.State.CONFIRMED, now=now)  # sync has met the bot
            return
        unsent = "It could not be carried out in time, so it was not sent."
        sentence = errors.OutcomeUnknown.sentence if order.in_doubt else order.error or unsent
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


def _backoff(attempts: int) -> float:
    """Seconds until the next attempt: doubling from one, with jitter."""
    return float(min(2 ** max(attempts - 1, 0), 16)) * random.uniform(0.75, 1.25)
