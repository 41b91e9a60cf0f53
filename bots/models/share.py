"""Share links: one recording, or a moment of it, shown to whoever has the link; and its clip."""

import secrets
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Q

from bots import conf
from bots.models.indexes import where_set
from bots.models.recording import Recording

# Of a token, as many characters as tell people which of their links it is.
PREFIX = 6


def digest(token: str) -> str:
    """What is stored of a link's token: a stolen database shows no recording."""
    return sha256(token.encode()).hexdigest()


class ShareQuerySet(models.QuerySet["Share"]):
    def make(
        self, recording: Recording, *, by: User | None, **fields: object
    ) -> tuple["Share", str]:
        """A new link and its token, which is shown once and kept nowhere."""
        token = secrets.token_urlsafe(32)
        made = self.create(
            recording=recording, by=by, digest=digest(token), prefix=token[:PREFIX], **fields
        )
        return made, token

    def by_token(self, token: str) -> "Share | None":
        """The link of that token, whether it still counts or not; None: there never was one."""
        found = self.filter(digest=digest(token))
        return found.select_related("by", "clip", *_ITS_PLACE).first()

    def running(self, now: datetime) -> "ShareQuerySet":
        """Those that nobody ended and whose time is not over, whatever a policy says of them."""
        return self.filter(ended_at=None, expires_at__gt=now)

    def end(self, *, why: str, by: User | None, now: datetime) -> int:
        """End them at once and take their clips away; how many that were."""
        open_ones = self.filter(ended_at=None)
        pks = list(open_ones.values_list("pk", flat=True))
        for clip in Clip.objects.filter(share__in=pks):
            clip.drop()
        return self.filter(pk__in=pks).update(ended_at=now, ended_by=by, ended_why=why)


_ITS_PLACE = ("recording", "recording__workspace", "recording__bot", "recording__bot__team")


class Share(models.Model):
    """A link to a recording, or to the stretch from `start_s` to `end_s` of its film."""

    LABEL = 80

    class Ended(models.TextChoices):
        """Why a link ended before its time."""

        REVOKED = "revoked", "taken back"
        MAKER_GONE = "maker_gone", "whoever made it left the workspace"
        RECORDING_GONE = "recording_gone", "the recording was deleted"

    recording = models.ForeignKey(Recording, models.CASCADE, related_name="shares")
    # Whose word the link is: it counts as long as they may say it.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # For whom, in the maker's words; the outsiders never see it.
    label = models.CharField(max_length=LABEL)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField(max_length=PREFIX, editable=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    # None: a rule ended it.
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    ended_why = models.CharField(max_length=20, choices=Ended.choices, blank=True, default="")
    shows_film = models.BooleanField(default=True)
    shows_words = models.BooleanField(default=True)
    # Whether people are called by their names, or "Speaker 1".
    shows_names = models.BooleanField(default=False)
    # Seconds of the film; both, or neither.
    start_s = models.FloatField(null=True, blank=True)
    end_s = models.FloatField(null=True, blank=True)
    openings = models.PositiveIntegerField(default=0)
    last_opened_at = models.DateTimeField(null=True, blank=True)

    objects = ShareQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["expires_at"], name="share_running", condition=Q(ended_at__isnull=True)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(start_s=None, end_s=None) | Q(start_s__gte=0, end_s__gt=F("start_s")),
                name="share_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"share link “{self.label}”"

    @property
    def is_moment(self) -> bool:
        """Whether it shows only a stretch."""
        return self.start_s is not None

    def count_opening(self, now: datetime) -> None:
        """One more opening, also where two come at once."""
        mine = Share.objects.filter(pk=self.pk)
        mine.update(openings=F("openings") + 1, last_opened_at=now)


class ClipQuerySet(models.QuerySet["Clip"]):
    def due(self, now: datetime) -> "ClipQuerySet":
        """Those that are to be cut, and that no living worker has."""
        return self.filter(due_at__lte=now)

    def claim(self, pk: int, now: datetime, until: datetime) -> bool:
        """Take one for this worker; free again at `until` if the worker dies."""
        mine = self.filter(pk=pk, due_at__lte=now)
        return bool(mine.update(due_at=until, attempts=F("attempts") + 1))


class Clip(models.Model):
    """The film of a moment, cut out into a file of its own, so that nobody gets more than that."""

    class State(models.TextChoices):
        WAITING = "waiting", "being cut"
        READY = "ready", "ready"
        FAILED = "failed", "given up"
        DROPPED = "dropped", "taken away"

    share = models.OneToOneField(Share, models.CASCADE, related_name="clip")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    # The name of its file below `conf.clips_dir()`; as little to be guessed as the link.
    name = models.CharField(max_length=64, editable=False)
    is_film = models.BooleanField(default=True)
    # How much of the recording's film has come, in bytes; 0 of 0 before the first.
    got = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    # Which film that was, as its server calls it: another one is fetched from the start.
    etag = models.CharField(max_length=200, blank=True, default="", editable=False)
    attempts = models.PositiveIntegerField(default=0)
    # When a worker shall (again) see to it; null once that is over.
    due_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")
    made_at = models.DateTimeField(null=True, blank=True)

    objects = ClipQuerySet.as_manager()

    class Meta:
        indexes = [
            where_set("due_at", name="clip_due"),
        ]

    def __str__(self) -> str:
        return f"clip of {self.share}"

    @property
    def path(self) -> Path:
        """The finished clip."""
        return conf.clips_dir() / f"{self.name}.{'mp4' if self.is_film else 'm4a'}"

    @property
    def source(self) -> Path:
        """What has come so far of the film that it is cut from."""
        return conf.clips_dir() / f"{self.name}.source"

    @property
    def percent(self) -> int:
        """How much of the film has come, as far as anybody knows."""
        return min(100 * self.got // self.total, 100) if self.total else 0

    def drop(self) -> None:
        """Take its files away for good; a worker that is at it finds that out."""
        mine = Clip.objects.filter(pk=self.pk)
        mine.update(state=Clip.State.DROPPED, due_at=None)
        for path in (self.path, self.source):
            path.unlink(missing_ok=True)
