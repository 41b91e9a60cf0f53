"""Webhooks a second, to the timeline: `python benchmarks/ingest.py [rounds] [processes]`.

Starts the server as it is deployed, on a database of its own (`DATABASE_URL=postgres://…` picks
the server; SQLite otherwise), and knocks over 32 connections that stay open with signed status
changes of a thousand bots, then 100 times a second. Beside it, on PostgreSQL and in the same run:
a bare Starlette application that verifies the same signature and commits one row. What is counted
was answered 204 and is looked up on the timelines afterwards. README.md says what to expect.
"""

import asyncio
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ground import FOLDER, GIVEN, ROOT, URL, database

# isort: split

from bots.models import Bot, Change, Delivery, StatusChange, Workspace
from bots.recall import webhooks

BOTS, CONNECTIONS = 1_000, 32
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CODES = (
    "joining_call", "in_waiting_room", "in_call_not_recording", "recording_permission_allowed",
    "in_call_recording", "call_ended", "done",
)  # fmt: skip
PEERS = ("starlette", "uvicorn", "httptools", "psycopg[binary]", "psycopg_pool")
BARE = """
import hashlib, hmac, base64
from contextlib import asynccontextmanager
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
KEY = base64.b64decode({secret!r}.removeprefix("whsec_"))
pool = AsyncConnectionPool({url!r}, min_size=16, max_size=16, open=False,
                           kwargs={{"autocommit": True}})
async def hook(request):
    body = await request.body()
    mid = request.headers["webhook-id"]
    text = mid.encode() + b"." + request.headers["webhook-timestamp"].encode() + b"." + body
    wanted = base64.b64encode(hmac.digest(KEY, text, "sha256")).decode()
    if not hmac.compare_digest(request.headers["webhook-signature"].partition(",")[2], wanted):
        return Response(status_code=401)
    async with pool.connection() as connection:
        await connection.execute(
            "INSERT INTO bare (id, body) VALUES (%s, %s) ON CONFLICT DO NOTHING", (mid, body))
    return Response(status_code=204)
@asynccontextmanager
async def life(app):
    await pool.open()
    yield
    await pool.close()
app = Starlette(routes=[Route("/hook/", hook, methods=["POST"])], lifespan=life)
"""


def knocks(bots: list[uuid.UUID], path: str) -> list[bytes]:
    """The requests, each whole, in the order in which Recall would send them."""
    now = datetime.now(UTC)
    found = []
    for step, code in enumerate(CODES):
        at = now - timedelta(minutes=4) + timedelta(seconds=30 * step)
        for bot in bots:
            body = json.dumps(
                {
                    "event": f"bot.{code}",
                    "data": {
                        "data": {"code": code, "sub_code": None, "updated_at": at.isoformat()},
                        "bot": {"id": str(bot), "metadata": {}},
                    },
                }
            ).encode()
            headers = webhooks.sign(body, secret=SECRET, message_id=f"msg_{uuid.uuid4()}", at=now)
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
            found.append(f"{head}{lines}\r\n".encode() + body)
    return found


async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, knock: bytes) -> int:
    writer.write(knock)
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    if length:
        await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])


async def closed_loop(port: int, waiting: list[bytes]) -> tuple[float, list[float], int]:
    """All of them, as fast as 32 connections get answers: (seconds, each one's wait, refused)."""
    waiting = waiting[::-1]
    took: list[float] = []
    refused = 0

    async def connection() -> None:
        nonlocal refused
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while waiting:
            began = time.perf_counter()
            refused += await one(reader, writer, waiting.pop()) != 204
            took.append(time.perf_counter() - began)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return time.perf_counter() - began, took, refused


async def open_loop(port: int, waiting: list[bytes], *, rate: float) -> list[float]:
    """So many a second, whether or not the ones before were answered: each one's wait."""
    took: list[float] = []
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))

    async def knock_at(due: float, knock: bytes) -> None:
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        line = await free.get()
        assert await one(*line, knock) == 204
        took.append(time.perf_counter() - due)
        free.put_nowait(line)

    begin = time.perf_counter() + 0.1
    await asyncio.gather(*(knock_at(begin + n / rate, k) for n, k in enumerate(waiting)))
    return took


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(share * len(values)), len(values) - 1)] * 1000


