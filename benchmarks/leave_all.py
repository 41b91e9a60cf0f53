"""*Leave all* of 500, and clicks meanwhile: `python benchmarks/leave_all.py [bots] [rounds]`.

Recall is played by another process on this machine, with its limit in a sliding minute and its
delays. The house is as deployment/Procfile has it, on PostgreSQL and Redis (`DATABASE_URL`,
`REDIS_URL`): a web process, a worker for each line, beat. Somebody confirms *Leave all*, and
somebody else pauses or resumes another bot every three seconds; what Recall hears is counted
where it arrives. README.md says what to expect.
"""

import sys
import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta

import httpx
from ground import database

# isort: split

from django.utils import timezone
from house import House, Shapes, bot_like, browser, house, shapes, workspace

from bots import discovery
from bots.demo import new_secret
from bots.models import Bot, Order, Workspace
from bots.recall import limits, types

LEAVE = "bot_leave_call_create"
OTHERS = 10
EVERY_S = 3.0
WITHIN_S = 300.0


def live_bots(home: House, known: Shapes, made: Workspace, count: int, secret: str) -> list[Bot]:
    """So many that record, here and at Recall, which tells what becomes of them."""
    began = timezone.now() - timedelta(minutes=10)
    bots = []
    answers = [bot_like(known.live, n, began=began, origin=home.played) for n in range(count)]
    url = f"{home.origin}/webhooks/recall/{made.webhook_token}/"
    home.give(answers, known.files, webhook={"url": url, "secret": secret})
    for answer in answers:
        bots.append(discovery.take_in(made, types.Bot.read(answer), now=began))
    Bot.objects.update(refresh_due_at=None, alerts_due_at=None)
    return bots


def least_s(count: int) -> float:
    """The seconds from the first to the last of them that Recall's sliding minute allows.

    A minute's worth goes at once, as much again when those have left the minute.
    """
    return max(count - 1, 0) // limits.OTHER * limits.WINDOW_S


class Clicks(threading.Thread):
    """One after another is paused, then resumed: when each was pressed, by bot and verb."""

    def __init__(self, client: httpx.Client, home: str, bots: list[Bot]) -> None:
        super().__init__(daemon=True)
        self._client, self._home, self._bots = client, home, bots
        self.ends = threading.Event()
        self.pressed: list[tuple[float, str, str]] = []
        self.refused = 0

    def run(self) -> None:
        number = 0
        while not self.ends.wait(EVERY_S):
            bot = self._bots[number % len(self._bots)]
            verb = "resume" if number // len(self._bots) % 2 else "pause"
            number += 1
            at = time.time()
            answer = self._client.post(
                f"{self._home}bots/{bot.pk}/{verb}/", data={"token": str(uuid.uuid4())}
            )
            if answer.status_code >= 400:
                self.refused += 1
            else:
                self.pressed.append((at, f"bot_{verb}_recording_create", str(bot.recall_id)))

    def waits(self, calls: list[tuple[float, str, int, str]]) -> list[float]:
        """Seconds from each click until Recall heard of it, the shortest first."""
        waits = []
        for at, name, bot in self.pressed:
            heard = [when for when, what, _, about in calls if (what, about) == (name, bot)]
            waits.append(min((when - at for when in heard if when >= at), default=WITHIN_S))
        return sorted(waits)


def until(so: Callable[[], bool]) -> None:
    ends = time.monotonic() + WITHIN_S
    while not so() and time.monotonic() < ends:
        time.sleep(0.25)


def measured(home: House, known: Shapes, number: int, count: int) -> None:
    secret = new_secret()
    made = workspace(f"round-{number}", webhook_secret=secret)
    bots = live_bots(home, known, made, count + OTHERS, secret)
    client = browser(made, home.origin)
    here = f"/w/{made.slug}/"
    clicks = Clicks(client, here, bots[count:])
    clicks.start()
    time.sleep(2 * EVERY_S)
    began = time.time()
    ids = ",".join(str(bot.pk) for bot in bots[:count])
    answer = client.post(
        f"{here}leave-all/", data={"confirmed": "1", "bots": ids, "token": str(uuid.uuid4())}
    )
    assert "leave-all/" in answer.headers.get("location", ""), answer.text
    orders = Order.objects.filter(bot__workspace=made, action="leave")
    until(lambda: orders.filter(answered_at__isnull=False).count() >= count)
    clicks.ends.set()
    clicks.join()
    time.sleep(2)
    calls = home.calls()
    told = sorted(at for at, name, status, _ in calls if (name, status) == (LEAVE, 200))
    took = told[-1] - began
    refused = sum(status == 429 for *_, status, _ in calls)
    waits = clicks.waits(calls)
    evenly, at_best = limits.WINDOW_S * count / limits.OTHER, least_s(count)
    print(
        f"| {len(told)} of {count} | {took:.1f} | {_times(took, evenly)} | {_times(took, at_best)} "
        f"| {refused} | {len(waits)}, {clicks.refused} "
        f"| {1000 * waits[len(waits) // 2]:.0f}, {1000 * waits[-1]:.0f} ms |",
        flush=True,
    )
    marks = sorted({n for n in (1, 100, 200, 285, 286, 400, len(told)) if n <= len(told)})
    print(", ".join(f"{n}th: {told[n - 1] - began:.1f} s" for n in marks), flush=True)


def _times(took: float, limit: float) -> str:
    return f"{took / limit:.2f} × {limit:.0f} s" if limit else "–"


def main(count: int, rounds: int) -> None:
    known = shapes()
    with house() as home:
        home.start("recall", "web", "clicks", "news", "sync", "media", "beat")
        print(
            "| told | s | × 300 a minute | × 300 at once, then a minute later | 429 "
            "| clicks, refused | p50, longest |"
        )
        print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
        for number in range(rounds):
            measured(home, known, number, count)


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    with database():
        main(given[0] if given else 500, given[1] if len(given) > 1 else 1)
