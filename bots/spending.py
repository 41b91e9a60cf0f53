"""How much of Recall's limits a workspace has used within the last minute, and for whom."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from bots.budget import SHARES
from bots.models import Budget, Call, Lane, Workspace
from bots.recall import limits

MINUTE = timedelta(seconds=limits.WINDOW_S)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar, in percent of the limit: where it begins and how long it is."""

    lane: Lane
    calls: int
    start: float
    length: float


@dataclass(frozen=True, slots=True)
class Spending:
    """One limit of Recall's: calls of the last minute by lane, and until when it is closed."""

    name: str
    thing: str
    limit: int
    calls: dict[Lane, int]
    closed_until: datetime | None

    @property
    def used(self) -> int:
        return sum(self.calls.values())

    @property
    def parts(self) -> list[Part]:
        """The bar, people's clicks first; never longer than the limit."""
        parts = []
        start = 0.0
        for lane in Lane:
            if calls := self.calls.get(lane, 0):
                length = min(100 * calls / self.limit, 100 - start)
                parts.append(Part(lane, calls, round(start, 2), round(length, 2)))
                start += length
        return parts

    @property
    def ends(self) -> dict[Lane, int]:
        """Up to how many calls, by all together, those of a lane still go out."""
        return {lane: max(int(self.limit * share), 1) for lane, share in SHARES.items()}


def of(workspace: Workspace, *, now: datetime) -> list[Spending]:
    """The limits that were called against within the last minute or are closed, fullest first."""
    rows = (
        Call.objects.filter(workspace=workspace, at__gt=now - MINUTE, at__lte=now)
        .exclude(counted="")
        .values("counted", "lane")
        .annotate(calls=Count("pk"))
        .order_by("counted")
    )
    calls: dict[str, dict[Lane, int]] = {}
    for row in rows:
        calls.setdefault(row["counted"], {})[Lane(row["lane"])] = row["calls"]
    closed = dict(
        Budget.objects.filter(workspace=workspace, closed_until__gt=now).values_list(
            "counted", "closed_until"
        )
    )
    found = [
        _spending(counted, calls.get(counted, {}), closed.get(counted))
        for counted in {*calls, *closed}
    ]
    return sorted(found, key=lambda each: (-each.used / each.limit, each.name, each.thing))


def _spending(counted: str, calls: dict[Lane, int], closed_until: datetime | None) -> Spending:
    name, _, thing = counted.partition(":")
    return Spending(name, thing, limits.per_minute(name), calls, closed_until)
