"""What was said in a recording, as its page shows it: line by line, by speaker, searched."""

import json
import re
import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from bots import formats, lifecycle, said, stretches, transcribing
from bots.models import Membership, Recording, Transcript
from bots.transcribe_forms import TranscribeForm
from bots.views import meeting
from bots.views.access import (
    find_membership,
    find_recording,
    find_transcript,
    find_transcript_if_there,
)
from bots.views.files import note_opening
from bots.views.shell import wants_partial

# Of what was found inside, so many lines are listed; all of them can be gone through.
MOST_LISTED = 100
# The ways in which it is taken along, as the files room writes them.
ENDINGS = [("txt", "Text"), ("srt", "SRT"), ("vtt", "WebVTT"), ("json", "JSON"), ("csv", "CSV")]


@require_GET
def transcript(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The region of the recording's page, for htmx; else the page that holds it."""
    membership = find_membership(request, slug)
    found = find_recording(membership, pk)
    if not wants_partial(request):
        query = request.GET.urlencode()
        address = reverse("recording", args=[slug, pk])
        return redirect(f"{address}{'?' if query else ''}{query}#transcript")
    note_opening(found, membership)
    context = {"recording": found, "membership": membership}
    return _piece(request, "_transcript.html", context | region(request, found, membership))


@require_GET
def lines(request: HttpRequest, slug: str, pk: int, of: int) -> HttpResponse:
    """Some lines more: those from number `n` on, `before` one, or around the moment `t`."""
    membership = find_membership(request, slug)
    found = find_recording(membership, pk)
    shown = find_transcript(found, of)
    part = stretches.stretch(
        shown,
        n=_number(request.GET.get("n")),
        before=_number(request.GET.get("before")),
        at_s=seconds(request.GET.get("t")),
        speaker=_speaker(request),
        pauses=_pauses(found, shown),
    )
    context = {"recording": found, "membership": membership, "part": part}
    return _piece(
        request,
        "_transcript.html#lines",
        context | _addresses(request, shown, best=Transcript.objects.best(found)),
    )


@require_GET
def find(request: HttpRequest, slug: str, pk: int, of: int) -> HttpResponse:
    """Every line of the whole transcript in which something stands."""
    membership = find_membership(request, slug)
    found = find_recording(membership, pk)
    shown = find_transcript(found, of)
    context = {"recording": found, "membership": membership}
    context |= _found(request, shown) | _addresses(
        request, shown, best=Transcript.objects.best(found)
    )
    return _piece(request, "_transcript.html#hits", context)


@require_GET
def state(request: HttpRequest, slug: str, pk: int, of: int) -> HttpResponse:
    """What becomes of a transcript that was asked for while another one is shown."""
    membership = find_membership(request, slug)
    found = find_recording(membership, pk)
    # Live words may have given way to certain ones meanwhile.
    shown = find_transcript_if_there(found, of)
    context = {"recording": found, "membership": membership, "transcript": shown}
    context |= _state(found, list(Transcript.objects.of(found)), shown)
    return _piece(request, "_transcript.html#state", context)


def region(
    request: HttpRequest,
    recording: Recording,
    membership: Membership,
    *,
    recorded: list[list[float]] | None = None,
) -> dict[str, Any]:
    """What the region shows: the first lines or those around `?t=`, or why there are none.

    `recorded` are the pauses of the recording's player, where they are known already.
    """
    kept = list(Transcript.objects.of(recording))
    chosen = _number(request.GET.get("of"))
    shown = next((each for each in kept if each.pk == chosen), kept[0] if kept else None)
    context: dict[str, Any] = {"transcript": shown, "transcripts": _choices(recording, kept, shown)}
    context |= _state(recording, kept, shown)
    if membership.operates(recording.bot.team_id):
        context["why_not_ask"] = transcribing.reason_against(recording, now=timezone.now())
        context["ask"] = TranscribeForm(auto_id="id_ask_%s")
        context["token"] = str(uuid.uuid4())
    if shown is None:
        return context | {"why_none": _why_none(recording)}
    speaker = _speaker(request)
    at_s = seconds(request.GET.get("t"))
    context["part"] = part = stretches.stretch(
        shown,
        n=_number(request.GET.get("n")),
        before=_number(request.GET.get("before")),
        at_s=at_s,
        speaker=speaker,
        pauses=_pauses(recording, shown, recorded),
    )
    context["at_s"] = at_s
    context["speaker"] = speaker
    context["speakers"] = stretches.speakers(shown)
    context["endings"] = ENDINGS
    if not part.lines and not shown.passages.exists():
        context["why_none"] = "Nothing was said, or nothing was understood."
    return context | _found(request, shown) | _addresses(request, shown, best=kept[0])


def seconds(text: str | None) -> float | None:
    """`754`, `754.5`, `12:34` or `1:02:03` as seconds; None for anything else."""
    if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,20})?", text or ""):
        return float(text or 0)
    if found := re.fullmatch(r"(?:([0-9]{1,2}):)?([0-9]{1,2}):([0-5][0-9])", text or ""):
        hours, minutes, rest = (int(each or 0) for each in found.groups())
        return float(hours * 3600 + minutes * 60 + rest)
    return None


