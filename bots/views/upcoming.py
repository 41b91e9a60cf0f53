"""What is coming: every scheduled bot by its day, and whether and why it joins or does not."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from bots import coming
from bots.models import Bot
from bots.views.access import find_membership
from bots.views.shell import show

MOST = 200


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The next first; htmx gets the list alone."""
    membership = find_membership(request, slug)
    now = timezone.now()
    found = Bot.objects.seen_by(membership).upcoming().order_by("met_at", "pk")
    bots = found.select_related("workspace", "team__workspace", "policy", "sent_by")[: MOST + 1]
    rows = [
        {"bot": bot, "outlook": outlook, "may_steer": membership.operates(bot.team_id)}
        for bot, outlook in coming.outlooks(bots[:MOST], now=now)
    ]
    context = {
        "membership": membership,
        "rows": rows,
        "teams_matter": len(membership.seen_teams) > 1,
        "most": MOST if len(bots) > MOST else 0,
        "here": request.get_full_path(),
    }
    return show(request, "upcoming.html", "list", context)
