"""Invitations on their way: the link, the mail that carries it, and taking one up."""

import logging
import unicodedata
from datetime import datetime
from smtplib import SMTPException

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string

from bots import rights
from bots.models import AuditEvent, Invitation, Membership, Verb

logger = logging.getLogger(__name__)

LONGEST_NAME_IN_SUBJECT = 60
ROLES_UPWARDS = tuple(rights.RIGHTS)


class Gone(Exception):
    """The invitation was taken up, taken back or has run out meanwhile."""


def link(token: str, *, origin: str = "") -> str:
    """Where that token is taken up. `origin` stands in where PUBLIC_URL is not set."""
    return f"{settings.PUBLIC_URL or origin.rstrip('/')}/invitation/{token}/"


def mail(invitation: Invitation, token: str, *, origin: str = "") -> bool:
    """Send the link to whom it is for; False where no mail goes out or none could be sent."""
    if not settings.SENDS_MAIL:
        return False
    workspace = one_line(invitation.workspace.name)[:LONGEST_NAME_IN_SUBJECT]
    words = {
        "workspace": workspace,
        "by": one_line(invitation.by.get_full_name() or invitation.by.email)
        if invitation.by
        else "",
        "link": link(token, origin=origin),
        "expires_at": invitation.expires_at,
        "email": invitation.email,
    }
    message = EmailMessage(
        subject=f"{workspace} on recalldash: your invitation",
        body=render_to_string("mail/invitation.txt", words),
        to=[invitation.email],
    )
    try:
        return bool(message.send())
    except (OSError, SMTPException, ValueError) as error:
        # Never the message itself, which holds the token.
        logger.warning("The mail for invitation %s was not sent: %s", invitation.pk, type(error))
        return False


def one_line(text: str) -> str:
    """Somebody's words as they may stand in a header: no line ends, nothing that turns text."""
    return " ".join(
        "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in text)
        .strip()
        .split()
    )


def hold(invitation: Invitation, *, now: datetime) -> None:
    """Let nobody else take it up until this transaction ends. Raises Gone."""
    rows = Invitation.objects.open(now).select_for_update().filter(pk=invitation.pk)
    if rows.first() is None:
        raise Gone


@transaction.atomic
def accept(invitation: Invitation, user: User, *, now: datetime) -> Membership:
    """Make that person a member as the invitation says. Raises Gone when it no longer counts.

    Whoever is a member already keeps the higher of both roles, and gets the teams besides.
    """
    claimed = Invitation.objects.open(now).filter(pk=invitation.pk)
    if not claimed.update(accepted_at=now, accepted_by=user):
        raise Gone
    workspace = invitation.workspace
    membership, is_new = Membership.objects.get_or_create(
        user=user, workspace=workspace, defaults={"role": invitation.role}
    )
    before = membership.role
    if _height(invitation.role) > _height(before):
        membership.role = invitation.role
        membership.save(update_fields=["role"])
    # Those it named may all be archived by now; nobody is left without one.
    teams = list(invitation.teams.active())
    if is_new and not teams:
        teams = [workspace.default_team]
    joined = [team for team in teams if is_new or team.pk not in membership.team_ids]
    membership.teams.add(*teams)
    record = AuditEvent.objects.record
    if is_new:
        names = sorted(team.name for team in teams)
        told = {"role": membership.role, "teams": names, "invitation": invitation.pk}
        record(workspace, Verb.JOINED, by=user, now=now, target=membership, detail=told)
    if membership.role != before:
        told = {"from": before, "to": membership.role, "invitation": invitation.pk}
        record(workspace, Verb.ROLE_CHANGED, by=user, now=now, target=membership, detail=told)
    if joined and not is_new:
        added = sorted(team.name for team in joined)
        told = {"added": added, "invitation": invitation.pk}
        record(workspace, Verb.TEAMS_CHANGED, by=user, now=now, target=membership, detail=told)
    return membership


def _height(role: str) -> int:
    return ROLES_UPWARDS.index(role) if role in ROLES_UPWARDS else -1