def _speaker(request: HttpRequest) -> str | None:
    # PostgreSQL takes no NUL.
    return request.GET.get("speaker", "").replace("\0", "") or None


def _number(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"[0-9]{1,9}", text) else None


def _pauses(
    recording: Recording, shown: Transcript, recorded: list[list[float]] | None = None
) -> list[stretches.Pause]:
    if recorded is None:
        bot = recording.bot
        recorded = meeting.player(
            recording,
            changes=bot.status_changes.order_by("at", "pk"),
            stopped_at=meeting.stops(bot.orders.all()),
            now=timezone.now(),
        )["pauses"]
    return stretches.pauses(shown, recorded) if recorded else []


def _addresses(
    request: HttpRequest, shown: Transcript, *, best: Transcript | None
) -> dict[str, str]:
    """The queries that links of the region keep: which transcript, whose lines, what to find.

    Each ends in "&", so that a link adds its own.
    """
    alone = {} if shown == best else {"of": str(shown.pk)}
    asked = {name: request.GET[name] for name in ("speaker", "find") if request.GET.get(name)}
    speaker = {"speaker": asked["speaker"]} if "speaker" in asked else {}
    find = {"find": asked["find"]} if "find" in asked else {}
    return {
        "keep": _query(alone | speaker | find),
        "keep_found": _query(alone | speaker),
        "keep_of": _query(alone),
        "keep_find": _query(alone | find),
    }


def _query(query: dict[str, str]) -> str:
    return f"{urlencode(query)}&" if query else ""


def _found(request: HttpRequest, shown: Transcript) -> dict[str, Any]:
    words = request.GET.get("find", "").strip()[:200]
    hits = said.inside(shown, words)
    return {
        "find": words,
        "hits": hits[:MOST_LISTED],
        "hits_count": len(hits),
        "places": json.dumps([hit.n for hit in hits]),
    }


def _choices(
    recording: Recording, kept: Iterable[Transcript], shown: Transcript | None
) -> list[dict[str, Any]]:
    """The transcripts that can be read, the newest first, as a line of links."""
    return [
        {
            "transcript": each,
            "label": "Live words" if each.is_live else formats.transcriber_label(each.provider),
            "is_here": each == shown,
        }
        for each in kept
    ]


def _state(
    recording: Recording, kept: list[Transcript], shown: Transcript | None
) -> dict[str, Any]:
    """What is under way or went wrong besides what is shown, as sentences."""
    asked = transcribing.last(recording)
    newest = kept[0] if kept else None
    return {
        "asked": asked,
        "newer": newest if newest != shown else None,
    }


def _why_none(recording: Recording) -> str:
    file = recording.artifacts.filter(kind="transcript").order_by("-status_at", "-pk").first()
    if file is None and recording.is_settled:
        if formats.transcriber_of(recording.bot.recording_config):
            return "A transcript was ordered, but Recall made none."
        return "No transcript was asked for when the bot was sent."
    if file is not None and file.status in ("failed", "deleted"):
        words = lifecycle.explain(f"transcript.{file.status}", file.sub_code)
        return f"{words.sentence} {words.next_step}".strip()
    return "There is no transcript yet. It comes some seconds after the recording has ended."


def _piece(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    slug, recording = context["membership"].workspace.slug, context["recording"]
    # Its addresses, which the whole region works out before its pieces.
    context |= {
        "slug": slug,
        "page": reverse("recording", args=[slug, recording.pk]),
        "said": reverse("transcript", args=[slug, recording.pk]),
    }
    response = render(request, name, context)
    patch_vary_headers(response, ["HX-Request"])
    return response
