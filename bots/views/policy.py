"""A recording policy: read by every member, changed by those who may, one version at a time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bots import policy
from bots.models import Membership, Picture, PolicyVersion, Team
from bots.models.policy import Changed
from bots.policy_forms import PolicyForm, control_values, posted
from bots.views.access import find_membership, find_team
from bots.views.policy_sheet import Sheet
from bots.views.shell import say, show

TEMPLATE = "policy.html"


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose policy somebody looks at, a team's or the workspace default (`team` None)."""

    membership: Membership
    team: Team | None
    newest: PolicyVersion

    @property
    def may_edit(self) -> bool:
        return self.membership.may_lead if self.team else self.membership.may_administer

    @property
    def name(self) -> str:
        return self.team.name if self.team else "Workspace default"

    @property
    def base_name(self) -> str:
        """Whose value counts where this policy has none of its own."""
        return "the workspace's value" if self.team else "recalldash's default"

    @property
    def next_number(self) -> int:
        return self.newest.number + 1

    @property
    def page_url(self) -> str:
        return self.url("policy")

    @property
    def check_url(self) -> str:
        return self.url("policy_check")

    @property
    def history_url(self) -> str:
        return self.url("policy_history")

    def url(self, name: str, *args: Any) -> str:
        """The address of a page of this policy; `name` is what the team's is called."""
        slug = self.membership.workspace.slug
        if self.team is None:
            return reverse(name.replace("policy", "policy_default", 1), args=[slug, *args])
        return reverse(name, args=[slug, self.team.pk, *args])

    def find_version(self, number: int) -> PolicyVersion:
        """That version of this policy, or 404."""
        versions = PolicyVersion.objects.of(self.membership.workspace, self.team)
        return get_object_or_404(versions, number=number)

    def open_names(self, version: PolicyVersion) -> frozenset[str]:
        """The fields that may be changed here: a team's own word ends where a lock begins."""
        locks = version.locks if self.team else ()
        return frozenset(name for name in policy.FIELDS if policy.SECTION_OF[name] not in locks)

    def own_of(self, rules: policy.Rules) -> dict[str, Any]:
        """What this policy must say itself so that these rules count, on what is beneath it now.

        What a team says in locked sections is kept for the day when the lock is gone.
        """
        newest, base = self.newest, self.newest.base
        names = self.open_names(newest)
        kept = {name: value for name, value in newest.own.items() if name not in names}
        return kept | policy.changed_from(rules, base.rules if base else {}, names)

    def save(
        self, rules: policy.Rules, locks: Collection[str], by: Any, **said: Any
    ) -> PolicyVersion:
        """Make a new version with these rules; raises Changed as the model does."""
        own, now = self.own_of(rules), timezone.now()
        versions = PolicyVersion.objects
        if self.team:
            return versions.save_team(self.team, own, by=by, now=now, **said)
        return versions.save_default(self.membership.workspace, own, locks, by=by, now=now, **said)


def find_desk(request: HttpRequest, slug: str, pk: int | None) -> Desk:
    """The policy of that team, or the workspace default (None), for any member; 404 to others."""
    membership = find_membership(request, slug)
    if pk is None:
        return Desk(membership, None, PolicyVersion.objects.default(membership.workspace))
    team = find_team(membership, pk)
    return Desk(membership, team, PolicyVersion.objects.current(team))


def find_editable(request: HttpRequest, slug: str, pk: int | None) -> Desk:
    """The same, for whoever may change it; 403 for others."""
    desk = find_desk(request, slug, pk)
    if not desk.may_edit:
        who = "Team leads, admins and owners" if desk.team else "Admins and owners"
        raise PermissionDenied(f"{who} change this policy. You can read it.")
    return desk


@require_safe
def first(request: HttpRequest, slug: str) -> HttpResponse:
    """The first team's policy, for whoever does not care which team."""
    membership = find_membership(request, slug)
    return redirect("policy", slug, membership.workspace.default_team.pk)


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


@require_safe
def picture(request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    """A picture that bots of this workspace show."""
    membership = find_membership(request, slug)
    found = get_object_or_404(Picture, workspace=membership.workspace, digest=digest)
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
    say(request, f"Saved as version {made.number}. Bots that are sent from now on carry it.")
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
    context: dict[str, Any] = {
        "membership": desk.membership,
        "desk": desk,
        "sheet": sheet,
        "form": sheet.form,
        "teams": list(desk.membership.workspace.teams.order_by("pk")),
    }
    if sheet.version.pk != desk.newest.pk:
        context["newer"] = desk.newest
    return show(request, TEMPLATE, "policy", context | (said or {}), status=status)
