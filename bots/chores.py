"""What nobody waits for: rows that say when they are due, done one after another."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone

from bots import (
    alert_posts,
    clips,
    consents,
    conversations,
    copying,
    digests,
    inbox,
    leave_rules,
    lines,
    orders,
    posters,
    sync,
    trace,
    upkeep,
)
from bots.models import (
    AlertMessage,
    AssistantSession,
    Bot,
    Clip,
    Delivery,
    KeptFile,
    LeaveRule,
    Order,
    Poster,
    RecordingSummary,
)

logger = logging.getLogger(__name__)

# For so long each of them goes on before another one has a turn.
FOR_S: Final = 5.0
# A copy is a long thing: after so long another copy has a turn.
COPY_FOR_S: Final = 10.0
STEP: Final = 20
# Of a process's four threads so many at most do any of this: however slow Recall is, a click finds
# one free. And of those so many do what is long and wants the machine's disk, line and cores.
_hands = threading.BoundedSemaphore(3)
_strong_hands = threading.BoundedSemaphore(2)
_broom = threading.BoundedSemaphore(1)

Due = Callable[[datetime], "QuerySet[Any, int]"]


@dataclass(frozen=True, slots=True)
class Chore:
    """One kind of such work: the ids that are `due`, the first one first, and the doing of one.

    At most `at_once` threads of a process do it at the same time; so many are woken as `wakes`
    says, where there is enough to do. They wait in `line` at the broker; what waits with the media
    is heavy (see `_strong_hands`).
    """

    due: Due
    work: Callable[[int], object]
    line: str = lines.NEWS
    at_once: int = 1
    wakes: int = 1
    gate: threading.BoundedSemaphore = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "gate", threading.BoundedSemaphore(self.at_once))


def due_orders(now: datetime, *, bulk: bool) -> "QuerySet[Order, int]":
    """The ids of the orders that are due, the one that has waited longest first."""
    due = Order.objects.due(now).filter(is_bulk=bulk).order_by("due_at", "pk")
    return due.values_list("pk", flat=True)


def _pks(rows: "QuerySet[Any]", *order: str) -> "QuerySet[Any, int]":
    return rows.order_by(*order).values_list("pk", flat=True)


CHORES: Final[dict[str, Chore]] = {
    # What waits for another order of its bot stays due; the next sweep tries it again.
    "orders to many bots": Chore(
        lambda now: due_orders(now, bulk=True),
        lambda pk: orders.carry_out(pk, clock=timezone.now),
        line=lines.CLICKS,
        at_once=2,
    ),
    "rules of leaving": Chore(
        lambda now: _pks(LeaveRule.objects.due(now), "due_at"),
        lambda pk: leave_rules.look(pk, now=timezone.now()),
    ),
    "questions for consent": Chore(
        lambda now: _pks(Bot.objects.filter(consent_due_at__lte=now), "consent_due_at"),
        lambda pk: consents.look(pk, now=timezone.now()),
    ),
    # Somebody waits for these, and a responder takes its time.
    "assistants": Chore(
        lambda now: _pks(AssistantSession.objects.due(now), "due_at"),
        lambda pk: conversations.look(pk, clock=timezone.now),
        at_once=2,
        wakes=2,
    ),
    "summaries": Chore(
        lambda now: _pks(RecordingSummary.objects.due(now), "due_at"),
        lambda pk: digests.work(pk, clock=timezone.now),
        line=lines.HOUSE,
    ),
    "deliveries": Chore(
        lambda now: _pks(Delivery.objects.due(now), "due_at"),
        lambda pk: inbox.retry(pk, now=timezone.now()),
    ),
    # Two at once, so that one slow answer does not hold up all the others.
    "looks": Chore(
        lambda now: _pks(sync.bots_due(now), "refresh_due_at"),
        lambda pk: sync.refresh(pk, clock=timezone.now),
        line=lines.SYNC,
        at_once=3,
        wakes=2,
    ),
    "messages": Chore(
        lambda now: _pks(AlertMessage.objects.due(now), "due_at"),
        lambda pk: alert_posts.send(pk, clock=timezone.now),
    ),
    "copies": Chore(
        lambda now: _pks(KeptFile.objects.due(now), "due_at", "pk"),
        lambda pk: copying.work(pk, clock=timezone.now, seconds=COPY_FOR_S),
        line=lines.MEDIA,
    ),
    "checks of copies": Chore(
        lambda now: _pks(KeptFile.objects.checks_due(now), "check_due_at"),
        lambda pk: upkeep.check_due(pk, now=timezone.now()),
        line=lines.MEDIA,
    ),
    "pictures": Chore(
        lambda now: _pks(Poster.objects.due(now), "-recording__created_at", "-pk"),
        lambda pk: posters.work(pk, clock=timezone.now),
        line=lines.MEDIA,
    ),
    "clips": Chore(
        lambda now: _pks(Clip.objects.due(now), "due_at"),
        lambda pk: clips.cut(pk, clock=timezone.now),
        line=lines.MEDIA,
    ),
}


def wanted(now: datetime) -> Iterator[str]:
    """The chores of which something is due, each as often as workers are to be woken for it."""
    for name, chore in CHORES.items():
        for _ in chore.due(now)[: chore.wakes]:
            yield name


def do(name: str) -> bool:
    """Do what is due of that chore for a few seconds; whether anything may be left.

    Nothing where all hands are full: those that are at it go on until nothing is due.
    """
    chore = CHORES[name]
    with ExitStack() as stack:
        for gate in (chore.gate, *([_strong_hands] if chore.line == lines.MEDIA else []), _hands):
            if not gate.acquire(blocking=False):
                return False
            stack.callback(gate.release)
        return _work_off(name, chore)


@contextmanager
def a_hand() -> Iterator[bool]:
    """Whether one of the threads for what nobody waits for is free; it is ours inside."""
    free = _hands.acquire(blocking=False)
    try:
        yield free
    finally:
        if free:
            _hands.release()


def prune_files(now: datetime) -> int:
    """Delete the files of copies that are past their time; how many went.

    Nothing while another thread is at it, or where all hands are full: a storage that hangs holds
    one thread. The next run makes up for it.
    """
    with a_hand() as free:
        if not free or not _broom.acquire(blocking=False):
            return 0
        try:
            return upkeep.prune(now)
        finally:
            _broom.release()


def _work_off(name: str, chore: Chore) -> bool:
    ends, tried = monotonic() + FOR_S, set[int]()
    while pks := list(chore.due(timezone.now()).exclude(pk__in=tried)[:STEP]):
        for pk in pks:
            tried.add(pk)
            try:
                with trace.bound(chore=name, row=pk):
                    chore.work(pk)
            except Exception:
                # Its lease ends and it is due again; the others go on.
                logger.exception("%s: %s broke off", name.capitalize(), pk)
            if monotonic() >= ends:
                return True
    return False
