"""Members: who belongs to a workspace and as what, whom to ask in, and the way out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bots import invitations, people, rights
from bots.models import ApiToken, Invitation, Membership, Role
from bots.people_forms import InviteForm, MemberForm
from bots.rights import Right
from bots.views.access import find_invitation, find_member, find_membership, find_with
from bots.views.shell import say, show, wants_partial


@dataclass(frozen=True, slots=True)
class Row:
    """A member as a line of the list. `form` where the line is being changed."""

    member: Membership
    is_me: bool
    may_change: bool
    may_remove: bool
    form: MemberForm | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """An invitation that was made just now; its link is shown this once."""

    invitation: Invitation
    link: str
    was_mailed: bool


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody, and who was asked in; a post asks somebody in."""
    if request.method != "POST":
        return _page(request, find_membership(request, slug))
    membership = find_with(request, slug, Right.PEOPLE)
    form = InviteForm(request.POST, by=membership)
    if not form.is_valid():
        return _page(request, membership, form=form, status=422)
    given = form.cleaned_data
    try:
        invitation, token = people.invite(
            membership,
            given["email"],
            role=given["role"],
            teams=given["teams"],
            now=timezone.now(),
        )
    except people.NotAllowed as refusal:
        form.add_error(None, str(refusal))
        return _page(request, membership, form=form, status=422)
    return _page(request, membership, made=_sent(request, invitation, token))


@require_POST
@never_cache
def invite_again(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """A new link for somebody who was asked in; the old one ends."""
    membership = find_with(request, slug, Right.PEOPLE)
    invitation = find_invitation(membership, pk)
    try:
        made, token = people.invite_again(membership, invitation, now=timezone.now())
    except people.NotAllowed as refusal:
        say(request, str(refusal), bad=True)
        return redirect("members", slug)
    return _page(request, membership, made=_sent(request, made, token))


@require_POST
def revoke(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take an invitation back."""
    membership = find_with(request, slug, Right.PEOPLE)
    invitation = find_invitation(membership, pk)
    try:
        people.revoke(membership, invitation, now=timezone.now())
    except people.NotAllowed as refusal:
        say(request, str(refusal), bad=True)
    else:
        say(request, f"The link for {invitation.email} works no more.")
    return redirect("members", slug)


@require_safe
def roles(request: HttpRequest, slug: str) -> HttpResponse:
    """What each role may do: the written list."""
    context = {
        "membership": find_membership(request, slug),
        "roles": [role.label for role in reversed(Role)],
        "rows": [
            (sentence, [rights.has(role, right) for role in reversed(Role)])
            for right, sentence in rights.SENTENCES.items()
        ],
    }
    return render(request, "roles.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One member's role and teams, in the list for htmx, else on a page; a post changes them.

    `?shown` asks for the line as it is, for whoever does not want to change it after all.
    """
    membership = find_with(request, slug, Right.PEOPLE)
    member = find_member(membership, pk)
    if request.method != "POST":
        form = None if "shown" in request.GET else MemberForm(by=membership, member=member)
        return _one(request, membership, member, form=form)
    form = MemberForm(request.POST, by=membership, member=member)
    if not form.is_valid():
        return _one(request, membership, member, form=form, status=422)
    given = form.cleaned_data
    try:
        people.change(
            membership, member, role=given["role"], teams=given["teams"], now=timezone.now()
        )
    except people.NotAllowed as refusal:
        form.add_error(None, str(refusal))
        return _one(request, membership, member, form=form, status=422)
    if wants_partial(request):
        return _one(request, membership, find_member(membership, pk))
    say(request, f"Saved: {people.called(member.user)}.")
    return redirect("members", slug)


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Ask, then end somebody's membership."""
    membership = find_with(request, slug, Right.PEOPLE)
    member = find_member(membership, pk)
    if member.pk == membership.pk:
        return redirect("members_leave", slug)
    return _ending(
        request,
        membership,
        member,
        lambda: people.remove(membership, member, now=timezone.now()),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask, then end one's own membership."""
    membership = find_membership(request, slug)
    return _ending(
        request,
        membership,
        membership,
        lambda: people.leave(membership, now=timezone.now()),
    )


def _ending(
    request: HttpRequest, membership: Membership, member: Membership, end: Callable[[], None]
) -> HttpResponse:
    slug, is_me = membership.workspace.slug, member.pk == membership.pk
    # They belong to the workspace and work on; whoever leaves may have kept one.
    made = ApiToken.objects.running(timezone.now()).filter(workspace=membership.workspace)
    tokens = made.filter(by=member.user_id).count()
    context = {"membership": membership, "member": member, "is_me": is_me, "tokens": tokens}
    if request.method != "POST":
        if people.is_last_owner(member):
            context["error"] = people.LAST_OWNER
        elif not is_me and not people.may_change_role(membership, member):
            context["error"] = people.ONLY_OWNERS
        return render(request, "member_remove.html", context)
    try:
        end()
    except people.NotAllowed as refusal:
        return render(request, "member_remove.html", context | {"error": str(refusal)}, status=409)
    if is_me:
        say(request, f"You have left {membership.workspace}.")
        return redirect("home")
    say(request, f"{people.called(member.user)} is no member any more.")
    return redirect("members", slug)


def _page(
    request: HttpRequest,
    membership: Membership,
    *,
    form: InviteForm | None = None,
    made: Made | None = None,
    status: int = 200,
) -> HttpResponse:
    workspace, may_change = membership.workspace, membership.may(Right.PEOPLE)
    members = workspace.memberships.select_related("user").prefetch_related("teams")
    context: dict[str, Any] = {
        "membership": membership,
        "rows": [_row(each, membership) for each in members.order_by("created_at", "pk")],
        "may_change": may_change,
        "made": made,
        "is_last_owner": people.is_last_owner(membership),
    }
    if may_change:
        waiting = Invitation.objects.open(timezone.now()).filter(workspace=workspace)
        context |= {
            "form": form or InviteForm(by=membership),
            "invitations": waiting.select_related("by")
            .prefetch_related("teams")
            .order_by("-created_at"),
        }
    return render(request, "members.html", context, status=status)


def _one(
    request: HttpRequest,
    membership: Membership,
    member: Membership,
    *,
    form: MemberForm | None = None,
    status: int = 200,
) -> HttpResponse:
    row = _row(member, membership, form)
    if form is None and not wants_partial(request):
        return redirect("members", membership.workspace.slug)
    context = {"membership": membership, "row": row, "may_change": True}
    return show(request, "member.html", "row", context, status=status)


def _row(member: Membership, by: Membership, form: MemberForm | None = None) -> Row:
    may_change, is_me = by.may(Right.PEOPLE), member.pk == by.pk
    return Row(
        member=member,
        is_me=is_me,
        may_change=may_change,
        may_remove=may_change and not is_me and people.may_change_role(by, member),
        form=form,
    )


def _sent(request: HttpRequest, invitation: Invitation, token: str) -> Made:
    origin = request.build_absolute_uri("/")
    was_mailed = invitations.mail(invitation, token, origin=origin)
    return Made(invitation, invitations.link(token, origin=origin), was_mailed)
