"""Several processes of each kind behind a proxy, killed one by one under a browser's eyes.

`make cluster`: what deployment/Procfile names, three web processes, four workers and beat twice,
with PostgreSQL, Redis and nginx on this machine. Somebody pauses and resumes a bot in Chromium
while each process is killed with -9 and started again, as whatever runs a Procfile does it. Ends
with a table, and with 1 where a page was lost, a change was not shown, or an order was lost or
carried out twice.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis
from honcho.environ import parse_procfile
from playwright.sync_api import Page, sync_playwright

from recalldash.machine import BASE_DIR, environment, keep_secrets
from recalldash.processes import is_ready
from tests.browser import chromium
from tests.browser.company import COOKIE, Company, eventually, found
from tests.browser.house import OF_THE_TESTS
from tests.browser.steps import press, reaches, send

DEPLOYMENT = BASE_DIR / "deployment"
SERVER = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
BROKER = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/8")
PROXY_PORT = 8080
HOW_MANY = {"web": 3, "ingest": 1, "clicks": 1, "news": 1, "sync": 1, "media": 1, "beat": 2}
FIRST_PORT = {"web": 5000, "ingest": 5100}
ROOM = "clu-ster-one"
SHOWN_WITHIN_MS = 15_000


class Cluster:
    """The running processes by name ("web.2"); what dies is started again after a second."""

    def __init__(self, folder: Path, database: str) -> None:
        given = {name: word for name, word in os.environ.items() if name not in OF_THE_TESTS}
        self.env = environment(given | {"PORT": str(PROXY_PORT), "DATA_DIR": str(folder / "data")})
        self.env |= {
            "DATABASE_URL": database,
            "REDIS_URL": BROKER,
            "CELERY_BROKER_URL": BROKER,
            "TRUSTED_PROXIES": "1",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        (folder / "data").mkdir()
        keep_secrets(self.env)
        self.url, self.folder = self.env["PUBLIC_URL"], folder
        lines = parse_procfile((DEPLOYMENT / "Procfile").read_text()).processes
        self.commands = {
            f"{kind}.{n + 1}": (command, FIRST_PORT.get(kind, 0) + n)
            for kind, command in lines.items()
            for n in range(HOW_MANY[kind])
        }
        self.commands["clock.1"] = ("exec python manage.py sandbox_clock", 0)
        nginx = f"exec nginx -p {folder}/ -c {DEPLOYMENT / 'nginx.conf'} -g 'daemon off;'"
        self.commands["nginx.1"] = (nginx, 0)
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._ends = threading.Event()
        self._watch = threading.Thread(target=self._mend, daemon=True)

    def manage(self, *arguments: str, typed: str = "") -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, env=self.env, cwd=BASE_DIR, input=typed, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> None:
        for database in ("default", "sandbox"):
            self.manage("migrate", "--database", database, "--verbosity", "0")
        for name in self.commands:
            self._start(name)
        self._watch.start()
        eventually(lambda: all(is_ready(port) for port in (5000, 5001, 5002)), within_s=90)

    def _start(self, name: str) -> None:
        command, port = self.commands[name]
        with open(self.folder / "log", "ab") as log:
            self.running[name] = subprocess.Popen(
                ["sh", "-c", command],
                env=self.env | {"PORT": str(port)},
                cwd=BASE_DIR,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _mend(self) -> None:
        while not self._ends.wait(1.0):
            for name, process in list(self.running.items()):
                if process.poll() is not None:
                    self._start(name)

    def kill(self, name: str) -> None:
        """End it at once, with the children that are its own."""
        os.killpg(self.running[name].pid, signal.SIGKILL)

    def stop(self) -> None:
        self._ends.set()
        self._watch.join()
        for process in self.running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.running.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def standing() -> Iterator[Cluster]:
    """A cluster on a database and a Redis of its own, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="recalldash-cluster-"))
    name = f"recalldash_cluster_{os.getpid()}"
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    redis.from_url(BROKER).flushdb()
    cluster = Cluster(folder, urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}")))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        redis.from_url(BROKER).flushdb()
        with psycopg.connect(SERVER, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(folder, ignore_errors=True)


def orders_of(cluster: Cluster) -> list[dict[str, Any]]:
    script = (
        "import json; from bots.models import Order;"
        "print(json.dumps(list(Order.objects.values('action', 'state'))))"
    )
    return list(json.loads(cluster.manage("shell", "-v", "0", "-c", script)))


def trial(cluster: Cluster, company: Company, page: Page) -> list[str]:
    """What went wrong, as sentences."""
    wrong: list[str] = []
    page.on(
        "response",
        lambda answer: wrong.append(f"{answer.status} {answer.url}") if answer.status >= 500 else 0,
    )
    send(page, f"https://meet.google.com/{ROOM}")
    reaches(page, "waiting", within_ms=SHOWN_WITHIN_MS)
    company.sandbox.do(ROOM, "admit")
    reaches(page, "recording", within_ms=SHOWN_WITHIN_MS)
    page.evaluate("window.sameDocument = true")
    victims = [name for name in cluster.commands if not name.startswith(("nginx", "clock"))]
    for victim in victims:
        cluster.kill(victim)
        began = time.monotonic()
        press(page, "Pause recording")
        reaches(page, "paused", within_ms=SHOWN_WITHIN_MS)
        press(page, "Resume recording")
        reaches(page, "recording", within_ms=SHOWN_WITHIN_MS)
        print(f"{victim:<10} killed: paused and resumed after {time.monotonic() - began:4.1f} s")
        if not page.evaluate("window.sameDocument === true"):
            wrong.append(f"{victim}: the page was lost")
            page.evaluate("window.sameDocument = true")
        time.sleep(4)  # until it is back
    for verb in ("pause", "resume"):
        told = [call for call in company.sandbox.calls(f"{verb}_recording") if call["status"] < 300]
        if len(told) != len(victims):
            wrong.append(f"{verb}: {len(victims)} ordered, {len(told)} carried out")
    states = [order["state"] for order in orders_of(cluster)]
    print(f"orders: {len(states)}, confirmed {states.count('confirmed')}")
    if set(states) != {"confirmed"}:
        wrong.append(f"orders ended as {sorted(set(states))}")
    return wrong


def main() -> int:
    missing = [name for name in ("nginx",) if shutil.which(name) is None]
    if missing:
        print(f"Not here: {', '.join(missing)} (apt install nginx-light)")
        return 1
    with standing() as cluster, sync_playwright() as playwright:
        company = found(cluster, "cluster", ["alice"])  # type: ignore[arg-type]
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=["--no-sandbox", "--disable-gpu"]
        )
        context = browser.new_context()
        context.set_default_timeout(SHOWN_WITHIN_MS)
        context.add_cookies(
            [{"name": COOKIE, "value": company.sessions["alice"], "url": cluster.url}]
        )
        page = context.new_page()
        page.goto(f"{cluster.url}{company.home}")
        try:
            wrong = trial(cluster, company, page)
        finally:
            browser.close()
    for sentence in wrong:
        print(f"WRONG: {sentence}")
    print("nobody noticed" if not wrong else f"{len(wrong)} things went wrong")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
