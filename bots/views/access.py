"""The one way a view gets anything: through the person who asks."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from bots import feed
from bots.models import Bot, Membership, Recording, Team


def memberships_of(request: HttpRequest) -> list[Membership]:
    """This person's memberships with their workspaces, by name; asked once for each request."""
    known = cast(Any, request)
    if not hasattr(known, "memberships"):
        # Before anything else is read, so that a change which comes meanwhile is streamed again.
        known.watermark = feed.watermark()
        known.memberships = list(
            Membership.objects.filter(user=cast(Any, request.user))
            .select_related("workspace", "user")
            .order_by("workspace__name", "pk")
        )
    return cast(list[Membership], known.memberships)


def find_membership(request: HttpRequest, slug: str) -> Membership:
    """This person's membership of that workspace; to a stranger it doesn't exist (404)."""
    for membership in memberships_of(request):
        if membership.workspace.slug == slug:
            return membership
    raise Http404("No such workspace.")


def find_operator(request: HttpRequest, slug: str) -> Membership:
    """The same, for whoever may send bots and press buttons; 403 for viewers."""
    membership = find_membership(request, slug)
    if not membership.may_operate:
        raise PermissionDenied("Your role in this workspace is viewer: you can look, not steer.")
    return membership


def find_admin(request: HttpRequest, slug: str) -> Membership:
    """The same, for whoever may change the connection to Recall; 403 for others."""
    membership = find_membership(request, slug)
    if not membership.may_administer:
        raise PermissionDenied("Only owners and admins may change the connection.")
    return membership


def find_bot(membership: Membership, pk: int) -> Bot:
    """A bot of that workspace, or 404."""
    bots = Bot.objects.select_related("workspace", "team", "sent_by")
    return get_object_or_404(bots, workspace=membership.workspace, pk=pk)


def find_recording(membership: Membership, pk: int) -> Recording:
    """A recording of that workspace, or 404."""
    recordings = Recording.objects.select_related("bot", "bot__team")
    return get_object_or_404(recordings, workspace=membership.workspace, pk=pk)


def find_team(membership: Membership, pk: int) -> Team:
    """A team of that workspace, or 404."""
    return get_object_or_404(Team, workspace=membership.workspace, pk=pk)
