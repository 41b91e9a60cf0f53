"""What a person wants to hear of; and for leads what their team calls too long, and its chats."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from bots import alert_posts, audience, chats
from bots.alarms import KINDS, Kind
from bots.alert_forms import AddressForm, ChoicesForm, RulesForm
from bots.models import AlertAddress, AlertMessage, Membership, Team
from bots.models.called import called
from bots.views.access import find_alert_address, find_membership, find_team_to_lead
from bots.views.shell import say

MOST_TROUBLES = 5
# A mail that was given up longer ago is no news.
LATELY = timedelta(days=7)


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """One team's choices at a time (`team`, its id; "workspace": what is about no bot)."""
    membership = find_membership(request, slug)
    team = _chosen(membership, request.GET.get("team", ""))
    kinds = audience.choosable(membership, team.pk if team else None)
    given = request.POST if request.method == "POST" else None
    form = ChoicesForm(
        given,
        choices=audience.choices_of(membership),
        kinds=kinds,
        team_id=team.pk if team else None,
    )
    if given is not None and form.is_valid():
        teams = [team] if team is None or "everywhere" not in given else _teams(membership)
        audience.choose(membership, teams, form.ways)
        say(request, "Saved. It counts from the next alert on.")
        return redirect(request.get_full_path())
    context = {
        "membership": membership,
        "workspace": membership.workspace,
        "form": form,
        "team": team,
        "teams": _teams(membership),
        "of_all": audience.choosable(membership, None),
        "leads": team is not None and membership.leads(team),
        "has_no_mail": audience.choices_of(membership).has_no_mail,
        "troubles": _troubles(membership),
        "rules": chats.rules_of(team) if team else None,
    }
    return render(request, "alert_choices.html", context, status=422 if given is not None else 200)


@require_POST
def mails(request: HttpRequest, slug: str) -> HttpResponse:
    """Switch all mails of alerts off, or back on (`on`)."""
    membership = find_membership(request, slug)
    is_on = "on" in request.POST
    audience.switch_mails(membership, on=is_on)
    say(request, "Mails are on again." if is_on else "No more mails of alerts are sent to you.")
    return redirect("alert_choices", slug)


@require_http_methods(["GET", "HEAD", "POST"])
def team(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """What the team calls too long, and the chats its alerts go to; a post saves the first."""
    membership = find_membership(request, slug)
    its_team = find_team_to_lead(membership, pk)
    if request.method != "POST":
        return _team(request, membership, its_team)
    form = RulesForm(request.POST)
    if not form.is_valid():
        return _team(request, membership, its_team, rules_form=form, status=422)
    chats.save_rules(membership, its_team, form.cleaned_data, now=timezone.now())
    say(request, "Saved. Bots that are in a meeting now are looked at by it, too.")
    return redirect("alert_choices_team", slug, pk)


@require_POST
def add(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Add a chat to a team."""
    membership = find_membership(request, slug)
    its_team = find_team_to_lead(membership, pk)
    form = AddressForm(request.POST)
    if form.is_valid():
        try:
            chats.add(membership, its_team, **form.cleaned_data, now=timezone.now())
        except chats.NotAdded as refusal:
            form.add_error("name", str(refusal))
        else:
            say(request, "Added. Send a test to see that it arrives.")
            return redirect("alert_choices_team", slug, pk)
    return _team(request, membership, its_team, address_form=form, status=422)


@require_POST
def test(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Post a test to a chat."""
    membership = find_membership(request, slug)
    address = find_alert_address(membership, pk)
    by = called(membership.user)
    problem = alert_posts.try_address(address, by=by, now=timezone.now())
    sentence = problem or f"Sent. Look into {address} whether it has arrived."
    say(request, sentence, bad=bool(problem))
    return redirect("alert_choices_team", slug, address.team_id)


@require_POST
def remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Send nothing to a chat any more, and forget its address."""
    membership = find_membership(request, slug)
    address = find_alert_address(membership, pk)
    chats.remove(membership, address, now=timezone.now())
    say(request, f"Removed. Nothing is sent to {address} any more.")
    return redirect("alert_choices_team", slug, address.team_id)


def _team(
    request: HttpRequest,
    membership: Membership,
    its_team: Team,
    *,
    rules_form: RulesForm | None = None,
    address_form: AddressForm | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = AlertAddress.objects.filter(team=its_team).order_by("pk")
    context: dict[str, Any] = {
        "membership": membership,
        "workspace": membership.workspace,
        "team": its_team,
        "addresses": [(row, _labels(row.kinds)) for row in rows],
        "rules_form": rules_form or RulesForm(initial=asdict(chats.rules_of(its_team))),
        "address_form": address_form or AddressForm(),
    }
    return render(request, "alert_team.html", context, status=status)


def _labels(kinds: list[str]) -> list[str]:
    return [KINDS[Kind(kind)].label for kind in kinds if kind in list(Kind)]


def _teams(membership: Membership) -> list[Team]:
    """The teams that this person may hear of: the own ones first."""
    seen = [each for each in membership.seen_teams if each.archived_at is None]
    return sorted(seen, key=lambda each: (each.pk not in membership.team_ids, each.pk))


def _chosen(membership: Membership, said: str) -> Team | None:
    """The team that the address names, else the first; None for what is about the workspace."""
    teams = _teams(membership)
    if said == "workspace" and audience.choosable(membership, None):
        return None
    named = [each for each in teams if str(each.pk) == said]
    return next(iter(named or teams), None)


def _troubles(membership: Membership) -> list[AlertMessage]:
    """The mails to this person that were given up lately and since the last that went out."""
    mails = AlertMessage.objects.filter(
        user=membership.user_id, workspace=membership.workspace_id, address=None
    )
    since = timezone.now() - LATELY
    sent = mails.filter(state=AlertMessage.State.SENT, sent_at__gt=since).order_by("-sent_at")
    since = sent.values_list("sent_at", flat=True).first() or since
    rows = mails.filter(state=AlertMessage.State.GIVEN_UP, created_at__gt=since)
    return list(rows.order_by("-created_at")[:MOST_TROUBLES])
