"""Copies that a team keeps of a recording's files in its own storage."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from bots.models.called import called
from bots.models.fields import WORD
from bots.models.indexes import where_set
from bots.models.recording import PLAYABLE, Artifact, Recording
from bots.models.workspace import Workspace


class KeptFileQuerySet(models.QuerySet["KeptFile"]):
    def open(self) -> "KeptFileQuerySet":
        """What is still to be copied."""
        return self.filter(state__in=KeptFile.OPEN)

    def kept(self) -> "KeptFileQuerySet":
        return self.filter(state=KeptFile.State.KEPT)

    def playing(self) -> "KeptFileQuerySet":
        """Films and sounds that can be played in the place of Recall's."""
        return self.kept().filter(kind__in=PLAYABLE, part="").exclude(format="raw")

    def film_of(self, recording: Recording) -> "KeptFile | None":
        """The copy of its film, or of its sound where no film is kept."""
        copies = self.playing().filter(recording=recording).select_related("artifact")
        kept = {copy.kind: copy for copy in copies}
        return kept.get("video_mixed") or kept.get("audio_mixed")

    def playable(self, recording: Recording) -> "Artifact | KeptFile | None":
        """Its film or sound at Recall, else the copy of it; None where it has neither (yet)."""
        if recording.status in ("processing", "paused"):
            return None
        return recording.playable or self.film_of(recording)

    def due(self, now: datetime) -> "KeptFileQuerySet":
        """What a worker may take up: waiting for its time, or left behind by a dead worker."""
        return self.filter(
            Q(state=KeptFile.State.WAITING, due_at__lte=now)
            | Q(state=KeptFile.State.COPYING, lease_until__lte=now)
        )

    def claim(self, pk: int, now: datetime, lease: timedelta) -> "KeptFile | None":
        """Take one for this worker; None where it is not due or another was quicker."""
        claimed = (
            self.filter(pk=pk)
            .due(now)
            .update(
                state=KeptFile.State.COPYING,
                lease_until=now + lease,
                attempts=models.F("attempts") + 1,
            )
        )
        if not claimed:
            return None
        rows = self.select_related("recording__bot__workspace", "artifact", "by")
        return rows.filter(pk=pk).first()

    def checks_due(self, now: datetime) -> "KeptFileQuerySet":
        """Copies that somebody wants to be read and compared."""
        return self.kept().filter(check_due_at__lte=now)

    def past(self, now: datetime) -> "KeptFileQuerySet":
        """What is kept longer than it shall be."""
        return self.kept().filter(keep_until__lte=now)

    def of(self, artifact: Artifact, part: str = "") -> "KeptFile | None":
        """The copy that stands in for an artifact's file, if there is one."""
        return self.kept().filter(artifact=artifact, part=part).order_by("-pk").first()


class KeptFile(models.Model):
    """One file of a recording, as it is or shall be in the team's own storage.

    `part` tells several files of one artifact apart: "participants", "events", or Recall's id of
    one person's track; `label` is what people read. `reason` is a sentence: why it failed, why it
    waits, why it was deleted. `by` is who pressed the button, `rule` else the policy that asks.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        COPYING = "copying", "Copying"
        KEPT = "kept", "Kept"
        FAILED = "failed", "Failed"
        DELETED = "deleted", "Deleted"

    OPEN = (State.WAITING, State.COPYING)

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="kept_files")
    recording = models.ForeignKey(Recording, models.CASCADE, related_name="kept_files")
    artifact = models.ForeignKey(
        Artifact, models.SET_NULL, null=True, blank=True, related_name="kept_files"
    )
    kind = models.CharField(max_length=WORD)
    part = models.CharField(max_length=WORD, blank=True, default="")
    label = models.CharField(max_length=200)
    format = models.CharField(max_length=WORD, blank=True, default="")
    content_type = models.CharField(max_length=100, blank=True, default="")
    file_name = models.CharField(max_length=200)
    path = models.CharField(max_length=120, unique=True, editable=False)

    # Bytes; null until Recall has said how many they are.
    size = models.BigIntegerField(null=True, blank=True)
    done = models.BigIntegerField(default=0)
    bytes_per_s = models.FloatField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    # Recall's own mark of the file: the rest of another one is of no use.
    etag = models.CharField(max_length=200, blank=True, default="", editable=False)

    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.TextField(blank=True, default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    rule = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    # How often a worker took it up, and how often in a row that brought nothing.
    attempts = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    kept_at = models.DateTimeField(null=True, blank=True)
    # Null: until somebody deletes it.
    keep_until = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    # When it was last read and compared, when it is to be, and what was wrong with it.
    checked_at = models.DateTimeField(null=True, blank=True)
    check_due_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True, default="")

    objects = KeptFileQuerySet.as_manager()

    class Meta:
        constraints = [
            # Two clicks that arrive together make one copy.
            models.UniqueConstraint(
                fields=["artifact", "part"],
                condition=Q(state__in=["waiting", "copying", "kept"]),
                name="kept_once",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_at"], name="kept_due"),
            models.Index(fields=["state", "keep_until"], name="kept_age"),
            where_set("check_due_at", name="kept_check"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def is_kept(self) -> bool:
        return self.state == self.State.KEPT

    @property
    def is_playing(self) -> bool:
        """Whether it is kept and can be played in the place of Recall's (see `playing`)."""
        is_whole = self.kind in PLAYABLE and not self.part and self.format != "raw"
        return self.is_kept and is_whole

    @property
    def percent(self) -> int:
        """How much of it is here, in percent; 0 while nobody knows how large it is."""
        return min(100, self.done * 100 // self.size) if self.size else 0

    @property
    def mine(self) -> KeptFileQuerySet:
        """This file, as long as it is in the hands of the worker that holds this object."""
        return KeptFile.objects.filter(pk=self.pk, state=self.State.COPYING, attempts=self.attempts)

    @property
    def asked_by(self) -> str:
        """Who or what asked for it, as people read it."""
        if self.by is not None:
            return called(self.by)
        return self.rule or "A rule"


class Leftover(models.Model):
    """A file in the storage whose copy is deleted already, and which is to go, too.

    Written in the transaction that deletes the copy; a worker deletes the file after it.
    """

    path = models.CharField(max_length=120, unique=True, editable=False)
    since = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["since"], name="leftover_age")]

    def __str__(self) -> str:
        return f"leftover since {self.since}"

    @staticmethod
    def of(paths: Iterable[str], now: datetime) -> None:
        """Have these files deleted."""
        rows = [Leftover(path=path, since=now) for path in paths]
        Leftover.objects.bulk_create(rows, ignore_conflicts=True)
