"""Share links as members see them: making one, the list of a recording's, the list of all."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bots import shares, tasks
from bots.models import Membership, Recording, Share
from bots.rights import Right
from bots.share_forms import ShareForm
from bots.views.access import (
    find_membership,
    find_operator,
    find_recording,
    find_share,
    find_team,
    find_with,
)
from bots.views.shell import say, show, wants_partial


@dataclass(frozen=True, slots=True)
class Made:
    """A link that was made just now; it is shown this once."""

    share: Share
    link: str


@dataclass(frozen=True, slots=True)
class Row:
    """A link as a line of a list."""

    standing: shares.Standing
    may_revoke: bool


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def share(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The links of one recording, for htmx their list alone; a post makes one more."""
    if request.method != "POST":
        membership = find_membership(request, slug)
        recording = find_recording(membership, pk)
        if "list" in request.GET and wants_partial(request):
            shown = {"membership": membership, "recording": recording}
            shown |= sharing_shown(recording, membership)
            return render(request, "_share_list.html", shown)
        return _share(request, membership, recording)
    membership = find_operator(request, slug)
    recording = find_recording(membership, pk)
    rules = shares.rules_of(recording.bot.team)
    if not shares.may_share(membership, recording.bot.team, rules):
        raise PermissionDenied(shares.why_not(membership, recording, rules))
    form = _form(recording, rules.share_days, request.POST)
    if not form.is_valid():
        return _share(request, membership, recording, form=form, status=422)
    try:
        made, token = shares.make(membership, recording, form.wish, now=timezone.now())
    except shares.NotAllowed as refusal:
        form.add_error(None, str(refusal))
        return _share(request, membership, recording, form=form, status=422)
    tasks.wake_clip(made)
    link = shares.link(token, origin=request.build_absolute_uri("/"))
    return _share(request, membership, recording, made=Made(made, link))


@require_POST
def revoke(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """End one link."""
    membership = find_membership(request, slug)
    found = find_share(membership, pk)
    try:
        shares.revoke(membership, found, now=timezone.now())
    except shares.NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from None
    say(request, f"The link for “{found.label}” works no more.")
    if request.POST.get("back") == "shares" and membership.may(Right.LEAD):
        return redirect("shares", slug)
    return redirect(redirect("recording", slug, found.recording_id)["Location"] + "#sharing")


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Every link that runs, of the teams that this person leads."""
    membership = find_with(request, slug, Right.LEAD)
    now = timezone.now()
    rows = shares.standings(shares.listed(membership, now=now), now=now)
    by_team: dict[Any, list[Row]] = {}
    for each in rows:
        row = Row(each, shares.may_revoke(membership, each.share))
        by_team.setdefault(each.share.recording.bot.team, []).append(row)
    teams = sorted(by_team.items(), key=lambda pair: pair[0].pk)
    return render(request, "shares.html", {"membership": membership, "teams": teams})


@require_POST
def revoke_all(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """End every link to recordings of a team."""
    membership = find_membership(request, slug)
    team = find_team(membership, pk)
    try:
        count = shares.revoke_all(membership, team, now=timezone.now())
    except shares.NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from None
    say(request, f"{count} {'link' if count == 1 else 'links'} of {team} revoked.")
    return redirect("shares", slug)


def sharing_shown(
    recording: Recording,
    membership: Membership,
    *,
    form: ShareForm | None = None,
    made: Made | None = None,
) -> dict[str, Any]:
    """What the region *Share links* of a recording shows to this person."""
    now = timezone.now()
    team = recording.bot.team
    rules = shares.rules_of(team)
    why_not = shares.why_not(membership, recording, rules)
    may = not why_not
    # Viewers see what there is to see; links are the business of those who steer.
    links = shares.of_recording(recording, now=now) if membership.operates(team.pk) else []
    standings = shares.standings(links, now=now, known={team.pk: rules})
    rows = [Row(each, shares.may_revoke(membership, each.share)) for each in standings]
    if form is None and may:
        form = _form(recording, rules.share_days)
    return {
        "sharing": {
            "form": form if may else None,
            "made": made,
            "running": [row for row in rows if row.standing.closed is None],
            "over": [row for row in rows if row.standing.closed is not None],
            "is_cutting": any(_is_cutting(row.standing) for row in rows),
            "why_not": why_not,
            "may_switch_on": membership.leads(team) and rules.share_links == "no",
            "team": team,
        }
    }


def _share(
    request: HttpRequest,
    membership: Membership,
    recording: Recording,
    *,
    form: ShareForm | None = None,
    made: Made | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"membership": membership, "recording": recording, "bot": recording.bot}
    context |= sharing_shown(recording, membership, form=form, made=made)
    return show(request, "share.html", "region", context, status=status)


def _form(recording: Recording, most_days: int, data: Any = None) -> ShareForm:
    return ShareForm(
        data,
        most_days=most_days,
        total_s=recording.duration_s or 0,
        has_film=bool(shares.film_kind(recording)),
    )


def _is_cutting(standing: shares.Standing) -> bool:
    clip = getattr(standing.share, "clip", None)
    return standing.closed is None and clip is not None and clip.state == clip.State.WAITING
