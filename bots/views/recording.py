"""The page of one recording, its player and its transcript, and fresh links to its files."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from bots import connection, lanes, lifecycle
from bots.models import Artifact, Lane, Recording
from bots.recall.errors import NotFound, NotRecall, RecallError
from bots.recall.types import MEDIA_KINDS
from bots.views import meeting
from bots.views.access import find_artifact, find_membership, find_recording
from bots.views.files import file_name, note_download, note_opening
from bots.views.shell import show, wants_partial

# Our word in the address for each of Recall's links.
WHICH = {
    "file": "download_url",
    "events": "participant_events_download_url",
    "speakers": "speaker_timeline_download_url",
    "participants": "participants_download_url",
    "provider": "provider_data_download_url",
}
_LABELS = {
    "video_mixed": "Video",
    "audio_mixed": "Audio",
    "video_separate": "Video of each person",
    "audio_separate": "Audio of each person",
    "transcript": "Transcript",
    "participant_events": "Participants",
    "meeting_metadata": "Meeting details",
}
# Recall's links for each kind: (our word in the address, label, ending of a file's name).
_AT_RECALL = {
    "transcript": [("file", "Recall's own", "json")],
    "participant_events": [
        ("participants", "Participants", "json"),
        ("events", "Events", "json"),
        ("speakers", "Speaker timeline", "json"),
    ],
    "meeting_metadata": [],
}
# Files that we write of what is kept: (what, ending, label).
_KEPT = {
    "transcript": [
        ("transcript", "txt", "Text"),
        ("transcript", "srt", "SRT"),
        ("transcript", "vtt", "WebVTT"),
        ("transcript", "json", "JSON"),
    ],
    "participant_events": [("participants", "json", "Participants"), ("events", "json", "Events")],
}


@require_GET
def recording(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The page; with `?transcript` what was said stands in it from the start.

    While files are still to come, the page asks for itself again whenever its bot changed.
    """
    membership = find_membership(request, slug)
    found = find_recording(membership, pk)
    note_opening(found, membership)
    now = timezone.now()
    bot = found.bot
    changes = list(bot.status_changes.order_by("at", "pk"))
    met = meeting.of_bot(bot, found)
    stopped_at = meeting.stops(bot.orders.all())
    context = meeting.player(found, changes=changes, stopped_at=stopped_at, now=now) | {
        "membership": membership,
        "bot": bot,
        "number": bot.recordings.filter(created_at__lt=found.created_at).count() + 1,
        "picture": meeting.picture(
            bot,
            changes=changes,
            recordings=[found],
            meeting=met,
            stopped_at=stopped_at,
            now=now,
            only=_span(found, now),
        ),
        "artifacts": [_row(artifact, slug) for artifact in found.artifacts.order_by("kind", "pk")],
        "meeting": met,
        "is_coming": _is_coming(found),
    }
    # A piece that comes again must hold what the page fetched after it was there.
    if "transcript" in request.GET or wants_partial(request):
        context |= _said(found)
    return show(request, "recording.html", "whole", context)


