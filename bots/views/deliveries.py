"""Every webhook that came: its result, its body as it was sent, and observing it once more."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from bots import inbox, tasks
from bots.log_forms import DeliveryFilter
from bots.models import AuditEvent, Delivery, Membership
from bots.models.audit import Verb
from bots.rights import Right
from bots.views import paging
from bots.views.access import find_delivery, find_with
from bots.views.raw import readable
from bots.views.shell import say, show


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The webhooks of a workspace, the newest first; htmx gets the list alone."""
    membership = find_with(request, slug, Right.WATCH)
    filters = DeliveryFilter(request.GET)
    rows = filters.narrow(
        membership.workspace.deliveries.select_related("bot").defer("body", "bot__config")
    )
    try:
        deliveries = paging.turn(rows, request.GET.get("after", ""), by=("-received_at", "-pk"))
    except paging.NotOurs as refusal:
        return render(request, "400.html", {"reason": str(refusal)}, status=400)
    context = {
        "membership": membership,
        "workspace": membership.workspace,
        "filters": filters,
        "page": deliveries,
        "query": paging.filters_of(request),
        "waiting": membership.workspace.deliveries.filter(state__in=Delivery.UNFINISHED).count(),
    }
    return show(request, "deliveries.html", "list", context)


@require_safe
def one(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One webhook with its body; htmx gets what opens beneath its row."""
    membership = find_with(request, slug, Right.WATCH)
    delivery = find_delivery(membership, pk)
    return show(request, "delivery.html", "body", _context(membership, delivery))


@require_POST
def replay(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Have its bot observe a webhook once more, whatever became of it."""
    membership = find_with(request, slug, Right.WATCH)
    now = timezone.now()
    with transaction.atomic():
        delivery = inbox.replay(find_delivery(membership, pk), now=now)
        AuditEvent.objects.record(
            membership.workspace,
            Verb.DELIVERY_REPLAYED,
            by=membership.user,
            now=now,
            target=delivery,
            detail={"result": delivery.state},
        )
    tasks.wake_delivery(delivery)
    bad = delivery.state in (Delivery.State.FAILED, Delivery.State.UNREADABLE)
    say(request, _said(delivery), bad=bad)
    return redirect("deliveries_one", slug, pk)


def _context(membership: Membership, delivery: Delivery) -> dict[str, Any]:
    return {
        "membership": membership,
        "workspace": membership.workspace,
        "delivery": delivery,
        "body": readable(bytes(delivery.body)),
        "size": len(delivery.body),
    }


def _said(delivery: Delivery) -> str:
    match delivery.state:
        case Delivery.State.UNMATCHED:
            return "Replayed. Its bot is still unknown and is being fetched from Recall."
        case Delivery.State.FAILED:
            return f"Replayed, and it failed again: {delivery.error}"
        case Delivery.State.UNREADABLE:
            return f"Replayed, and it is still unreadable: {delivery.error}"
    return f"Replayed: {delivery.get_state_display()}."
