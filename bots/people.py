"""Who belongs to a workspace: inviting, roles, teams, leaving. Each deed stands in the audit log.

Every deed holds the workspace's row and reads anew who does it and to whom: of two owners who
demote each other in the same moment, the second one is no owner any more when it is their turn.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Q

from bots import rights
from bots.models import (
    AuditEvent,
    Change,
    Invitation,
    Membership,
    Role,
    Share,
    Team,
    Verb,
    Workspace,
)
from bots.rights import Right

LAST_OWNER = "A workspace needs an owner. Make somebody else an owner first."
ONLY_OWNERS = "Only owners make and remove owners and admins."
NOT_YOURS = "Only owners and admins change members and teams."
GONE = "This person is no member any more."
ENDED = "This invitation was taken up or taken back already."
# More than anyone waits for; a stolen account must not become a mailing machine.
MOST_OPEN = 200


class NotAllowed(Exception):
    """That can't be done to members or invitations; the message says why and what helps."""


def invite(
    by: Membership, email: str, *, role: str, teams: Iterable[Team], now: datetime
) -> tuple[Invitation, str]:
    """Ask somebody in; the invitation and its token, which is shown once. Raises NotAllowed.

    An open invitation of the same address is taken back. Without a team it is the default one.
    """
    with doing(by) as actor:
        workspace = actor.workspace
        _check_role(actor, role)
        there = workspace.memberships.filter(user__email__iexact=email)
        if known := there.select_related("user").first():
            raise NotAllowed(f"{email} is a member already, as {known.get_role_display().lower()}.")
        open_ones = Invitation.objects.open(now).filter(workspace=workspace)
        # This one takes the place of theirs, which is as good as taking it back.
        for waiting in open_ones.filter(email__iexact=email):
            _check_role(actor, waiting.role)
        if open_ones.exclude(email__iexact=email).count() >= MOST_OPEN:
            raise NotAllowed(f"{MOST_OPEN} invitations are open. Take some back first.")
        chosen = _in_some_team(workspace, teams)
        made, token = Invitation.objects.invite(
            workspace, email, role=role, teams=chosen, by=actor.user, now=now
        )
        _note(actor, Verb.INVITED, made, now, role=role, teams=_names(chosen))
    return made, token


def invite_again(
    by: Membership, invitation: Invitation, *, now: datetime
) -> tuple[Invitation, str]:
    """A new invitation like that one, with a link of its own; the old link ends. NotAllowed."""
    if invitation.accepted_at is not None:
        raise NotAllowed(ENDED)
    teams = list(invitation.teams.active())
    return invite(by, invitation.email, role=invitation.role, teams=teams, now=now)


def revoke(by: Membership, invitation: Invitation, *, now: datetime) -> None:
    """Take an invitation back. Raises NotAllowed."""
    with doing(by) as actor:
        _check_role(actor, invitation.role)
        waiting = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
        if not waiting.update(revoked_at=now):
            raise NotAllowed(ENDED)
        _note(actor, Verb.INVITATION_REVOKED, invitation, now)


def change(
    by: Membership, member: Membership, *, role: str, teams: Iterable[Team], now: datetime
) -> Membership:
    """Give a member that role and these teams; archived teams stay as they are. NotAllowed."""
    with doing(by) as actor:
        held = _held(member)
        if role != held.role:
            _change_role(actor, held, role, now)
        _change_teams(actor, held, teams, now)
        tell(held.workspace, now)
    return held


def remove(by: Membership, member: Membership, *, now: datetime) -> None:
    """End somebody's membership; what they sent and saved stays. Raises NotAllowed."""
    with doing(by) as actor:
        held = _held(member)
        _check_role(actor, held.role)
        _check_last_owner(held)
        _end(actor, held, now)


def leave(member: Membership, *, now: datetime) -> None:
    """Leave the workspace oneself. Raises NotAllowed for the last owner."""
    with _holding(member):
        held = _held(member)
        _check_last_owner(held)
        _end(held, held, now)


def may_change_role(by: Membership, member: Membership) -> bool:
    """Whether this person may give that member another role."""
    return rights.may_give(by.role, member.role)


def roles_to_give(by: Membership) -> list[tuple[str, str]]:
    """The roles that this person may give, (word, label), from the most to the least."""
    return [(role.value, role.label) for role in Role if rights.may_give(by.role, role)]


def is_last_owner(member: Membership) -> bool:
    """Whether nobody else owns the workspace."""
    others = member.workspace.memberships.filter(role=Role.OWNER).exclude(pk=member.pk)
    return member.role == Role.OWNER and not others.exists()


