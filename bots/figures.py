"""How the house is doing, as figures of all its processes together: read from the database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Avg, Count, F, Max, Min, OuterRef, QuerySet, Subquery

from bots import chores, spending
from bots.models import Bot, Call, Delivery, Heartbeat, Order, StatusChange, Workspace
from bots.models.history import Source
from bots.recall import limits

# How far back "lately" goes.
LATELY: Final = timedelta(minutes=15)
# No more rows than these are read, whatever happened.
MOST: Final = 5_000
MOST_DUE: Final = 10_000
MOST_SHARES: Final = 100


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, in seconds: the middle one, the slowest but for 5 %, the slowest."""

    count: int
    p50_s: float
    p95_s: float
    max_s: float

    @classmethod
    def of(cls, seconds: Iterable[float]) -> "Spread":
        found = sorted(max(each, 0.0) for each in seconds)
        if not found:
            return cls(0, 0.0, 0.0, 0.0)
        return cls(len(found), _at(found, 0.5), _at(found, 0.95), found[-1])


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


@dataclass(frozen=True, slots=True)
class OrderTime:
    """Orders of one kind that came to one end lately, and how long they took from the click."""

    action: str
    state: str
    count: int
    mean_s: float
    max_s: float


@dataclass(frozen=True, slots=True)
class Figures:
    """`told_s` is from Recall's time of a status to when it stood here; `by_sync_share` how much
    only looks at Recall found (0 to 1); `budget_shares` how full the fullest limit of a workspace
    is, for those that are nearest to one; `due` how many rows of each chore wait; `silent_s` since
    when a process is."""

    live_bots: int
    told_s: Spread
    by_sync_share: float
    deliveries: dict[str, int]
    orders: list[OrderTime]
    orders_waiting: int
    oldest_order_s: float
    calls: dict[str, int]
    budget_shares: dict[str, float]
    due: dict[str, int]
    silent_s: dict[str, float]


def gather(now: datetime) -> Figures:
    """All of it, in a few queries whose cost does not grow with what is kept."""
    since = now - LATELY
    # The last to be written are the last that were learnt: no index is needed for that.
    newest = StatusChange.objects.order_by("-pk").values_list("at", "learnt_at", "source")[:MOST]
    learnt = [
        (at, told, source)
        for at, told, source in newest
        if since < told <= now and source != Source.ORDER
    ]
    by_sync = sum(source == Source.SYNC for *_, source in learnt)
    waiting = Order.objects.filter(state__in=(Order.State.WAITING, Order.State.SENDING))
    oldest = waiting.filter(due_at__lte=now).aggregate(at=Min("due_at"))["at"]
    return Figures(
        live_bots=_live_bots(),
        told_s=Spread.of(
            (told - at).total_seconds() for at, told, source in learnt if source == Source.WEBHOOK
        ),
        by_sync_share=by_sync / len(learnt) if learnt else 0.0,
        deliveries=_counted(Delivery.objects.filter(received_at__gt=since), "state"),
        orders=_order_times(since),
        orders_waiting=waiting.count(),
        oldest_order_s=(now - oldest).total_seconds() if oldest else 0.0,
        calls=_counted(Call.objects.filter(at__gt=since), "lane"),
        budget_shares=_budget_shares(now),
        due={name: chore.due(now)[:MOST_DUE].count() for name, chore in chores.CHORES.items()},
        silent_s={row.name: (now - row.at).total_seconds() for row in Heartbeat.objects.all()},
    )


def _live_bots() -> int:
    """Counted workspace by workspace, which is how their index is ordered."""
    live = Bot.objects.live().filter(workspace=OuterRef("pk")).order_by().values("workspace")
    counts = Workspace.objects.annotate(
        live=Subquery(live.annotate(n=Count("pk")).values("n"))
    ).values_list("live", flat=True)
    return sum(count or 0 for count in counts)


def _counted(rows: "QuerySet[Delivery] | QuerySet[Call]", field: str) -> dict[str, int]:
    counted = rows.order_by(field).values_list(field).annotate(n=Count("pk"))
    return {str(word): n for word, n in counted}


def _order_times(since: datetime) -> list[OrderTime]:
    rows = (
        Order.objects.filter(finished_at__gt=since)
        .order_by("action", "state")
        .values("action", "state")
        .annotate(
            n=Count("pk"),
            mean=Avg(F("finished_at") - F("created_at")),
            most=Max(F("finished_at") - F("created_at")),
        )
    )
    return [
        OrderTime(
            row["action"],
            row["state"],
            row["n"],
            row["mean"].total_seconds(),
            row["most"].total_seconds(),
        )
        for row in rows
    ]


def _budget_shares(now: datetime) -> dict[str, float]:
    """The workspaces that are nearest to a limit of Recall's, by their calls of the last minute."""
    rows = (
        Call.objects.filter(at__gt=now - spending.MINUTE, at__lte=now)
        .exclude(counted="")
        .order_by("workspace__slug", "counted")
        .values_list("workspace__slug", "counted")
        .annotate(n=Count("pk"))
    )
    shares: dict[str, float] = {}
    for slug, counted, n in rows:
        share = n / limits.per_minute(counted.partition(":")[0])
        shares[slug] = max(shares.get(slug, 0.0), share)
    return dict(sorted(shares.items(), key=lambda each: -each[1])[:MOST_SHARES])
