"""Tokens of the API: who makes and revokes them, and how often each may call."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F

from bots.models import ApiCall, ApiToken, AuditEvent, Membership, Scope, Team, Verb, Workspace
from bots.rights import Right

MOST: Final = 50
# Calls by one token, in a window that slides.
LIMIT: Final = 120
WINDOW: Final = timedelta(minutes=1)
NOT_YOURS: Final = "Only owners and admins make and revoke tokens of the API."
# How many that are over a list still shows.
SHOWN_OVER: Final = 20

Clock = Callable[[], datetime]


class NotAllowed(Exception):
    """Why a token was not made or revoked, as a sentence."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much of its minute a token has used: `reset_s` is when another place is free."""

    limit: int
    remaining: int
    reset_s: float


class TooMany(Exception):
    """The token has called as often as it may; `allowance` says when it may again."""

    def __init__(self, allowance: Allowance) -> None:
        super().__init__(f"A token may call {LIMIT} times a minute.")
        self.allowance = allowance


def make(
    membership: Membership,
    *,
    name: str,
    scopes: Iterable[Scope],
    teams: Iterable[Team] | None,
    expires_at: datetime | None,
    now: datetime,
) -> tuple[ApiToken, str]:
    """A new token and its words, shown once; `teams` None: for all of them. Raises NotAllowed."""
    if not membership.may(Right.API):
        raise NotAllowed(NOT_YOURS)
    limited, given = list(teams or ()), sorted(set(scopes))
    with transaction.atomic():
        # Two that are made at once see each other: neither the number nor a name is overrun.
        workspace = Workspace.objects.select_for_update(no_key=True).get(pk=membership.workspace_id)
        known = ApiToken.objects.filter(workspace=workspace, revoked_at=None)
        # One whose time is over gives its name away.
        known.filter(name=name, expires_at__lte=now).update(revoked_at=F("expires_at"))
        if known.filter(name=name).exists():
            raise NotAllowed(f"There is a token “{name}” already. Choose another name.")
        if known.running(now).count() >= MOST:
            raise NotAllowed(f"There are {MOST} tokens already. Revoke one of them first.")
        made, token = ApiToken.objects.make(
            workspace,
            name=name,
            scopes=given,
            all_teams=teams is None,
            by=membership.user,
            created_at=now,
            expires_at=expires_at,
        )
        made.teams.set(limited)
        detail = {
            "scopes": given,
            "until": f"{expires_at:%Y-%m-%d}" if expires_at else "",
            "in_teams": sorted(team.name for team in limited),
        }
        _note(membership, made, Verb.TOKEN_MADE, now=now, **detail)
    return made, token


def revoke(membership: Membership, token: ApiToken, *, now: datetime) -> None:
    """End a token at once, for good. Raises NotAllowed."""
    if not membership.may(Right.API):
        raise NotAllowed(NOT_YOURS)
    with transaction.atomic():
        mine = ApiToken.objects.filter(pk=token.pk, revoked_at=None)
        if mine.update(revoked_at=now, revoked_by=membership.user):
            _note(membership, token, Verb.TOKEN_REVOKED, now=now)


def take(token: ApiToken, *, clock: Clock) -> Allowance:
    """Count a call by that token, whichever process asks. Raises TooMany, having counted none."""
    with transaction.atomic():
        # Locked until this call stands: two that come at once cannot both take the last place.
        held = ApiToken.objects.select_for_update(no_key=True, of=("self",)).get(pk=token.pk)
        # Not before it is ours: a call that waited for the lock is made now.
        now = clock()
        calls = ApiCall.objects.filter(token=held)
        calls.filter(at__lte=now - WINDOW).delete()
        times = list(calls.order_by("at").values_list("at", flat=True))
        if len(times) >= LIMIT:
            # Of more than there may be, so many have to go before there is room.
            frees_at = times[len(times) - LIMIT] + WINDOW
            raise TooMany(Allowance(LIMIT, 0, max((frees_at - now).total_seconds(), 0.0)))
        ApiCall.objects.create(token=held, at=now)
        held.note_use(now)
    oldest = min(times[0], now) if times else now
    reset_s = (oldest + WINDOW - now).total_seconds()
    return Allowance(LIMIT, LIMIT - len(times) - 1, reset_s)


def listed(workspace: Workspace, *, now: datetime) -> tuple[list[ApiToken], list[ApiToken]]:
    """Those that open something, newest first, and the newest of those that are over."""
    known = ApiToken.objects.filter(workspace=workspace)
    rows = known.select_related("by", "revoked_by").prefetch_related("teams").order_by("-pk")
    running = known.running(now).values("pk")
    return list(rows.filter(pk__in=running)), list(rows.exclude(pk__in=running)[:SHOWN_OVER])


def _note(
    membership: Membership, token: ApiToken, verb: Verb, *, now: datetime, **detail: object
) -> None:
    """Into the audit log: which token, by its name and beginning; never the token."""
    AuditEvent.objects.record(
        membership.workspace,
        verb,
        by=membership.user,
        now=now,
        target=token,
        what=f"“{token.name}” ({token.prefix}…)",
        detail=detail,
    )
