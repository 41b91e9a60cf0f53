"""Workspaces, their secrets, their teams and the people in them."""

import secrets
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef

from bots import conf, rights
from bots.models.fields import EncryptedTextField, Secret
from bots.policy import names
from bots.policy.known_notetakers import NOTETAKER_NAMES
from bots.rights import Right


def new_token() -> str:
    """An unguessable word for a webhook address."""
    return secrets.token_urlsafe(24)


def default_notetaker_names() -> list[str]:
    return list(NOTETAKER_NAMES)


class Workspace(models.Model):
    """One Recall.ai workspace: an API key, a region, webhook secrets. Everything belongs to one."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(unique=True)
    region = models.CharField(max_length=40, default="us-west-2")
    api_key = EncryptedTextField(blank=True, default="", bound_to="webhook_token")
    # Never changed: the key above is bound to it.
    webhook_token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # The base list that all teams share.
    notetaker_names = models.JSONField(default=default_notetaker_names, blank=True)

    # What the last look at Recall said of the key; "" = never tried or fine.
    key_problem = models.TextField(blank=True, default="", editable=False)
    key_checked_at = models.DateTimeField(null=True, editable=False)
    # Recall asked us to slow down until then; only people's clicks go out before.
    quiet_until = models.DateTimeField(null=True, editable=False)

    last_delivery_at = models.DateTimeField(null=True, editable=False)
    last_refused_at = models.DateTimeField(null=True, editable=False)
    last_refusal = models.TextField(blank=True, default="", editable=False)

    # Of the changes of the last hour, how many percent no webhook told; noted now and then.
    missed_percent = models.PositiveSmallIntegerField(default=0, editable=False)
    # How far Recall's clock was ahead of ours when it last answered (seconds; negative: behind).
    clock_skew_s = models.FloatField(null=True, editable=False)
    clock_checked_at = models.DateTimeField(null=True, editable=False)

    # When somebody last had a page of it open, and when sync last looked at its live bots.
    watched_at = models.DateTimeField(null=True, editable=False)
    glanced_at = models.DateTimeField(null=True, editable=False)
    discovered_at = models.DateTimeField(null=True, editable=False)
    # Where the list of bots made elsewhere goes on that was cut short; "" when all were seen.
    import_rest = models.TextField(blank=True, default="", editable=False)
    # When to look next whether people have to be told that its webhooks are broken.
    alerts_due_at = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return self.name

    @property
    def webhook_url(self) -> str:
        """Where Recall shall post to, or "" when it could not reach us."""
        origin = conf.webhook_origin()
        return f"{origin}/webhooks/recall/{self.webhook_token}/" if origin else ""

    @property
    def is_sync_only(self) -> bool:
        return not self.webhook_url

    @property
    def default_team(self) -> "Team":
        """The team that bots from elsewhere fall to: the first one."""
        team = self.teams.active().order_by("pk").first()
        if team is None:
            team, _ = self.teams.get_or_create(name="Everyone")  # two may come here at once
        return team

    def current_secrets(self, now: datetime) -> list["WebhookSecret"]:
        """Every secret that still counts, newest first; one that can't be read is empty."""
        found = [each for each in self.secrets.all() if each.counts(now)]
        return sorted(found, key=lambda each: -each.pk)

    def webhook_secrets(self, now: datetime) -> list[Secret]:
        """The same as texts."""
        return [row.secret for row in self.current_secrets(now)]  # type: ignore[misc]

    def replace_webhook_secret(self, secret: str, *, now: datetime) -> "WebhookSecret":
        """Take a new secret; the old ones stay good for a day, as Recall keeps them."""
        self.secrets.filter(retires_at=None).update(retires_at=now + timedelta(hours=24))
        return self.secrets.create(secret=secret)


class WebhookSecret(models.Model):
    """A secret that Recall signs its webhooks with (`whsec_…`)."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="secrets")
    secret = EncryptedTextField(bound_to="workspace_id")
    created_at = models.DateTimeField(auto_now_add=True)
    retires_at = models.DateTimeField(null=True, blank=True)
    # When a delivery that it signs last came, to the minute.
    last_used_at = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return f"secret of {self.workspace}"

    def counts(self, now: datetime) -> bool:
        """Whether what it signs is Recall's."""
        return self.retires_at is None or self.retires_at > now


class TeamQuerySet(models.QuerySet["Team"]):
    def active(self) -> "TeamQuerySet":
        """The teams that bots can be sent for."""
        return self.filter(archived_at=None)


