"""Dry runs: two sets of leave rules tried on a team's past meetings, and what came of it."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q

from bots.models.workspace import Team, Workspace


class DryRunQuerySet(models.QuerySet["DryRun"]):
    def due(self, now: datetime) -> "DryRunQuerySet":
        """What a worker may take up: not finished, and in nobody's hands."""
        return self.filter(state=DryRun.State.RUNNING).filter(
            Q(lease_until=None) | Q(lease_until__lte=now)
        )

    def claim(self, pk: int, now: datetime, until: datetime) -> bool:
        """Take one for this worker."""
        return bool(self.filter(pk=pk).due(now).update(lease_until=until))

    def make_room(self, by: User, *, now: datetime, keep: int) -> None:
        """Stop what this person has begun, and drop all but the newest that they have tried.

        One that was begun after `now` goes on: of two presses the earlier may arrive last.
        """
        of_theirs = self.filter(by=by)
        of_theirs.filter(state=DryRun.State.RUNNING, created_at__lte=now).update(
            state=DryRun.State.FAILED,
            error="You started another dry run, so this one was stopped.",
            finished_at=now,
            lease_until=None,
        )
        old = of_theirs.order_by("-pk").values_list("pk", flat=True)[keep:]
        self.filter(pk__in=list(old)).delete()

    def forget(self, before: datetime) -> None:
        """Drop those that were made before that moment."""
        self.filter(created_at__lt=before).delete()


class DryRun(models.Model):
    """One dry run of a team.

    `before` and `after` are `{"label", "rules", "names"}`: how people call the rules, those of the
    rules that tell when a bot leaves, and the notetaker names that go with them. `bots` are those
    whose meetings are tried, newest first, `results` what came of the first `done` of them.
    """

    class State(models.TextChoices):
        RUNNING = "running", "running"
        FINISHED = "finished", "finished"
        FAILED = "failed", "failed"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="dry_runs")
    team = models.ForeignKey(Team, models.CASCADE, related_name="dry_runs")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    bots = models.JSONField(default=list, editable=False)
    results = models.JSONField(default=list, editable=False)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = DryRunQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], name="dry_run_age"),
        ]

    def __str__(self) -> str:
        return f"{self.before.get('label', '')} against {self.after.get('label', '')}"

    @property
    def is_running(self) -> bool:
        return self.state == self.State.RUNNING

    @property
    def mine(self) -> DryRunQuerySet:
        """This run, as long as it is in the hands of the worker that holds this object."""
        return DryRun.objects.filter(
            pk=self.pk, state=self.State.RUNNING, lease_until=self.lease_until
        )
