"""`/healthz`: whether database, broker, worker and beat are alive; told quickly, without secrets.

Every look has a second. One that takes longer goes on in its thread, and until it returns, the
next request waits for that same look instead of starting another.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from threading import Lock
from typing import Any

from celery import current_app
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

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


heartbeats, broker = Look(_heartbeats), Look(_broker)


@require_safe
@never_cache
@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """200 where everything is alive, else 503; the JSON says what is not."""
    now = timezone.now()
    looking_at_database, looking_at_broker = heartbeats(), broker()
    report: Report = {"status": "ok"}
    seen: dict[str, datetime] | None = None
    report["database"], seen = _outcome(looking_at_database)
    report["broker"], _ = _outcome(looking_at_broker)
    for name in PROCESSES:
        report[name] = _process(seen, name, now=now)
    if any(part["status"] != "ok" for part in report.values() if isinstance(part, dict)):
        report["status"] = "failing"
    response = JsonResponse(report, status=200 if report["status"] == "ok" else 503)
    # Whoever asks is told; an error in the log for each time they ask would drown the others.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _outcome(looking: "Future[Any]") -> tuple[Report, Any]:
    try:
        return {"status": "ok"}, looking.result(timeout=LOOK_TIMEOUT_S)
    except TimeoutError:
        return {"status": "failing", "reason": "no answer within a second"}, None
    except Exception as error:
        # The type only: the text of a driver's error may hold addresses and names.
        return {"status": "failing", "reason": type(error).__name__}, None


def _process(seen: dict[str, datetime] | None, name: str, *, now: datetime) -> Report:
    if seen is None:
        return {"status": "unknown", "reason": "its sign of life is kept in the database"}
    if name not in seen:
        return {"status": "failing", "reason": "never seen"}
    age_s = round((now - seen[name]).total_seconds(), 1)
    if age_s > SILENT_TOO_LONG_S:
        return {"status": "failing", "age_s": age_s, "reason": "silent for too long"}
    return {"status": "ok", "age_s": age_s}
