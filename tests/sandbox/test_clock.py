"""The clock as a process and its senders: what happens is told, and nobody waits for another."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import httpx
import pytest
from django.conf import settings
from django.utils import timezone

from bots.recall.client import Recall
from bots.sandbox import clock, delivery
from bots.sandbox.models import Bot

from .conftest import MEET

pytestmark = pytest.mark.django_db(databases=["default", "sandbox"], transaction=True)

WAIT_S = 30  # how long a broken clock holds a test up; a working one needs far less


@pytest.fixture
def senders() -> Iterator[Callable[[httpx.Client], delivery.Senders]]:
    made: list[delivery.Senders] = []

    def make(client: httpx.Client) -> delivery.Senders:
        made.append(delivery.Senders(client, threads=8, each=2))
        return made[-1]

    yield make
    for each in made:
        each.wait()


def test_a_slow_receiver_holds_up_nobody(
    recall: Recall, http: Callable[..., httpx.Response], senders: Callable
) -> None:
    slow, quick = "http://slow.example/x", "http://quick.example/x"
    http("PUT", "control/workspace/", json={"webhook_urls": [slow, quick]})
    recall.create_bot({"meeting_url": MEET}, idempotency_key="send-it-now")
    http("POST", "control/webhooks/", json={"webhooks_paused": True})
    http("POST", "control/advance/", json={"seconds": 20})
    http("POST", "control/webhooks/", json={"webhooks_paused": False})
    release, arrived, stuck = Event(), Event(), []
    wanted = 8

    def receive(request: httpx.Request) -> httpx.Response:
        if request.url.host == "slow.example":
            stuck.append(request)
            release.wait(WAIT_S)
        else:
            receive.quick += 1
            if receive.quick == wanted:
                arrived.set()
        return httpx.Response(204)

    receive.quick = 0
    with httpx.Client(transport=httpx.MockTransport(receive)) as client:
        pool = senders(client)
        for _ in range(200):
            clock.tick(timezone.now(), senders=pool)
            if arrived.wait(0.05):
                break
        assert arrived.is_set()
        assert len(stuck) == 2
        release.set()
        pool.wait()


def test_it_runs_as_a_process_and_stops_when_told(
    recall: Recall, http: Callable[..., httpx.Response]
) -> None:
    told = Event()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()
            told.set()

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    Thread(target=server.serve_forever, daemon=True).start()
    http(
        "PUT", "control/workspace/", json={"webhook_url": f"http://127.0.0.1:{server.server_port}"}
    )
    recall.create_bot({"meeting_url": MEET}, idempotency_key="send-it-now")
    name = str(settings.DATABASES["sandbox"]["NAME"])
    code = (
        "import os, django; from django.conf import settings; django.setup();"
        "settings.DATABASES['sandbox']['NAME'] = os.environ['SANDBOX_FILE'];"
        "from django.core.management import call_command; call_command('sandbox_clock')"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], env=os.environ | {"SANDBOX_FILE": name}, text=True
    )
    try:
        assert told.wait(WAIT_S)
        process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT_S) == 0
        assert Bot.objects.get().told_at is not None
    finally:
        process.kill()
        process.wait()
        server.shutdown()
        server.server_close()
