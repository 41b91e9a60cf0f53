"""Versions of recording policies: each save makes one, and none is ever changed."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from bots import policy
from bots.models.audit import AuditEvent, Verb
from bots.models.feed import Change
from bots.models.workspace import Team, Workspace


class Changed(Exception):
    """Somebody else saved a version while this one was being edited."""

    def __init__(self, newer: "PolicyVersion") -> None:
        super().__init__(f"Version {newer.number} was saved meanwhile.")
        self.newer = newer


UNCHANGEABLE = "A version of a policy is never changed: save a new one."


class PolicyVersionQuerySet(models.QuerySet["PolicyVersion"]):
    def update(self, **changes: Any) -> int:
        raise TypeError(UNCHANGEABLE)

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError(UNCHANGEABLE)

    def of(self, workspace: Workspace, team: Team | None) -> "PolicyVersionQuerySet":
        """The versions of a team's policy, or of the workspace default (None), newest first."""
        mine = self.filter(workspace=workspace, team=team)
        return mine.select_related("team", "base", "author").order_by("-number")

    def default(self, workspace: Workspace) -> "PolicyVersion":
        """The workspace default as it stands."""
        return self.of(workspace, None).first() or self._first(workspace, None)

    def current(self, team: Team) -> "PolicyVersion":
        """The team's policy as it stands."""
        return self.of(team.workspace, team).first() or self._first(team.workspace, team)

    def bot_names(self, workspace: Workspace) -> list[str]:
        """The names that the policies in force give our own bots, each once."""
        rows = self.filter(workspace=workspace).order_by("number")
        newest = dict(rows.values_list("team", "rules__bot_name"))
        # A policy that was never looked at has no version yet, and says nothing of its own.
        newest.setdefault(None, policy.Rules().bot_name)
        return list(dict.fromkeys(newest[key] for key in sorted(newest, key=lambda key: key or 0)))

    def _first(self, workspace: Workspace, team: Team | None) -> "PolicyVersion":
        """Version 1, which says nothing of its own; two may come here at once."""
        with transaction.atomic():
            Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
            known = self.of(workspace, team).first()
            base = None if team is None else self.default(workspace)
            return known or self._write(workspace, team, own={}, base=base)

    def save_team(
        self,
        team: Team,
        own: Mapping[str, Any],
        *,
        by: User | None,
        note: str = "",
        now: datetime,
        after: int | None = None,
        restored: int | None = None,
    ) -> "PolicyVersion":
        """Make a new version of the team's policy: `own` is what it sets itself.

        `after` is the number that was being edited; raises Changed when it is not the newest.
        Fields of locked sections are kept but have no effect until the lock is gone.
        """
        with transaction.atomic():
            Workspace.objects.select_for_update(no_key=True).get(pk=team.workspace_id)
            newest = self.current(team)
            if after is not None and newest.number != after:
                raise Changed(newest)
            made = self._write(
                team.workspace, team, own=own, base=self.default(team.workspace),
                by=by, note=note, now=now, restored=restored,
            )  # fmt: skip
            _note(made, by=by, now=now)
        return made

    def save_default(
        self,
        workspace: Workspace,
        own: Mapping[str, Any],
        locks: Iterable[str],
        *,
        by: User | None,
        note: str = "",
        now: datetime,
        after: int | None = None,
        restored: int | None = None,
    ) -> "PolicyVersion":
        """Make a new workspace default, and of every team's policy a version that stands on it."""
        with transaction.atomic():
            Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
            newest = self.default(workspace)
            if after is not None and newest.number != after:
                raise Changed(newest)
            standing = [self.current(team) for team in workspace.teams.order_by("pk")]
            made = self._write(
                workspace, None, own=own, locks=locks, by=by, note=note, now=now, restored=restored
            )
            _note(made, by=by, now=now)
            said = f"Workspace default, version {made.number}" + (f": {note}" if note else "")
            for version in standing:
                self._write(
                    workspace, version.team, own=version.own, base=made, by=by, note=said, now=now
                )
        return made

    def _write(
        self,
        workspace: Workspace,
        team: Team | None,
        *,
        own: Mapping[str, Any],
        base: "PolicyVersion | None" = None,
        locks: Iterable[str] = (),
        by: User | None = None,
        note: str = "",
        now: datetime | None = None,
        restored: int | None = None,
    ) -> "PolicyVersion":
        last = self.of(workspace, team).first()
        version = self.model(
            workspace=workspace,
            team=team,
            number=last.number + 1 if last else 1,
            own=dict(own),
            base=base,
            locks=sorted(base.locks if base else locks),
            author=by,
            note=note[: self.model.NOTE],
            restored=restored,
        )
        if now is not None:
            version.created_at = now
        version.rules = version.pure.rules.as_json()
        version.save(force_insert=True)
        if team is not None:
            self._show_or_hide(team, version)
        return version

    def _show_or_hide(self, team: Team, version: "PolicyVersion") -> None:
        """Have the team's meetings seen by those of whom its newest version says so."""
        is_private = version.rules["shown_to"] == "team"
        changed = Team.objects.filter(pk=team.pk).exclude(is_private=is_private)
        if changed.update(is_private=is_private):
            # Every open page looks again what there is to see.
            Change.tell(workspace_id=version.workspace_id, bot_id=None, now=version.created_at)
        team.is_private = is_private


