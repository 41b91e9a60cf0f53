"""Files that we write ourselves from what is kept of a recording, and good names for all files."""

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from bots import documents, transcripts
from bots.file_names import file_name
from bots.models import AuditEvent, Membership, Recording, Transcript, Verb
from bots.views.access import find_membership, find_recording, find_transcript


@require_GET
@never_cache
def kept(request: HttpRequest, slug: str, pk: int, what: str, ending: str) -> HttpResponse:
    """What was said (`?of=` which transcript) or who was there, as a file; 404 where not kept."""
    membership = find_membership(request, slug)
    found = find_recording(membership, pk)
    if what == "transcript" and ending in transcripts.WRITERS:
        media_type, write = transcripts.WRITERS[ending]
        body = write(transcripts.read(_lines(found, request.GET.get("of", ""))))
    elif (what, ending) == ("participants", "json") and found.details_at:
        media_type, body = "application/json", documents.as_json(documents.people(found))
    elif (what, ending) == ("events", "json") and found.details_at:
        media_type, body = "application/json", documents.as_json(documents.events(found))
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


def _lines(recording: Recording, of: str) -> list[dict[str, Any]]:
    """What the transcript `of` says, else the one that is shown; 404 where there is none."""
    if of:
        chosen = find_transcript(recording, int(of) if of.isdecimal() and len(of) < 19 else 0)
    elif (best := Transcript.objects.best(recording)) is not None:
        chosen = best
    else:
        raise Http404("transcript")
    return documents.passages(chosen)
