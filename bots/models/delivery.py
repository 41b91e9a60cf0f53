"""Webhook requests as they were received."""

from datetime import datetime, timedelta

from django.db import models

from bots.models.bot import Bot
from bots.models.fields import WORD
from bots.models.indexes import where_set
from bots.models.workspace import Workspace

PARKED_AFTER = 10
# What stands in place of a body that was erased: no event, of no bot.
STUB = b'{"erased": true}'


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime) -> "DeliveryQuerySet":
        """What is to be tried again: failed while observing, or about a bot we did not know."""
        return self.filter(due_at__lte=now)

    def claim(self, pk: int, now: datetime) -> bool:
        """Take one for this worker; free again after a minute if the worker dies."""
        return bool(self.filter(pk=pk, due_at__lte=now).update(due_at=now + timedelta(minutes=1)))


class Delivery(models.Model):
    """One signed webhook request, whatever became of it."""

    class State(models.TextChoices):
        OBSERVED = "observed", "observed"
        KEPT = "kept", "kept, nothing to do"
        UNKNOWN = "unknown", "unknown event"
        UNREADABLE = "unreadable", "unreadable"
        UNMATCHED = "unmatched", "unknown bot"
        FAILED = "failed", "failed"
        PARKED = "parked", "given up"
        ERASED = "erased", "erased"

    # What has not come to where it belongs, and may when it is tried again.
    UNFINISHED = (State.UNMATCHED, State.FAILED, State.PARKED)

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="deliveries")
    message_id = models.CharField(max_length=200)
    event = models.CharField(max_length=WORD, blank=True, default="")
    # The bytes as they came: they may not be text, and no database may refuse them.
    body = models.BinaryField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices)
    error = models.TextField(blank=True, default="")
    attempts = models.PositiveIntegerField(default=0)
    repeats = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    bot = models.ForeignKey(Bot, models.SET_NULL, null=True, blank=True, related_name="deliveries")

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["workspace", "message_id"], name="delivery_once"),
        ]
        indexes = [
            where_set("due_at", name="delivery_due"),
            models.Index(fields=["workspace", "-received_at"], name="delivery_list"),
            models.Index(fields=["workspace", "state", "-received_at"], name="delivery_results"),
            models.Index(fields=["received_at"], name="delivery_age"),
        ]

    def __str__(self) -> str:
        return self.event or self.message_id

    def blank(self) -> None:
        """Take out what it says: it belongs to something, or somebody, that was erased."""
        self.body, self.state, self.error, self.due_at = STUB, self.State.ERASED, "", None
        self.save(update_fields=["body", "state", "error", "due_at"])

    def settle(self) -> None:
        """Write down what became of it."""
        self.save(update_fields=["event", "bot", "state", "error", "attempts", "due_at"])
