"""The Recordings page: everything that was recorded, with a picture of each, narrowed and paged."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Prefetch, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from bots.library_forms import SOON, RecordingsForm
from bots.lifecycle import Outcome
from bots.models import Artifact, KeptFile, Membership, Participant, Poster, Recording, Transcript
from bots.models.looked_up import has
from bots.views import paging
from bots.views.access import find_membership, find_recording
from bots.views.shell import show

ON_A_PAGE = 25
# Names that a row spells out; the others are counted.
NAMED = 3


@dataclass(frozen=True, slots=True)
class Row:
    """A recording as a line of the list.

    `names` are those of the people, `more` how many others there were; `size` in bytes is that
    of its video, else of its sound, 0 where nobody knows.
    """

    recording: Recording
    names: list[str]
    more: int
    size: int
    is_gone: bool
    is_soon: bool
    has_picture: bool
    has_sound_only: bool
    has_copy: bool

    @property
    def outcome(self) -> str:
        return str(Outcome.DELETED) if self.is_gone else self.recording.outcome


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest first, as narrow as the address says; htmx gets the list alone."""
    membership = find_membership(request, slug)
    now = timezone.now()
    teams = membership.seen_teams
    people = membership.workspace.memberships.select_related("user")
    filters = RecordingsForm(request.GET, teams=teams, people=list(people))
    try:
        found = paging.turn(
            filters.narrow(_listed(membership), now=now),
            request.GET.get("after", ""),
            by=("-created_at", "-pk"),
            size=ON_A_PAGE,
        )
    except paging.NotOurs as refusal:
        return render(request, "400.html", {"reason": str(refusal)}, status=400)
    context: dict[str, Any] = {
        "membership": membership,
        "filters": filters,
        "page": found,
        "rows": [_row(recording, now) for recording in found.rows],
        "teams_matter": len(teams) > 1,
        "here": request.get_full_path(),
        "query": paging.filters_of(request),
    }
    return show(request, "recordings.html", "list", context)


@require_safe
def poster(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The picture of a recording, from our own database; 404 where there is none (any more)."""
    membership = find_membership(request, slug)
    recording = find_recording(membership, pk)
    known = Poster.objects.filter(recording=recording).defer("picture").first()
    is_gone = (
        _is_deleted(recording, timezone.now())
        and not KeptFile.objects.playing().filter(recording=recording).exists()
    )
    if known is None or not known.digest or is_gone:
        raise Http404("This recording has no picture.")
    etag = quote_etag(known.digest)
    response = get_conditional_response(request, etag=etag)
    if not isinstance(response, HttpResponseNotModified):
        response = HttpResponse(bytes(known.picture or b""), content_type=known.media_type)
        # What is drawn by us holds no script; opened alone, it could not run one either.
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        response["ETag"] = etag
    # Each look asks whether this person may still see it.
    patch_cache_control(response, private=True, no_cache=True)
    return response


def _listed(membership: Membership) -> Any:
    """The recordings this person may see, with all that a row shows in two queries."""
    named = Participant.objects.only("bot_id", "name").order_by("pk")
    words = Transcript.objects.filter(recording=OuterRef("pk"))
    drawn = Poster.objects.filter(recording=OuterRef("pk")).exclude(digest="")
    files = Artifact.objects.filter(recording=OuterRef("pk"), status="done")
    film, sound = files.filter(kind="video_mixed"), files.filter(kind="audio_mixed")
    return (
        Recording.objects.seen_by(membership)
        # Said of the bots, too, or those of all workspaces are looked through for a platform.
        .filter(bot__workspace=membership.workspace_id)
        .select_related("bot", "bot__team", "bot__sent_by")
        .defer("bot__config", "bot__request", "bot__asked")
        .annotate(
            has_words=has(words),
            has_picture=has(drawn),
            has_film=has(film),
            has_sound=has(sound),
            has_copy=has(KeptFile.objects.playing().filter(recording=OuterRef("pk"))),
            size=Coalesce(
                Subquery(film.order_by("-size").values("size")[:1]),
                Subquery(sound.order_by("-size").values("size")[:1]),
                0,
            ),
        )
        .prefetch_related(Prefetch("bot__participants", queryset=named))
    )


def _row(recording: Any, now: datetime) -> Row:
    names = list(dict.fromkeys(str(p) for p in recording.bot.participants.all() if p.name))
    is_gone = _is_deleted(recording, now) and not recording.has_copy
    expires = recording.expires_at
    return Row(
        recording,
        names[:NAMED],
        len(names) - len(names[:NAMED]),
        recording.size,
        is_gone,
        is_soon=not (is_gone or recording.has_copy)
        and expires is not None
        and expires <= now + SOON,
        has_picture=recording.has_picture and not is_gone,
        has_sound_only=recording.has_sound and not recording.has_film,
        has_copy=recording.has_copy and _is_deleted(recording, now),
    )


def _is_deleted(recording: Recording, now: datetime) -> bool:
    """Whether Recall has deleted it, or its time is up."""
    expired = recording.expires_at is not None and recording.expires_at <= now
    return expired or recording.status == "deleted" or recording.outcome == Outcome.DELETED
