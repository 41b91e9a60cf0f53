"""A Recall that gives links to one film, in this process, and breaks in every way there is."""

import hashlib
import os
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

FILM = os.urandom(2 * 2**20 + 321)
SHA256 = hashlib.sha256(FILM).hexdigest()
HOST = "https://files.example"


class Body(httpx.SyncByteStream):
    """The bytes in pieces; the line is cut after so many of them."""

    def __init__(self, body: bytes, cut_after: int | None) -> None:
        self.body, self.cut_after = body, cut_after

    def __iter__(self) -> Any:
        sent = 0
        for at in range(0, len(self.body), 65536):
            piece = self.body[at : at + 65536]
            if self.cut_after is not None and sent + len(piece) > self.cut_after:
                yield piece[: self.cut_after - sent]
                raise httpx.ReadError("cut")
            sent += len(piece)
            yield piece


@dataclass
class Films:
    """Answers as Recall and the host of its files do; what was asked of the host is kept."""

    film: bytes = FILM
    etag: str = '"one"'
    cuts: list[int] = field(default_factory=list)  # how much comes before each cut, in turn
    refusals: list[int] = field(default_factory=list)  # statuses of the file, in turn
    status: str = "done"
    gone: bool = False
    knows_ranges: bool = True
    tracks: dict[str, bytes] = field(default_factory=dict)
    ranges: list[str] = field(default_factory=list)
    links: int = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "files.example":
            return self.file(request)
        if self.gone:
            return httpx.Response(404, json={"detail": "Not found."})
        self.links += 1
        id = request.url.path.rstrip("/").rpartition("/")[2]
        word = "list" if "separate" in request.url.path else "film"
        link = f"{HOST}/{word}?signature={uuid.uuid4().hex}"
        answer = {"id": id, "status": {"code": self.status}, "data": {"download_url": link}}
        return httpx.Response(200, json=answer)

    def file(self, request: httpx.Request) -> httpx.Response:
        assert "authorization" not in request.headers
        if request.url.path == "/list":
            return httpx.Response(200, json=[
                {"id": id, "participant": {"id": n, "name": f"Ann {n}"},
                 "download_url": f"{HOST}/track-{id}?signature=x"}
                for n, id in enumerate(self.tracks, 1)
            ])  # fmt: skip
        film = self.film
        if request.url.path.startswith("/track-"):
            film = self.tracks[request.url.path.removeprefix("/track-")]
        if self.refusals:
            return httpx.Response(self.refusals.pop(0), text="<Error/>")
        asked = request.headers.get("range", "")
        self.ranges.append(asked)
        start, told = 0, {"ETag": self.etag, "Content-Type": "video/mp4"}
        same = request.headers.get("if-range", self.etag) == self.etag
        if asked and same and self.knows_ranges:
            start = int(asked.removeprefix("bytes=").partition("-")[0])
            told["Content-Range"] = f"bytes {start}-{len(film) - 1}/{len(film)}"
        body = film[start:]
        told["Content-Length"] = str(len(body))
        cut = self.cuts.pop(0) if self.cuts else None
        return httpx.Response(206 if start else 200, headers=told, stream=Body(body, cut))
