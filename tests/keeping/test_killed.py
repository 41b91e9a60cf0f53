"""Workers that really die, at every step of a copy, and one that freezes: the copy is whole.

Each worker is a process; the file comes over HTTP. On whatever database the tests run on.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone

from bots import archive, copying, keeping, upkeep
from bots.models import KeptFile
from recalldash.machine import BASE_DIR
from tests.keeping.films import FILM, SHA256
from tests.orders.test_killed import database_url

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = (
    "before a byte has come",
    "amid the file",
    "amid the file, just made sure",
    "whole, not hashed",
    "hashed, not stored",
    "stored, not read back",
    "read back, not said",
    "said, partial file still there",
)


class _Recall(BaseHTTPRequestHandler):
    """Gives a link to the film, and the film from any byte on."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path.startswith("/film"):
            asked = self.headers.get("Range", "")
            start = int(asked.removeprefix("bytes=").partition("-")[0]) if asked else 0
            self.server.ranges.append(start)  # type: ignore[attr-defined]
            extra = {"ETag": '"one"', "Content-Type": "video/mp4"}
            if start:
                extra["Content-Range"] = f"bytes {start}-{len(FILM) - 1}/{len(FILM)}"
            self.answer(206 if start else 200, FILM[start:], extra)
        else:
            id = self.path.rstrip("/").rpartition("/")[2]
            link = f"http://127.0.0.1:{self.server.server_port}/film?token=x"  # type: ignore[attr-defined]
            told = {"id": id, "status": {"code": "done"}, "data": {"download_url": link}}
            self.answer(200, json.dumps(told).encode(), {"Content-Type": "application/json"})

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # the worker is gone

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def recall(settings) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Recall)
    server.daemon_threads = True
    server.ranges = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.RECALL_BASE_URL = f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def copy(folder, recall, a_bot) -> KeptFile:
    recording = a_bot("done", recorded=True).recordings.get()
    [copy] = keeping.keep(recording, keeping.pieces(recording), now=timezone.now())
    return copy


def worker(copy: KeptFile, step: str, number: int, settings) -> "subprocess.Popen[bytes]":
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(settings.DATA_DIR),
        "RECALL_BASE_URL": settings.RECALL_BASE_URL,
        "NO_PROXY": "127.0.0.1",
    }
    command = [sys.executable, "-m", "tests.keeping.worker", str(copy.pk), step, str(int(number))]
    return subprocess.Popen(command, cwd=BASE_DIR, env=env)


def work(copy: KeptFile, *, later_s: float) -> None:
    copying.work(copy.pk, clock=lambda: timezone.now() + timedelta(seconds=later_s), seconds=60)
    copy.refresh_from_db()


def is_whole(copy: KeptFile) -> bool:
    kept = b"".join(archive.chunks(copy.path))
    return (copy.state, copy.sha256, kept == FILM) == ("kept", SHA256, True)


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_workers_copy_is_gone_on_with_and_is_whole(copy, recall, settings, step):
    process = worker(copy, step, signal.SIGKILL, settings)
    assert process.wait(60) == -signal.SIGKILL
    copy.refresh_from_db()
    known = copy.done
    if step != STEPS[-1]:
        assert copy.state == "copying"
        work(copy, later_s=1)  # its lease still runs
        assert copy.state == "copying"
        work(copy, later_s=120)
    assert is_whole(copy)
    assert list(archive.names()) == [copy.path]
    again = recall.ranges[1:]
    if step.startswith("amid"):
        assert again == [known]
        assert known > 0
    elif step != STEPS[0]:
        assert again == []  # not one byte was fetched twice
    upkeep.prune_partials(timezone.now() + timedelta(days=3))
    assert not list(archive.partials())


def test_a_frozen_worker_that_thaws_spoils_nothing(copy, recall, settings):
    process = worker(copy, "amid the file", signal.SIGSTOP, settings)
    try:
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        work(copy, later_s=120)
        assert copy.state == "waiting"  # the partial file is in the frozen one's hands
        os.kill(process.pid, signal.SIGCONT)
        deadline = time.monotonic() + 60
        while os.waitpid(process.pid, os.WNOHANG) == (0, 0):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        process.returncode = 0
    copy.refresh_from_db()
    assert copy.state == "waiting"  # it saw that it had lost its row
    work(copy, later_s=240)
    assert is_whole(copy)
