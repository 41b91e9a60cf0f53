"""*Leave all*: which bots shall leave, asked once more, and how far it has come."""

import math
import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from bots import batches, tasks
from bots.views.access import find_batch, find_membership, find_operator
from bots.views.posted import numbers, token
from bots.views.shell import say, show


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """The question, which names the bots: those that are posted, else all; confirmed, the deed."""
    membership = find_operator(request, slug)
    now = timezone.now()
    if "confirmed" in request.POST:
        batch = batches.start(membership, _ids(request), token=token(request), now=now)
        if batch is None:
            say(request, "None of these bots is in a meeting any more.")
            return redirect("bots", slug)
        tasks.wake_batch(batch)
        return redirect("batch", slug, batch.pk)
    chosen = request.method == "POST"
    found = batches.named(membership, _ids(request)) if chosen else batches.may_leave(membership)
    bots = list(found.select_related("team").order_by("met_at", "pk"))
    if chosen and not bots:
        say(request, "Choose the bots that shall leave first.", bad=True)
        return redirect("bots", slug)
    context = {
        "membership": membership,
        "bots": bots,
        "is_all": not chosen,
        "ids": ",".join(str(bot.pk) for bot in bots),
        "teams_matter": len({bot.team_id for bot in bots}) > 1,
        "minutes": math.ceil(batches.least_time(len(bots)).total_seconds() / 60),
        "token": str(uuid.uuid4()),
        "recent": batches.recent(membership, now),
    }
    return render(request, "leave_all.html", context)


@require_GET
def batch(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """How far it has come, bot by bot; htmx gets the part that changes."""
    membership = find_membership(request, slug)
    found = find_batch(membership, pk)
    context = {
        "membership": membership,
        "batch": found,
        "progress": batches.progress(found, membership),
        "now": timezone.now(),
    }
    return show(request, "batch.html", "batch", context)


def _ids(request: HttpRequest) -> set[int]:
    """The bots that a form names; what is no number names none."""
    said = [*request.POST.getlist("bot"), *request.POST.get("bots", "").split(",")]
    return numbers(said)
