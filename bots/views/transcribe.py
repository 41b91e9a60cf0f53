"""Asking Recall for a transcript of a recording, from the recording's page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST

from bots import tasks, transcribing
from bots.actions import NotNow
from bots.transcribe_forms import TranscribeForm
from bots.views.access import find_operator, find_recording_to_steer
from bots.views.shell import say, wants_partial
from bots.views.transcript import region


@require_POST
def ask(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Give the order; what is wrong with it stands at its form."""
    membership = find_operator(request, slug)
    found = find_recording_to_steer(membership, pk)
    form = TranscribeForm(request.POST, auto_id="id_ask_%s")
    refusal = ""
    if form.is_valid():
        try:
            order = transcribing.ask(
                found,
                form.as_provider(),
                by=membership.user,
                token=request.POST.get("token", "").replace("\0", "")[:64],
                now=timezone.now(),
            )
        except NotNow as reason:
            refusal = str(reason)
        else:
            tasks.wake_order(order)
    if wants_partial(request):
        context: dict[str, Any] = {"recording": found, "membership": membership}
        context |= region(request, found, membership)
        if form.errors:
            context["ask"] = form
        status = 422 if form.errors else 409 if refusal else 200
        context["refusal"] = refusal
        response = render(request, "_transcript.html", context, status=status)
        patch_vary_headers(response, ["HX-Request"])
        return response
    for sentences in form.errors.values():
        say(request, " ".join(str(each) for each in sentences), bad=True)
    if refusal:
        say(request, refusal, bad=True)
    return redirect(reverse("recording", args=[slug, pk]) + "#transcript")
