"""Keeping copies: the region of a recording's page, its buttons, and the copies themselves."""

from datetime import datetime, timedelta
from threading import BoundedSemaphore
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bots import archive, keeping, tasks, upkeep
from bots.keeping_forms import KeepForm, UntilForm
from bots.models import Artifact, KeptFile, Membership, Recording
from bots.models.called import called
from bots.rights import Right
from bots.views import served
from bots.views.access import (
    find_kept,
    find_membership,
    find_operator,
    find_recording,
    find_recording_to_steer,
    find_with,
)
from bots.views.files import note_download, note_opening
from bots.views.shell import say, wants_partial

# From then on a countdown is a warning.
SOON = timedelta(hours=48)
# Our word for a file of Recall's, and the part of a copy that stands in for it.
PARTS = {"file": "", "participants": "participants", "events": "events"}


def shown(
    membership: Membership, recording: Recording, *, now: datetime, form: KeepForm | None = None
) -> dict[str, Any]:
    """What `_keeping.html` shows: what can be kept, and the copies that there are."""
    copies = list(KeptFile.objects.filter(recording=recording).select_related("by").order_by("pk"))
    offered = [piece for piece in keeping.pieces(recording, copies) if not piece.is_taken]
    standing = [copy for copy in copies if _is_shown(copy, copies)]
    version = recording.bot.policy
    days = version.pure.rules.keep_days if version is not None else None
    goes = recording.expires_at
    return {
        "copies": standing,
        "offered": offered,
        "keep_form": form or KeepForm(offered=offered, initial={"days": days}),
        "may_keep": membership.operates(recording.bot.team_id),
        "may_end": membership.may_administer,
        "is_kept": any(copy.is_playing for copy in copies),
        "goes_soon": goes is not None and now < goes <= now + SOON,
        "where": archive.where(),
    }


def _is_shown(copy: KeptFile, copies: list[KeptFile]) -> bool:
    """Whether it is the newest of that file; older failures say nothing any more."""
    later = (
        each.pk > copy.pk and (each.artifact_id, each.part) == (copy.artifact_id, copy.part)
        for each in copies
    )
    return not any(later)


def own_copy(recording: Recording, artifact: Artifact, *, now: datetime) -> dict[str, Any]:
    """The copy that is played because Recall's file is gone, and since when; {} otherwise."""
    gone_at = None
    if artifact.status == "deleted":
        gone_at = artifact.status_at
    elif recording.status == "deleted":
        gone_at = recording.status_at
    if recording.expires_at is not None and recording.expires_at <= now:
        gone_at = min(recording.expires_at, gone_at or recording.expires_at)
    copy = KeptFile.objects.of(artifact) if gone_at else None
    return {"own_copy": copy, "recall_deleted_at": gone_at} if copy else {}


def stands_in(artifact: Artifact, which: str) -> KeptFile | None:
    """The copy that is served where Recall's own file does not come."""
    part = PARTS.get(which)
    if part is None or (artifact.kind == "participant_events") != bool(part):
        return None
    return KeptFile.objects.of(artifact, part)


