"""Celery's doors: load, one call, done; and the wake-ups, which may be lost without harm."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

from celery import Task, shared_task
from django.db import transaction
from django.utils import timezone

from bots import (
    alerts,
    batches,
    chores,
    erasing_people,
    feed,
    hearing,
    inbox,
    lines,
    lookout,
    orders,
    pruning,
    shares,
    sync,
    trace,
    trials,
    upkeep,
)
from bots.models import (
    Batch,
    Bot,
    Delivery,
    DryRun,
    Order,
    PersonErasure,
    Share,
)

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 200
# A dry run lets others have a turn after so long; so do orders to many bots.
TRIES_FOR_S = 10.0
BULK_FOR_S = 5.0
# A wake-up that no worker has read by then is thrown away; the sweep has sent another since.
WAKE_FOR_S = 10


@shared_task
def carry_out(*, order_id: int) -> None:
    order = orders.carry_out(order_id, clock=timezone.now)
    if order is not None:
        # The next one of the same bot may have waited for this one.
        for pk in chores.due_orders(timezone.now(), bulk=False).filter(bot=order.bot_id):
            if pk != order.pk:
                _wake(carry_out, order_id=pk)


@shared_task
def chore(*, name: str) -> None:
    if chores.do(name):
        _wake(chore, name=name)


@shared_task
def write_batch(*, batch_id: int) -> None:
    with chores.a_hand() as free:
        # With all hands busy, the next sweep wakes another.
        if free and batches.work(batch_id, clock=timezone.now, seconds=BULK_FOR_S):
            _wake(write_batch, batch_id=batch_id)
    _wake(chore, name="orders to many bots")


@shared_task
def refresh(*, bot_id: int) -> None:
    with trace.bound(bot=bot_id):
        sync.refresh(bot_id, clock=timezone.now)


@shared_task
def retry_delivery(*, delivery_id: int) -> None:
    inbox.retry(delivery_id, now=timezone.now())


@shared_task
def look_after(*, workspace_id: int) -> None:
    with chores.a_hand() as free:
        workspace = sync.workspaces_due(timezone.now()).filter(pk=workspace_id).first()
        if free and workspace is not None:
            sync.look_after(workspace, clock=timezone.now)


@shared_task
def look_out() -> None:
    """Look for what deserves an alert, some bots after others, for a few seconds."""
    ends = monotonic() + BULK_FOR_S
    with chores.a_hand() as free:
        if not free:
            return
        lookout.look_at_webhooks(timezone.now())
        alerts.raise_guesses(now=timezone.now())
        while lookout.look(timezone.now()) and monotonic() < ends:
            pass


@shared_task
def prune() -> None:
    """Delete what is past its time, see `pruning.py`; and note how well webhooks come."""
    steps: dict[str, Callable[[datetime], object]] = {
        "webhooks": hearing.note_shares,
        "rows": lambda now: {kind: n for kind, n in pruning.prune(now).items() if n},
        "share links": shares.prune,
        "sessions": pruning.prune_sessions,
        "partial files": upkeep.prune_partials,
        # Last: the storage may be slow.
        "copies": chores.prune_files,
    }
    done = {name: _stepped(name, step) for name, step in steps.items()}
    if gone := {name: count for name, count in done.items() if count}:
        logger.info("Past their time: %s", gone)


def _stepped(name: str, step: Callable[[datetime], object]) -> object:
    """What a step gives back; one that breaks stops no other."""
    try:
        return step(timezone.now())
    except Exception:
        logger.exception("Deleting what is past its time broke off at: %s", name)
        return None


@shared_task
def try_out(*, dry_run_id: int) -> None:
    if trials.work(dry_run_id, clock=timezone.now, seconds=TRIES_FOR_S):
        _wake(try_out, dry_run_id=dry_run_id)


@shared_task
def erase_person(*, person_erasure_id: int) -> None:
    if erasing_people.work(person_erasure_id, clock=timezone.now, seconds=BULK_FOR_S):
        _wake(erase_person, person_erasure_id=person_erasure_id)


@shared_task
def sweep() -> None:
    """Wake whatever is due: lost wake-ups, dead workers' leavings, bots that went unseen."""
    now = timezone.now()
    for pk in chores.due_orders(now, bulk=False)[:MOST_AT_ONCE]:
        _wake(carry_out, order_id=pk)
    for pk in Batch.objects.due(now).values_list("pk", flat=True)[:MOST_AT_ONCE]:
        _wake(write_batch, batch_id=pk)
    for name in chores.wanted(now):
        _wake(chore, name=name)
    for pk in sync.workspaces_due(now).values_list("pk", flat=True):
        _wake(look_after, workspace_id=pk)
    if lookout.is_due(now):
        _wake(look_out)
    for pk in DryRun.objects.due(now).values_list("pk", flat=True)[:MOST_AT_ONCE]:
        _wake(try_out, dry_run_id=pk)
    for pk in PersonErasure.objects.due(now).values_list("pk", flat=True)[:MOST_AT_ONCE]:
        _wake(erase_person, person_erasure_id=pk)
    feed.forget(now - timedelta(days=1))
    trials.forget(now)


def wake_order(order: Order) -> None:
    """Have a worker take up an order as soon as it stands in the database."""
    transaction.on_commit(lambda: _wake(carry_out, order_id=order.pk))


def wake_batch(batch: Batch) -> None:
    """Have a worker write the orders of a batch."""
    if batch.due_at is not None:
        transaction.on_commit(lambda: _wake(write_batch, batch_id=batch.pk))


def wake_clip(share: Share) -> None:
    """Have a worker cut the clip of a link that was made just now, where it needs one."""
    if share.is_moment:
        transaction.on_commit(lambda: _wake(chore, name="clips"))


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


def wake_copies() -> None:
    """Have a worker begin with the copies that were just ordered."""
    transaction.on_commit(lambda: _wake(chore, name="copies"))


def wake_checks() -> None:
    """Have a worker begin with the checks of copies that were just asked for."""
    transaction.on_commit(lambda: _wake(chore, name="checks of copies"))


def wake_person_erasure(job: PersonErasure) -> None:
    """Have a worker go on with erasing a person."""
    if job.finished_at is None:
        transaction.on_commit(lambda: _wake(erase_person, person_erasure_id=job.pk))


# Where each waits at the broker; a chore waits where its kind does.
LINES = {
    carry_out.name: lines.CLICKS,
    write_batch.name: lines.CLICKS,
    retry_delivery.name: lines.NEWS,
    refresh.name: lines.SYNC,
    look_after.name: lines.SYNC,
}


def _wake(task: Task, **payload: int | str) -> None:
    """Send a wake-up; where the broker is away, the next sweep does its work."""
    kind = chores.CHORES[str(payload["name"])] if task is chore else None
    line = kind.line if kind is not None else LINES.get(task.name, lines.HOUSE)
    try:
        task.apply_async(kwargs=payload, queue=line, retry=False, expires=WAKE_FOR_S)
    except Exception as error:
        logger.warning("No wake-up for %s: %s", task.name, error)
