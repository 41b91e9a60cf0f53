"""Files that we write ourselves from what is kept of a recording, and good names for all files."""

import json
import re
import unicodedata
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from bots import transcripts
from bots.models import AuditEvent, Membership, ParticipantEvent, Recording, Verb
from bots.views.access import find_membership, find_recording


@require_GET
@never_cache
def kept(request: HttpRequest, slug: str, pk: int, what: str, ending: str) -> HttpResponse:
    """What was said or who was there, as a file to keep; 404 where nothing of it is kept."""
    membership = find_membership(request, slug)
    found = find_recording(membership, pk)
    if what == "transcript" and ending in transcripts.WRITERS:
        media_type, write = transcripts.WRITERS[ending]
        body = write(transcripts.read(_lines(found)))
    elif (what, ending) == ("transcript", "json"):
        media_type, body = "application/json", _json(_lines(found))
    elif (what, ending) == ("participants", "json") and found.details_at:
        media_type, body = "application/json", _json(_people(found))
    elif (what, ending) == ("events", "json") and found.details_at:
        media_type, body = "application/json", _json(_events(found))
    else:
        raise Http404(what)
    note_download(found, membership, f"{what}.{ending}")
    response = HttpResponse(body, content_type=f"{media_type}; charset=utf-8")
    name = file_name(found, ending, what="" if what == "transcript" else what)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def note_download(recording: Recording, membership: Membership, file: str) -> None:
    """Write into the audit log that this person takes a file of the recording along."""
    AuditEvent.objects.record(
        membership.workspace,
        Verb.RECORDING_DOWNLOADED,
        by=membership.user,
        now=timezone.now(),
        target=recording,
        detail={"file": file},
    )


def note_opening(recording: Recording, membership: Membership) -> None:
    """Write into the audit log that this person opened the recording; once an hour is enough."""
    AuditEvent.objects.record_once(
        membership.workspace,
        Verb.RECORDING_OPENED,
        by=membership.user,
        now=timezone.now(),
        target=recording,
        within=timedelta(hours=1),
    )


def file_name(recording: Recording, ending: str, *, what: str = "") -> str:
    """ "Monday stand-up 2026-11-16.mp4", on every system a name; `what` follows the date."""
    title = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*]+', " ", _plain(str(recording.bot)))
    at = recording.started_at or recording.created_at
    words = " ".join([*title.split(), f"{at:%Y-%m-%d}", *what.split()]).lstrip(". ")
    return f"{words[-150:]}.{ending}" if ending else words[-150:]


def _plain(text: str) -> str:
    """Without what no eye sees: such a character can make `exe.mp4` of `4pm.exe`."""
    return "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cs", "Co", "Cn"))


def _lines(recording: Recording) -> list[dict[str, Any]]:
    try:
        lines: list[dict[str, Any]] = recording.transcript.lines
    except ObjectDoesNotExist:
        raise Http404("transcript") from None
    return lines


def _people(recording: Recording) -> list[dict[str, Any]]:
    return [
        {
            "id": person.number,
            "name": person.name,
            "is_host": person.is_host,
            "platform": person.platform,
            "email": person.email,
        }
        for person in recording.bot.participants.order_by("number")
    ]


def _events(recording: Recording) -> list[dict[str, Any]]:
    told: Iterable[ParticipantEvent] = recording.participant_events.select_related(
        "participant"
    ).order_by("at", "pk")
    return [
        {
            "participant": {"id": event.participant.number, "name": event.participant.name},
            "action": event.action,
            "timestamp": {
                "absolute": event.at.isoformat() if event.at else None,
                "relative": event.offset_s,
            },
            "data": {"text": event.text, "to": event.sent_to} if event.text else None,
        }
        for event in told
    ]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
