"""A file of this machine over HTTP, or the piece of it that was asked for."""

import os
import re
import threading
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from .. import ranges

# A player that asks for "all from here" gets so much and asks again for more: one that is paused
# or slow holds no thread meanwhile.
_PLAYED_BYTES = 4 * 2**20
# Whole files hold a thread for as long as they travel: some threads stay free for pages. Members
# never wait for outsiders, who have threads of their own.
FOR_MEMBERS = threading.BoundedSemaphore(3)
FOR_OUTSIDERS = threading.BoundedSemaphore(2)


def file(
    request: HttpRequest,
    path: Path,
    *,
    etag: str,
    content_type: str,
    name: str,
    plays: bool,
    gate: threading.BoundedSemaphore = FOR_MEMBERS,
) -> HttpResponseBase:
    """The answer to GET or HEAD (RFC 9110, sections 13 and 14): 200, 206, 304, 416, or 503.

    `plays`: for a player, inline and in small pieces; otherwise as a file to save under `name`.
    `gate`: how many whole files travel at once to people of that kind.
    """
    source = path.open("rb")
    size = os.fstat(source.fileno()).st_size
    asked = request.headers.get("Range", "")
    if request.headers.get("If-Range", etag) != etag:
        asked = ""
    try:
        wanted = ranges.asked_for(asked, size)
    except ranges.Unsatisfiable:
        source.close()
        refusal = HttpResponse(status=416)
        refusal["Content-Range"] = f"bytes */{size}"
        return _told(refusal, etag, name, plays=plays)
    if etag in re.split(r"\s*,\s*", request.headers.get("If-None-Match", "")):
        source.close()
        return _told(HttpResponse(status=304), etag, name, plays=plays)
    start, end = wanted or (0, size)
    if wanted and plays:
        end = min(end, start + _PLAYED_BYTES)
    response: HttpResponseBase
    if request.method == "HEAD":
        source.close()
        response = HttpResponse()
    else:
        is_long = end - start > _PLAYED_BYTES
        if is_long and not gate.acquire(blocking=False):
            source.close()
            words = "Several files are being downloaded just now. Try again in a moment."
            busy = HttpResponse(words, status=503, content_type="text/plain; charset=utf-8")
            busy["Retry-After"] = "10"
            return busy
        done = gate.release if is_long else lambda: None
        response = StreamingHttpResponse(ranges.Slice(source, start, end, done))
    if wanted:
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    response["Content-Type"] = content_type or "application/octet-stream"
    response["Content-Length"] = str(end - start)
    return _told(response, etag, name, plays=plays)


def _told(response: HttpResponseBase, etag: str, name: str, *, plays: bool) -> HttpResponseBase:
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = content_disposition_header(not plays, name) or "inline"
    return response
