"""The notetaker names of a team: strings that tell other companies' bots by their display name."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from bots.forms import split_names
from bots.models import Change, Membership, Participant, Team
from bots.views.access import find_membership, find_team
from bots.views.shell import show

LONGEST = 100
MOST = 200
# Fewer letters than this stand in many a person's name, too.
SHORT = 4


@require_safe
def first(request: HttpRequest, slug: str) -> HttpResponse:
    """The first team's names, for whoever does not care which team."""
    membership = find_membership(request, slug)
    return redirect("notetakers", slug, membership.workspace.default_team.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """A team's names; a post adds (`add`), removes (`remove`) or puts one back (`again`)."""
    membership = find_membership(request, slug)
    team = find_team(membership, pk)
    said: dict[str, Any] = {}
    if request.method == "POST":
        if not membership.may_lead:
            raise PermissionDenied("Only team leads, admins and owners change notetaker names.")
        said = _change(request, team)
    context = _context(membership, team) | said
    status = 422 if "error" in said else 200
    return show(request, "notetakers.html", "names", context, status=status)


def _context(membership: Membership, team: Team) -> dict[str, Any]:
    return {
        "membership": membership,
        "team": team,
        "teams": list(membership.workspace.teams.order_by("pk")),
    }


def _change(request: HttpRequest, team: Team) -> dict[str, Any]:
    """Do what was posted; what to say about it on the page."""
    with transaction.atomic():
        # Two people may edit at once, and each sends only a difference.
        team.notetaker_names = Team.objects.select_for_update().get(pk=team.pk).notetaker_names
        if (gone := request.POST.get("remove")) is not None:
            said = _remove(team, gone)
        elif (again := request.POST.get("again")) is not None:
            said = _add(team, [again], at=request.POST.get("place", ""))
        else:
            said = _add(team, split_names(request.POST.get("add", "")))
            said["doubtful"] = _doubtful(team, said.get("added", []))
            if "error" in said:
                said["typed"] = request.POST.get("add", "")
        team.save(update_fields=["notetaker_names"])
        Change.tell(workspace_id=team.workspace_id, bot_id=None, now=timezone.now())
    return said


def _doubtful(team: Team, names: list[str]) -> list[str]:
    """A sentence for each name that would take people of this workspace for notetakers."""
    if not names:
        return []
    memberships = team.workspace.memberships.select_related("user")
    people = {membership.user.get_full_name() or str(membership.user) for membership in memberships}
    hosts = Participant.objects.filter(bot__workspace=team.workspace, is_host=True)
    said = []
    for name in names:
        # As a bot will: whoever has the word anywhere in their name.
        known = next((each for each in sorted(people) if name.casefold() in each.casefold()), None)
        known = known or hosts.filter(name__icontains=name).values_list("name", flat=True).first()
        if known:
            said.append(f"“{name}” also fits {known}, whom a bot would take for a notetaker.")
        elif sum(map(str.isalpha, name)) < SHORT:
            said.append(f"“{name}” is short: it may also be a part of people's names.")
    return said


def _remove(team: Team, gone: str) -> dict[str, Any]:
    names = team.notetaker_names
    if gone not in names:
        return {}
    place = names.index(gone)
    team.notetaker_names = [name for name in names if name != gone]
    return {"removed": gone, "place": place}


def _add(team: Team, wanted: list[str], *, at: str = "") -> dict[str, Any]:
    known = {name.casefold() for name in team.notetaker_names}
    new: list[str] = []
    repeated: list[str] = []
    for name in wanted:
        if name.casefold() in known:
            repeated.append(name)
        else:
            known.add(name.casefold())
            new.append(name)
    if not wanted:
        return {"error": "Type at least one name."}
    if any(len(name) > LONGEST for name in new):
        return {"error": f"A name has at most {LONGEST} characters. Part names with commas."}
    if len(team.notetaker_names) + len(new) > MOST:
        return {"error": f"A team has at most {MOST} names. Remove some first."}
    place = int(at) if at.isdigit() else len(team.notetaker_names)
    team.notetaker_names[place:place] = new
    return {"added": new, "repeated": repeated}
