"""Celery's doors: load, one call, done; and the wake-ups, which may be lost without harm."""

import logging
from datetime import timedelta

from celery import Task, shared_task
from django.db import transaction
from django.utils import timezone

from bots import feed, inbox, orders, sync, trials
from bots.models import Bot, Delivery, DryRun, Order

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 200
# A dry run lets others have a turn after so long.
TRIES_FOR_S = 10.0
# A wake-up that no worker has read by then is thrown away; the sweep has sent another since.
WAKE_FOR_S = 10


@shared_task
def carry_out(*, order_id: int) -> None:
    order = orders.carry_out(order_id, clock=timezone.now)
    if order is not None:
        # The next one of the same bot may have waited for this one.
        for pk in Order.objects.filter(bot=order.bot_id).due(timezone.now()).values_list("pk"):
            if pk[0] != order.pk:
                _wake(carry_out, order_id=pk[0])


@shared_task
def refresh(*, bot_id: int) -> None:
    sync.refresh(bot_id, clock=timezone.now)


@shared_task
def retry_delivery(*, delivery_id: int) -> None:
    inbox.retry(delivery_id, now=timezone.now())


@shared_task
def look_after(*, workspace_id: int) -> None:
    workspace = sync.workspaces_due(timezone.now()).filter(pk=workspace_id).first()
    if workspace is not None:
        sync.look_after(workspace, clock=timezone.now)


@shared_task
def try_out(*, dry_run_id: int) -> None:
    if trials.work(dry_run_id, clock=timezone.now, seconds=TRIES_FOR_S):
        _wake(try_out, dry_run_id=dry_run_id)


@shared_task
def sweep() -> None:
    """Wake whatever is due: lost wake-ups, dead workers' leavings, bots that went unseen."""
    now = timezone.now()
    for pk in Order.objects.due(now).values_list("pk", flat=True)[:MOST_AT_ONCE]:
        _wake(carry_out, order_id=pk)
    for pk in Delivery.objects.due(now).values_list("pk", flat=True)[:MOST_AT_ONCE]:
        _wake(retry_delivery, delivery_id=pk)
    due = sync.bots_due(now)
    for pk in due.order_by("refresh_due_at").values_list("pk", flat=True)[:MOST_AT_ONCE]:
        _wake(refresh, bot_id=pk)
    for pk in sync.workspaces_due(now).values_list("pk", flat=True):
        _wake(look_after, workspace_id=pk)
    for pk in DryRun.objects.due(now).values_list("pk", flat=True)[:MOST_AT_ONCE]:
        _wake(try_out, dry_run_id=pk)
    feed.forget(now - timedelta(days=1))
    trials.forget(now)


def wake_order(order: Order) -> None:
    """Have a worker take up an order as soon as it stands in the database."""
    transaction.on_commit(lambda: _wake(carry_out, order_id=order.pk))


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


def _wake(task: Task, **payload: int) -> None:
    """Send a wake-up; where the broker is away, the next sweep does its work."""
    try:
        task.apply_async(kwargs=payload, retry=False, expires=WAKE_FOR_S)
    except Exception as error:
        logger.warning("No wake-up for %s: %s", task.name, error)
