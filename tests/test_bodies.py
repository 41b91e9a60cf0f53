"""What reaches a thread of Django, and what is refused before."""

import asyncio
from typing import Any

import pytest

from recalldash.bodies import Buffered, HungUp, Limits, Refused, read

SMALL = Limits(size_bytes=10, timeout_s=5.0)


def scope(*headers: tuple[bytes, bytes], query: bytes = b"") -> dict[str, Any]:
    return {"type": "http", "path": "/", "query_string": query, "headers": list(headers)}


class Sender:
    """A client that sends these pieces, and then waits or hangs up."""

    def __init__(self, *pieces: bytes, hangs_up: bool = False, stalls: bool = False) -> None:
        self.messages = [{"type": "http.request", "body": p, "more_body": True} for p in pieces]
        if hangs_up:
            self.messages.append({"type": "http.disconnect"})
        elif self.messages and not stalls:
            self.messages[-1]["more_body"] = False
        self.asked = 0

    async def receive(self) -> dict[str, Any]:
        self.asked += 1
        if not self.messages:
            await asyncio.Event().wait()
        return self.messages.pop(0)


async def through(sender: Sender, given: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """What the application behind was called with, and what the client was sent."""
    calls: list[Any] = []
    sent: list[Any] = []

    async def app(inner: dict[str, Any], receive: Any, send: Any) -> None:
        calls.append((inner, await receive()))

    async def send(message: Any) -> None:
        sent.append(message)

    await Buffered(app, limits_of=lambda path: SMALL)(given, sender.receive, send)
    return calls, sent


CHUNKED = (b"transfer-encoding", b"chunked")


def test_it_hands_on_a_chunked_body_whole_and_of_known_length() -> None:
    calls, _ = asyncio.run(through(Sender(b"abc", b"def"), scope(CHUNKED)))
    [(inner, message)] = calls
    assert message == {"type": "http.request", "body": b"abcdef", "more_body": False}
    assert inner["headers"] == [(b"content-length", b"6")]


def test_it_does_not_wait_for_a_body_that_was_not_announced() -> None:
    calls, _ = asyncio.run(through(Sender(), scope()))
    assert calls[0][1]["body"] == b""


def test_it_refuses_a_declared_size_without_reading() -> None:
    sender = Sender(b"x")
    with pytest.raises(Refused) as refusal:
        asyncio.run(read(scope((b"content-length", b"11")), sender.receive, limits=SMALL))
    assert (refusal.value.status, sender.asked) == (413, 0)


def test_it_refuses_a_chunked_body_at_the_first_byte_too_many() -> None:
    sender = Sender(b"12345678", b"901", b"never read")
    with pytest.raises(Refused) as refusal:
        asyncio.run(read(scope(CHUNKED), sender.receive, limits=SMALL))
    assert (refusal.value.status, len(sender.messages)) == (413, 1)


def test_it_takes_a_body_of_exactly_the_limit() -> None:
    body = read(scope((b"content-length", b"10")), Sender(b"1234567890").receive, limits=SMALL)
    assert asyncio.run(body) == b"1234567890"


def test_it_gives_up_on_a_slow_sender() -> None:
    slow = Sender(b"abc", stalls=True)
    with pytest.raises(Refused) as refusal:
        asyncio.run(read(scope(CHUNKED), slow.receive, limits=Limits(10, 0.01)))
    assert refusal.value.status == 408


def test_it_spends_nothing_on_who_hangs_up() -> None:
    with pytest.raises(HungUp):
        asyncio.run(read(scope(CHUNKED), Sender(b"a", hangs_up=True).receive, limits=SMALL))
    assert asyncio.run(through(Sender(b"a", hangs_up=True), scope(CHUNKED))) == ([], [])


def test_it_answers_a_refused_sender_and_closes_the_connection() -> None:
    calls, sent = asyncio.run(through(Sender(b"x" * 11), scope((b"content-length", b"11"))))
    assert calls == []
    assert sent[0]["status"] == 413
    assert (b"connection", b"close") in sent[0]["headers"]
    assert sent[1]["body"] == b"The body is larger than 10 bytes.\n"
    assert sent[-1]["more_body"] is False


def test_it_drops_headers_that_would_pass_for_a_proxys() -> None:
    given = scope((b"x_forwarded_proto", b"https"), (b"x-forwarded-proto", b"http"))
    calls, _ = asyncio.run(through(Sender(), given))
    assert calls[0][0]["headers"] == [(b"x-forwarded-proto", b"http")]


def test_it_writes_a_raw_query_in_ascii() -> None:
    calls, _ = asyncio.run(through(Sender(), scope(query="q=ü&p=%20".encode())))
    assert calls[0][0]["query_string"] == b"q=%C3%BC&p=%20"


@pytest.mark.parametrize(
    ("path", "size_bytes"),
    [("/realtime/recall/x/", 2**18), ("/webhooks/recall/x/", 2**20), ("/w/acme/", 10 * 2**20)],
)
def test_each_door_takes_no_more_than_it_needs(path: str, size_bytes: int) -> None:
    from recalldash.asgi import limits_of

    assert limits_of(path).size_bytes == size_bytes
