"""Who else takes webhooks, ready to be measured: a bare Starlette, and dj-stripe's full endpoint.

They run on a venv of their own (`.data-peers`, made once), each from one file of this folder.
"""

import hmac
import json
import os
import subprocess
import sys
import uuid
from datetime import datetime
from pathlib import Path

import psycopg
from ground import FOLDER, ROOT
from senders import Server, request

HERE = Path(__file__).parent
VENV = ROOT / ".data-peers"
PYTHON = VENV / "bin" / "python"
STRIPE_ENDPOINT = str(uuid.uuid4())
STRIPE_SECRET = "whsec_benchmark"
# A process for each of two cores, eight threads in each; connections stay as long as ours.
GUNICORN = (
    "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--keep-alive", "75",
    "--no-control-socket", "--log-level", "warning", "--pythonpath", str(HERE),
)  # fmt: skip


def install() -> None:
    """The venv, as requirements.txt has it; instant the second time."""
    wanted = (HERE / "requirements.txt").read_text()
    stamp = VENV / "requirements.stamp"
    if stamp.exists() and stamp.read_text() == wanted and PYTHON.exists():
        return
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
    pip = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", str(HERE / "requirements.txt")], check=True)
    stamp.write_text(wanted)


def rows(url: str, question: str) -> int:
    """What one number of the database is, without Django."""
    with psycopg.connect(url) as connection:
        found = connection.execute(question).fetchone()  # type: ignore[call-overload]
    return int(found[0])


class Bare:
    """Starlette under uvicorn, one process: the signature verified, one row committed."""

    path = "/hook/"

    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE bare (id text PRIMARY KEY, body bytea)")
        command = (
            str(PYTHON), "-m", "uvicorn", "bare:application", "--app-dir", str(HERE),
            "--log-level", "warning", "--no-access-log", "--port",
        )  # fmt: skip
        env = {**os.environ, "DATABASE_URL": url, "SECRET": secret}
        self.server = Server("bare Starlette", command, FOLDER, env, status=204)

    def kept(self) -> int:
        return rows(self._url, "SELECT count(*) FROM bare")


class DjStripe:
    """dj-stripe's endpoint: the trigger kept, its signature verified, the event kept, all told.

    Its events are of a kind for which no object is fetched or kept besides, the least it does.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        given = {"DATABASE_URL": url, "ENDPOINT": STRIPE_ENDPOINT, "SECRET": STRIPE_SECRET}
        self._env = {**os.environ, **given}
        command = (str(PYTHON), "-m", "gunicorn", "dj_stripe:application", *GUNICORN, "--bind")
        self.server = Server("dj-stripe", command, FOLDER, self._env, status=200)
        self._run("make")

    def _run(self, *words: str, said: bytes = b"") -> str:
        command = [str(PYTHON), str(HERE / "dj_stripe.py"), *words]
        done = subprocess.run(
            command, env=self._env, input=said, stdout=subprocess.PIPE, cwd=FOLDER, check=True
        )
        return done.stdout.decode().strip()

    def statements(self, at: datetime) -> int:
        body = _stripe_event(at)
        return int(self._run("statements", _stripe_signature(body, at), said=body))

    def knocks(self, count: int, at: datetime) -> list[bytes]:
        """So many events, each signed as Stripe signs."""
        found = []
        for _ in range(count):
            body = _stripe_event(at)
            signed = {
                "Stripe-Signature": _stripe_signature(body, at),
                "Content-Type": "application/json; charset=utf-8",
            }
            found.append(request(f"/stripe/webhook/{STRIPE_ENDPOINT}/", signed, body))
        return found

    def kept(self) -> int:
        """Triggers that were verified and processed, each with the event it brought."""
        return rows(
            self._url,
            "SELECT count(DISTINCT event.id) FROM djstripe_webhookeventtrigger AS trigger"
            " JOIN djstripe_event AS event ON event.id = trigger.event_id"
            " WHERE trigger.valid AND trigger.processed AND trigger.exception = ''",
        )


def _stripe_event(at: datetime) -> bytes:
    sums = [{"amount": 125_000, "currency": "eur", "source_types": {"card": 125_000}}]
    balance = {"object": "balance", "available": sums, "livemode": False, "pending": sums}
    event = {
        "id": f"evt_{uuid.uuid4().hex[:24]}",
        "object": "event",
        "api_version": "2026-05-27.dahlia",
        "created": int(at.timestamp()),
        "data": {"object": balance},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": "balance.available",
    }
    return json.dumps(event).encode()


def _stripe_signature(body: bytes, at: datetime) -> str:
    seconds = int(at.timestamp())
    signed = f"{seconds}.".encode() + body
    return f"t={seconds},v1={hmac.digest(STRIPE_SECRET.encode(), signed, 'sha256').hex()}"