def tell(workspace: Workspace, now: datetime) -> None:
    """Have open pages and streams look again at what they may see."""
    Change.tell(workspace_id=workspace.pk, bot_id=None, now=now)


@contextmanager
def doing(by: Membership, right: Right = Right.PEOPLE) -> Iterator[Membership]:
    """Whoever does it as they are now, while nobody else changes members or teams. NotAllowed."""
    with _holding(by):
        actor = Membership.objects.select_related("user", "workspace").filter(pk=by.pk).first()
        if actor is None or not actor.may(right):
            raise NotAllowed(NOT_YOURS if right is Right.PEOPLE else "Only owners may do this.")
        yield actor


@contextmanager
def _holding(by: Membership) -> Iterator[None]:
    """Inside, nobody else changes who belongs to the workspace."""
    with transaction.atomic():
        # Not its key: rows that only belong to it can be written meanwhile.
        Workspace.objects.select_for_update(no_key=True).get(pk=by.workspace_id)
        yield


def _held(member: Membership) -> Membership:
    """The member as they are now."""
    found = Membership.objects.select_related("user", "workspace").filter(pk=member.pk).first()
    if found is None:
        raise NotAllowed(GONE)
    return found


def _check_role(actor: Membership, role: str) -> None:
    if role not in rights.RIGHTS:
        raise NotAllowed("There is no such role.")
    if not rights.may_give(actor.role, role):
        raise NotAllowed(ONLY_OWNERS)


def _check_last_owner(held: Membership) -> None:
    if is_last_owner(held):
        raise NotAllowed(LAST_OWNER)


def _change_role(actor: Membership, held: Membership, role: str, now: datetime) -> None:
    _check_role(actor, held.role)
    _check_role(actor, role)
    if role != Role.OWNER:
        _check_last_owner(held)
    was, held.role = held.role, role
    held.save(update_fields=["role"])
    _end_waiting(held, now)
    _note(actor, Verb.ROLE_CHANGED, held, now, **{"from": was, "to": role})


def _change_teams(
    actor: Membership, held: Membership, teams: Iterable[Team], now: datetime
) -> None:
    before = list(held.teams.order_by("pk"))
    kept = [team for team in before if team.archived_at is not None]
    wanted = [*_in_some_team(held.workspace, teams), *kept]
    added = [team for team in wanted if team not in before]
    gone = [team for team in before if team not in wanted]
    if added or gone:
        held.teams.set(wanted)
        detail = {"added": _names(added), "removed": _names(gone)}
        _note(actor, Verb.TEAMS_CHANGED, held, now, **detail)


def _in_some_team(workspace: Workspace, teams: Iterable[Team]) -> list[Team]:
    """Those of the teams that can be joined, the default one where there is none."""
    wanted = Q(pk__in=[team.pk for team in teams])
    return list(workspace.teams.active().filter(wanted).order_by("pk")) or [workspace.default_team]


def _end(actor: Membership, held: Membership, now: datetime) -> None:
    _note(actor, Verb.REMOVED, held, now, role=held.role, left=actor.pk == held.pk)
    _end_waiting(held, now)
    _end_shares(held, now)
    held.delete()
    tell(actor.workspace, now)


def _end_waiting(held: Membership, now: datetime) -> None:
    """End the invitations from before, which would bring somebody back in, or up again."""
    others = EmailAddress.objects.filter(user=held.user, verified=True)
    for email in {held.user.email, *others.values_list("email", flat=True)} - {""}:
        waiting = held.workspace.invitations.filter(accepted_at=None, revoked_at=None)
        waiting.filter(email__iexact=email).update(revoked_at=now)


def _end_shares(held: Membership, now: datetime) -> None:
    """End the share links that they made: a link is the word of whoever made it."""
    made = Share.objects.filter(by=held.user, recording__workspace=held.workspace)
    made.end(why=Share.Ended.MAKER_GONE, by=None, now=now)


def _note(
    actor: Membership,
    verb: str,
    target: Membership | Invitation,
    now: datetime,
    **detail: object,
) -> None:
    what = called(target.user) if isinstance(target, Membership) else target.email
    AuditEvent.objects.record(
        actor.workspace, verb, by=actor.user, now=now, target=target, what=what, detail=detail
    )


def called(user: object) -> str:
    """What people tell an account by: its e-mail address, else its name."""
    return getattr(user, "email", "") or str(user)


def _names(teams: Iterable[Team]) -> list[str]:
    return sorted(team.name for team in teams)
