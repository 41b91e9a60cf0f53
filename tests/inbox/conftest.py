"""A sandbox to be called and to call: its clock, its transport, and the dashboard's own client."""

import httpx
import pytest
import time_machine
from django.core import signals
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections

from bots import conf
from tests.sandbox import conftest as sandbox

http = sandbox.http


class Time(sandbox.Time):
    """The wall clock of a test with many meetings, each of which begins at the same time."""

    def begin_again(self):
        self._traveller.move_to(sandbox.START)
        return self.now


@pytest.fixture
def time():
    with time_machine.travel(sandbox.START, tick=False) as traveller:
        yield Time(traveller)


@pytest.fixture
def transport(settings):
    """The sandbox without a socket, and without what only the dashboard's pages need."""
    settings.MIDDLEWARE = []
    settings.ROOT_URLCONF = "tests.sandbox.urls"
    settings.SANDBOX_ORIGIN = sandbox.ORIGIN
    ends = (signals.request_started, signals.request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield httpx.WSGITransport(app=WSGIHandler())
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.fixture
def sandbox_behind_recall(settings, transport, monkeypatch):
    """Whatever the dashboard asks Recall is answered by the sandbox."""
    settings.RECALL_BASE_URL = sandbox.ORIGIN + "/sandbox/{region}"
    monkeypatch.setattr(conf, "transport", lambda: transport)