class Team(models.Model):
    """People in a workspace who share a recording policy."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="teams")
    name = models.CharField(max_length=100)
    # What the team adds to the workspace's notetaker names, and what it does without.
    added_names = models.JSONField(default=list, blank=True)
    excluded_names = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # What the policy in force says of who sees its meetings: members only, or the workspace.
    # Each new version of the policy writes it here, so that lists need not read policies.
    is_private = models.BooleanField(default=False, editable=False)
    # No bot is sent for it any more; what it recorded stays.
    archived_at = models.DateTimeField(null=True, editable=False)

    objects = TeamQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="team_name_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def notetaker_names(self) -> tuple[str, ...]:
        """The strings that its bots match: the shared list, the team's own word, our own bots."""
        own = self.workspace.policy_versions.bot_names(self.workspace)
        base = self.workspace.notetaker_names
        return names.effective(base, self.added_names, self.excluded_names, own)


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    LEAD = "lead", "Team lead"
    OPERATOR = "operator", "Operator"
    VIEWER = "viewer", "Viewer"


class Membership(models.Model):
    """A person in a workspace, with a role."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.OPERATOR)
    teams = models.ManyToManyField(Team, related_name="memberships", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "workspace"], name="member_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"

    def may(self, right: Right) -> bool:
        """Whether this person's role gives that right."""
        return rights.has(self.role, right)

    @property
    def may_operate(self) -> bool:
        """Whether this person may send bots and press their buttons."""
        return self.may(Right.OPERATE)

    @property
    def may_lead(self) -> bool:
        """Whether this person leads a team, or every one."""
        return self.may(Right.LEAD)

    @property
    def may_administer(self) -> bool:
        """Whether this person may change the connection to Recall, and acts in every team."""
        return self.may(Right.EVERYWHERE)

    @property
    def may_audit(self) -> bool:
        """Whether this person reads the audit log."""
        return self.may(Right.AUDIT)

    @cached_property
    def _all_teams(self) -> list[Any]:
        """Every team of the workspace, oldest first, with whether it is this person's (`mine`)."""
        mine = Exists(self.teams.filter(pk=OuterRef("pk")))
        rows = Team.objects.filter(workspace_id=self.workspace_id).annotate(mine=mine)
        return list(rows.order_by("pk"))

    def know_teams(self, teams: "list[Team]") -> None:
        """Take all teams of the workspace as read, and its own as prefetched: for many members."""
        self.team_ids = frozenset(team.pk for team in self.teams.all())
        hidden = {team.pk for team in teams if team.is_private} - self.team_ids
        self.hidden_team_ids = frozenset() if self.may(Right.EVERYWHERE) else frozenset(hidden)

    @cached_property
    def team_ids(self) -> frozenset[int]:
        """The teams that this person belongs to."""
        return frozenset(team.pk for team in self._all_teams if team.mine)

    @property
    def own_teams(self) -> TeamQuerySet:
        """The teams, archived ones left out, that this person acts in, oldest first."""
        teams = self.workspace.teams.active().order_by("pk")
        return teams if self.may(Right.EVERYWHERE) else teams.filter(pk__in=self.team_ids)

    @property
    def seen_teams(self) -> list[Team]:
        """The teams, archived ones too, whose meetings this person may see, oldest first."""
        for team in self._all_teams:
            team.workspace = self.workspace
        return [team for team in self._all_teams if self.sees(team.pk)]

    @property
    def home_team(self) -> Team:
        """The team that this person's pages open with: the first of their own, else of all."""
        return self.own_teams.first() or self.workspace.default_team

    def sees(self, team_id: int) -> bool:
        """Whether this person may see the meetings of that team of the workspace."""
        return team_id not in self.hidden_team_ids

    def belongs(self, team_id: int) -> bool:
        """Whether this person acts in that team of the workspace: a member, or an admin."""
        return self.may(Right.EVERYWHERE) or team_id in self.team_ids

    def operates(self, team_id: int) -> bool:
        """Whether this person may send bots for that team and press their buttons."""
        return self.may(Right.OPERATE) and self.belongs(team_id)

    def leads(self, team: Team) -> bool:
        """Whether this person may change that team's policy and names: a lead of their own."""
        return self.may(Right.LEAD) and self.belongs(team.pk)

    @cached_property
    def hidden_team_ids(self) -> frozenset[int]:
        """The teams whose meetings are for their members only, and this person is none."""
        if self.may(Right.EVERYWHERE):
            return frozenset()
        return frozenset(team.pk for team in self._all_teams if team.is_private and not team.mine)
