"""The Celery app: a clock and a wake-up, never the place where truth is kept."""

import logging
import os
import threading
from pathlib import Path
from time import monotonic
from typing import Any

from celery import Celery, bootsteps
from celery.beat import Scheduler
from celery.signals import beat_init, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recalldash.settings")

HEARTBEAT_S = 5.0
logger = logging.getLogger(__name__)

app = Celery("recalldash")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["bots"])
# Without this, `shared_task` finds the app only in the thread that imported it, and tasks woken
# from any other thread of the server go to a broker that nobody configured.
app.set_default()


@app.on_after_configure.connect
def _outlive_redis(sender: Any, source: Any, **kwargs: Any) -> None:
    """Where the broker is Redis; elsewhere its client is not even loaded."""
    if source["broker_url"].startswith("redis"):
        from recalldash.redis_broker import outlive_the_server

        outlive_the_server()


def make_folders() -> None:
    """Make the folders that the embedded broker keeps its messages in."""
    options = app.conf.broker_transport_options
    for key in ("data_folder_in", "control_folder"):
        if key in options:
            Path(options[key]).mkdir(parents=True, exist_ok=True)


@worker_init.connect
def _look_at_keys(**kwargs: Any) -> None:
    from recalldash import keys

    try:
        keys.look()
    except keys.CannotStart as problem:
        raise SystemExit(str(problem)) from None


@worker_init.connect
@beat_init.connect
def _make_folders(**kwargs: Any) -> None:
    make_folders()


def leave_heartbeat(name: str) -> None:
    """Leave a sign of life in the database, or a line in the log when that fails."""
    from django.db import DatabaseError, close_old_connections
    from django.utils import timezone

    from bots.models import Heartbeat

    close_old_connections()
    try:
        Heartbeat.leave(name, now=timezone.now())
    except DatabaseError as error:
        logger.warning("The %s could not leave a sign of life: %s", name, error)
        close_old_connections()


class WorkerHeartbeat(bootsteps.StartStopStep):
    """Shows that a worker is alive for as long as its consumer holds a broker connection."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **kwargs: Any) -> None:
        super().__init__(consumer, **kwargs)
        self.stopped = threading.Event()

    def start(self, consumer: Any) -> None:
        self.stopped = threading.Event()
        threading.Thread(target=self._run, args=(self.stopped,), daemon=True).start()

    def stop(self, consumer: Any) -> None:
        self.stopped.set()

    def terminate(self, consumer: Any) -> None:
        self.stop(consumer)

    @staticmethod
    def _run(stopped: threading.Event) -> None:
        while True:
            leave_heartbeat("worker")
            if stopped.wait(HEARTBEAT_S):
                return


app.steps["consumer"].add(WorkerHeartbeat)


class BeatScheduler(Scheduler):
    """Beat without a file that a kill could leave broken, and with a sign of life.

    Its schedule holds only short intervals, so nothing is worth remembering between two starts.
    The sign is beat's own: it is there when the worker is dead, and missing when only beat is.
    """

    _next_heartbeat = 0.0

    def tick(self, *args: Any, **kwargs: Any) -> float:
        if monotonic() >= self._next_heartbeat:
            self._next_heartbeat = monotonic() + HEARTBEAT_S
            leave_heartbeat("beat")
        return min(float(super().tick(*args, **kwargs)), HEARTBEAT_S)
