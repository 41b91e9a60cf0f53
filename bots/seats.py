"""Who may watch which workspace, but for whose bots: asked for many open pages at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from io import BytesIO
from typing import Any, NamedTuple, cast

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest
from django.db.models import F, prefetch_related_objects
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from bots.models import Membership, Team
from bots.rights import Right


class Claim(NamedTuple):
    """What a browser says of itself: its session, and the workspace that it wants to watch."""

    session: str
    slug: str


class Seat(NamedTuple):
    """What a browser may watch: a workspace, but for the bots of some teams."""

    workspace_id: int
    hidden: frozenset[int]


def claim_in(scope: dict[str, Any]) -> Claim | None:
    """What the browser that opens a stream says of itself; None where that can't be listened to,
    such as at a wrong address."""
    request = ASGIRequest(scope, BytesIO())
    try:
        request.get_host()
        session = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        return Claim(session, request.GET.get("workspace", ""))
    except SuspiciousOperation:
        return None


def open_to(scope: dict[str, Any]) -> tuple[Claim, Seat] | None:
    """What the browser that opens a stream may watch, and by which claim; or None."""
    claim = claim_in(scope)
    if claim is None:
        return None
    seat = find([claim]).get(claim)
    return (claim, seat) if seat is not None else None


def find(claims: Collection[Claim]) -> dict[Claim, Seat]:
    """The seats of those who may watch, by few questions for all; whoever may not has none.

    Raises what the database raises.
    """
    sessions = _sessions({claim.session for claim in claims})
    pks = {_user_pk(said) for said in sessions.values()}
    members = _members(pks, {claim.slug for claim in claims})
    found = {}
    for claim in claims:
        said = sessions.get(claim.session, {})
        membership = members.get((_user_pk(said), claim.slug))
        if membership is not None and _is_signed_in(membership.user, said):
            found[claim] = Seat(membership.workspace_id, membership.hidden_team_ids)
    return found


def _sessions(keys: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """What stands in those sessions that have not ended."""
    # PostgreSQL takes no NUL, not even to say that it knows no such session.
    rows = Session.objects.filter(
        session_key__in=[key for key in keys if "\0" not in key], expire_date__gt=timezone.now()
    )
    store = SessionStore()
    return {
        key: store.decode(text) for key, text in rows.values_list("session_key", "session_data")
    }


def _user_pk(said: Mapping[str, Any]) -> int:
    """Whose session it is; 0 where nobody has signed in."""
    try:
        return int(said.get(auth.SESSION_KEY, 0))
    except (TypeError, ValueError):
        return 0


def _members(pks: Collection[int], slugs: Collection[str]) -> dict[tuple[int, str], Membership]:
    """Their memberships in those workspaces, by person and workspace, with what they don't see."""
    rows = list(
        Membership.objects.filter(
            user__in=pks, workspace__slug__in=[slug for slug in slugs if "\0" not in slug]
        )
        .select_related("user")
        .annotate(slug=F("workspace__slug"))
    )
    few = [row for row in rows if not row.may(Right.EVERYWHERE)]
    if few:
        prefetch_related_objects(few, "teams")
        teams: dict[int, list[Team]] = defaultdict(list)
        for team in Team.objects.filter(workspace__in={row.workspace_id for row in few}):
            teams[team.workspace_id].append(team)
        for row in few:
            row.know_teams(teams[row.workspace_id])
    return {(row.user_id, row.slug): row for row in rows}


def _is_signed_in(user: User, said: Mapping[str, Any]) -> bool:
    """Whether that session is (still) this person's, as `django.contrib.auth.get_user` says."""
    backend = said.get(auth.BACKEND_SESSION_KEY)
    if backend not in settings.AUTHENTICATION_BACKENDS:
        return False
    if not cast(ModelBackend, auth.load_backend(backend)).user_can_authenticate(user):
        return False
    # With another password, or after the house's key has changed, it is nobody's any more.
    told = said.get(auth.HASH_SESSION_KEY) or ""
    known = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return any(constant_time_compare(told, each) for each in known)