@require_http_methods(["GET", "HEAD", "POST"])
def region(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The region by itself, as it asks for it again; a POST orders copies."""
    if request.method == "POST":
        membership = find_operator(request, slug)
        recording = find_recording_to_steer(membership, pk)
        return _keep(request, membership, recording)
    membership = find_membership(request, slug)
    recording = find_recording(membership, pk)
    if not wants_partial(request):
        return redirect(_page(slug, recording))
    return _region(request, membership, recording)


def _keep(request: HttpRequest, membership: Membership, recording: Recording) -> HttpResponse:
    now = timezone.now()
    offered = [piece for piece in keeping.pieces(recording) if not piece.is_taken]
    form = KeepForm(request.POST, offered=offered)
    if not form.is_valid():
        sentence = " ".join(str(each) for errors in form.errors.values() for each in errors)
        return _answer(request, membership, recording, sentence, bad=True, form=form)
    until = keeping.until_after(form.cleaned_data["days"], recording)
    if until is not None and until <= now:
        sentence = "That time is over already: it counts from the end of the recording."
        return _answer(request, membership, recording, sentence, bad=True, form=form)
    made = keeping.keep(recording, form.chosen, by=membership.user, until=until, now=now)
    tasks.wake_copies()
    sentence = f"{len(made)} {'copy' if len(made) == 1 else 'copies'} on the way."
    return _answer(request, membership, recording, sentence)


@require_POST
def stop(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    membership, copy = _to_steer(request, slug, pk)
    stopped = keeping.stop(copy, by=membership.user, now=timezone.now())
    sentence = f"{copy.label}: stopped." if stopped else "There was nothing left to stop."
    return _answer(request, membership, copy.recording, sentence, bad=not stopped)


@require_POST
def again(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    membership, copy = _to_steer(request, slug, pk)
    anew = keeping.again(copy, by=membership.user, now=timezone.now())
    tasks.wake_copies()
    sentence = f"{copy.label}: tried again." if anew else "There is nothing to try again."
    return _answer(request, membership, copy.recording, sentence, bad=not anew)


@require_POST
def check(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Have a copy read and compared; what comes of it appears in its row."""
    membership, copy = _to_steer(request, slug, pk)
    upkeep.want_check(copy, now=timezone.now())
    tasks.wake_checks()
    return _answer(request, membership, copy.recording, f"{copy.label}: being checked.")


@require_POST
def until(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Keep a copy for so many days from now, or for ever."""
    membership = find_with(request, slug, Right.EVERYWHERE)
    copy = find_kept(membership, pk)
    form, now = UntilForm(request.POST), timezone.now()
    if not form.is_valid():
        sentence = str(form.errors["days"][0])
        return _answer(request, membership, copy.recording, sentence, bad=True)
    if not copy.is_kept and not copy.is_open:
        return _answer(request, membership, copy.recording, "It is not kept any more.", bad=True)
    days = form.cleaned_data["days"]
    ends = now + timedelta(days=days) if days is not None else None
    keeping.set_until([copy], ends, by=membership.user, now=now)
    said = f"for {days} days from now" if days is not None else "until someone deletes it"
    return _answer(request, membership, copy.recording, f"{copy.label}: kept {said}.")


@require_POST
def delete(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    membership = find_with(request, slug, Right.EVERYWHERE)
    copy, user = find_kept(membership, pk), membership.user
    why = f"{called(user)} deleted it."
    try:
        keeping.forget(copy, by=user, why=why, now=timezone.now())
    except archive.ArchiveError as error:
        return _answer(request, membership, copy.recording, error.sentence, bad=True)
    return _answer(request, membership, copy.recording, f"{copy.label}: the copy is deleted.")


@require_safe
@never_cache
def media(request: HttpRequest, slug: str, pk: int) -> HttpResponseBase:
    """A copy, whole or the piece that is asked for; of a bucket by a link made at this moment."""
    membership = find_membership(request, slug)
    copy = find_kept(membership, pk)
    plays = request.headers.get("Sec-Fetch-Dest") in ("video", "audio")
    if not copy.is_kept:
        return no_media(request, copy.recording, slug, "This copy is not kept any more.")
    try:
        answer = sent(request, copy, plays=plays)
    except archive.ArchiveError as error:
        return no_media(request, copy.recording, slug, error.sentence)
    if request.method == "GET" and answer.status_code < 400:
        if plays:
            note_opening(copy.recording, membership)
        else:
            note_download(copy.recording, membership, f"copy of {copy.label}")
    return answer


def sent(
    request: HttpRequest,
    copy: KeptFile,
    *,
    plays: bool,
    gate: BoundedSemaphore = served.FOR_MEMBERS,
) -> HttpResponseBase:
    """A copy, for a player or to be saved; `gate` as in `served.file`. Raises ArchiveError."""
    path = archive.local_path(copy.path)
    if path is not None:
        return served.file(
            request,
            path,
            etag=f'"{copy.sha256[:32]}"',
            content_type=copy.content_type,
            name=copy.file_name,
            plays=plays,
            gate=gate,
        )
    if archive.size(copy.path) is None:
        raise archive.Lost("The copy is not in the storage any more.")
    link = archive.link(
        copy.path, file_name=copy.file_name, content_type=copy.content_type, download=not plays
    )
    answer = HttpResponseRedirect(link)
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def no_media(request: HttpRequest, recording: Recording, slug: str, sentence: str) -> HttpResponse:
    """The sentence: as text for the player, which shows it, else on the recording's page."""
    if request.headers.get("Sec-Fetch-Dest") in (None, "document", "iframe"):
        say(request, sentence, bad=True)
        return redirect("recording", slug=slug, pk=recording.pk)
    return HttpResponse(sentence, status=502, content_type="text/plain; charset=utf-8")


def _to_steer(request: HttpRequest, slug: str, pk: int) -> tuple[Membership, KeptFile]:
    membership = find_operator(request, slug)
    copy = find_kept(membership, pk)
    find_recording_to_steer(membership, copy.recording_id)
    return membership, copy


def _page(slug: str, recording: Recording) -> str:
    return f"{reverse('recording', args=[slug, recording.pk])}#keeping"


def _answer(
    request: HttpRequest,
    membership: Membership,
    recording: Recording,
    sentence: str,
    *,
    bad: bool = False,
    form: KeepForm | None = None,
) -> HttpResponse:
    """The region with the sentence in it for htmx, else the page with it above."""
    if wants_partial(request):
        return _region(request, membership, recording, sentence=sentence, bad=bad, form=form)
    say(request, sentence, bad=bad)
    return redirect(_page(membership.workspace.slug, recording))


def _region(
    request: HttpRequest,
    membership: Membership,
    recording: Recording,
    *,
    form: KeepForm | None = None,
    **said: Any,
) -> HttpResponse:
    context = {
        "membership": membership,
        "recording": recording,
        "bot": recording.bot,
        **shown(membership, recording, now=timezone.now(), form=form),
        **said,
    }
    return render(request, "_keeping.html", context)
