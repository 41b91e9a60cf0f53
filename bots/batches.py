"""*Leave all*: many bots told to leave at once, some at a time, and what became of each."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from time import monotonic

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from bots import actions
from bots.budget import SHARES
from bots.lifecycle import Action
from bots.models import AuditEvent, Batch, BatchItem, Bot, Lane, Membership, Order, Verb
from bots.models.bot_queryset import BotQuerySet
from bots.models.order import PATIENCE
from bots.recall import limits
from bots.rights import Right

# Longer than a step takes, so that only a worker that is dead or frozen loses a batch.
LEASE = timedelta(seconds=45)
STEP = 20
# A bot on its way to Recall can be told to leave once Recall has taken it.
LOOK_AGAIN = timedelta(seconds=2)
TOO_LATE = "Nobody could tell this bot in time, so it was not told to leave."
NOT_LIVE = "It was not in a meeting any more."

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]


def may_leave(membership: Membership) -> BotQuerySet:
    """The live bots that this person may tell to leave."""
    if not membership.may(Right.OPERATE):
        return Bot.objects.none()
    live = Bot.objects.seen_by(membership).live().filter(gone_at=None)
    everywhere = membership.may(Right.EVERYWHERE)
    return live if everywhere else live.filter(team_id__in=membership.team_ids)


def named(membership: Membership, pks: Iterable[int]) -> BotQuerySet:
    """Those of them with these ids; any other id is as if nobody had said it."""
    wanted, mine = set(pks), may_leave(membership)
    # Compared here: no database is asked about as many ids as a form can hold.
    return mine.filter(pk__in=[pk for pk in mine.values_list("pk", flat=True) if pk in wanted])


def start(membership: Membership, pks: Iterable[int], *, token: str, now: datetime) -> Batch | None:
    """Note that these bots shall leave; no order is written yet. None where there is none to name.

    The same form (`token`) again gives the same batch.
    """
    workspace, by = membership.workspace, membership.user
    batches = Batch.objects.filter(workspace=workspace, token=token, by=by)
    if known := batches.first():
        return known
    bots = list(named(membership, pks).order_by("pk").values_list("pk", flat=True))
    if not bots:
        return None
    try:
        with transaction.atomic():
            batch = Batch.objects.create(
                workspace=workspace, by=by, token=token, created_at=now, due_at=now
            )
            BatchItem.objects.bulk_create([BatchItem(batch=batch, bot_id=pk) for pk in bots])
            AuditEvent.objects.record(
                workspace,
                Verb.LEAVE_ALL,
                by=by,
                now=now,
                target=batch,
                what="1 bot" if len(bots) == 1 else f"{len(bots)} bots",
                detail={"bots": bots},
            )
    except IntegrityError:
        # Two clicks on one form arrived together.
        return batches.first()
    return batch


def patience(count: int) -> timedelta:
    """How long orders to so many bots may wait: as one's, and as long as Recall takes for all."""
    return PATIENCE[Action.LEAVE] + least_time(count)


def least_time(count: int) -> timedelta:
    """How long Recall's limit makes so many of them take; nothing for what fits into a minute."""
    a_minute = limits.OTHER * SHARES[Lane.BULK]
    return timedelta(seconds=limits.WINDOW_S * max(count / a_minute - 1, 0))


def work(pk: int, *, clock: Clock, seconds: float) -> bool:
    """Go on writing a batch's orders for about that long; whether to go on at once.

    Nothing happens while another worker has it. What was written before a worker died stays: an
    item is open until its order stands, and the same order is never written twice.
    """
    now = clock()
    if not Batch.objects.claim(pk, now, now + LEASE):
        return False
    batch = Batch.objects.select_related("by").get(pk=pk)
    mine = Batch.objects.filter(pk=pk, due_at=now + LEASE)
    until = batch.created_at + patience(batch.items.count())
    ends = monotonic() + seconds
    # After the last one looked at, so that those that must wait don't hold up the others.
    last, waits = 0, False
    while True:
        step = list(_open(batch).filter(pk__gt=last).select_related("bot")[:STEP])
        if not step:
            break
        for item in step:
            waits |= not _settle_one(item, batch, until=until, now=clock())
        last = step[-1].pk
        if monotonic() >= ends:
            mine.update(due_at=clock())
            return True
    mine.update(due_at=clock() + LOOK_AGAIN if waits else None)
    return False


def _open(batch: Batch) -> QuerySet[BatchItem]:
    return batch.items.filter(order=None, why_not="").order_by("pk")


def _settle_one(item: BatchItem, batch: Batch, *, until: datetime, now: datetime) -> bool:
    try:
        return _settle(item, batch, until=until, now=now)
    except Exception:
        # It is tried again until it is too late; the others go on.
        logger.exception("Bot %s of batch %s could not be told", item.bot_id, batch.pk)
        return False


