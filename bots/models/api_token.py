"""Tokens of the API: by one of them a program does in a workspace what the token's scopes say."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from bots.models.bot import Bot
from bots.models.workspace import Team, Workspace

# What every token begins with, so that people, scanners for secrets and our own log know one.
MARK = "rd_"
# Of a token, as many characters as tell people which of theirs it is.
PREFIX = len(MARK) + 6
NOTED_EVERY = timedelta(minutes=1)


def digest(token: str) -> str:
    """What is stored of a token: a stolen database steers no bot."""
    return sha256(token.encode()).hexdigest()


class Scope(models.TextChoices):
    """What a token may be used for; one says nothing of the others."""

    READ = "read", "Read"
    STEER = "steer", "Steer"
    SEND = "send", "Send assistants"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def make(self, workspace: Workspace, **fields: Any) -> tuple["ApiToken", str]:
        """A new row and its token, which is shown once and kept nowhere."""
        token = MARK + secrets.token_urlsafe(32)
        made = self.create(
            workspace=workspace, digest=digest(token), prefix=token[:PREFIX], **fields
        )
        return made, token

    def by_token(self, token: str) -> "ApiToken | None":
        """The row of that token, whether it still counts or not; None: there never was one."""
        return self.filter(digest=digest(token)).select_related("workspace").first()

    def running(self, now: datetime) -> "ApiTokenQuerySet":
        """Those that open something."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)


class ApiToken(models.Model):
    """A token of a workspace, for all of its teams or for some."""

    NAME = 80

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="api_tokens")
    # What it is for; orders are said to be given by it.
    name = models.CharField(max_length=NAME)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField(max_length=PREFIX, editable=False)
    scopes = models.JSONField(default=list)
    # Said by itself: a team that is deleted must not leave a token that sees them all.
    all_teams = models.BooleanField(default=True)
    teams = models.ManyToManyField(Team, related_name="+", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    # To the minute.
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            # It says who gave an order.
            models.UniqueConstraint(
                fields=["workspace", "name"],
                name="api_token_name_once",
                condition=Q(revoked_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"API token “{self.name}”"

    def is_expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now

    def may(self, *scopes: Scope) -> bool:
        """Whether it has one of these scopes."""
        return any(scope in self.scopes for scope in scopes)

    @property
    def scope_words(self) -> str:
        """What it may do, in a few words: "Read and steer"."""
        words = [scope.label.lower() for scope in Scope if scope in self.scopes]
        said = ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else "".join(words)
        return said[:1].upper() + said[1:]

    @property
    def bots(self) -> models.QuerySet[Bot]:
        """The bots that it may see and, where it may steer, steer."""
        mine = Bot.objects.filter(workspace_id=self.workspace_id)
        return mine if self.all_teams else mine.filter(team__in=self.teams.all())

    def note_use(self, now: datetime) -> None:
        """Note that it was used, at most once a minute."""
        if self.last_used_at is None or now - self.last_used_at >= NOTED_EVERY:
            self.last_used_at = now
            ApiToken.objects.filter(pk=self.pk).update(last_used_at=now)


class ApiCall(models.Model):
    """A call by a token within the last minute, or its last ones: what its rate is counted by."""

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="calls", db_index=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["token", "at"], name="api_call_window")]

    def __str__(self) -> str:
        return f"call by {self.token} at {self.at}"
