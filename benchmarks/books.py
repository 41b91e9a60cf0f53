"""What the house's database tells of a load; imported where its settings are in the environment.

The bots whose meetings the crowd tells are made here, too: Recall's sandbox does not know them, so
a look at one is answered 404 and done with.
"""

import os
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recalldash.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from bots.models import Bot, Change, Delivery, Order, StatusChange, Workspace  # noqa: E402
from bots.models.history import Source  # noqa: E402

NAME = "recalldash-load"


def make_bots(slug: str, count: int) -> list[uuid.UUID]:
    """So many new bots of a workspace, on their way into meetings: what Recall calls them."""
    workspace = Workspace.objects.get(slug=slug)
    team, now = workspace.default_team, timezone.now()
    ids = [uuid.uuid4() for _ in range(count)]
    Bot.objects.bulk_create(
        Bot(
            workspace=workspace, team=team, recall_id=recall_id, name="Load",
            meeting_url="https://meet.google.com/abc-defg-hij", platform="google_meet",
            created_at=now, met_at=now, phase_at=now,
        )
        for recall_id in ids
    )  # fmt: skip
    return ids


def ingest_lags(slugs: Sequence[str], since: datetime, until: datetime) -> list[float]:
    """Seconds from each status of those workspaces to when it stood on its timeline."""
    changes = StatusChange.objects.filter(
        bot__workspace__slug__in=slugs, learnt_at__gt=since, learnt_at__lte=until
    )
    rows = changes.filter(source=Source.WEBHOOK).values_list("learnt_at", "at")
    return [(learnt - at).total_seconds() for learnt, at in rows]


def told_lags(heard: Iterable[tuple[int, float]]) -> list[float]:
    """Seconds from when something was written into the feed to when an open page heard of it."""
    heard = list(heard)
    written = dict(Change.objects.filter(pk__in={pk for pk, _ in heard}).values_list("pk", "at"))
    return [at - written[pk].timestamp() for pk, at in heard if pk in written]


def order_times(since: datetime, until: datetime) -> list[float]:
    """Seconds from the click to what was ordered being seen, of orders that ended well then."""
    rows = Order.objects.filter(
        finished_at__gt=since, finished_at__lte=until, state=Order.State.CONFIRMED
    ).values_list("created_at", "finished_at")
    return [(finished - made).total_seconds() for made, finished in rows if finished is not None]


def slowest_orders(since: datetime, *, most: int = 5) -> list[str]:
    """Of the orders given since then and seen to be done those that took longest, and where."""
    done = Order.objects.filter(created_at__gt=since, state=Order.State.CONFIRMED)
    rows = done.exclude(answered_at=None).exclude(first_sent_at=None).exclude(finished_at=None)
    found = []
    for order in rows.only("action", "created_at", "first_sent_at", "answered_at", "finished_at"):
        stations = [order.created_at, order.first_sent_at, order.answered_at, order.finished_at]
        times = [at for at in stations if at is not None]
        waited, sent, seen = ((after - before).total_seconds() for before, after in pairwise(times))
        took = (
            f"{order.action} at {times[0]:%H:%M:%S}: {waited:.2f} s until it was sent,"
            f" {sent:.2f} until Recall's answer, {seen:.2f} until it was seen"
        )
        found.append((waited + sent + seen, took))
    return [took for _, took in sorted(found, reverse=True)[:most]]


def failed_orders(since: datetime) -> list[tuple[int, str]]:
    """What was ordered since then and came to nothing, or is under way for more than a minute."""
    made = Order.objects.filter(created_at__gt=since)
    lost = made.filter(state__in=[Order.State.REFUSED, Order.State.EXPIRED])
    old = made.filter(created_at__lt=timezone.now() - timedelta(minutes=1))
    return [
        (order.pk, f"order: {order.action} {order.state} {order.error}".strip())
        for order in lost | old.filter(state__in=Order.OPEN)
    ]


def oldest_unhandled_s() -> float:
    """For how long the oldest webhook waits that was kept and not observed; 0 where none does."""
    waiting = Delivery.objects.filter(due_at__isnull=False).order_by("received_at").first()
    return (timezone.now() - waiting.received_at).total_seconds() if waiting else 0.0


def counts() -> dict[str, float]:
    """How many connections the house holds, how large its tables are."""
    found = {"bots": Bot.objects.count(), "webhooks kept": Delivery.objects.count()}
    if connection.vendor != "postgresql":
        return dict(found)
    with connection.cursor() as sql:
        sql.execute(
            "SELECT count(*), pg_database_size(current_database()) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name <> %s",
            [NAME],
        )
        connections, size = sql.fetchone()
    return found | {"connections": connections, "database MB": size / 2**20}


def let_go() -> None:
    """Close this thread's connection."""
    connection.close()
