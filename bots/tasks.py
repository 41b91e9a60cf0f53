"""Celery's doors: load, one call, done; and the wake-ups, which may be lost without harm."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from celery import Task, shared_task
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from bots import batches, feed, hearing, inbox, orders, pruning, sync, trials
from bots.models import Batch, Bot, Delivery, DryRun, Order

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 200
# A dry run lets others have a turn after so long; so do orders to many bots.
TRIES_FOR_S = 10.0
BULK_FOR_S = 5.0
STEP = 20
# Of a process's threads, so many at most carry out orders to many bots, and so many at most do
# anything that nobody waits for: however slow Recall is, a click finds one free.
_bulk_hands = threading.BoundedSemaphore(2)
_hands = threading.BoundedSemaphore(3)
# A wake-up that no worker has read by then is thrown away; the sweep has sent another since.
WAKE_FOR_S = 10


@shared_task
def carry_out(*, order_id: int) -> None:
    order = orders.carry_out(order_id, clock=timezone.now)
    if order is not None:
        # The next one of the same bot may have waited for this one.
        for pk in _due_orders(timezone.now(), bulk=False).filter(bot=order.bot_id):
            if pk != order.pk:
                _wake(carry_out, order_id=pk)


@shared_task
def carry_out_bulk() -> None:
    """Carry out what is due of orders to many bots, one after another, for a few seconds."""
    if not _bulk_hands.acquire(blocking=False):
        return  # those that are at it go on until nothing is due
    try:
        # What waits for another order of its bot stays due; the next sweep tries it again.
        with _a_hand() as free:
            if free and _work_off(lambda now: _due_orders(now, bulk=True), _carry_out_one):
                _wake(carry_out_bulk)
    finally:
        _bulk_hands.release()


@contextmanager
def _a_hand() -> Iterator[bool]:
    """Whether one of the threads for what nobody waits for is free; it is ours inside."""
    free = _hands.acquire(blocking=False)
    try:
        yield free
    finally:
        if free:
            _hands.release()


def _work_off(
    due: "Callable[[datetime], QuerySet[Any, int]]", work: Callable[[int], object]
) -> bool:
    """Do what is due, one after another, for a few seconds; whether anything may be left."""
    ends, tried = monotonic() + BULK_FOR_S, set[int]()
    while pks := list(due(timezone.now()).exclude(pk__in=tried)[:STEP]):
        for pk in pks:
            tried.add(pk)
            work(pk)
            if monotonic() >= ends:
                return True
    return False


def _carry_out_one(pk: int) -> None:
    try:
        orders.carry_out(pk, clock=timezone.now)
    except Exception:
        # Its lease ends and it is due again; the others go on.
        logger.exception("Order %s broke off", pk)


@shared_task
def write_batch(*, batch_id: int) -> None:
    if batches.work(batch_id, clock=timezone.now, seconds=BULK_FOR_S):
        _wake(write_batch, batch_id=batch_id)
    _wake(carry_out_bulk)


@shared_task
def refresh(*, bot_id: int) -> None:
    sync.refresh(bot_id, clock=timezone.now)


@shared_task
def refresh_due() -> None:
    """Look at the bots that a look is due for, one after another, for a few seconds."""
    with _a_hand() as free:
        if free and _work_off(_bots_due, _look_at_one):
            _wake(refresh_due)


def _bots_due(now: datetime) -> "QuerySet[Bot, int]":
    return sync.bots_due(now).order_by("refresh_due_at").values_list("pk", flat=True)


def _look_at_one(pk: int) -> None:
    try:
        sync.refresh(pk, clock=timezone.now)
    except Exception:
        # Its lease ends and it is due again; the others go on.
        logger.exception("The look at bot %s broke off", pk)


@shared_task
def retry_delivery(*, delivery_id: int) -> None:
    inbox.retry(delivery_id, now=timezone.now())


@shared_task
def retry_due() -> None:
    """Try again the deliveries that it is time for, one after another, for a few seconds."""
    with _a_hand() as free:
        if free and _work_off(_deliveries_due, _retry_one):
            _wake(retry_due)


def _deliveries_due(now: datetime) -> "QuerySet[Delivery, int]":
    return Delivery.objects.due(now).order_by("due_at").values_list("pk", flat=True)


def _retry_one(pk: int) -> None:
    try:
        inbox.retry(pk, now=timezone.now())
    except Exception:
        logger.exception("Trying delivery %s again broke off", pk)


@shared_task
def look_after(*, workspace_id: int) -> None:
    with _a_hand() as free:
        workspace = sync.workspaces_due(timezone.now()).filter(pk=workspace_id).first()
        if free and workspace is not None:
            sync.look_after(workspace, clock=timezone.now)


@shared_task
def prune() -> None:
    """Delete what is past its time, see `pruning.py`; and note how well webhooks come."""
    hearing.note_shares(timezone.now())
    gone = pruning.prune(timezone.now())
    gone["sessions"] = pruning.prune_sessions(timezone.now())
    if any(gone.values()):
        logger.info("Past their time: %s", gone)


@shared_task
def try_out(*, dry_run_id: int) -> None:
    if trials.work(dry_run_id, clock=timezone.now, seconds=TRIES_FOR_S):
        _wake(try_out, dry_run_id=dry_run_id)


@shared_task
def sweep() -> None:
    """Wake whatever is due: lost wake-ups, dead workers' leavings, bots that went unseen."""
    now = timezone.now()
    for pk in _due_orders(now, bulk=False)[:MOST_AT_ONCE]:
        _wake(carry_out, order_id=pk)
    for pk in Batch.objects.due(now).values_list("pk", flat=True)[:MOST_AT_ONCE]:
        _wake(write_batch, batch_id=pk)
    if _due_orders(now, bulk=True).exists():
        _wake(carry_out_bulk)
    if _deliveries_due(now).exists():
        _wake(retry_due)
    # Two at once, so that one slow answer does not hold up all the others.
    for _ in _bots_due(now)[:2]:
        _wake(refresh_due)
    for pk in sync.workspaces_due(now).values_list("pk", flat=True):
        _wake(look_after, workspace_id=pk)
    for pk in DryRun.objects.due(now).values_list("pk", flat=True)[:MOST_AT_ONCE]:
        _wake(try_out, dry_run_id=pk)
    feed.forget(now - timedelta(days=1))
    trials.forget(now)


