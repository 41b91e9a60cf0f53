"""The request log: every call to Recall of the last days, and how much of its limits is used."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from bots import spending
from bots.log_forms import CallFilter
from bots.models import Workspace
from bots.pruning import CALLS_FOR
from bots.rights import Right
from bots.views import paging
from bots.views.access import find_with
from bots.views.shell import show


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Limits and calls of a workspace, the newest first; htmx gets these without the filters."""
    membership = find_with(request, slug, Right.WATCH)
    workspace = membership.workspace
    now = timezone.now()
    kept = workspace.calls.filter(at__gte=now - CALLS_FOR)
    filters = CallFilter(request.GET, endpoints=_endpoints(workspace, now))
    rows = filters.narrow(kept.select_related("order", "order__bot", "order__by"))
    try:
        calls = paging.turn(rows, request.GET.get("after", ""), by=("-at", "-pk"))
    except paging.NotOurs as refusal:
        return render(request, "400.html", {"reason": str(refusal)}, status=400)
    context = {
        "membership": membership,
        "workspace": workspace,
        "filters": filters,
        "page": calls,
        "query": paging.filters_of(request),
        "spent": spending.of(workspace, now=now),
        "days": CALLS_FOR.days,
        "here": request.get_full_path(),
    }
    return show(request, "calls.html", "list", context)


def _endpoints(workspace: Workspace, now: datetime) -> list[str]:
    """The operations of which a call is kept."""
    calls = workspace.calls.filter(at__gte=now - CALLS_FOR)
    return list(calls.order_by("endpoint").values_list("endpoint", flat=True).distinct())