def _settle(item: BatchItem, batch: Batch, *, until: datetime, now: datetime) -> bool:
    """Write the order for one bot, or why there is none; False where that has to wait."""
    with transaction.atomic():
        Bot.objects.filter(pk=item.bot_id).hold()
        if not _open(batch).filter(pk=item.pk).exists():
            return True  # this worker was frozen, and another has settled it
        bot = Bot.objects.select_related("workspace", "team").get(pk=item.bot_id)
        if now > until:
            item.why_not = TOO_LATE
        elif bot.recall_id is None and bot.is_over:
            item.why_not = NOT_LIVE
        elif bot.recall_id is None:
            send = bot.orders.open().filter(action=Action.SEND).first()
            if send is None:
                item.why_not = NOT_LIVE
            elif actions.withdraw(send, by=batch.by, now=now):
                item.order = send
            else:
                return False  # it is on its way to Recall
        else:
            try:
                item.order = actions.order(
                    bot,
                    Action.LEAVE,
                    by=batch.by,
                    now=now,
                    token=f"batch-{batch.pk}",
                    confirmed=True,
                    bulk_patience=until - now,
                )
            except actions.NotNow as why:
                item.why_not = str(why)
        item.save(update_fields=["order", "why_not"])
    return True


class Fate(StrEnum):
    """What became of one bot of a batch; the value is the word that people read."""

    LEFT = "Left"
    TOLD = "Leaving"
    WAITING = "Waiting"
    OVER = "Already over"
    TAKEN_BACK = "Taken back"
    FAILED = "Not told"

    @property
    def tone(self) -> str:
        return _TONES.get(self, "grey")

    @property
    def is_final(self) -> bool:
        return self not in (Fate.TOLD, Fate.WAITING)


_TONES = {Fate.LEFT: "green", Fate.TOLD: "blue", Fate.WAITING: "amber", Fate.FAILED: "darkred"}


@dataclass(frozen=True, slots=True)
class Line:
    """One bot of a batch and how it went for it; `next_at` is when it is told (again)."""

    bot: Bot
    fate: Fate
    sentence: str
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch has come, as far as one person may see its bots."""

    lines: list[Line]

    @property
    def total(self) -> int:
        return len(self.lines)

    @property
    def settled(self) -> int:
        return sum(line.fate.is_final for line in self.lines)

    @property
    def is_over(self) -> bool:
        return self.settled == self.total

    @property
    def counts(self) -> list[tuple[Fate, int]]:
        """How many there are of each fate, those that there are."""
        found = Counter(line.fate for line in self.lines)
        return [(fate, found[fate]) for fate in Fate if found[fate]]

    @property
    def out(self) -> int:
        """How many are out of their meetings, one way or another."""
        gone = (Fate.LEFT, Fate.OVER, Fate.TAKEN_BACK)
        return sum(line.fate in gone for line in self.lines)

    @property
    def next_at(self) -> datetime | None:
        """When the next one is told, where all that are left have to wait."""
        waiting = [line.next_at for line in self.lines if line.fate is Fate.WAITING]
        return min((at for at in waiting if at is not None), default=None)


def progress(batch: Batch, membership: Membership) -> Progress:
    """What became of each of its bots that this person may see; what still goes on first."""
    seen = Bot.objects.seen_by(membership)
    items = batch.items.filter(bot__in=seen).select_related("bot", "bot__team", "order")
    lines = [_line(item) for item in items.order_by("pk")]
    return Progress(sorted(lines, key=lambda line: _PLACES[line.fate]))


_PLACES = {
    fate: place
    for place, fate in enumerate(
        (Fate.FAILED, Fate.WAITING, Fate.TOLD, Fate.TAKEN_BACK, Fate.OVER, Fate.LEFT)
    )
}


def _line(item: BatchItem) -> Line:
    order = item.order
    if order is None:
        if not item.why_not:
            return Line(item.bot, Fate.WAITING, "Its turn comes.")
        fate = Fate.FAILED if item.why_not == TOO_LATE else Fate.OVER
        return Line(item.bot, fate, item.why_not)
    match order.state:
        case Order.State.WAITING:
            sentence = order.error or "It is told as soon as Recall's limits allow."
            return Line(item.bot, Fate.WAITING, sentence, order.due_at)
        case Order.State.SENDING:
            return Line(item.bot, Fate.WAITING, "It is being told.")
        case Order.State.ACCEPTED:
            return Line(item.bot, Fate.TOLD, "Recall has told it; it is on its way out.")
        case Order.State.CONFIRMED:
            return Line(item.bot, Fate.LEFT, "")
        case Order.State.SUPERSEDED:
            return Line(item.bot, Fate.TAKEN_BACK, order.error)
    return Line(item.bot, Fate.FAILED, order.error)


def recent(membership: Membership, now: datetime) -> Batch | None:
    """The newest batch of the last hour that names a bot which this person may see."""
    lately = seen_by(membership).filter(created_at__gt=now - timedelta(hours=1))
    return lately.order_by("-pk").first()


def seen_by(membership: Membership) -> QuerySet[Batch]:
    """The batches that name a bot which this person may see."""
    seen = Bot.objects.seen_by(membership).filter(pk=OuterRef("bot_id"))
    items = BatchItem.objects.filter(Exists(seen), batch=OuterRef("pk"))
    return Batch.objects.filter(Exists(items), workspace=membership.workspace)
