"""Signs of life: of the database, the broker, and the processes behind them; told quickly.

Every look has a second. One that takes longer goes on in its thread, and until it returns, the
next one who asks waits for that same look instead of starting another.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from threading import Lock
from typing import Any

from celery import current_app
from django.db import connection

from bots import lines
from bots.models import Heartbeat

LOOK_TIMEOUT_S = 1.0
# Three signs of life missed; they are left every five seconds.
SILENT_TOO_LONG_S = 16.0
PROCESSES = ("worker", "beat")

Report = dict[str, Any]


class Look:
    """One thing to look at, by at most one thread at a time."""

    def __init__(self, look: Callable[[], Any]) -> None:
        self._look = look
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="healthz")
        self._lock = Lock()
        self._running: Future[Any] | None = None

    def __call__(self) -> "Future[Any]":
        """Begin to look, or join whoever is looking already."""
        with self._lock:
            if self._running is None or self._running.done():
                self._running = self._pool.submit(self._look)
            return self._running


def _heartbeats() -> dict[str, datetime]:
    try:
        return dict(Heartbeat.objects.filter(name__in=PROCESSES).values_list("name", "at"))
    finally:
        connection.close()  # no request ends in this thread, which would close a broken one


def _broker() -> None:
    with current_app.connection_for_write() as line:
        channel: Any = line.default_channel
        channel.queue_declare("celery")  # asks for the queue's length, which needs the broker


def _lengths() -> dict[str, int]:
    with current_app.connection_for_write() as line:
        channel: Any = line.default_channel
        return {name: channel.queue_declare(name).message_count for name in lines.ALL}


heartbeats, broker, waiting = Look(_heartbeats), Look(_broker), Look(_lengths)


def lengths() -> dict[str, int]:
    """How many messages wait in each line at the broker; nothing where it does not tell."""
    found: dict[str, int] | None = outcome(waiting())[1]
    return found or {}


def outcome(looking: "Future[Any]") -> tuple[Report, Any]:
    try:
        return {"status": "ok"}, looking.result(timeout=LOOK_TIMEOUT_S)
    except TimeoutError:
        return {"status": "failing", "reason": "no answer within a second"}, None
    except Exception as error:
        # The type only: the text of a driver's error may hold addresses and names.
        return {"status": "failing", "reason": type(error).__name__}, None


def process(seen: dict[str, datetime] | None, name: str, *, now: datetime) -> Report:
    if seen is None:
        return {"status": "unknown", "reason": "its sign of life is kept in the database"}
    if name not in seen:
        return {"status": "failing", "reason": "never seen"}
    age_s = round((now - seen[name]).total_seconds(), 1)
    if age_s > SILENT_TOO_LONG_S:
        return {"status": "failing", "age_s": age_s, "reason": "silent for too long"}
    return {"status": "ok", "age_s": age_s}