@require_GET
def transcript(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """What was said, fetched when the page is already there; else the page that holds it."""
    membership = find_membership(request, slug)
    found = find_recording(membership, pk)
    if not wants_partial(request):
        return redirect(f"{_url(found, slug)}?transcript=1#transcript")
    note_opening(found, membership)
    context = {"recording": found, **_said(found)}
    response = render(request, "recording.html#transcript", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_GET
@never_cache
def media(request: HttpRequest, slug: str, pk: int, which: str) -> HttpResponse:
    """Go to a file of a recording by a link that Recall gives at this moment; it is never kept."""
    membership = find_membership(request, slug)
    artifact = find_artifact(membership, pk)
    if which not in WHICH or artifact.kind not in MEDIA_KINDS:
        raise Http404(which)
    try:
        link = fresh_link(artifact, WHICH[which])
    except RecallError as error:
        return _no_media(request, artifact, slug, _sentence(error))
    if link is None:
        return _no_media(request, artifact, slug, "Recall holds no such file (any more).")
    # What a player asks for, piece by piece, is looked at; all else is taken along.
    if request.headers.get("Sec-Fetch-Dest") in ("video", "audio"):
        note_opening(artifact.recording, membership)
    else:
        note_download(artifact.recording, membership, f"{artifact} {which}".strip())
    response = HttpResponseRedirect(link)
    response["Referrer-Policy"] = "no-referrer"
    return response


def fresh_link(artifact: Artifact, name: str) -> str | None:
    """The link that Recall gives now, None where it gives none or one that no browser may follow.

    Raises RecallError, ForeignLink among them.
    """
    workspace = artifact.recording.bot.workspace
    with connection.recall(workspace, lane=Lane.CLICK) as recall:
        answer = recall.artifacts(artifact.kind).retrieve(str(artifact.recall_id))
        try:
            return str(recall.known_link(answer.urls.get(name, "")))
        except NotRecall:
            return None


def lines_of(recording: Recording) -> list[dict[str, Any]] | None:
    """The transcript's lines in order, each with whether somebody else begins to speak."""
    try:
        said = recording.transcript.lines
    except ObjectDoesNotExist:
        return None
    lines, speaker = [], None
    for line in said:
        start_s, end_s = line.get("start_s"), line.get("end_s")
        text = (line.get("text") or "").strip()
        if not text:
            continue
        name = line.get("speaker") or "Somebody"
        lines.append(
            {
                "speaker": name,
                "new": name != speaker,
                "start_s": start_s,
                "end_s": end_s if end_s is not None else start_s,
                "text": text,
            }
        )
        speaker = name
    return lines


def _is_coming(recording: Recording) -> bool:
    """Whether there will be more to show than there is: a film, a file, what was said."""
    if not recording.is_settled:
        return True
    words = recording.artifacts.filter(kind="transcript", status="done")
    return words.exists() and lines_of(recording) is None


def _said(recording: Recording) -> dict[str, Any]:
    """What the transcript's region shows: its lines, or a sentence why there are none."""
    lines = lines_of(recording)
    return {
        "with_transcript": True,
        "lines": lines,
        "why_none": "" if lines else _why_none(recording, fetched=lines is not None),
    }


def _why_none(recording: Recording, *, fetched: bool) -> str:
    if fetched:
        return "Nothing was said, or nothing was understood."
    file = recording.artifacts.filter(kind="transcript").order_by("-pk").first()
    if file is None and recording.is_settled:
        return "No transcript was asked for when the bot was sent."
    if file is not None and file.status in ("failed", "deleted"):
        words = lifecycle.explain(f"transcript.{file.status}", file.sub_code)
        return f"{words.sentence} {words.next_step}".strip()
    return "There is no transcript yet. It comes some seconds after the recording has ended."


def _span(recording: Recording, now: datetime) -> lanes.Span:
    start = recording.started_at or recording.created_at
    return lanes.Span(start, max(recording.completed_at or now, start + timedelta(seconds=1)))


def _row(artifact: Artifact, slug: str) -> dict[str, Any]:
    """An artifact as a line of the table, with the links that it may have."""
    ready = artifact.status == "done"
    return {
        "artifact": artifact,
        "label": _LABELS.get(artifact.kind, artifact.kind.replace("_", " ").capitalize()),
        "told": _told(artifact) if ready else "",
        "links": _links(artifact, slug) if ready and artifact.kind in MEDIA_KINDS else [],
    }


def _links(artifact: Artifact, slug: str) -> list[dict[str, Any]]:
    """Where the file is to be had; what is kept here is served by us and saved at once."""
    recording, kind = artifact.recording, artifact.kind
    is_kept = recording.details_at is not None
    if kind == "transcript":
        is_kept = lines_of(recording) is not None
    ours = _KEPT.get(kind, []) if is_kept else []
    links: list[dict[str, Any]] = [
        {
            "label": label,
            "url": reverse("kept_file", args=[slug, recording.pk, what, ending]),
            "name": file_name(recording, ending, what="" if kind == "transcript" else what),
        }
        for what, ending, label in ours
    ]
    had = {label for _, _, label in ours}
    fallback = [("file", "Download", artifact.format)]
    for which, label, ending in _AT_RECALL.get(kind, fallback):
        if label not in had:
            what = "" if kind.endswith("_mixed") else label.lower()
            links.append(
                {
                    "label": label,
                    "url": reverse("media", args=[slug, artifact.pk, which]),
                    "name": file_name(recording, ending, what=what),
                    "at_recall": True,
                }
            )
    return links


def _told(artifact: Artifact) -> str:
    """What an artifact without a file says by itself."""
    if artifact.kind != "meeting_metadata":
        return ""
    title = (artifact.data or {}).get("title")
    return f"Title: {title}" if title else "Recall tells no title of this meeting."


def _no_media(request: HttpRequest, artifact: Artifact, slug: str, sentence: str) -> HttpResponse:
    """The sentence: as text for the player, which shows it, else on the recording's page."""
    if request.headers.get("Sec-Fetch-Dest") in (None, "document", "iframe"):
        messages.error(request, sentence)
        return redirect("recording", slug=slug, pk=artifact.recording_id)
    return HttpResponse(sentence, status=502, content_type="text/plain; charset=utf-8")


def _sentence(error: RecallError) -> str:
    if isinstance(error, NotFound):
        return "Recall does not hold this file any more: it was deleted or has expired."
    return error.sentence


def _url(recording: Recording, slug: str) -> str:
    return redirect("recording", slug=slug, pk=recording.pk)["Location"]
