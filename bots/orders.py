"""Carrying an order out, exactly once as far as Recall can tell."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from bots import connection, deciding, deletions, showings, trace, verdicts
from bots.lifecycle import Action
from bots.models import Bot, Order
from bots.models.order import new_key
from bots.recall import errors, reading, types
from bots.recall.client import Recall

logger = logging.getLogger(__name__)

# Longer than two calls may take, so that only a worker that is dead or frozen loses its lease, and
# shorter than any order's patience, so that what a dead one left can still be carried out.
LEASE = timedelta(seconds=45)
# How long Recall remembers an Idempotency-Key, less a little.
KEY_LIFE = timedelta(minutes=55)
# Doing it twice would harm, and whether it happened can be seen at Recall: after an attempt of
# unknown outcome they are looked up, never repeated blindly. The others harm nobody twice, and
# within Recall's hour their key makes one of both.
_LOOKED_UP = (Action.SEND, Action.START, Action.UPDATE)
# What we show of the bot depends on whether these happened, so that we look however late it is.
_LOOKED_UP_LATE = (Action.SEND, Action.UPDATE)

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
        if order.is_free(now):
            if verdicts.overruled(order, now):
                return order
            is_open = doubtful and order.action in _LOOKED_UP_LATE
            if now > order.expires_at and not is_open:
                verdicts.give_up(order, now)
                return order
        if not Order.objects.claim(pk, now, LEASE):
            return None
        order.refresh_from_db()
        if not doubtful:
            _renew_old_key(order, now)
        if order.first_sent_at is None:
            order.first_sent_at = now
            order.save(update_fields=["first_sent_at"])
    bot = order.bot
    with trace.bound(order=order.pk, bot=bot.pk, workspace=bot.workspace.slug):
        conclusion = _attempt(order, doubtful=doubtful, clock=clock)
        _conclude(order, clock(), conclusion)
    return order


def _attempt(order: Order, *, doubtful: bool, clock: Clock) -> Conclusion:
    """Look where there is doubt, then say it to Recall; what is to be written of it."""
    looking = doubtful and order.action in _LOOKED_UP
    looked = False
    try:
        with connection.recall(
            order.bot.workspace, lane=order.lane, order=order, clock=clock
        ) as recall:
            if looking:
                if found := _trace(order, recall):
                    return partial(verdicts.accept, order, found)
                looking, looked = False, True
            if running := _running(order, recall):
                return partial(verdicts.spare, order, running)
            now = clock()
            # Frozen since it was taken up, it may be another's by now, or too late.
            if not Order.objects.renew(order, now + LEASE):
                return _nothing
            if now > order.expires_at:
                order.in_doubt = doubtful and not looked
                return partial(verdicts.give_up, order)
            if looked:
                _renew_old_key(order, now)
            answer = _call(order, recall)
    except errors.RecallError as error:
        return partial(
            verdicts.judge, order, error, doubtful=doubtful, looking=looking, looked=looked
        )
    return partial(verdicts.accept, order, answer)


def _renew_old_key(order: Order, now: datetime) -> None:
    """A new key for what Recall has forgotten; only where nothing is open under the old one."""
    if order.first_sent_at is not None and now - order.first_sent_at > KEY_LIFE:
        order.key, order.first_sent_at = new_key(), now
        order.save(update_fields=["key", "first_sent_at"])


def _nothing(now: datetime) -> None:
    """Another worker has the order."""


def _conclude(order: Order, now: datetime, conclusion: Conclusion) -> None:
    """Write what came of an attempt, unless another worker has taken the order up meanwhile."""
    with transaction.atomic():
        if order.action == Action.DELETE:
            deletions.hold(order.bot_id)
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


def _call(order: Order, recall: Recall) -> types.Bot | types.Artifact | None:
    """Say it to Recall; None where Recall answers with nothing (what is deleted or stopped)."""
    bot, key = order.bot, order.key
    action = Action(order.action)
    if action is Action.SEND:
        body = deciding.as_sent(bot.request, bot)
        made = recall.create_bot(body, idempotency_key=key)
        if not reading.is_uuid(made.id):
            # Something was made, or something else than Recall answered: it is looked up.
            raise errors.NotRecall(code="odd_id", request="POST bot/", may_have_happened=True)
        return made
    bot_id = str(bot.recall_id)
    match action:
        case Action.UPDATE:
            changes = deciding.changes(bot.request, order.body["request"])
            body = deciding.as_sent(changes, bot)
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
            body = deciding.as_sent(order.body, bot)
            return recall.start_recording(bot_id, body, idempotency_key=key)
        case Action.STOP:
            return recall.stop_recording(bot_id, idempotency_key=key)
        case Action.SAY:
            return recall.send_chat_message(bot_id, **order.body, idempotency_key=key)
        case Action.SHOW | Action.HIDE | Action.PLAY:
            return showings.say(order, recall)
        case Action.ASK:
            return recall.request_recording_permission(bot_id, idempotency_key=key)
        case Action.LEAVE:
            return recall.leave_call(bot_id, idempotency_key=key)
        case Action.TRANSCRIBE:
            return recall.create_transcript(
                order.body["recording"], order.body["request"], idempotency_key=key
            )
        case Action.DELETE if order.body.get("recording"):
            recall.recordings.delete(order.body["recording"])
            return None
        case Action.DELETE:
            return recall.delete_media(bot_id, idempotency_key=key)
    raise AssertionError(f"no call for {action}")


def _trace(order: Order, recall: Recall) -> types.Bot | None:
    """After an attempt of unknown outcome: the bot, if Recall shows that it acted; else None."""
    if order.action == Action.SEND:
        found = recall.list_bots(metadata={"recalldash_order": order.token}).results
        return next((answer for answer in found if reading.is_uuid(answer.id)), None)
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
