"""Who calls: the token in the header, whether it counts, how often it may, and what for."""

import re
from typing import Any, Final, cast

from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from bots import api_tokens
from bots.api.problems import Problem, slow_down
from bots.models import ApiToken, Bot, Order, Scope, Team

# As `ApiToken.objects.make` makes them.
_TOKEN: Final = re.compile(r"rd_[\w-]{43}", re.ASCII)
WRONG_FOR_S: Final = 60.0
NO_TOKEN: Final = "Send a token of the API: “Authorization: Bearer rd_…”."
WRONG: Final = "No token is called so."
REVOKED: Final = "This token was revoked."
EXPIRED: Final = "The time of this token is over."
SLOWED: Final = "Too many wrong tokens came from your network."


class Bearer(HttpBearer):
    """Lets in whoever has a token with one of these scopes."""

    def __init__(self, *scopes: Scope) -> None:
        super().__init__()
        self.scopes = scopes

    def __call__(self, request: HttpRequest) -> ApiToken:
        """The token. Raises Problem: 401, 403 or 429."""
        scheme, _, words = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != self.openapi_scheme or not words.strip():
            raise _no_entry("no_token", NO_TOKEN)
        return self.authenticate(request, words.strip())

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        found = ApiToken.objects.by_token(token) if _TOKEN.fullmatch(token) else None
        # A right token is looked for first: it never waits for somebody else's wrong ones.
        if found is None:
            raise _wrong(request, WRONG)
        if found.revoked_at is not None:
            raise _wrong(request, REVOKED)
        if found.is_expired(timezone.now()):
            raise _wrong(request, EXPIRED)
        known = cast(Any, request)
        try:
            known.api_allowance = api_tokens.take(found, clock=timezone.now)
        except api_tokens.TooMany as refusal:
            known.api_allowance = refusal.allowance
            raise slow_down(str(refusal), wait_s=refusal.allowance.reset_s) from None
        if not found.may(*self.scopes):
            needed = " or ".join(f"“{scope}”" for scope in self.scopes)
            raise Problem(403, "scope", f"This needs a token with the scope {needed}.")
        return found


def caller(request: HttpRequest) -> ApiToken:
    """The token that was let in."""
    token = cast(Any, request).auth
    assert isinstance(token, ApiToken)
    return token


def find_bot(token: ApiToken, pk: int) -> Bot:
    """A bot that this token may see, or 404: the one way an operation gets any."""
    bot = token.bots.select_related("workspace", "team", "sent_by").filter(pk=pk).first()
    if bot is None:
        raise Http404
    return bot


def find_team(token: ApiToken, pk: int | None) -> Team:
    """A team that this token is for, or 404; None: the first of them."""
    teams = Team.objects.filter(workspace=token.workspace_id) if token.all_teams else token.teams
    chosen = teams.order_by("pk") if pk is None else teams.filter(pk=pk)
    team = chosen.select_related("workspace").first()
    if team is None:
        raise Problem(404, "not_found", "There is no such team, or this token may not see it.")
    return team


def find_order(token: ApiToken, pk: int) -> Order:
    """An order to a bot that this token may see, or 404."""
    orders = Order.objects.select_related("bot", "by").filter(bot__in=token.bots)
    order = orders.filter(pk=pk).first()
    if order is None:
        raise Http404
    return order


def _no_entry(code: str, sentence: str) -> Problem:
    return Problem(401, code, sentence, headers={"WWW-Authenticate": "Bearer"})


def _wrong(request: HttpRequest, sentence: str) -> Problem:
    """401; from a network of which too many came, 429 whatever was wrong with it."""
    config = settings.API_RATE_LIMITS
    for look in (True, False):
        used = ratelimit.consume(
            request, app="api", action="token", config=config, dry_run=look, limit_get=True
        )
        if used is None:
            return slow_down(SLOWED, wait_s=WRONG_FOR_S)
    return _no_entry("bad_token", sentence)