def wake_order(order: Order) -> None:
    """Have a worker take up an order as soon as it stands in the database."""
    transaction.on_commit(lambda: _wake(carry_out, order_id=order.pk))


def wake_batch(batch: Batch) -> None:
    """Have a worker write the orders of a batch."""
    if batch.due_at is not None:
        transaction.on_commit(lambda: _wake(write_batch, batch_id=batch.pk))


def wake_refresh(bot: Bot) -> None:
    """Have a worker look at a bot that asked for it, once this transaction stands."""
    transaction.on_commit(lambda: _wake(refresh, bot_id=bot.pk))


def wake_delivery(delivery: Delivery) -> None:
    """Have a worker go on with a delivery that could not be observed at once."""
    if delivery.due_at is not None:
        transaction.on_commit(lambda: _wake(retry_delivery, delivery_id=delivery.pk))


def wake_dry_run(run: DryRun) -> None:
    """Have a worker go on with a dry run that was not finished at once."""
    if run.is_running:
        transaction.on_commit(lambda: _wake(try_out, dry_run_id=run.pk))


def _due_orders(now: datetime, *, bulk: bool) -> QuerySet[Order, int]:
    """The ids of the orders that are due, the one that has waited longest first."""
    due = Order.objects.due(now).filter(is_bulk=bulk).order_by("due_at", "pk")
    return due.values_list("pk", flat=True)


def _wake(task: Task, **payload: int) -> None:
    """Send a wake-up; where the broker is away, the next sweep does its work."""
    try:
        task.apply_async(kwargs=payload, retry=False, expires=WAKE_FOR_S)
    except Exception as error:
        logger.warning("No wake-up for %s: %s", task.name, error)
