"""Batches: one thing that was asked of many bots at once, and what became of it for each."""

from datetime import datetime

from django.conf import settings
from django.db import models

from bots.models.bot import Bot
from bots.models.indexes import where_set
from bots.models.order import Order, new_key
from bots.models.workspace import Workspace


class BatchQuerySet(models.QuerySet["Batch"]):
    def due(self, now: datetime) -> "BatchQuerySet":
        """Those whose orders are not all written yet, and that no living worker has."""
        return self.filter(due_at__lte=now)

    def claim(self, pk: int, now: datetime, until: datetime) -> bool:
        """Take one for this worker; free again at `until` if the worker dies."""
        return bool(self.filter(pk=pk, due_at__lte=now).update(due_at=until))


class Batch(models.Model):
    """*Leave all*: the bots that it named, each with the order that was made of it."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="batches")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # The form that it came from; the same form sent twice is the same batch.
    token = models.CharField(max_length=64, default=new_key, editable=False)
    created_at = models.DateTimeField()
    # When a worker shall go on writing orders; null once all are written.
    due_at = models.DateTimeField(null=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "batches"
        constraints = [
            models.UniqueConstraint(fields=["workspace", "token"], name="batch_once"),
        ]
        indexes = [
            where_set("due_at", name="batch_due"),
        ]

    def __str__(self) -> str:
        return f"batch {self.pk}"


class BatchItem(models.Model):
    """One bot of a batch: the order that came of it, or the sentence why there is none."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="items")
    bot = models.ForeignKey(Bot, models.CASCADE, related_name="+")
    order = models.ForeignKey(Order, models.SET_NULL, null=True, blank=True, related_name="+")
    why_not = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "bot"], name="batch_item_once"),
        ]

    def __str__(self) -> str:
        return f"{self.bot} of {self.batch}"
