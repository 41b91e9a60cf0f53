"""A thousand open pages on one server: `python benchmarks/streams.py [streams] [seconds]`.

Starts the server on a database of its own (`DATABASE_URL=postgres://…` picks it; SQLite otherwise),
opens that many live streams of one workspace, and has eight writers tell 5 changes a second
together, each of another bot, with how that stands. Prints how late each frame
came after its commit, how many were missed or came twice, what a stream costs in memory, and how
long it takes until all are served again that were cut at once.
"""

import os
import re
import resource
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from ground import ROOT, database, session_of

# isort: split
from django.db import connections, transaction
from django.utils import timezone

from bots.models import Bot, Workspace

WRITERS, RATE = 8, 5.0


class Streams:
    """Sockets in one epoll loop: what came on each, and when."""

    def __init__(self, port: int, cookie: str) -> None:
        self.port = port
        self.head = (
            "GET /events?workspace=bench HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Cookie: recalldash={cookie}\r\n\r\n"
        ).encode()
        self.selector = selectors.DefaultSelector()
        self.socks: list[socket.socket] = []
        self.beaten: set[int] = set()
        self.frames: list[list[tuple[int, float]]] = []

    def open(self, count: int) -> float:
        """Open them all at once; the seconds until each has had its first beat."""
        self.close()
        self.frames, self.beaten = [[] for _ in range(count)], set()
        began = time.perf_counter()
        for n in range(count):
            sock = socket.create_connection(("127.0.0.1", self.port))
            sock.sendall(self.head)
            sock.setblocking(False)
            self.socks.append(sock)
            self.selector.register(sock, selectors.EVENT_READ, n)
        while len(self.beaten) < count:
            assert time.perf_counter() - began < 60, f"{len(self.beaten)} of {count} are served"
            self.read(0.5)
        return time.perf_counter() - began

    def close(self) -> None:
        for sock in self.socks:
            self.selector.unregister(sock)
            sock.close()
        self.socks = []

    def read(self, timeout_s: float) -> None:
        for key, _ in self.selector.select(timeout_s):
            try:
                text = key.fileobj.recv(65536)  # type: ignore[union-attr]
            except BlockingIOError:
                continue
            now = time.time()
            if b"event: beat" in text:
                self.beaten.add(key.data)
            for told in re.findall(rb'{"bot": (\d+), "mark"', text):
                self.frames[key.data].append((int(told), now))


def write(bots: Iterator[Bot], n: int, told: dict[int, float]) -> None:
    """One writer: each change in a transaction of its own, and when that stood."""
    time.sleep(n / RATE)
    for bot in bots:
        with transaction.atomic():
            bot.tell(timezone.now())
        told[bot.pk] = time.time()
        time.sleep(WRITERS / RATE)
    connections.close_all()


def recording(workspace: Workspace, count: int) -> list[Bot]:
    """So many bots, one for each change, by which it is known."""
    now = timezone.now()
    return Bot.objects.bulk_create(
        Bot(
            workspace=workspace,
            team=workspace.default_team,
            meeting_url="https://meet.google.com/abc-defg-hij",
            platform="google_meet",
            phase="recording",
            created_at=now,
            met_at=now,
            phase_at=now,
        )
        for _ in range(count)
    )


def rss_kb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def main(count: int, seconds: float) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * count)), hard))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = None
    try:
        workspace = Workspace.objects.create(slug="bench", name="Bench")
        cookie = session_of(workspace)
        server = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "recalldash.asgi:application", "--port", str(port),
             "--log-level", "warning", "--no-access-log", "--timeout-graceful-shutdown", "1"],
            cwd=ROOT, env=os.environ,
        )  # fmt: skip
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        streams = Streams(port, cookie)
        streams.open(10)  # what is loaded at the first one is loaded
        before = rss_kb(server.pid)
        first = streams.open(count)
        each = (rss_kb(server.pid) - before) / count
        told: dict[int, float] = {}
        bots = recording(workspace, int(RATE * seconds))
        writers = [
            threading.Thread(target=write, args=(iter(bots[n::WRITERS]), n + 1, told))
            for n in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        while any(writer.is_alive() for writer in writers):
            streams.read(0.2)
        ends = time.time() + 3
        while time.time() < ends:
            streams.read(0.2)
        late = sorted(at - told[number] for got in streams.frames for number, at in got)
        missed = sum(len(set(told) - {number for number, _ in got}) for got in streams.frames)
        doubled = sum(len(got) - len({n for n, _ in got}) for got in streams.frames)
        again = streams.open(count)
        print(f"{count} streams, {len(told)} changes by {WRITERS} writers, {len(late)} frames")
        print(
            f"after the commit: p50 {1000 * late[len(late) // 2]:.0f} ms, "
            f"p99 {1000 * late[int(0.99 * len(late))]:.0f} ms, at most {1000 * late[-1]:.0f} ms"
        )
        print(f"missed {missed}, twice {doubled}; {each:.0f} kB a stream")
        print(
            f"all served after {first:.1f} s, and after {again:.1f} s when they come back at once"
        )
        streams.close()
    finally:
        if server is not None:
            server.send_signal(signal.SIGTERM)
            server.wait(20)


if __name__ == "__main__":
    given = [float(word) for word in sys.argv[1:]]
    with database():
        main(int(given[0]) if given else 1_000, given[1] if len(given) > 1 else 20.0)
