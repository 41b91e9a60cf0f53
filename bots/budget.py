"""The rate budget: every call to Recall is written down first, and only below Recall's limits.

All workers of a workspace count in one table, in a sliding window as Recall does. Sync may use
the smaller part of each limit, so that it can never starve a button.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from bots.models import Budget, Call, Lane, Order, Workspace
from bots.models.fields import WORD
from bots.recall import limits, wire
from bots.recall.errors import OverBudget

Clock = Callable[[], datetime]

# A second more than Recall's: a call arrives later than it was written down, some later than
# others.
WINDOW = timedelta(seconds=limits.WINDOW_S + 1)
# How full an endpoint's window may be, by all lanes together, for a call of this lane to go out.
SHARES = {Lane.CLICK: 1.0, Lane.BULK: 0.95, Lane.SYNC: 0.8}
# A 429 without end would silence a workspace.
LONGEST_S = 120.0
SIGNED_LINK = "download"
# Clocks are compared when they differ by more than the second that a `Date` is exact to.
SKEW_NOTED_S = 2.0
SKEW_EVERY = timedelta(minutes=10)


@dataclass
class Ledger:
    """What one client of Recall asks before each call and tells after it."""

    workspace: Workspace
    lane: Lane
    clock: Clock
    order: Order | None = None
    _open: Call | None = field(default=None, repr=False)

    def permit(self, method: str, path: str) -> None:
        """Take a place below the limit of that endpoint. Raises OverBudget, having done nothing."""
        if "/api/v1/" not in path:
            # A link to a file: no limit of the API counts it, and its path may be its key.
            self._open = self._write(SIGNED_LINK, "", method, SIGNED_LINK, self.clock())
            return
        about = str(self.order.bot.recall_id or "") if self.order is not None else ""
        endpoint = limits.endpoint(method, path, bot=about)
        with transaction.atomic():
            now = self._hold(endpoint)
            self._open = self._write(endpoint.name, endpoint.counted, method, path, now)

    def observe(self, call: wire.Call) -> None:
        """Complete the row of the call that was permitted last."""
        row, self._open = self._open, None
        if row is None:
            return
        Call.objects.filter(pk=row.pk).update(
            status=call.status, duration_s=round(call.duration_s, 3), error=call.error[:WORD]
        )
        now = self.clock()
        if call.retry_after_s is not None and row.counted:
            until = now + timedelta(seconds=min(max(call.retry_after_s, 1.0), LONGEST_S))
            # Of several that were under way at once, the longest wait counts.
            shorter = Q(closed_until=None) | Q(closed_until__lt=until)
            Budget.objects.filter(shorter, workspace=self.workspace, counted=row.counted).update(
                closed_until=until
            )
        if call.date is not None and row.counted:  # a cache of files repeats old dates
            self._compare_clocks(call.date, now)

    def _write(self, name: str, counted: str, method: str, path: str, now: datetime) -> Call:
        return Call.objects.create(
            workspace=self.workspace,
            lane=self.lane,
            endpoint=name[:WORD],
            counted=counted[:WORD],
            method=method,
            path=path[:300],
            at=now,
            order=self.order,
        )

    def _hold(self, endpoint: limits.Endpoint) -> datetime:
        """Lock the endpoint until this transaction ends, and find a place: the moment of it."""
        counted = endpoint.counted[:WORD]
        # Locked until the row of this call stands: two workers cannot both take the last place.
        mine = Budget.objects.filter(workspace=self.workspace, counted=counted)
        budget = mine.select_for_update().first()
        if budget is None:  # the first call ever
            Budget.objects.get_or_create(workspace=self.workspace, counted=counted)
            budget = mine.select_for_update().get()
        # Not before it is ours: a call that waited for the lock goes out now.
        now = self.clock()
        wait = 0.0
        if budget.closed_until is not None and budget.closed_until > now:
            wait = (budget.closed_until - now).total_seconds()
        places = max(int(endpoint.per_minute * SHARES[self.lane]), 1)
        # Another machine's clock may be ahead of ours; one that was an hour ahead says nothing.
        window = Call.objects.filter(
            workspace=self.workspace, counted=counted, at__gt=now - WINDOW, at__lt=now + WINDOW
        )
        newest = window.order_by("-at").values_list("at", flat=True)
        oldest = newest[places - 1 : places].first()
        if oldest is not None:
            wait = max(wait, (oldest + WINDOW - now).total_seconds())
        if wait > 0:
            wait = max(wait, self._turn(list(newest[:places]), places, now))
            raise OverBudget(retry_after_s=wait, code="over_budget", request=endpoint.name)
        return now

    def _turn(self, newest: list[datetime], places: int, now: datetime) -> float:
        """Seconds until the place that one of many gets behind those that wait already.

        Each waits for the call whose place it takes, so that they come back one after another, as
        those before them went, and none of them in vain. `newest` are the calls of the window.
        """
        order = self.order
        if order is None or not order.is_bulk:
            return 0.0
        others = Order.objects.filter(bot__workspace=self.workspace, is_bulk=True)
        before = others.filter(action=order.action, state=Order.State.WAITING, due_at__gt=now)
        minutes, ahead = divmod(before.count(), places)
        wait = minutes * WINDOW
        if len(newest) + ahead >= places:
            wait += newest[places - 1 - ahead] + WINDOW - now
        return wait.total_seconds()

    def _compare_clocks(self, date: datetime, now: datetime) -> None:
        """Note how far apart Recall's clock and ours are, now and then or when it changed much."""
        skew_s = (date - now).total_seconds()
        known, at = self.workspace.clock_skew_s, self.workspace.clock_checked_at
        is_fresh = at is not None and now - at < SKEW_EVERY
        if is_fresh and known is not None and abs(skew_s - known) <= SKEW_NOTED_S:
            return
        self.workspace.clock_skew_s, self.workspace.clock_checked_at = skew_s, now
        Workspace.objects.filter(pk=self.workspace.pk).update(
            clock_skew_s=skew_s, clock_checked_at=now
        )
