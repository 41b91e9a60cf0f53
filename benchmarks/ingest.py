"""Webhooks a second, to the timeline: `python benchmarks/ingest.py [rounds] [processes] [--peers]`.

Starts the server as it is deployed, on a database of its own (`DATABASE_URL=postgres://…` picks
the server; SQLite otherwise), and knocks over 32 connections that stay open with signed status
changes of a thousand bots, then 100 times a second. Beside it, on PostgreSQL and in the same run:
a bare Starlette application that verifies the same signature and commits one row and, with
`--peers`, dj-stripe's full endpoint. What is counted was answered as taken and is looked up in the
database afterwards: ours on the timelines. README.md says what to expect.
"""

import argparse
import json
import os
import statistics
import sys
import uuid
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

from ground import GIVEN, ROOT, URL, another, database

# isort: split

import peers
from senders import Server, measured, request

from bots.models import Bot, Change, Delivery, StatusChange, Workspace
from bots.recall import webhooks

BOTS = 1_000
# Of dj-stripe's: enough for a quarter of a minute; even at a tenth of its speed the last of them is
# not yet too old (300 s).
EVENTS = 4_000
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CODES = (
    "joining_call", "in_waiting_room", "in_call_not_recording", "recording_permission_allowed",
    "in_call_recording", "call_ended", "done",
)  # fmt: skip


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
            found.append(request(path, headers, body))
    return found


def a_workspace(slug: str) -> Workspace:
    """With bots that are about to join."""
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
    return workspace


def ours(workspace: Workspace, ids: list[uuid.UUID], processes: int) -> float:
    command = (
        sys.executable, "-m", "uvicorn", "recalldash.asgi:application", "--log-level", "warning",
        "--no-access-log", "--workers", str(processes), "--port",
    )  # fmt: skip
    waiting = knocks(ids, f"/webhooks/recall/{workspace.webhook_token}/")
    rate = measured(Server("recalldash", command, ROOT, os.environ, status=204), waiting)
    kept = Delivery.objects.filter(workspace=workspace).count()
    on_timeline = StatusChange.objects.filter(bot__workspace=workspace).count()
    over = workspace.bots.filter(phase="finished").count()
    told = Change.objects.filter(workspace=workspace).count()
    print(f"  kept {kept}, on timelines {on_timeline}, {over} of {BOTS} bots over")
    print(f"  {told} rows of the feed")
    assert on_timeline == len(waiting)
    return rate


def of_peer(peer: peers.Bare | peers.DjStripe, waiting: list[bytes]) -> float:
    before = peer.kept()
    rate = measured(peer.server, waiting)
    kept = peer.kept() - before
    print(f"  kept {kept}")
    if kept != len(waiting):
        raise SystemExit(f"{peer.server.what} kept {kept} of {len(waiting)}.")
    return rate


def main(rounds: int, processes: int, with_peers: bool) -> None:
    if with_peers and not GIVEN:
        raise SystemExit("The peers need PostgreSQL: DATABASE_URL=postgres://…")
    with ExitStack() as stack:
        stack.enter_context(database())
        bare = dj_stripe = None
        if GIVEN:
            peers.install()
            bare = peers.Bare(URL, SECRET)
        if with_peers:
            dj_stripe = peers.DjStripe(stack.enter_context(another("djstripe")))
            print(f"dj-stripe: {dj_stripe.statements(datetime.now(UTC))} statements an event")
        ratios: dict[str, list[float]] = {}
        for round_ in range(rounds):
            workspace = a_workspace(f"bench-{round_}")
            ids = list(workspace.bots.values_list("recall_id", flat=True))
            rate = ours(workspace, ids, processes)
            if bare:
                base = of_peer(bare, knocks(ids, bare.path))
                ratios.setdefault("bare Starlette", []).append(rate / base)
            if dj_stripe:
                events = dj_stripe.knocks(EVENTS, datetime.now(UTC))
                ratios.setdefault("dj-stripe", []).append(rate / of_peer(dj_stripe, events))
            for what, found in ratios.items():
                print(f"  {found[-1]:.2f} × {what}", flush=True)
        for what, found in ratios.items():
            print(f"the middle of {rounds}: {statistics.median(found):.2f} × {what}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rounds", type=int, nargs="?", default=3)
    parser.add_argument("processes", type=int, nargs="?", default=1)
    parser.add_argument("--peers", action="store_true", help="dj-stripe's full endpoint, too")
    given = parser.parse_args()
    main(given.rounds, given.processes, given.peers)
