"""Files of a recording by links that Recall gives at the moment; else the team's own copies."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from bots import connection, tracks
from bots.models import Artifact, Lane, Membership
from bots.recall.errors import NotFound, NotRecall, RecallError
from bots.recall.types import MEDIA_KINDS
from bots.views.access import find_artifact, find_membership, find_track
from bots.views.files import note_download, note_opening
from bots.views.keeping import no_media, own_copy, stands_in

# Our word in the address for each of Recall's links.
WHICH = {
    "file": "download_url",
    "events": "participant_events_download_url",
    "speakers": "speaker_timeline_download_url",
    "participants": "participants_download_url",
    "provider": "provider_data_download_url",
}


@require_GET
@never_cache
def media(request: HttpRequest, slug: str, pk: int, which: str) -> HttpResponse:
    """Go to a file of a recording by a link that Recall gives at this moment; it is never kept."""
    membership = find_membership(request, slug)
    artifact = find_artifact(membership, pk)
    if which not in WHICH or artifact.kind not in MEDIA_KINDS:
        raise Http404(which)
    copy = stands_in(artifact, which)
    if copy is not None and own_copy(artifact.recording, artifact, now=timezone.now()):
        return redirect("kept_copy", slug=slug, pk=copy.pk)
    try:
        link = fresh_link(artifact, WHICH[which])
        sentence = "Recall holds no such file (any more)."
    except RecallError as error:
        link, sentence = None, _sentence(error)
    if link is None:
        # Whyever it does not come: the team's own copy is as good.
        if copy is not None:
            return redirect("kept_copy", slug=slug, pk=copy.pk)
        return no_media(request, artifact.recording, slug, sentence)
    return _going(request, artifact, membership, link, file=f"{artifact} {which}".strip())


@require_GET
@never_cache
def track(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Go to what was recorded of one person alone, found anew in Recall's list."""
    membership = find_membership(request, slug)
    found = find_track(membership, pk)
    artifact = found.artifact
    link, sentence = None, "Recall holds no such track (any more)."
    try:
        link = tracks.fresh_link(found)
    except NotRecall:
        pass
    except RecallError as error:
        sentence = _sentence(error)
    if link is None:
        return no_media(request, artifact.recording, slug, sentence)
    return _going(request, artifact, membership, link, file=f"{artifact} of {found.name}")


def fresh_link(artifact: Artifact, name: str, *, lane: Lane = Lane.CLICK) -> str | None:
    """The link that Recall gives now, None where it gives none or one that no browser may follow.

    Raises RecallError, ForeignLink among them.
    """
    workspace = artifact.recording.bot.workspace
    with connection.recall(workspace, lane=lane) as recall:
        answer = recall.artifacts(artifact.kind).retrieve(str(artifact.recall_id))
        try:
            return str(recall.known_link(answer.urls.get(name, "")))
        except NotRecall:
            return None


def _going(
    request: HttpRequest, artifact: Artifact, membership: Membership, link: str, *, file: str
) -> HttpResponse:
    """The way to a file; what a player asks for is looked at, all else is taken along."""
    if request.headers.get("Sec-Fetch-Dest") in ("video", "audio"):
        note_opening(artifact.recording, membership)
    else:
        note_download(artifact.recording, membership, file)
    response = HttpResponseRedirect(link)
    response["Referrer-Policy"] = "no-referrer"
    return response


def _sentence(error: RecallError) -> str:
    if isinstance(error, NotFound):
        return "Recall does not hold this file any more: it was deleted or has expired."
    return error.sentence
