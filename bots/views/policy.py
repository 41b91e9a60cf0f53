"""A recording policy: read by every member, changed by those who may, one version at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bots import policy
from bots.models import PolicyVersion, Team
from bots.models.policy import Changed
from bots.policy_forms import PolicyForm, control_values, posted
from bots.views import dryrun, policy_scheduled
from bots.views.access import find_membership, find_picture
from bots.views.policy_desk import Desk, find_desk, find_editable, on_default
from bots.views.policy_sheet import Sheet
from bots.views.shell import say, show, wants_partial

TEMPLATE = "policy.html"


@require_safe
def first(request: HttpRequest, slug: str) -> HttpResponse:
    """The first team's policy, for whoever does not care which team."""
    membership = find_membership(request, slug)
    return redirect("policy", slug, membership.home_team.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str, pk: int | None = None) -> HttpResponse:
    """The policy; a post saves it, or only fills in what `set` names (a preset, a way back)."""
    if request.method != "POST":
        desk = find_desk(request, slug, pk)
        form = _form(desk, desk.newest) if desk.may_edit else None
        return _show(request, desk, Sheet(desk.newest, form, _owners(desk)))
    desk = find_editable(request, slug, pk)
    edited = _edited(request, desk)
    if wanted := request.POST.get("set"):
        data = _filled_in(request.POST.copy(), wanted, desk, edited)
        return _show(request, desk, _typed(request, desk, edited, data))
    return _save(request, desk, edited)


@require_POST
def check(request: HttpRequest, slug: str, pk: int | None = None) -> HttpResponse:
    """What is to be said of the form as it is being typed; nothing is saved."""
    desk = find_editable(request, slug, pk)
    return _show(request, desk, _typed(request, desk, _edited(request, desk), request.POST))


@require_POST
def try_it(request: HttpRequest, slug: str, pk: int | None = None) -> HttpResponse:
    """Try the rules as typed on a team's past meetings, against those in force.

    A workspace default is tried with one team that stands on it: `try_team`, else the first.
    """
    pressed_at = timezone.now()
    desk = find_editable(request, slug, pk)
    sheet = _typed(request, desk, _edited(request, desk), request.POST)
    assert sheet.form is not None
    if sheet.form.errors or not sheet.changes:
        if not wants_partial(request):
            return _show(request, desk, sheet, status=422)
        return render(request, "_policy_untried.html", _context(desk, sheet), status=422)
    team = desk.team or _team_to_try(desk, request.POST.get("try_team", ""))
    rules = sheet.rules
    if desk.team is None:
        rules = on_default(team, rules, sheet.form.cleaned_data["locks"])
    newest = PolicyVersion.objects.current(team)
    run = dryrun.start(
        team,
        before=(f"Version {newest.number}, in force", newest.rules),
        after=("Your changes", rules.as_json()),
        by=desk.membership.user,
        now=pressed_at,
    )
    return redirect("dry_run", slug, team.pk, run.pk)


def _team_to_try(desk: Desk, chosen: str) -> Team:
    teams = desk.teams or [desk.membership.workspace.default_team]
    return next((team for team in teams if str(team.pk) == chosen), teams[0])