def _note(made: "PolicyVersion", *, by: User | None, now: datetime) -> None:
    AuditEvent.objects.record(
        made.workspace,
        Verb.POLICY_SAVED,
        by=by,
        now=now,
        target=made,
        detail={
            "team": made.team_id,
            "version": made.number,
            "note": made.note,
            "restored": made.restored,
        },
    )


class PolicyVersion(models.Model):
    """One version of a team's recording policy, or of the workspace default (no team).

    `own` is what this policy says itself, `rules` everything that counts, spelled out, so that a
    later release with other defaults changes no old version.
    """

    NOTE = 300

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="policy_versions")
    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, related_name="policy_versions"
    )
    number = models.PositiveIntegerField()
    own = models.JSONField(default=dict, blank=True)
    rules = models.JSONField(default=dict)
    locks = models.JSONField(default=list, blank=True)
    base = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="+")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=NOTE, blank=True, default="")
    # The number of the version whose rules this one brought back.
    restored = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = PolicyVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "number"], name="policy_version_once"),
            models.UniqueConstraint(
                fields=["workspace", "number"],
                condition=Q(team=None),
                name="policy_default_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team or 'workspace default'}, version {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(UNCHANGEABLE)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """It goes with its workspace alone."""
        raise TypeError(UNCHANGEABLE)

    @property
    def pure(self) -> policy.Version:
        """What `bots.policy` decides by. The stored rules count, whatever release made them."""
        beneath = self.base or self
        return policy.Version(
            number=self.number,
            team=self.team.name if self.team else "",
            own=self.own,
            base=beneath.rules,
            base_number=beneath.number,
            base_own=frozenset(beneath.own),
            locks=frozenset(self.locks),
        )


class Picture(models.Model):
    """A picture that bots show in meetings, kept once for each workspace: JPEG bytes."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="pictures")
    digest = models.CharField(max_length=64)
    jpeg = models.BinaryField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "digest"], name="picture_once"),
        ]

    def __str__(self) -> str:
        return f"{self.width} × {self.height}, {max(len(self.jpeg) // 1024, 1)} KB"

    @classmethod
    def keep(cls, workspace: Workspace, jpeg: bytes, *, width: int, height: int) -> "Picture":
        """The stored picture of these bytes."""
        digest = sha256(jpeg).hexdigest()
        size = {"width": width, "height": height}
        return cls.objects.get_or_create(
            workspace=workspace, digest=digest, defaults={"jpeg": jpeg, **size}
        )[0]
