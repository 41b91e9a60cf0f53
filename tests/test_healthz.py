"""Whether `/healthz` tells what is alive, and what is not."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bots.models import Heartbeat
from bots.vitals import Look
from recalldash.celery import make_folders

alive = pytest.mark.django_db(transaction=True)


@pytest.fixture
def heartbeats() -> None:
    """A worker and a beat that were alive just now, and a broker."""
    make_folders()
    for name in ("worker", "beat"):
        Heartbeat.leave(name, now=timezone.now())


def ask(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/healthz")
    return answer.status_code, answer.json()


@alive
@pytest.mark.usefixtures("heartbeats")
def test_it_says_that_everything_is_alive(client: Client) -> None:
    status, report = ask(client)
    assert (status, report["status"]) == (200, "ok")
    assert {name: report[name]["status"] for name in ("database", "broker", "worker", "beat")} == {
        "database": "ok",
        "broker": "ok",
        "worker": "ok",
        "beat": "ok",
    }


@alive
@pytest.mark.usefixtures("heartbeats")
@pytest.mark.parametrize(("dead", "living"), [("worker", "beat"), ("beat", "worker")])
def test_it_tells_worker_and_beat_apart(client: Client, dead: str, living: str) -> None:
    Heartbeat.leave(dead, now=timezone.now() - timedelta(minutes=1))
    status, report = ask(client)
    assert (status, report["status"]) == (503, "failing")
    assert report[dead]["status"] == "failing"
    assert report[dead]["age_s"] >= 60
    assert report[living]["status"] == "ok"


@alive
def test_it_names_a_process_that_was_never_seen(client: Client) -> None:
    status, report = ask(client)
    assert status == 503
    assert report["worker"] == {"status": "failing", "reason": "never seen"}


def test_it_answers_without_database_and_broker(tmp_path: Any) -> None:
    """In a process of its own, whose servers are addresses where nobody listens."""
    question = (
        "import django; django.setup()\n"
        "from django.test import Client\n"
        "answer = Client().get('/healthz')\n"
        "print(answer.status_code, answer.content.decode())"
    )
    secret = "hunter2"
    asked = subprocess.run(
        [sys.executable, "-c", question],
        env=os.environ
        | {
            "DATABASE_URL": f"postgres://someone:{secret}@127.0.0.1:9/nowhere",
            "CELERY_BROKER_URL": f"redis://:{secret}@127.0.0.1:9/0",
            "DATA_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    status, text = asked.stdout.split(maxsplit=1)
    report = json.loads(text)
    assert status == "503"
    assert report["database"]["status"] == "failing"
    assert report["broker"]["status"] == "failing"
    assert report["worker"]["status"] == "unknown"
    assert secret not in asked.stdout


def test_a_look_that_hangs_is_joined_and_not_repeated() -> None:
    begun: list[int] = []
    answered = Event()

    def hang() -> None:
        begun.append(1)
        answered.wait(10)

    look = Look(hang)
    first, second = look(), look()
    with pytest.raises(TimeoutError):
        first.result(timeout=0.05)
    answered.set()
    first.result(timeout=5)
    assert second is first
    assert begun == [1]
    look().result(timeout=5)
    assert begun == [1, 1]
