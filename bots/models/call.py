"""Calls to Recall: the request log, which is also what the rate budget counts."""

from django.db import models

from bots.models.fields import WORD
from bots.models.lane import Lane
from bots.models.order import Order
from bots.models.workspace import Workspace


class Call(models.Model):
    """One attempt to call Recall, written before it leaves; no body, no query, no secret."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="calls", db_index=False)
    lane = models.CharField(max_length=10, choices=Lane.choices)
    # Recall's name of the endpoint, and what its limit is counted by (with a bot's id for some).
    endpoint = models.CharField(max_length=WORD)
    counted = models.CharField(max_length=WORD, blank=True, default="")
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=300)
    at = models.DateTimeField()
    # Null while it is under way, or for ever when its worker died.
    status = models.PositiveIntegerField(null=True)
    duration_s = models.FloatField(null=True)
    error = models.CharField(max_length=WORD, blank=True, default="")
    order = models.ForeignKey(Order, models.SET_NULL, null=True, blank=True, related_name="calls")

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "counted", "-at"], name="call_budget"),
            models.Index(fields=["workspace", "-at", "-id"], name="call_list"),
            models.Index(fields=["at"], name="call_age"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Budget(models.Model):
    """What all workers of a workspace hold while they take a place below one limit of Recall."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="budgets")
    counted = models.CharField(max_length=WORD)
    # Recall answered 429: nobody calls this endpoint before.
    closed_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "counted"], name="budget_once"),
        ]

    def __str__(self) -> str:
        return self.counted
