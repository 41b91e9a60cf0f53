"""A sandbox to call: Recall's real client, a clock to move, and a place where webhooks arrive."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import time_machine
from django.core import signals
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections
from pytest_django.fixtures import Settings

from bots.recall.client import Recall
from bots.sandbox import clock as sandbox_clock

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ORIGIN = "http://testserver"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MEET = "https://meet.google.com/abc-defg-hij"


class Time:
    """The wall clock of a test: it stands still until it is moved."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def pass_(self, seconds: float) -> datetime:
        self._traveller.shift(timedelta(seconds=seconds))
        return self.now


class Inbox:
    """Where webhooks arrive. `answers` are given first, then 204."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answers: list[int | Exception] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if self.answers else 204
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.requests]

    @property
    def names(self) -> list[str]:
        return [event["event"] for event in self.events]


@pytest.fixture(autouse=True)
def _sandbox(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.sandbox.urls"
    settings.SANDBOX_SPEED = 1.0
    settings.SANDBOX_ORIGIN = ORIGIN


@pytest.fixture
def time() -> Iterator[Time]:
    with time_machine.travel(START, tick=False) as traveller:
        yield Time(traveller)


@pytest.fixture
def transport() -> Iterator[httpx.WSGITransport]:
    """Real requests and answers without a socket; the test's connection to the database stays."""
    ends = (signals.request_started, signals.request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield httpx.WSGITransport(app=WSGIHandler())
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.fixture
def client(transport: httpx.WSGITransport) -> Callable[..., Recall]:
    """A client of the workspace with this name."""

    def open_(name: str = "acme", region: str = "us-west-2") -> Recall:
        key = f"sandbox_{region}_{name}"
        return Recall(key, base_url=f"{ORIGIN}/sandbox/{region}", transport=transport)

    return open_


@pytest.fixture
def recall(client: Callable[..., Recall]) -> Recall:
    return client()


@pytest.fixture
def http(transport: httpx.WSGITransport) -> Callable[..., httpx.Response]:
    """A raw call: `http("GET", "api/v1/bot/")`."""

    def call(
        method: str, path: str, *, key: str = "sandbox_us-west-2_acme", **options: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Token {key}"} | options.pop("headers", {})
        with httpx.Client(transport=transport, base_url=ORIGIN) as client:
            url = f"/sandbox/us-west-2/{path}"
            return client.request(method, url, headers=headers, **options)

    return call


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def tick(time: Time, inbox: Inbox) -> Callable[[float], list[str]]:
    """Let time pass and run the clock; gives the names of the events that arrived."""

    def run(seconds: float = 0.0) -> list[str]:
        now = time.pass_(seconds)
        before = len(inbox.requests)
        with httpx.Client(transport=httpx.MockTransport(inbox)) as client:
            while sandbox_clock.tick(now, client=client):
                pass
        return inbox.names[before:]

    return run
