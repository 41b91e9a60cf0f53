"""What whoever has a share link sees: one recording or a moment of it, and nothing else of ours."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Final

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bots import moments, shares, transcripts
from bots.archive import ArchiveError
from bots.models import Clip, KeptFile, Lane, Share, Transcript
from bots.recall.errors import RecallError
from bots.shares import Standing
from bots.views import keeping, served
from bots.views.files import file_name
from bots.views.media import WHICH, fresh_link

# As `Share.objects.make` makes them.
_TOKEN: Final = re.compile(r"[\w-]{43}", re.ASCII)
TOO_OFTEN: Final = "Too many links were tried from your network. Try again in some minutes."
NO_FILM: Final = "There is no film here (any more)."
NOT_YET: Final = "The film of this moment is still being prepared. Try again in a minute."

View = Callable[[HttpRequest, Standing, datetime], HttpResponseBase]
Door = Callable[[HttpRequest, str], HttpResponseBase]


def outsiders(view: View) -> Door:
    """A door for whoever holds a token: asked for often, never kept, and telling nobody of itself.

    What was never a link is a 404, what is one no more a 410 with the reason.
    """

    @require_safe
    @never_cache
    def ask(request: HttpRequest, token: str) -> HttpResponseBase:
        if _TOKEN.fullmatch(token) is None:
            return _closed(request)
        if _is_slowed(request, "token", look=True):
            return _closed(request, TOO_OFTEN, status=429)
        share = Share.objects.by_token(token)
        if share is None:
            _is_slowed(request, "token")
            return _closed(request)
        now = timezone.now()
        standing = shares.standing(share, now=now)
        if standing.closed is not None:
            return _closed(request, standing.closed.value, status=410)
        return view(request, standing, now)

    @login_not_required
    @wraps(view)
    def door(request: HttpRequest, token: str) -> HttpResponseBase:
        response = ask(request, token)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response

    return door


@outsiders
def page(request: HttpRequest, standing: Standing, now: datetime) -> HttpResponseBase:
    """The page of the link."""
    share = standing.share
    if request.method == "GET" and _is_new(request, share, "opened"):
        shares.note_opening(share, now=now)
    recording = share.recording
    context = {
        "share": share,
        "title": str(recording.bot),
        "at": recording.started_at or recording.created_at,
        "length_s": _length_s(share),
        "ends_at": standing.ends_at,
        "lines": _lines(share) if share.shows_words else None,
        "film": _kind(share) if share.shows_film else "",
        "why_no_film": _why_no_film(share),
        "token": request.resolver_match.kwargs["token"] if request.resolver_match else "",
    }
    return render(request, "shared.html", context)


@outsiders
def film(request: HttpRequest, standing: Standing, now: datetime) -> HttpResponseBase:
    """The film: of a moment our own clip in ranges, of the whole recording Recall's fresh link."""
    share = standing.share
    if not share.shows_film:
        return _no_film(request)
    if _is_slowed(request, "film", key=str(share.pk)):
        return _no_film(request, TOO_OFTEN, status=429)
    plays = request.headers.get("Sec-Fetch-Dest") in ("video", "audio")
    send = _clip if share.is_moment else _whole
    response = send(request, share, plays=plays)
    is_taken = response.status_code < 400 and request.method == "GET" and not plays
    if is_taken and _is_new(request, share, "taken"):
        shares.note_download(share, now=now)
    return response


def _whole(request: HttpRequest, share: Share, *, plays: bool) -> HttpResponseBase:
    """By a link that Recall gives at this moment, or the team's own copy."""
    playable, status = share.recording.playable, 404
    if playable is not None:
        try:
            # Members' clicks go first: outsiders share what is left for sync.
            link = fresh_link(playable, WHICH["file"], lane=Lane.SYNC)
        except RecallError:
            link, status = None, 502
        if link is not None:
            return HttpResponseRedirect(link)
    copy = KeptFile.objects.film_of(share.recording)
    if copy is None:
        return _no_film(request, status=status)
    try:
        return keeping.sent(request, copy, plays=plays, gate=served.FOR_OUTSIDERS)
    except (ArchiveError, FileNotFoundError):
        return _no_film(request, status=502)


def _clip(request: HttpRequest, share: Share, *, plays: bool) -> HttpResponseBase:
    clip = getattr(share, "clip", None)
    if clip is None or clip.state != Clip.State.READY:
        is_coming = clip is not None and clip.state == Clip.State.WAITING
        return _no_film(request, NOT_YET if is_coming else NO_FILM)
    try:
        return served.file(
            request,
            clip.path,
            etag=f'"{clip.name}"',
            content_type="video/mp4" if clip.is_film else "audio/mp4",
            name=file_name(share.recording, clip.path.suffix[1:], what="moment"),
            plays=plays,
            gate=served.FOR_OUTSIDERS,
        )
    except FileNotFoundError:
        return _no_film(request)


def _kind(share: Share) -> str:
    """ "video" or "audio", "" where there is nothing to play."""
    if share.is_moment:
        clip = getattr(share, "clip", None)
        if clip is None or clip.state != Clip.State.READY:
            return ""
        return "video" if clip.is_film else "audio"
    return shares.film_kind(share.recording).removesuffix("_mixed")


def _why_no_film(share: Share) -> str:
    clip = getattr(share, "clip", None)
    return NOT_YET if clip is not None and clip.state == Clip.State.WAITING else NO_FILM


def _length_s(share: Share) -> float | None:
    if share.start_s is not None and share.end_s is not None:
        return share.end_s - share.start_s
    return share.recording.duration_s


def _lines(share: Share) -> list[dict[str, Any]]:
    """What was said, as far as the link shows it; each with whether somebody else begins."""
    best = Transcript.objects.best(share.recording)
    if best is None:
        return []
    said = transcripts.read(best.passages.order_by("n").values(*transcripts.FIELDS))
    if share.start_s is not None and share.end_s is not None:
        said = moments.within(said, share.start_s, share.end_s)
    if not share.shows_names:
        # Numbered within what is shown: who else spoke is nobody's business.
        said = moments.without_names(said)
    lines, speaker = [], None
    for line in said:
        lines.append({**line._asdict(), "new": line.speaker != speaker})
        speaker = line.speaker
    return lines


def _closed(request: HttpRequest, why: str = "", *, status: int = 404) -> HttpResponse:
    """One page for every link that shows nothing; without a reason for what was never one."""
    if request.headers.get("Sec-Fetch-Dest") in ("video", "audio"):
        return _no_film(request, status=status)
    return render(request, "shared_closed.html", {"why": why}, status=status)


def _no_film(request: HttpRequest, sentence: str = NO_FILM, *, status: int = 404) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")


def _is_slowed(
    request: HttpRequest, action: str, *, key: str | None = None, look: bool = False
) -> bool:
    """Whether that was done too often, from there or by that key; counts it, unless to `look`."""
    config = settings.SHARE_RATE_LIMITS
    used = ratelimit.consume(
        request, app="share", action=action, config=config, key=key, dry_run=look, limit_get=True
    )
    return used is None


def _is_new(request: HttpRequest, share: Share, deed: str) -> bool:
    """Whether this visitor did not do that within the hour."""
    agent = request.headers.get("User-Agent", "")
    visitor = shares.visitor(share, ratelimit.get_ip(request), agent)
    seconds = shares.ONE_OPENING.total_seconds()
    return bool(cache.add(f"share:{deed}:{visitor}", True, seconds))
