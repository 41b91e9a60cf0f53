"""What is kept only for a while: deliveries, calls, notes of refusals, old sessions.

The rule stands in docs/decisions/keeping.md. Copies go in `upkeep.py`, links in `shares.py`.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import models

from bots import sessions
from bots.models import Alert, AlertMessage, Call, Delivery, Speaking, Workspace

State = Delivery.State

# Recall repeats a webhook for 27.6 hours: within this time a repeat is recognised as one.
DELIVERIES_FOR = timedelta(days=35)
# Deliveries that nobody could make use of wait longer for somebody to replay them.
UNFINISHED_FOR = timedelta(days=90)
CALLS_FOR = timedelta(days=7)
# Nobody is shown them after some seconds.
SPEAKING_FOR = timedelta(hours=1)
REFUSALS_FOR = timedelta(days=35)
# For whoever looks back; what is as old is raised by nothing anew.
ALERTS_FOR = timedelta(days=90)
# Small enough that nobody else waits for the locks of one.
BATCH = 1000
MOST_BATCHES = 50


def prune(now: datetime, *, batch: int = BATCH, most: int = MOST_BATCHES) -> dict[str, int]:
    """Delete what is past its time, some at a time, and say how many rows of each kind went.

    What is left after `most` batches of a kind goes the next time.
    """
    finished = Delivery.objects.exclude(state__in=[*Delivery.UNFINISHED, State.UNREADABLE])
    return {
        "deliveries": sum(
            [
                _delete(finished.filter(received_at__lt=now - DELIVERIES_FOR), batch, most),
                _delete(Delivery.objects.filter(received_at__lt=now - UNFINISHED_FOR), batch, most),
            ]
        ),
        "calls": _delete(Call.objects.filter(at__lt=now - CALLS_FOR), batch, most),
        "alerts": _delete(Alert.objects.filter(raised_at__lt=now - ALERTS_FOR), batch, most),
        "messages": _delete(
            AlertMessage.objects.filter(created_at__lt=now - ALERTS_FOR), batch, most
        ),
        "speaking": _delete(Speaking.objects.filter(at__lt=now - SPEAKING_FOR), batch, most),
        "refusals": Workspace.objects.filter(last_refused_at__lt=now - REFUSALS_FOR).update(
            last_refused_at=None, last_refusal=""
        ),
    }


def prune_sessions(now: datetime, *, batch: int = BATCH, most: int = MOST_BATCHES) -> int:
    """Delete what is left of sessions that have run out, and say how many rows that were."""
    return sum(_delete(rows, batch, most) for rows in sessions.over(now))


def _delete(rows: models.QuerySet, batch: int, most: int) -> int:
    return sum(len(keys) for keys in _batches(rows, batch, most))


def _batches(rows: models.QuerySet, batch: int, most: int) -> Iterator[list[int]]:
    """Delete batch after batch, each in a transaction of its own."""
    for _ in range(most):
        keys = list(rows.values_list("pk", flat=True)[:batch])
        if keys:
            rows.model.objects.filter(pk__in=keys).delete()
            yield keys
        if len(keys) < batch:
            return
