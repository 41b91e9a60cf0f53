"""Invitations into a workspace: for one address, once, for three days."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Exists, OuterRef, Q

from bots import rights
from bots.models.workspace import Membership, Role, Team, Workspace

VALID_FOR = timedelta(hours=72)


def digest(token: str) -> str:
    """What is stored of an invitation's token: a stolen database opens no door."""
    return sha256(token.encode()).hexdigest()


def _of_somebody_who_may() -> Q:
    """That whoever invited is there still, and may still give that role."""
    found = Q()
    for giver in rights.RIGHTS:
        roles = [role for role in rights.RIGHTS if rights.may_give(giver, role)]
        there = Membership.objects.filter(
            user=OuterRef("by"), user__is_active=True, workspace=OuterRef("workspace"), role=giver
        )
        if roles:
            found |= Q(Exists(there), role__in=roles)
    return found


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, now: datetime) -> "InvitationQuerySet":
        """Those that can still be accepted.

        An invitation is the word of whoever gave it: it counts as long as they may still say it.
        """
        waiting = self.filter(accepted_at=None, revoked_at=None, expires_at__gt=now)
        return waiting.filter(_of_somebody_who_may())

    def by_token(self, token: str, now: datetime) -> "Invitation | None":
        """The open invitation of that token, or None."""
        return self.open(now).filter(digest=digest(token)).select_related("workspace").first()

    def invite(
        self,
        workspace: Workspace,
        email: str,
        *,
        role: str,
        teams: Iterable[Team],
        by: User | None,
        now: datetime,
    ) -> tuple["Invitation", str]:
        """A new invitation and its token, which is shown once and kept nowhere.

        An open one of the same address is revoked: the newest word counts.
        """
        old = self.filter(workspace=workspace, accepted_at=None, revoked_at=None)
        old.filter(email__iexact=email).update(revoked_at=now)
        token = secrets.token_urlsafe(24)
        made = self.create(
            workspace=workspace,
            email=email.lower(),
            role=role,
            digest=digest(token),
            by=by,
            created_at=now,
            expires_at=now + VALID_FOR,
        )
        made.teams.set(teams)
        return made, token


class Invitation(models.Model):
    """Somebody was asked into a workspace, with a role and teams."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.OPERATOR)
    teams = models.ManyToManyField(Team, related_name="+", blank=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = InvitationQuerySet.as_manager()

    def __str__(self) -> str:
        return self.email
