"""Downloads: what stands behind the links that Recall gives, signed, expiring and without a key.

Recall gives two kinds of links (https://docs.recall.ai/docs/storage-and-playback): JSON comes from
its own host with a token, media come from S3, which knows ranges and refuses a second credential.
"""

import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from .. import ranges
from . import media
from .api import faults

logger = logging.getLogger(__name__)

# What links to media lead to, and their usual format; every other kind is a JSON document. A part
# is one participant's file out of those that separate audio or video list.
MEDIA = {
    "video_mixed": "mp4",
    "audio_mixed": "mp3",
    "video_separate_part": "mp4",
    "audio_separate_part": "ogg",
}

_SALT = "bots.sandbox.downloads"
_CONTENT_TYPES = {
    ".mp4": "video/mp4",
    ".h264": "video/h264",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".raw": "application/octet-stream",
}


@dataclass(frozen=True)
class Medium:
    """A film or a sound, made when it is first asked for."""

    script: media.Script
    suffix: media.Suffix


@dataclass(frozen=True)
class Document:
    """A JSON document in one of Recall's download schemas."""

    data: Any


class Source(Protocol):
    """Who knows what is behind a link; None where it was deleted or never was."""

    def __call__(self, kind: str, artifact_id: str, /) -> Medium | Document | None: ...


class Trouble(Protocol):
    """What a download meets on request: an answer instead, the number of bytes after which its
    connection breaks, or nothing."""

    def __call__(
        self, request: HttpRequest, artifact_id: str, /
    ) -> HttpResponseBase | int | None: ...


class Denied(Exception):
    """The link does not open anything (any more); the message says why, as S3 does."""


def link(
    origin: str | HttpRequest,
    *,
    region: str,
    kind: str,
    artifact_id: str,
    expires_at: float,
    suffix: str = "",
) -> str:
    """The absolute address of an artifact, good until `expires_at` (wall time, POSIX seconds).

    `kind` is one of `MEDIA`, whose files end in `suffix`, or a document's last path segment:
    `transcript`, `participants`, `participant_events`, `speaker_timeline` and so on.
    """
    base = origin.build_absolute_uri("/") if isinstance(origin, HttpRequest) else origin
    token = signing.dumps([region, kind, artifact_id, int(expires_at)], salt=_SALT)
    if kind in MEDIA:
        tail = f"media/{token}/{kind}.{suffix or MEDIA[kind]}"
    else:
        tail = f"{region}/api/v1/download/{kind}/?{urlencode({'token': token})}"
    return f"{base.rstrip('/')}/sandbox/{tail}"


def urls(source: Source, trouble: Trouble = lambda request, artifact_id: None) -> list[URLPattern]:
    """The routes under `/sandbox/` that `link` leads to, answering with what `source` knows."""

    @login_not_required
    @require_safe
    def document(request: HttpRequest, region: str, kind: str) -> HttpResponseBase:
        try:
            signed = _opened(request.GET.get("token", ""), now=time.time())
        except Denied as e:
            return refusal(403, "AccessDenied", str(e))
        if signed[:2] != (region, kind):
            return refusal(403, "AccessDenied", "The token belongs to another address.")
        met = trouble(request, signed[2])
        if met is not None:
            return _for_anyone(faults.cut()) if isinstance(met, int) else met
        found = source(kind, signed[2])
        if not isinstance(found, Document):
            return refusal(404, "NoSuchKey", "The document does not exist.")
        return _for_anyone(JsonResponse(found.data, safe=False))

    @login_not_required
    @require_safe
    def medium(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
        if "Authorization" in request.headers:
            return refusal(400, "InvalidArgument", "Only one auth mechanism allowed.")
        try:
            _, kind, artifact_id = _opened(token, now=time.time())
        except Denied as e:
            return refusal(403, "AccessDenied", str(e))
        met = trouble(request, artifact_id)
        if isinstance(met, HttpResponseBase):
            return _for_anyone(met)
        found = source(kind, artifact_id)
        if not isinstance(found, Medium) or name != f"{kind}.{found.suffix}":
            return refusal(404, "NoSuchKey", "The file does not exist.")
        try:
            return _file(request, _made(found), breaks_after=met)
        except media.CannotMake:
            logger.exception("The file of %s could not be made", artifact_id)
            return refusal(500, "InternalError", "The file could not be made.")

    return [
        path("<str:region>/api/v1/download/<str:kind>/", document, name="download"),
        path("media/<str:token>/<str:name>", medium, name="media"),
    ]


def _opened(token: str, *, now: float) -> tuple[str, str, str]:
    """(region, kind, artifact id) of a token. Raises Denied."""
    try:
        region, kind, artifact_id, expires_at = signing.loads(token, salt=_SALT)
    except signing.BadSignature as e:
        raise Denied("The signature does not match.") from e
    if now >= expires_at:
        raise Denied("Request has expired.")
    return region, kind, artifact_id


def _made(found: Medium) -> Path:
    folder = settings.DATA_DIR / "sandbox-media"
    return media.kept(folder, found.script, suffix=found.suffix)


def _file(request: HttpRequest, where: Path, *, breaks_after: int | None) -> HttpResponseBase:
    """The file, or the one range of it that was asked for."""
    etag = f'"{where.stem}"'
    asked = request.headers.get("Range", "")
    if request.headers.get("If-Range", etag) != etag:
        asked = ""
    if request.headers.get("If-Match", etag) not in (etag, "*"):
        text = "At least one of the pre-conditions you specified did not hold."
        return refusal(412, "PreconditionFailed", text)
    if request.headers.get("If-None-Match") in (etag, "*"):
        return _for_anyone(HttpResponse(status=304, headers={"ETag": etag}))
    file = where.open("rb")
    size = os.fstat(file.fileno()).st_size
    try:
        wanted = ranges.asked_for(asked, size)
    except ranges.Unsatisfiable:
        file.close()
        beyond = refusal(416, "InvalidRange", "The requested range is not satisfiable.")
        beyond["Content-Range"] = f"bytes */{size}"
        return beyond
    start, end = wanted or (0, size)
    response: HttpResponseBase
    if request.method == "HEAD":
        file.close()
        response = HttpResponse()
    else:
        piece = ranges.Slice(file, start, end)
        if breaks_after is not None and breaks_after < end - start:
            piece = _Cut(file, start, start + breaks_after)
        response = StreamingHttpResponse(piece)
    if wanted:
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    response["Content-Type"] = _CONTENT_TYPES[where.suffix]
    response["Content-Length"] = str(end - start)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    return _for_anyone(response)


class _Cut(ranges.Slice):
    """A slice at whose end the connection breaks."""

    def __iter__(self) -> Iterator[bytes]:
        yield from super().__iter__()
        raise faults.ConnectionCut("The sandbox cut the download, as it was asked to.")


def _for_anyone(response: HttpResponseBase) -> HttpResponseBase:
    """Players on any origin may show it: the link itself is the permission."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "Accept-Ranges, Content-Range, ETag"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def refusal(status: int, code: str, message: str) -> HttpResponseBase:
    """An error as S3 words it."""
    return _for_anyone(
        HttpResponse(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>",
            status=status,
            content_type="application/xml",
        )
    )
