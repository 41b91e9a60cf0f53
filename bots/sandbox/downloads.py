"""Downloads: what stands behind the links that Recall gives, signed, expiring and without a key.

Recall gives two kinds of links (https://docs.recall.ai/docs/storage-and-playback): JSON comes from
its own host with a token, media come from S3, which knows ranges and refuses a second credential.
"""

import logging
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol
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

from bots.sandbox import media

logger = logging.getLogger(__name__)

# Recall's names of the artifacts whose links lead to media; every other kind is a JSON document.
MEDIA: dict[str, Literal["mp4", "mp3"]] = {"video_mixed": "mp4", "audio_mixed": "mp3"}

_SALT = "bots.sandbox.downloads"
_CONTENT_TYPES = {".mp4": "video/mp4", ".mp3": "audio/mpeg"}
# A whole hour of film fits the few chunks that wait between a worker and a slow or paused player,
# so a player that stops reading does not hold the worker.
_CHUNK_BYTES = 512 * 1024


@dataclass(frozen=True)
class Film:
    """A recording's picture and sound, made when it is first asked for."""

    recording_id: str
    script: media.Script


@dataclass(frozen=True)
class Sound:
    """A recording's sound alone, made when it is first asked for."""

    recording_id: str
    script: media.Script


@dataclass(frozen=True)
class Document:
    """A JSON document in one of Recall's download schemas."""

    data: Any


class Source(Protocol):
    """Who knows what is behind a link; None where it was deleted or never was."""

    def __call__(self, kind: str, artifact_id: str, /) -> Film | Sound | Document | None: ...


class Denied(Exception):
    """The link does not open anything (any more); the message says why, as S3 does."""


class Unsatisfiable(Exception):
    """The range that was asked for lies outside the file."""


def link(
    origin: str | HttpRequest, *, region: str, kind: str, artifact_id: str, expires_at: float
) -> str:
    """The absolute address of an artifact, good until `expires_at` (wall time, POSIX seconds).

    `kind` is `video_mixed` or `audio_mixed` for media, or a document's last path segment:
    `transcript`, `participants`, `participant_events`, `speaker_timeline` and so on.
    """
    base = origin.build_absolute_uri("/") if isinstance(origin, HttpRequest) else origin
    token = signing.dumps([region, kind, artifact_id, int(expires_at)], salt=_SALT)
    if kind in MEDIA:
        tail = f"media/{token}/{kind}.{MEDIA[kind]}"
    else:
        tail = f"{region}/api/v1/download/{kind}/?{urlencode({'token': token})}"
    return f"{base.rstrip('/')}/sandbox/{tail}"


def urls(source: Source) -> list[URLPattern]:
    """The routes under `/sandbox/` that `link` leads to, answering with what `source` knows."""

    @login_not_required
    @require_safe
    def document(request: HttpRequest, region: str, kind: str) -> HttpResponseBase:
        try:
            signed = _opened(request.GET.get("token", ""), now=time.time())
        except Denied as e:
            return _refusal(403, "AccessDenied", str(e))
        if signed[:2] != (region, kind):
            return _refusal(403, "AccessDenied", "The token belongs to another address.")
        found = source(kind, signed[2])
        if not isinstance(found, Document):
            return _refusal(404, "NoSuchKey", "The document does not exist.")
        return _for_anyone(JsonResponse(found.data, safe=False))

    @login_not_required
    @require_safe
    def medium(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
        if "Authorization" in request.headers:
            return _refusal(400, "InvalidArgument", "Only one auth mechanism allowed.")
        try:
            _, kind, artifact_id = _opened(token, now=time.time())
        except Denied as e:
            return _refusal(403, "AccessDenied", str(e))
        found = source(kind, artifact_id) if name == f"{kind}.{MEDIA.get(kind)}" else None
        if not isinstance(found, Film | Sound):
            return _refusal(404, "NoSuchKey", "The file does not exist.")
        try:
            return _file(request, _made(found))
        except media.CannotMake:
            logger.exception("The recording %s could not be made", found.recording_id)
            return _refusal(500, "InternalError", "The file could not be made.")

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


def _made(found: Film | Sound) -> Path:
    suffix: Literal["mp4", "mp3"] = "mp4" if isinstance(found, Film) else "mp3"
    folder = settings.DATA_DIR / "sandbox-media"
    return media.kept(folder, found.recording_id, found.script, suffix=suffix)


def _file(request: HttpRequest, where: Path) -> HttpResponseBase:
    """The file, or the one range of it that was asked for."""
    etag = f'"{where.stem}"'
    asked = request.headers.get("Range", "")
    if request.headers.get("If-Range", etag) != etag:
        asked = ""
    file = where.open("rb")
    size = os.fstat(file.fileno()).st_size
    try:
        wanted = _range(asked, size)
    except Unsatisfiable:
        file.close()
        refusal = _refusal(416, "InvalidRange", "The requested range is not satisfiable.")
        refusal["Content-Range"] = f"bytes */{size}"
        return refusal
    start, end = wanted or (0, size)
    response: HttpResponseBase = StreamingHttpResponse(_Slice(file, start, end))
    if request.method == "HEAD":
        response.close()
        response = HttpResponse()
    if wanted:
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    response["Content-Type"] = _CONTENT_TYPES[where.suffix]
    response["Content-Length"] = str(end - start)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    return _for_anyone(response)


def _range(asked: str, size: int) -> tuple[int, int] | None:
    """(start, end) of a Range header, end excluded; None if the whole file is the answer.

    Several ranges at once, and what is no range of bytes, are ignored, as RFC 9110 section 14.2
    allows and S3 does. Raises Unsatisfiable.
    """
    match = re.fullmatch(r"\s*bytes\s*=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*", asked, re.I)
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= size:
        raise Unsatisfiable
    return start, end


class _Slice:
    """Bytes `start` to `end` of an open file, read as they are sent; Django closes it."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        self.file, self.start, self.end = file, start, end

    def __iter__(self) -> Iterator[bytes]:
        self.file.seek(self.start)
        left = self.end - self.start
        while left and (chunk := self.file.read(min(left, _CHUNK_BYTES))):
            left -= len(chunk)
            yield chunk

    def close(self) -> None:
        self.file.close()


def _for_anyone(response: HttpResponseBase) -> HttpResponseBase:
    """Players on any origin may show it: the link itself is the permission."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "Accept-Ranges, Content-Range, ETag"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _refusal(status: int, code: str, message: str) -> HttpResponseBase:
    return _for_anyone(
        HttpResponse(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>",
            status=status,
            content_type="application/xml",
        )
    )
