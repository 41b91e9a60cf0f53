"""Receipts of what was deleted, tombstones that keep it away, and people who are being erased."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from bots.models.bot import Bot
from bots.models.order import Order
from bots.models.recording import Recording
from bots.models.workspace import Workspace


class Erasure(models.Model):
    """One deletion of a recording, of all of a bot's, or of a bot: who wanted it, what went."""

    class What(models.TextChoices):
        RECORDING = "recording", "a recording"
        MEDIA = "media", "all recordings of a bot"
        BOT = "bot", "a bot and everything of it"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="erasures")
    bot = models.ForeignKey(Bot, models.SET_NULL, null=True, blank=True, related_name="erasures")
    # Null where all of the bot's recordings are meant.
    recording = models.ForeignKey(
        Recording, models.SET_NULL, null=True, blank=True, related_name="erasures"
    )
    what = models.CharField(max_length=10, choices=What.choices)
    # Whether what is kept here goes, too.
    is_here = models.BooleanField(default=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    by_name = models.CharField(max_length=254, blank=True, default="")
    # Null where Recall had deleted it before, so that nothing was to be said to it.
    order = models.OneToOneField(
        Order, models.SET_NULL, null=True, blank=True, related_name="erasure"
    )
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    # What Recall said, as a sentence.
    answer = models.CharField(max_length=200, blank=True, default="")
    # How many of each kind went, by the word for one of them.
    counts = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"deletion of {self.get_what_display()}"

    @property
    def is_open(self) -> bool:
        """Whether it is under way."""
        return self.done_at is None and self.order is not None and self.order.is_open

    @property
    def problem(self) -> str:
        """Why it did not come to be, as a sentence; "" while it may, and once it did."""
        if self.done_at is not None or self.is_open:
            return ""
        return self.order.error if self.order is not None else "It was not carried out."


class TombstoneQuerySet(models.QuerySet["Tombstone"]):
    def stands_for(self, workspace_id: int, recall_id: Any) -> bool:
        """Whether that bot of Recall's was deleted here."""
        return self.filter(workspace_id=workspace_id, recall_id=recall_id).exists()

    def heard(self, workspace_id: int, recall_id: Any) -> bool:
        """Count that something came of a bot that was deleted here; False where none was."""
        found = self.filter(workspace_id=workspace_id, recall_id=recall_id)
        return bool(found.update(heard=F("heard") + 1))


class Tombstone(models.Model):
    """A bot that was deleted here with everything: nothing brings it in again."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="tombstones")
    recall_id = models.UUIDField(editable=False)
    at = models.DateTimeField()
    # How many deliveries were dropped since.
    heard = models.PositiveIntegerField(default=0)

    objects = TombstoneQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "recall_id"], name="tombstone_once"),
        ]

    def __str__(self) -> str:
        return f"deleted bot {self.recall_id}"


class PersonErasureQuerySet(models.QuerySet["PersonErasure"]):
    def due(self, now: datetime) -> "PersonErasureQuerySet":
        """What a worker may take up: not finished, and in nobody's hands."""
        return self.filter(finished_at=None).filter(Q(lease_until=None) | Q(lease_until__lte=now))

    def claim(self, pk: int, now: datetime, until: datetime) -> bool:
        """Take one for this worker; free again at `until` if the worker dies."""
        return bool(self.filter(pk=pk).due(now).update(lease_until=until))


class PersonErasure(models.Model):
    """A person whose data is erased, some rows at a time, and how far that has come.

    `called` are the names and addresses that are theirs, as long as it is under way: then they go,
    too. `left_out` are bots that saw somebody else of that name. `meetings` are the bots from which
    something was erased, `counts` how many texts were changed, by the words for them.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="person_erasures")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    token = models.CharField(max_length=64, editable=False)
    called = models.JSONField(default=list, blank=True)
    left_out = models.JSONField(default=list, blank=True)
    in_texts = models.BooleanField(default=True)
    keeps_words = models.BooleanField(default=False)
    is_everywhere = models.BooleanField(default=False)
    # The place it has come to: a part of `personal.PARTS`, and the last row of it.
    part = models.PositiveIntegerField(default=0)
    row = models.BigIntegerField(default=0)
    meetings = models.JSONField(default=list, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = PersonErasureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "token"], name="person_erasure_once"),
        ]

    def __str__(self) -> str:
        return f"erasing of a person, {self.pk}"
