"""The house as deployment/Procfile names it, on a database of its own, for whoever loads it.

`DATABASE_URL` and `CELERY_BROKER_URL` pick PostgreSQL, on which a database is made and dropped,
and an empty database of Redis, emptied again; where one does not answer, what `make run` has.
"""

import os
import secrets
import shlex
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
import redis
from honcho.environ import parse_procfile

from recalldash.machine import BASE_DIR, HOST
from tests.browser.house import free_port
from tests.chaos.house import Installation

PROCFILE = BASE_DIR / "deployment" / "Procfile"
# All else of the Procfile runs once.
WEBS = 2
IS_PYTHON = "exec python -m "


class Deployed(Installation):
    """`web` and `web-2` for people, `ingest` for webhooks, a worker for each line, and beat."""

    def __init__(self, folder: Path, *, database: str, broker: str, speed: float) -> None:
        self.token = secrets.token_urlsafe(16)
        super().__init__(
            folder,
            database=database,
            broker=broker,
            speed=speed,
            more={"METRICS_TOKEN": self.token},
        )
        self.door = f"http://{HOST}:{self.ports['ingest']}"

    def programs(self, workers: int) -> dict[str, Sequence[str]]:
        self.ports = {"web": self.env["PORT"], "ingest": str(free_port())}
        found: dict[str, Sequence[str]] = {}
        for kind, command in parse_procfile(PROCFILE.read_text()).processes.items():
            assert command.startswith(IS_PYTHON), command
            for number in range(WEBS if kind == "web" else 1):
                name = kind if not number else f"{kind}-{number + 1}"
                port = self.ports.setdefault(name, str(free_port())) if "$PORT" in command else ""
                found[name] = shlex.split(command.removeprefix(IS_PYTHON).replace("$PORT", port))
        return found

    @property
    def fronts(self) -> list[str]:
        """Where pages are to be had."""
        return [f"http://{HOST}:{port}" for name, port in self.ports.items() if name != "ingest"]

    def is_well(self) -> bool:
        if not super().is_well():
            return False
        with suppress(httpx.HTTPError):
            places = [f"http://{HOST}:{port}/readyz" for port in self.ports.values()]
            return all(httpx.get(at, timeout=5, trust_env=False).is_success for at in places)
        return False


def _postgres() -> str:
    given = os.environ.get("DATABASE_URL", "")
    if given:
        try:
            psycopg.connect(given, connect_timeout=2).close()
        except psycopg.Error as error:
            print(f"On SQLite, because PostgreSQL does not answer: {error}")
            return ""
    return given


def _redis() -> str:
    given = os.environ.get("CELERY_BROKER_URL", "")
    if given:
        try:
            held = redis.Redis.from_url(given, socket_connect_timeout=2).dbsize()
        except redis.RedisError as error:
            print(f"With the embedded broker, because Redis does not answer: {error}")
            return ""
        if held:
            raise SystemExit(f"{given} holds {held} keys. Name a database of Redis that is empty.")
    return given


@contextmanager
def standing(speed: float) -> Iterator[Deployed]:
    """The house, well; gone afterwards with all that is its own."""
    server, broker = _postgres(), _redis()
    name = f"recalldash_load_{os.getpid()}"
    database = urlunsplit(urlsplit(server)._replace(path=f"/{name}")) if server else ""
    with tempfile.TemporaryDirectory(prefix="recalldash-load-", ignore_cleanup_errors=True) as own:
        if server:
            with psycopg.connect(server, autocommit=True) as line:
                line.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            house = Deployed(Path(own), database=database, broker=broker, speed=speed)
            house.open()
            try:
                yield house
            finally:
                house.close()
        finally:
            if broker:
                redis.Redis.from_url(broker).flushdb()
            if server:
                with psycopg.connect(server, autocommit=True) as line:
                    line.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