@require_safe
def picture(request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    """A picture that bots of this workspace show."""
    membership = find_membership(request, slug)
    found = find_picture(membership, digest)
    response = HttpResponse(bytes(found.jpeg), content_type="image/jpeg")
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


def _save(request: HttpRequest, desk: Desk, edited: PolicyVersion) -> HttpResponse:
    sheet = _typed(request, desk, edited, request.POST)
    form = sheet.form
    assert form is not None
    if form.errors:
        return _show(request, desk, sheet, status=422)
    if not sheet.changes:
        say(request, "Nothing was changed, so there is no new version.")
        return redirect(desk.page_url)
    try:
        if edited.pk != desk.newest.pk:
            raise Changed(desk.newest)
        made = desk.save(
            form.typed,
            form.cleaned_data["locks"],
            request.user,
            note=form.cleaned_data["note"],
            after=edited.number,
        )
    except Changed as meanwhile:
        return _conflict(request, replace(desk, newest=meanwhile.newer), edited, sheet)
    sentence, went_well = "", True
    if request.POST.get("scheduled") == "update":
        sentence, went_well = policy_scheduled.bring_along(desk, request.user, timezone.now())
    saved = f"Saved as version {made.number}. Bots that are sent from now on carry it."
    say(request, f"{saved} {sentence}".strip(), bad=not went_well)
    return redirect(desk.page_url)


def _conflict(
    request: HttpRequest, desk: Desk, edited: PolicyVersion, sheet: Sheet
) -> HttpResponse:
    """Somebody was quicker: show the newest version with what was typed on top of it, unsaved."""
    form = sheet.form
    assert form is not None
    newest = desk.newest
    theirs = policy.differences(sheet.saved, newest.pure.rules, edited.locks, newest.locks)
    open_names = desk.open_names(newest)
    mine = {
        change.name: getattr(form.typed, change.name) for change in sheet.changes if change.name
    }
    merged = replace(
        newest.pure.rules, **{name: value for name, value in mine.items() if name in open_names}
    )
    # A lock that I switched stays switched; the others are as they are now.
    switched = set(form.locked) ^ set(edited.locks)
    data = posted(
        merged,
        open_names,
        after=newest.number,
        note=form.cleaned_data["note"],
        locks=sorted(set(newest.locks) ^ switched),
    )
    if request.POST.get("scheduled"):
        data["scheduled"] = request.POST["scheduled"]
    again = _typed(request, desk, newest, data, files=False)
    said = {
        "newer": newest,
        "theirs": theirs,
        "both": [change.label for change in theirs if change.name in mine],
        "lost": [
            change for change in sheet.changes if change.name and change.name not in open_names
        ],
    }
    return _show(request, desk, again, said, status=409)


def _typed(
    request: HttpRequest,
    desk: Desk,
    edited: PolicyVersion,
    data: QueryDict,
    *,
    files: bool = True,
) -> Sheet:
    """The edited version as it is being typed over."""
    form = _form(desk, edited, data, request.FILES if files else None)
    form.full_clean()
    for name, sentence in desk.opened(form.typed, edited).items():
        form.add_error(name, sentence)
    if not form.errors:
        for sentence in desk.clashes(form.typed, form.locked):
            form.add_error(None, sentence)
    return Sheet(edited, form, _owners(desk))


def _form(desk: Desk, version: PolicyVersion, data: Any = None, files: Any = None) -> PolicyForm:
    return PolicyForm(
        data,
        files,
        rules=version.pure.rules,
        names=desk.open_names(version),
        number=version.number,
        locks=version.locks,
        workspace=desk.membership.workspace,
    )


def _edited(request: HttpRequest, desk: Desk) -> PolicyVersion:
    """The version that the form was filled in from; the newest where it names none."""
    number = request.POST.get("after", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        return desk.newest
    return desk.find_version(int(number))


def _filled_in(data: QueryDict, wanted: str, desk: Desk, edited: PolicyVersion) -> QueryDict:
    """What was typed, with a preset's numbers or the value beneath a field put in."""
    kind, _, name = wanted.partition(":")
    if kind == "preset" and name in policy.PRESETS:
        values: dict[str, Any] = dict(policy.PRESETS[name])
    elif kind == "back" and name in policy.FIELDS:
        beneath = policy.Rules.read(edited.base.rules if edited.base and desk.team else {})
        values = {name: getattr(beneath, name)}
    elif wanted == "clear:bot_picture":
        values = {"bot_picture": ""}
    else:
        raise Http404("There is nothing of that name to fill in.")
    for field, value in values.items():
        for control, given in control_values(field, value).items():
            data.setlist(control, given)
    return data


def _owners(desk: Desk) -> dict[str, tuple[str, ...]]:
    """For each section that can be locked, the teams that set something there themselves."""
    if desk.team is not None or not desk.may_edit:
        return {}
    found: dict[str, list[str]] = {}
    for team in desk.membership.workspace.teams.order_by("pk"):
        own = PolicyVersion.objects.current(team).own
        for section in sorted(
            {policy.SECTION_OF[name] for name in own if name in policy.SECTION_OF}
        ):
            found.setdefault(section, []).append(team.name)
    return {section: tuple(names) for section, names in found.items()}


def _show(
    request: HttpRequest,
    desk: Desk,
    sheet: Sheet,
    said: dict[str, Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context = _context(desk, sheet)
    if not wants_partial(request):
        context |= policy_scheduled.waiting(desk)
    if sheet.version.pk != desk.newest.pk:
        context["newer"] = desk.newest
    return show(request, TEMPLATE, "policy", context | (said or {}), status=status)


def _context(desk: Desk, sheet: Sheet) -> dict[str, Any]:
    scheduled, soon = policy_scheduled.counts(desk, timezone.now()) if desk.may_edit else (0, 0)
    return {
        "membership": desk.membership,
        "desk": desk,
        "sheet": sheet,
        "form": sheet.form,
        "teams": list(desk.membership.workspace.teams.order_by("pk")),
        "scheduled": scheduled,
        "soon": soon,
    }
