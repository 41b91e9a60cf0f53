"""The history of a bot: what Recall says that it has come to, each change once."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q

from bots import lifecycle
from bots.lifecycle import Phase
from bots.models.fields import WORD
from bots.models.prepared import Prepared

# Webhook and API may name slightly different times for one and the same change.
SAME_NEWS = timedelta(seconds=2)
# Bots may move faster than the two agree; nothing happens twice within so short a time.
JITTER = timedelta(seconds=0.5)


class Source(models.TextChoices):
    """Where we learnt it."""

    WEBHOOK = "webhook", "webhook"
    SYNC = "sync", "sync"
    ORDER = "order", "our order"


@dataclass(frozen=True, slots=True)
class News:
    """A status that Recall says a bot has come to: its own code, as it came."""

    code: str
    at: datetime
    sub_code: str = ""
    message: str = ""


class StatusChange(models.Model):
    """One entry in a bot's timeline, with where we learnt it."""

    bot = models.ForeignKey(
        "bots.Bot", models.CASCADE, related_name="status_changes", db_index=False
    )
    code = models.CharField(max_length=WORD)
    sub_code = models.CharField(max_length=WORD, blank=True, default="")
    message = models.TextField(blank=True, default="")
    at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=Source.choices)
    learnt_at = models.DateTimeField()
    # When a webhook first told it, and which; null for what only sync or an order's answer told.
    heard_at = models.DateTimeField(null=True)
    delivery = models.ForeignKey(
        "bots.Delivery", models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bot", "code", "sub_code", "at"], name="status_change_once"
            ),
        ]
        indexes = [models.Index(fields=["bot", "at"], name="timeline")]

    def __str__(self) -> str:
        return f"{self.code} at {self.at:%H:%M:%S}"

    @property
    def delay(self) -> timedelta:
        """How long after it happened we heard of it."""
        return max(self.learnt_at - self.at, timedelta(0))


@dataclass(slots=True, eq=False)
class Entry:
    """A `StatusChange` as observing sees it: no model, because whole histories are read by each
    webhook. Without `pk` it is not written yet; only then it has its `message`."""

    bot_id: int
    code: str
    sub_code: str
    at: datetime
    source: str
    delivery_id: int | None
    # Whether a webhook has told it.
    is_heard: bool
    pk: int | None = None
    message: str = ""

    @property
    def reading(self) -> Phase:
        """What it says by itself, without what is known of recordings and orders."""
        return lifecycle.phase(self.code, sub_code=self.sub_code)


_ENTRIES = Prepared(
    lambda bot_ids: (
        StatusChange.objects.filter(bot_id__among=bot_ids)
        .annotate(is_heard=Q(heard_at__isnull=False))
        .values_list("bot_id", "code", "sub_code", "at", "source", "delivery_id", "is_heard", "pk")
    )
)


def histories(bot_ids: Collection[int]) -> defaultdict[int, list[Entry]]:
    """By bot, all that it has come to, in no order."""
    found: defaultdict[int, list[Entry]] = defaultdict(list)
    for row in _ENTRIES.rows(bot_ids):
        entry = Entry(*row)
        found[entry.bot_id].append(entry)
    return found


def told_by(delivery: Any, history: list[Entry]) -> Entry | None:
    """The entry that this delivery told already: it is observed once more, or was cut short.

    The API's time may stand in the entry by now, with others between the two.
    """
    if delivery is None:
        return None
    return next((known for known in history if known.delivery_id == delivery.pk), None)


def same(item: News, history: list[Entry], items: list[News]) -> Entry | None:
    """The entry that tells the same change: near in time, with nothing between the two.

    `items` are all that came together: what one of them tells at its own time is no other's.
    """
    others = {(other.code, other.at) for other in items if other.at != item.at}
    near = [
        known
        for known in history
        if (known.code, known.sub_code) == (item.code, item.sub_code)
        and abs(known.at - item.at) <= SAME_NEWS
        and (known.code, known.at) not in others
    ]
    for known in sorted(near, key=lambda known: abs(known.at - item.at)):
        first, last = sorted((known.at, item.at))
        if not any(first < other.at < last for other in history):
            return known
    return None


def told_by_the_other(
    item: News, history: list[Entry], items: list[News], source: str
) -> Entry | None:
    """The entry that tells the same change by webhook only, or by the API only, a moment apart.

    Other news may seem to stand between the two then. `items` are all that came together: the
    API always tells a bot's whole history, so what it tells at its own time is taken.
    """
    by_webhook = source == Source.WEBHOOK
    taken = {(other.code, other.at) for other in items}
    near = [
        known
        for known in history
        if (known.code, known.sub_code) == (item.code, item.sub_code)
        and abs(known.at - item.at) <= JITTER
        and (
            not known.is_heard
            if by_webhook
            else known.source == Source.WEBHOOK and (known.code, known.at) not in taken
        )
    ]
    return min(near, key=lambda known: abs(known.at - item.at), default=None)
