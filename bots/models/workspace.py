"""Workspaces, their secrets, their teams and the people in them."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from bots import conf
from bots.models.fields import EncryptedTextField, Secret
from bots.policy import names
from bots.policy.known_notetakers import NOTETAKER_NAMES


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
    api_key = EncryptedTextField(blank=True, default="")
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

    # When somebody last had a page of it open, and when sync last looked at its live bots.
    watched_at = models.DateTimeField(null=True, editable=False)
    glanced_at = models.DateTimeField(null=True, editable=False)
    discovered_at = models.DateTimeField(null=True, editable=False)

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
        team = self.teams.order_by("pk").first()
        if team is None:
            team, _ = self.teams.get_or_create(name="Everyone")  # two may come here at once
        return team

    def webhook_secrets(self, now: datetime) -> list[Secret]:
        """Every secret that still counts, newest first."""
        rows = self.secrets.filter(Q(retires_at=None) | Q(retires_at__gt=now)).order_by("-pk")
        return [Secret(row.secret) for row in rows]

    def replace_webhook_secret(self, secret: str, *, now: datetime) -> "WebhookSecret":
        """Take a new secret; the old ones stay good for a day, as Recall keeps them."""
        self.secrets.filter(retires_at=None).update(retires_at=now + timedelta(hours=24))
        return self.secrets.create(secret=secret)


class WebhookSecret(models.Model):
    """A secret that Recall signs its webhooks with (`whsec_…`)."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="secrets")
    secret = EncryptedTextField()
    created_at = models.DateTimeField(auto_now_add=True)
    retires_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"secret of {self.workspace}"


class Team(models.Model):
    """People in a workspace who share a recording policy."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="teams")
    name = models.CharField(max_length=100)
    # What the team adds to the workspace's notetaker names, and what it does without.
    added_names = models.JSONField(default=list, blank=True)
    excluded_names = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

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

    @property
    def may_operate(self) -> bool:
        """Whether this person may send bots and press their buttons."""
        return self.role != Role.VIEWER

    @property
    def may_lead(self) -> bool:
        """Whether this person leads a team, or every one."""
        return self.role in {Role.OWNER, Role.ADMIN, Role.LEAD}

    def leads(self, team: Team) -> bool:
        """Whether this person may change that team's policy and names: a lead of their own."""
        if self.role == Role.LEAD:
            return self.teams.filter(pk=team.pk).exists()
        return self.may_administer

    @property
    def may_administer(self) -> bool:
        """Whether this person may change the connection to Recall."""
        return self.role in {Role.OWNER, Role.ADMIN}
