"""The summary of a recording: what its page shows of it, and asking for it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods

from bots import assistants, digests
from bots.dialogue.summaries import Summary
from bots.models import Membership, Recording, RecordingSummary
from bots.views.access import (
    find_membership,
    find_operator,
    find_recording,
    find_recording_to_steer,
)
from bots.views.shell import say, wants_partial


def shown(recording: Recording, membership: Membership) -> dict[str, Any]:
    """What the page shows of it; nothing where there is neither a summary nor a way to one."""
    # None, too, was read with the recording.
    row: RecordingSummary | None = getattr(recording, "digest", None)
    steering = membership.operates(recording.bot.team_id)
    able = [
        each
        for each in (membership.workspace.assistants.active() if steering else ())
        if not assistants.lacks(each)
    ]
    return {
        "digest": row,
        "digest_points": Summary.read(row.points) if row and row.points else None,
        "digest_part": len(row.parts) + 1 if row else 0,
        "digest_assistants": able if recording.erased_at is None else [],
    }


@require_http_methods(["GET", "HEAD", "POST"])
def summary(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """How far it is, as htmx asks; a post has it made (anew)."""
    if request.method == "POST":
        return _ask(request, slug, pk)
    membership = find_membership(request, slug)
    found = find_recording(membership, pk)
    if not wants_partial(request):
        return redirect("recording", slug, pk)
    return _region(request, membership, found)


def _ask(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    membership = find_operator(request, slug)
    found = find_recording_to_steer(membership, pk)
    given = request.POST.get("assistant", "")
    number = int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else 0
    chosen = membership.workspace.assistants.active().filter(pk=number).first()
    refusal = ""
    try:
        digests.ask(found, chosen, by=membership.user, now=timezone.now())
    except digests.NotAsked as why_not:
        refusal = str(why_not)
    if wants_partial(request):
        return _region(request, membership, find_recording(membership, pk), refusal)
    if refusal:
        say(request, refusal, bad=True)
    return redirect("recording", slug, pk)


def _region(
    request: HttpRequest, membership: Membership, found: Recording, refusal: str = ""
) -> HttpResponse:
    context = {
        "recording": found,
        "bot": found.bot,
        "membership": membership,
        "digest_refusal": refusal,
        **shown(found, membership),
    }
    response = render(request, "_digest.html", context, status=409 if refusal else 200)
    patch_vary_headers(response, ["HX-Request"])
    return response
