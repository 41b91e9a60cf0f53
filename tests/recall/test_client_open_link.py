"""Files behind signed links are read in pieces, from any byte on, without the key."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from bots.recall import errors
from bots.recall.client import Recall
from bots.recall.wire import Limits

from .scripted import KEY, recall_answering

LINK = "https://bucket.s3.amazonaws.com/film.mp4?X-Amz-Signature=abc"
FILM = bytes(range(256)) * 64
ETAG = '"one"'


def ranged(request: httpx.Request) -> httpx.Response:
    """As a store of files answers."""
    asked = request.headers.get("Range", "")
    told = {"ETag": ETAG, "Content-Type": "video/mp4"}
    if not asked or request.headers.get("If-Range", ETAG) != ETAG:
        return _sent(200, FILM, told)
    first, _, last = asked.removeprefix("bytes=").partition("-")
    start, end = int(first), int(last) + 1 if last else len(FILM)
    if start >= len(FILM):
        return httpx.Response(416, headers={"Content-Range": f"bytes */{len(FILM)}"})
    told["Content-Range"] = f"bytes {start}-{min(end, len(FILM)) - 1}/{len(FILM)}"
    return _sent(206, FILM[start:end], told)


def _sent(status: int, body: bytes, told: dict[str, str]) -> httpx.Response:
    told["Content-Length"] = str(len(body))
    return httpx.Response(status, stream=httpx.ByteStream(body), headers=told)


def test_it_reads_a_whole_file_without_the_key():
    heard = []
    recall, script = recall_answering(ranged, observer=heard.append)

    with recall.open_link(LINK) as opened:
        assert (opened.start, opened.total, opened.etag) == (0, len(FILM), ETAG)
        assert opened.content_type == "video/mp4"
        assert b"".join(opened.chunks) == FILM

    [request] = script.requests
    assert (request.method, str(request.url)) == ("GET", LINK)
    assert not {"authorization", "range"} & set(request.headers)
    assert request.headers["accept-encoding"] == "identity"
    assert [(call.path, call.status, call.error) for call in heard] == [("/film.mp4", 200, "")]


def test_it_goes_on_where_it_was():
    recall, script = recall_answering(ranged)
    with recall.open_link(LINK, start=1000, etag=ETAG) as opened:
        assert (opened.start, opened.total) == (1000, len(FILM))
        assert b"".join(opened.chunks) == FILM[1000:]
    assert script.requests[0].headers["if-range"] == ETAG


def test_it_reads_a_piece_from_the_middle():
    recall, _ = recall_answering(ranged)
    with recall.open_link(LINK, start=10, end=20) as opened:
        assert b"".join(opened.chunks) == FILM[10:20]


def test_it_says_so_where_the_file_has_changed_since():
    recall, _ = recall_answering(ranged)
    with recall.open_link(LINK, start=1000, etag='"another"') as opened:
        assert opened.start == 0
        assert b"".join(opened.chunks) == FILM


def test_a_weak_mark_is_not_relied_on():
    recall, script = recall_answering(ranged)
    with recall.open_link(LINK, start=5, etag='W/"one"'):
        pass
    assert "if-range" not in script.requests[0].headers


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_it_knows_an_expired_link(status):
    recall, _ = recall_answering(httpx.Response(status, text="<Error>expired</Error>"))
    with pytest.raises(errors.LinkExpired) as caught, recall.open_link(LINK):
        pass
    assert caught.value.status == status
    assert "abc" not in repr(caught.value) + str(vars(caught.value))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(302, headers={"Location": "https://evil.example/"}), errors.NotRecall),
        (httpx.Response(416), errors.NotRecall),
        (httpx.Response(206, content=b"x"), errors.NotRecall),
        (
            httpx.Response(206, content=b"x", headers={"Content-Range": "bytes 9-3/4"}),
            errors.NotRecall,
        ),
        (
            httpx.Response(200, stream=httpx.ByteStream(b"x"), headers={"Content-Encoding": "br"}),
            errors.NotRecall,
        ),
        (httpx.Response(503), errors.Unreachable),
        (httpx.Response(429, headers={"Retry-After": "7"}), errors.SlowDown),
        (httpx.ConnectError("no"), errors.Unreachable),
    ],
)
def test_what_is_no_file_is_an_error(answer, error):
    recall, script = recall_answering(answer)
    with pytest.raises(error), recall.open_link(LINK):
        pass
    assert len(script.requests) == 1


@pytest.mark.parametrize("link", ["", "file:///etc/passwd", "https://u:p@x/y", None])
def test_it_opens_nothing_but_links(link):
    recall, script = recall_answering(ranged)
    with pytest.raises(errors.NotRecall), recall.open_link(link):
        pass
    with pytest.raises(errors.ForeignLink), recall.open_link("https://evil.example/film.mp4"):
        pass
    assert script.requests == []


class _Faulty(BaseHTTPRequestHandler):
    """Announces more than it sends, or falls silent after it."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"x" * 10)
        self.wfile.flush()
        if self.path == "/silent":
            self.server.over.wait(5)  # type: ignore[attr-defined]

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def faulty() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Faulty)
    server.over = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.over.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("path", "code"), [("cut", "cut"), ("silent", "timeout")])
def test_a_line_that_is_cut_or_falls_silent_is_an_error_after_what_came(faulty, path, code):
    heard, got = [], []
    limits = Limits(read_s=0.3, total_s=5)
    with (
        Recall(KEY, base_url=faulty, limits=limits, observer=heard.append) as recall,
        pytest.raises(errors.Unreachable) as caught,
        recall.open_link(f"{faulty}/{path}") as opened,
    ):
        got.extend(opened.chunks)
    assert b"".join(got) == b"x" * 10
    assert caught.value.code == code
    assert [(call.status, call.error) for call in heard] == [(200, "Unreachable")]
