"""The server's own door for Recall: gathered, answered once kept, and never too late."""

import asyncio
import threading

import pytest

from bots.intake import Answer
from recalldash import webhooks
from recalldash.bodies import Limits

PLACE = "/webhooks/recall/token-1/"


class Counter:
    """Takes whatever waits, a batch at a time, once it may."""

    def __init__(self, *, wait: bool = False) -> None:
        self.batches: list[int] = []
        self.is_at_it = threading.Event()
        self.may = threading.Event()
        if not wait:
            self.may.set()

    def __call__(self, knocks):
        self.is_at_it.set()
        self.may.wait(5)
        self.batches.append(len(knocks))
        return [Answer(204 if knock.body == b"good" else 401, "") for knock in knocks]


async def call(app, *, path=PLACE, method="POST", body=b"good", headers=()):
    """What the application answers: (status, headers, body)."""
    sent = []
    announced = [(b"content-length", str(len(body)).encode()), *headers]
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "path": path,
        "method": method,
        "headers": announced,
        "query_string": b"",
    }
    await app(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


async def in_hand(app, counter):
    """A call that the thread is at, and not through with."""
    first = asyncio.create_task(call(app))
    while not counter.is_at_it.is_set():
        await asyncio.sleep(0.001)
    return first


@pytest.fixture
def door():
    """`door(take)`: the application, with that in the place of what keeps webhooks."""

    async def page(scope, receive, send):
        await send({"type": "http.response.start", "status": 405, "headers": []})
        await send({"type": "http.response.body", "body": b"a page"})

    def make(take):
        return webhooks.door(limits_of=lambda path: Limits(100, 1.0), otherwise=page, take=take)

    return make


def test_what_comes_meanwhile_is_taken_together(door):
    counter = Counter(wait=True)

    async def many():
        app = door(counter)
        first = await in_hand(app, counter)
        others = [asyncio.create_task(call(app)) for _ in range(60)]
        await asyncio.sleep(0.05)
        counter.may.set()
        return await asyncio.gather(first, *others)

    assert {status for status, _, _ in asyncio.run(many())} == {204}
    assert counter.batches == [1, webhooks.MOST_AT_ONCE, 60 - webhooks.MOST_AT_ONCE]


def test_everybody_gets_their_own_answer(door):
    async def two():
        app = door(Counter())
        return await asyncio.gather(call(app), call(app, body=b"bad"))

    assert [status for status, _, _ in asyncio.run(two())] == [204, 401]


def test_what_takes_too_long_is_to_come_again(door, monkeypatch):
    monkeypatch.setattr(webhooks, "ANSWER_TIMEOUT_S", 0.05)
    counter = Counter(wait=True)

    async def one():
        answer = await call(door(counter))
        counter.may.set()
        return answer

    status, headers, body = asyncio.run(one())
    assert (status, headers[b"retry-after"]) == (503, b"5")
    assert b"Cannot keep this" in body


def test_so_many_may_wait_and_no_more(door, monkeypatch):
    monkeypatch.setattr(webhooks, "MOST_WAITING", 3)
    counter = Counter(wait=True)

    async def many():
        app = door(counter)
        first = await in_hand(app, counter)  # so that it waits no more
        others = [asyncio.create_task(call(app)) for _ in range(5)]
        await asyncio.sleep(0.05)
        counter.may.set()
        return await asyncio.gather(first, *others)

    answers = [status for status, _, _ in asyncio.run(many())]
    assert sorted(answers) == [204] * 4 + [503] * 2


def test_whatever_breaks_is_to_come_again_and_stops_nobody(door):
    calls = []

    def breaks_once(knocks):
        calls.append(len(knocks))
        if len(calls) == 1:
            raise MemoryError
        return [Answer(204) for _ in knocks]

    async def two():
        app = door(breaks_once)
        return [(await call(app))[0], (await call(app))[0]]

    assert asyncio.run(two()) == [503, 204]


@pytest.mark.parametrize(
    ("path", "method"),
    [
        (PLACE, "GET"),
        (PLACE[:-1], "POST"),
        ("/webhooks/recall/a/b/", "POST"),
        ("/webhooks/recall/", "POST"),
    ],
)
def test_what_else_is_asked_there_gets_a_page(door, path, method):
    counter = Counter()
    assert asyncio.run(call(door(counter), path=path, method=method))[2] == b"a page"
    assert counter.batches == []


def test_a_body_that_is_too_large_reaches_nobody(door):
    counter = Counter()
    assert asyncio.run(call(door(counter), body=b"x" * 101))[0] == 413
    assert counter.batches == []


def test_only_what_is_signed_goes_on(door):
    seen = []

    def look(knocks):
        seen.extend(knock.headers for knock in knocks)
        return [Answer(204) for _ in knocks]

    signature = [(f"{family}-id".encode(), b"msg_1") for family in ("webhook", "svix")]
    asyncio.run(call(door(look), headers=[(b"cookie", b"a=b"), *signature]))
    assert seen == [{"webhook-id": "msg_1", "svix-id": "msg_1"}]


def test_a_header_that_comes_twice_is_one_that_was_not_signed(door):
    seen = []

    def look(knocks):
        seen.extend(knock.headers["webhook-id"] for knock in knocks)
        return [Answer(204) for _ in knocks]

    doubled = [(b"webhook-id", b"msg_1"), (b"webhook-id", b"msg_2")]
    asyncio.run(call(door(look), headers=doubled))
    assert seen == ["msg_1,msg_2"]
