"""The client bounds size and time, follows nobody, and survives a cut, over real sockets."""

import gzip
import socket
import ssl
import threading
import time
from contextlib import contextmanager

import httpx
import pytest

from bots.recall import errors, wire
from bots.recall.client import Recall
from bots.recall.wire import Limits

from .scripted import BOT_ID, KEY, HeldClock, ok, recall_answering

SMALL = Limits(max_bytes=1000)


@contextmanager
def server(answer):
    """A server for one connection; `answer(connection)` plays Recall."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(5)

    def serve():
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            connection.settimeout(5)
            try:
                connection.recv(65536)
                answer(connection)
            except OSError:
                return

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.close()
        thread.join()


def trickle(connection, start, line):
    connection.sendall(start)
    for _ in range(500):
        connection.sendall(line)
        time.sleep(0.002)


def trickle_headers(connection):
    trickle(connection, b"HTTP/1.1 200 OK\r\n", b"X-Wait: a little\r\n")


def trickle_body(connection):
    trickle(connection, b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" ")


@pytest.mark.parametrize("answer", [trickle_headers, trickle_body])
def test_it_ends_a_call_that_trickles(answer):
    clock = HeldClock(step_s=2.0)
    with (
        server(answer) as url,
        Recall(KEY, base_url=url, clock=clock.clock()) as recall,
        pytest.raises(errors.OutcomeUnknown) as caught,
    ):
        recall.pause_recording(BOT_ID, idempotency_key="k")
    assert caught.value.code == "timeout"


@pytest.mark.parametrize(
    "answer",
    [
        lambda connection: None,
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
        lambda connection: connection.sendall(b"SSH-2.0-OpenSSH\r\n"),
    ],
)
def test_it_does_not_know_what_a_cut_write_did(answer):
    with (
        server(answer) as url,
        Recall(KEY, base_url=url) as recall,
        pytest.raises(errors.OutcomeUnknown) as caught,
    ):
        recall.pause_recording(BOT_ID, idempotency_key="k")
    assert caught.value.code == "cut"


def test_it_reads_a_whole_answer_from_a_socket():
    def answer(connection):
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"id":"b"}')

    with server(answer) as url, Recall(KEY, base_url=url) as recall:
        assert recall.pause_recording(BOT_ID, idempotency_key="k").id == "b"


def test_it_knows_that_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with (
        Recall(KEY, base_url=f"http://127.0.0.1:{port}") as recall,
        pytest.raises(errors.Unreachable) as caught,
    ):
        recall.pause_recording(BOT_ID, idempotency_key="k")
    assert caught.value.code == "connect_failed"


def test_it_stops_reading_what_is_huge():
    read = []

    class Endless(httpx.SyncByteStream):
        def __iter__(self):
            for _ in range(100):
                read.append(500)
                yield b"x" * 500

    recall, _ = recall_answering(
        lambda request: httpx.Response(200, stream=Endless()), limits=SMALL
    )
    with pytest.raises(errors.NotRecall) as caught:
        recall.retrieve_bot(BOT_ID)
    assert caught.value.code == "unreadable_body"
    assert sum(read) == 1500


def test_it_counts_what_it_unpacks():
    packed = gzip.compress(b" " * 100_000)
    assert len(packed) < 1000
    answer = httpx.Response(200, content=packed, headers={"content-encoding": "gzip"})
    recall, _ = recall_answering(answer, limits=SMALL)
    with pytest.raises(errors.NotRecall):
        recall.retrieve_bot(BOT_ID)


def test_it_opens_no_stacked_encodings():
    class Packed(httpx.SyncByteStream):
        def __iter__(self):
            yield gzip.compress(gzip.compress(b'{"id": "b"}'))

    recall, _ = recall_answering(
        lambda request: httpx.Response(
            200, stream=Packed(), headers={"content-encoding": "gzip, gzip"}
        )
    )
    with pytest.raises(errors.NotRecall):
        recall.retrieve_bot(BOT_ID)


def test_it_judges_a_huge_error_by_its_status():
    recall, _ = recall_answering(httpx.Response(429, text="x" * 5000), limits=SMALL)
    with pytest.raises(errors.SlowDown):
        recall.retrieve_bot(BOT_ID)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_it_follows_no_redirect(status):
    moved = httpx.Response(status, headers={"location": "https://us-west-2.recall.ai/elsewhere"})
    recall, script = recall_answering(moved, ok())
    with pytest.raises(errors.NotRecall) as caught:
        recall.retrieve_bot(BOT_ID)
    assert caught.value.code == "redirect"
    assert len(script.requests) == 1


def test_it_carries_no_cookies_along():
    recall, script = recall_answering(ok(**{"Set-Cookie": "session=1; Path=/"}), ok())
    recall.retrieve_bot(BOT_ID)
    recall.retrieve_bot(BOT_ID)
    assert "cookie" not in script.requests[1].headers


def test_it_gives_the_limits_to_the_transport():
    recall, script = recall_answering(ok(), limits=Limits(connect_s=1, read_s=2, total_s=9))
    recall.retrieve_bot(BOT_ID)
    timeouts = script.requests[0].extensions["timeout"]
    assert (timeouts["connect"], timeouts["read"]) == (1, 2)


def test_it_reads_the_trusted_certificates_once():
    """Reading them takes longer than most calls do, and each task has a client of its own."""
    assert wire._trusted() is wire._trusted()
    first, second = (wire._TimedTransport(wire._Deadline(HeldClock())) for _ in range(2))
    assert first._pool._ssl_context is second._pool._ssl_context is wire._trusted()
    assert wire._trusted().verify_mode == ssl.CERT_REQUIRED