def shown(took: list[float]) -> str:
    return f"p50 {percentile(took, 0.5):.1f} ms, p99 {percentile(took, 0.99):.1f} ms"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def served(python: str, app: str, port: int, cwd: Path, workers: int) -> subprocess.Popen[bytes]:
    quiet = ["--log-level", "warning", "--no-access-log", "--workers", str(workers)]
    server = subprocess.Popen(
        [python, "-m", "uvicorn", app, "--port", str(port), *quiet], cwd=cwd, env=os.environ
    )
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return server
        time.sleep(0.1)
    raise SystemExit("The server did not start.")


def stopped(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGTERM)
    server.wait(20)


def measured(
    what: str, python: str, app: str, cwd: Path, waiting: list[bytes], workers: int = 1
) -> float:
    port = free_port()
    server = served(python, app, port, cwd, workers)
    try:
        asyncio.run(closed_loop(port, waiting[:200]))
        seconds, took, refused = asyncio.run(closed_loop(port, waiting[200:-1000]))
        rate = len(took) / seconds
        calm = asyncio.run(open_loop(port, waiting[-1000:], rate=100))
        print(f"{what}: {rate:.0f} a second at {CONNECTIONS} connections, {refused} refused")
        print("  waited " + shown(took) + "; at 100 a second " + shown(calm), flush=True)
    finally:
        stopped(server)
    return rate


def main(rounds: int, workers: int) -> None:
    with database():
        bare_python = ""
        if GIVEN:
            venv = FOLDER / "bare"
            subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
            bare_python = str(venv / "bin/python")
            pip = [bare_python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
            subprocess.run([*pip, *PEERS], check=True)
            (FOLDER / "bare_app.py").write_text(BARE.format(secret=SECRET, url=URL))
            import psycopg

            with psycopg.connect(URL, autocommit=True) as connection:
                connection.execute("CREATE TABLE bare (id text PRIMARY KEY, body bytea)")
        ratios = []
        for round_ in range(rounds):
            slug = f"bench-{round_}"
            workspace = Workspace.objects.create(slug=slug, name=slug)
            workspace.secrets.create(secret=SECRET)
            team, now = workspace.default_team, datetime.now(UTC)
            Bot.objects.bulk_create(
                Bot(
                    workspace=workspace, team=team, recall_id=uuid.uuid4(), name="Bench",
                    meeting_url="https://meet.google.com/abc-defg-hij", platform="google_meet",
                    created_at=now - timedelta(minutes=5), met_at=now, phase_at=now,
                )
                for _ in range(BOTS)
            )  # fmt: skip
            ids = list(workspace.bots.values_list("recall_id", flat=True))
            path = f"/webhooks/recall/{workspace.webhook_token}/"
            waiting = knocks(ids, path)
            app = "recalldash.asgi:application"
            rate = measured("recalldash", sys.executable, app, ROOT, waiting, workers)
            kept = Delivery.objects.filter(workspace=workspace)
            on_timeline = StatusChange.objects.filter(bot__workspace=workspace).count()
            over = workspace.bots.filter(phase="finished").count()
            told = Change.objects.filter(workspace=workspace).count()
            print(f"  kept {kept.count()}, on timelines {on_timeline}, {over} of {BOTS} bots over")
            print(f"  {told} rows of the feed")
            assert on_timeline == len(waiting)
            if GIVEN:
                bare = knocks(ids, "/hook/")
                base = measured("bare Starlette", bare_python, "bare_app:app", FOLDER, bare)
                ratios.append(rate / base)
                print(f"  {ratios[-1]:.2f} × bare Starlette")
        if ratios:
            print(f"the middle of {rounds}: {statistics.median(ratios):.2f} × bare Starlette")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*(given + [3, 1][len(given) :]))
