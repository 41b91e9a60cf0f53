"""Settings: the tokens by which programs use the API."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bots import api_tokens
from bots.models import ApiToken, Membership
from bots.rights import Right
from bots.token_forms import TokenForm
from bots.views.access import find_api_token, find_with
from bots.views.shell import say


@dataclass(frozen=True, slots=True)
class Made:
    """A token that was made just now; it is shown this once."""

    token: ApiToken
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """A token as a line of the list. `has_no_maker`: whoever made it is no member any more."""

    token: ApiToken
    is_expired: bool
    has_no_maker: bool


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """All tokens; a post makes one more."""
    membership = find_with(request, slug, Right.API)
    if request.method != "POST":
        return _page(request, membership)
    form = TokenForm(request.POST, by=membership)
    if not form.is_valid():
        return _page(request, membership, form=form, status=422)
    now = timezone.now()
    try:
        token, words = api_tokens.make(membership, **form.wish(now), now=now)
    except api_tokens.NotAllowed as refusal:
        form.add_error(None, str(refusal))
        return _page(request, membership, form=form, status=422)
    return _page(request, membership, made=Made(token, words))


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Ask, then end a token."""
    membership = find_with(request, slug, Right.API)
    token = find_api_token(membership, pk)
    if request.method != "POST":
        return render(request, "token_revoke.html", {"membership": membership, "token": token})
    api_tokens.revoke(membership, token, now=timezone.now())
    say(request, f"“{token.name}” works no more.")
    return redirect("api_tokens", slug)


def _page(
    request: HttpRequest,
    membership: Membership,
    *,
    form: TokenForm | None = None,
    made: Made | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    members = set(membership.workspace.memberships.values_list("user", flat=True))
    running, over = (
        [Row(each, each.is_expired(now), each.by_id not in members) for each in rows]
        for rows in api_tokens.listed(membership.workspace, now=now)
    )
    context = {
        "membership": membership,
        "form": form or TokenForm(by=membership),
        "made": made,
        "running": running,
        "over": over,
        "address": request.build_absolute_uri(reverse("api_bots")),
        "limit": api_tokens.LIMIT,
    }
    return render(request, "api_tokens.html", context, status=status)
