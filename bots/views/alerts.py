"""Alerts in the page: the list of what a person was told, unread first, and reading it."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bots import alert_posts, audience
from bots.alert_forms import AlertFilter
from bots.models import Heard, Membership
from bots.views import paging
from bots.views.access import find_alert, find_membership
from bots.views.shell import show

# Unread ones stand above; more than so many are gone through with *Older*.
MOST_UNREAD = 50


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The unread ones, then the others, newest first; htmx gets the list alone."""
    membership = find_membership(request, slug)
    filters = AlertFilter(request.GET)
    rows = _rows(membership)
    if filters.chosen:
        # By workspace, too: there is an index that begins so.
        rows = rows.filter(alert__workspace=membership.workspace_id, alert__kind=filters.chosen)
    place = request.GET.get("after", "")
    try:
        earlier = paging.turn(rows.exclude(read_at=None), place, by=("-raised_at", "-pk"))
    except paging.NotOurs as refusal:
        return render(request, "400.html", {"reason": str(refusal)}, status=400)
    unread = [] if place else list(rows.unread().order_by("-raised_at", "-pk")[:MOST_UNREAD])
    context: dict[str, Any] = {
        "membership": membership,
        "workspace": membership.workspace,
        "filters": filters,
        "unread": unread,
        "page": earlier,
        "query": paging.filters_of(request),
    }
    return show(request, "alerts.html", "list", context)


@require_safe
def open_one(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Go to what an alert is about; it is read by that."""
    membership = find_membership(request, slug)
    alert = find_alert(membership, pk)
    if request.method == "GET":
        mine = Heard.objects.filter(alert=alert, user=membership.user, read_at=None)
        mine.update(read_at=timezone.now())
    if alert.recording_id is not None:
        return redirect("recording", slug, alert.recording_id)
    if alert.bot_id is not None:
        return redirect("bot", slug, alert.bot_id)
    if alert.kind == "webhooks" and membership.may_administer:
        return redirect("settings_doctor", slug)
    return redirect("alerts", slug)


@require_POST
def read(request: HttpRequest, slug: str) -> HttpResponse:
    """Mark one as read (`alert`, its id), or all of them."""
    membership = find_membership(request, slug)
    rows = Heard.objects.seen_by(membership).unread()
    said = request.POST.get("alert", "")
    if said:
        rows = rows.filter(pk=int(said)) if said.isdecimal() and len(said) < 19 else rows.none()
    Heard.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).update(
        read_at=timezone.now()
    )
    return redirect("alerts", slug)


@login_not_required
@csrf_exempt  # A mail program posts here, without ever having seen a page.
@require_http_methods(["GET", "HEAD", "POST"])
def off(request: HttpRequest, token: str) -> HttpResponse:
    """Switch mails of alerts off, by the link in one of them; looking at the page does nothing."""
    membership = alert_posts.whose(token)
    if membership is not None and request.method == "POST":
        audience.switch_mails(membership, on=False)
    context = {
        "whose": membership,
        "is_off": membership is not None and audience.choices_of(membership).has_no_mail,
    }
    return render(request, "alerts_off.html", context)


def _rows(membership: Membership) -> Any:
    return Heard.objects.seen_by(membership).select_related(
        "alert__bot", "alert__team", "alert__workspace"
    )
