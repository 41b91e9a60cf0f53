"""A small picture of each recording, made in the background and kept here."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F

from bots.models.indexes import where_set
from bots.models.recording import Recording

# Longer than reading a film's beginning and end and cutting a frame out may take.
LEASE = timedelta(minutes=5)


class PosterQuerySet(models.QuerySet["Poster"]):
    def due(self, now: datetime) -> "PosterQuerySet":
        """Those that are to be made, or whose worker died."""
        return self.filter(due_at__lte=now)

    def claim(self, pk: int, now: datetime) -> bool:
        """Take one for this worker; due again when the lease ends."""
        mine = self.filter(pk=pk, due_at__lte=now)
        return bool(mine.update(due_at=now + LEASE, attempts=F("attempts") + 1))


class Poster(models.Model):
    """A still of the film (JPEG) or, where there is only sound, a drawing of who spoke when (SVG).

    `due_at` is null once it is made or given up; without a picture `why_none` says why.
    """

    recording = models.OneToOneField(Recording, models.CASCADE, related_name="poster")
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    media_type = models.CharField(max_length=40, blank=True, default="")
    # 40 kB at most; here, so that every web process has it.
    picture = models.BinaryField(null=True, blank=True, editable=False)
    digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    why_none = models.TextField(blank=True, default="")
    made_at = models.DateTimeField(null=True, blank=True)

    objects = PosterQuerySet.as_manager()

    class Meta:
        indexes = [
            where_set("due_at", name="poster_due"),
        ]

    def __str__(self) -> str:
        return f"picture of {self.recording}"
