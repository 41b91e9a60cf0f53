"""The notetaker names of a workspace and its teams: what tells other companies' bots by name."""

from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from bots.models import Membership, Team
from bots.name_lists import Added, NameList, NotAdded
from bots.names_shown import Said, Shown
from bots.policy import names
from bots.views.access import find_membership, find_team
from bots.views.shell import show, wants_partial

SHARED_ONLY = "Admins and owners change the shared list."
LEADS_ONLY = "Leads of this team, admins and owners change its names."


@require_safe
def first(request: HttpRequest, slug: str) -> HttpResponse:
    """The first team's names, for whoever does not care which team."""
    membership = find_membership(request, slug)
    return redirect("notetakers", slug, membership.home_team.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def shared(request: HttpRequest, slug: str) -> HttpResponse:
    """The list that all teams of the workspace share."""
    membership = find_membership(request, slug)
    here = reverse("notetakers_shared", args=[slug])
    return _page(request, membership, NameList(membership.workspace, by=membership.user), here)


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """A team's names: the shared ones, less what it excludes, and its own."""
    membership = find_membership(request, slug)
    team = find_team(membership, pk)
    here = reverse("notetakers", args=[slug, pk])
    given = NameList(membership.workspace, team, by=membership.user)
    return _page(request, membership, given, here)


def _page(request: HttpRequest, membership: Membership, given: NameList, here: str) -> HttpResponse:
    """Show a list. A post `add`s many names or just `one`, `remove`s, puts back (`again`),
    `exclude`s, `include`s, or undoes what was added (`take_back` with `new` and `back`).

    `name` is a participant's name to try, `?past=` looks through past meetings at once.
    """
    may_edit = membership.leads(given.team) if given.team else membership.may_administer
    editors = LEADS_ONLY if given.team else SHARED_ONLY
    said = Said()
    if request.method == "POST":
        if not may_edit:
            raise PermissionDenied(editors)
        said = _change(request, given)
    policy_url = partial(_policy_url, membership.workspace.slug)
    shown = Shown(given, membership, may_edit=may_edit, policy_url=policy_url)
    said.notes = shown.notes(said.added)
    typed = request.POST.get("name", request.GET.get("name", ""))
    context: dict[str, Any] = {
        "membership": membership,
        "team": given.team,
        "teams": list(membership.workspace.teams.order_by("pk")),
        "here": here,
        "shown": shown,
        "said": said,
        "may_edit": may_edit,
        "editors": editors,
        "tried": shown.tried(typed),
        "look": "past" in request.GET or request.method == "POST",
        "beside": request.method == "POST" and wants_partial(request),
    }
    pieces = {"past": "past", "name": "tried"}
    piece = next((pieces[word] for word in pieces if word in request.GET), "names")
    return show(request, "notetakers.html", piece, context, status=422 if said.error else 200)


def _change(request: HttpRequest, given: NameList) -> Said:
    """Do what was posted; what to say about it on the page."""
    now = timezone.now()
    post = request.POST
    if (name := post.get("remove")) is not None:
        place = given.remove(name, now=now)
        return Said() if place is None else Said(removed=name, place=place)
    if (name := post.get("exclude")) is not None:
        return Said(excluded=name) if given.exclude(name, now=now) else Said()
    if (name := post.get("include")) is not None:
        return Said(included=name) if given.include(name, now=now) else Said()
    if "take_back" in post:
        added = Added(new=post.getlist("new"), back=post.getlist("back"))
        return Said(taken_back=given.take_back(added, now=now))
    again, place_text = post.get("again"), post.get("place", "")
    at = int(place_text) if place_text.isdecimal() and len(place_text) < 5 else None
    text = post.get("add", "")
    try:
        if again is not None:
            given.add([again], now=now, at=at)
            return Said(included=again)
        one = " ".join(post.get("one", "").split())
        return Said(added=given.add([one] if one else names.split(text), now=now))
    except NotAdded as refusal:
        return Said(error=str(refusal), typed=text)


def _policy_url(slug: str, team: Team | None) -> str:
    """Where the policy is that gives our own bots a name: a team's, or the workspace default."""
    return (
        reverse("policy", args=[slug, team.pk]) if team else reverse("policy_default", args=[slug])
    )
