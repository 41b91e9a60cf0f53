"""Teams: made, renamed, archived and brought back; and how the workspace is called."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from bots import people, teams
from bots.lifecycle import Phase
from bots.models import Membership, Team
from bots.people_forms import NameForm
from bots.rights import Right
from bots.views.access import find_membership, find_team, find_with
from bots.views.shell import say


@dataclass(frozen=True, slots=True)
class Row:
    """A team as a line of the list, with how many people and upcoming bots it has."""

    team: Team
    members: list[Membership]
    waiting: int
    is_mine: bool


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Every team; a post makes one."""
    if request.method != "POST":
        return _page(request, find_membership(request, slug))
    membership = find_with(request, slug, Right.PEOPLE)
    form = NameForm(request.POST)
    if form.is_valid():
        try:
            made = teams.make(membership, form.cleaned_data["name"], now=timezone.now())
        except people.NotAllowed as refusal:
            form.add_error("name", str(refusal))
        else:
            say(request, f"{made} is there. Put people into it under Members.")
            return redirect("teams", slug)
    return _page(request, membership, form=form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One team with its people; a post renames it."""
    membership = find_with(request, slug, Right.PEOPLE)
    team = find_team(membership, pk)
    if request.method != "POST":
        return _one(request, membership, team)
    form = NameForm(request.POST)
    if form.is_valid():
        try:
            teams.rename(membership, team, form.cleaned_data["name"], now=timezone.now())
        except people.NotAllowed as refusal:
            form.add_error("name", str(refusal))
        else:
            say(request, f"The team is called {form.cleaned_data['name']} now.")
            return redirect("teams", slug)
    return _one(request, membership, team, form=form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def archive(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Ask, then have no bot sent for the team any more."""
    membership = find_with(request, slug, Right.PEOPLE)
    team = find_team(membership, pk)
    context = {"membership": membership, "team": team, "error": teams.reason_against(team)}
    if request.method != "POST":
        return render(request, "team_archive.html", context)
    try:
        teams.archive(membership, team, now=timezone.now())
    except people.NotAllowed as refusal:
        context["error"] = str(refusal)
        return render(request, "team_archive.html", context, status=409)
    say(request, f"{team} is archived. Its recordings stay.")
    return redirect("teams", slug)


@require_POST
def restore(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Bring an archived team back."""
    membership = find_with(request, slug, Right.PEOPLE)
    team = find_team(membership, pk)
    try:
        teams.restore(membership, team, now=timezone.now())
    except people.NotAllowed as refusal:
        say(request, str(refusal), bad=True)
    else:
        say(request, f"{team} is back: bots can be sent for it again.")
    return redirect("teams", slug)


@require_POST
def rename_workspace(request: HttpRequest, slug: str) -> HttpResponse:
    """Give the workspace another name."""
    membership = find_with(request, slug, Right.OWN)
    form = NameForm(request.POST, prefix="workspace")
    if form.is_valid():
        try:
            teams.rename_workspace(membership, form.cleaned_data["name"], now=timezone.now())
        except people.NotAllowed as refusal:
            form.add_error("name", str(refusal))
        else:
            say(request, f"The workspace is called {form.cleaned_data['name']} now.")
            return redirect("teams", slug)
    return _page(request, membership, workspace_form=form, status=422)


def _page(
    request: HttpRequest,
    membership: Membership,
    *,
    form: NameForm | None = None,
    workspace_form: NameForm | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = _rows(membership)
    called = {"name": membership.workspace.name}
    context: dict[str, Any] = {
        "membership": membership,
        "active": [row for row in rows if row.team.archived_at is None],
        "archived": [row for row in rows if row.team.archived_at is not None],
        "may_change": membership.may(Right.PEOPLE),
        "may_rename": membership.may(Right.OWN),
        "form": form or NameForm(),
        "workspace_form": workspace_form or NameForm(prefix="workspace", initial=called),
    }
    return render(request, "teams.html", context, status=status)


def _rows(membership: Membership) -> list[Row]:
    waiting = Count("bots", filter=Q(bots__phase=Phase.SCHEDULED))
    found = membership.workspace.teams.annotate(waiting=waiting).order_by("pk")
    people_of: dict[int, list[Membership]] = {}
    members = membership.workspace.memberships.select_related("user").prefetch_related("teams")
    for member in members.order_by("created_at", "pk"):
        for team in member.teams.all():
            people_of.setdefault(team.pk, []).append(member)
    return [
        Row(
            team,
            people_of.get(team.pk, []),
            # How much a team meets is told to those who may see that it does.
            team.waiting if membership.sees(team.pk) else 0,
            team.pk in membership.team_ids,
        )
        for team in found
    ]


def _one(
    request: HttpRequest,
    membership: Membership,
    team: Team,
    *,
    form: NameForm | None = None,
    status: int = 200,
) -> HttpResponse:
    members = team.memberships.select_related("user").order_by("created_at", "pk")
    context = {
        "membership": membership,
        "team": team,
        "members": members,
        "form": form or NameForm(initial={"name": team.name}),
    }
    return render(request, "team.html", context, status=status)
