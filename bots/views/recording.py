"""The page of one recording; each of its sections is a room of its own."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from bots import lanes
from bots.models import Bot, Recording
from bots.views import digest, file_rows, keeping, meeting
from bots.views.access import find_membership, find_recording
from bots.views.deleting import deleting_shown
from bots.views.files import note_opening
from bots.views.shares import sharing_shown
from bots.views.shell import show
from bots.views.transcript import region


@require_GET
def recording(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The page; `?t=754` opens the transcript at that second.

    While files are still to come, the page asks for itself again whenever its bot changed.
    """
    membership = find_membership(request, slug)
    found = find_recording(membership, pk)
    # Its files are read once, for all the rooms of the page.
    prefetch_related_objects([found], "artifacts__tracks")
    note_opening(found, membership)
    now = timezone.now()
    bot = found.bot
    changes = list(bot.status_changes.order_by("at", "pk"))
    met = meeting.of_bot(bot, found)
    stopped_at = meeting.stops(bot.orders.all())
    context = meeting.player(found, changes=changes, stopped_at=stopped_at, now=now) | {
        "membership": membership,
        "bot": bot,
        **_among(bot, found),
        "picture": meeting.picture(
            bot,
            changes=changes,
            recordings=[found],
            meeting=met,
            stopped_at=stopped_at,
            now=now,
            only=_span(found, now),
        ),
        "artifacts": file_rows.rows(found, slug),
        "meeting": met,
        "attendees": meeting.attendees(
            bot, met, recordings=[found], changes=changes, stopped_at=stopped_at, now=now
        ),
        "may_name": membership.leads(bot.team),
        "is_coming": _is_coming(found),
    }
    context |= keeping.shown(membership, found, now=now)
    if context["playable"] is not None:
        context |= keeping.own_copy(found, context["playable"], now=now)
    context |= sharing_shown(found, membership)
    context |= region(request, found, membership, recorded=context["pauses"])
    context |= digest.shown(found, membership)
    context |= deleting_shown(membership, bot, found)
    context["is_coming"] |= context["is_deleting"]
    return show(request, "recording.html", "whole", context)


def _among(bot: Bot, recording: Recording) -> dict[str, Any]:
    """Its place among the recordings of its bot, and the ones before and after it."""
    known = list(bot.recordings.order_by("created_at", "pk").values_list("pk", flat=True))
    at = known.index(recording.pk)
    return {
        "number": at + 1,
        "count": len(known),
        "before": known[at - 1] if at else None,
        "after": known[at + 1] if at + 1 < len(known) else None,
    }


def _is_coming(recording: Recording) -> bool:
    """Whether there will be more to show than there is; what was said listens by itself."""
    if recording.erased_at is not None:
        return False
    if recording.status not in ("done", "failed", "deleted"):
        return True
    files = [each for each in recording.artifacts.all() if each.kind != "transcript"]
    return any(each.status == "processing" for each in files)


def _span(recording: Recording, now: datetime) -> lanes.Span:
    start = recording.started_at or recording.created_at
    return lanes.Span(start, max(recording.completed_at or now, start + timedelta(seconds=1)))
