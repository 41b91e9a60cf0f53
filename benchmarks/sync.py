"""A thousand live bots brought up to date after an outage: `python benchmarks/sync.py [bots]`.

Recall is played by another process on this machine, with its limits and its delays. All bots
record; then no webhook comes for ten minutes, in which some of them were paused and as many have
left. The processes of deployment/Procfile are started on PostgreSQL and Redis (`DATABASE_URL`,
`REDIS_URL`), and it is measured how long it takes from then until the database knows of every
change, and by how many calls; then how long until files are fetched. All changed, a tenth, a
hundredth, none. README.md says what to expect.
"""

import sys
import time
from collections import Counter
from datetime import timedelta
from typing import Any

from ground import database

# isort: split

from django.utils import timezone
from house import House, Shapes, bot_like, house, shapes, workspace

from bots import discovery
from bots.models import Bot, Recording, Workspace
from bots.recall import limits, types

OUTAGE = timedelta(minutes=10)
WITHIN_S = 300
WORKERS = ("clicks", "news", "sync", "media", "beat")


def a_thousand(
    home: House, known: Shapes, made: Workspace, count: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The bots as the database knows them, newest first, and as they are by now if all changed."""
    began = timezone.now() - OUTAGE - timedelta(minutes=20)
    before, after = [], []
    for n in range(count):
        # Every second one is paused, the others have left.
        moved = known.over if n % 2 else known.paused
        at = began + timedelta(seconds=(count - n) / 2)
        before.append(bot_like(known.live, n, began=at, origin=home.played))
        after.append(bot_like(moved, n, began=at, origin=home.played))
    for answer in before:
        discovery.take_in(made, types.Bot.read(answer), now=began)
    long_ago = timezone.now() - OUTAGE
    Bot.objects.update(refresh_due_at=None, alerts_due_at=None)
    Workspace.objects.filter(pk=made.pk).update(glanced_at=long_ago, discovered_at=long_ago)
    return before, after


def behind(made: Workspace, wanted: dict[str, tuple[str, str]]) -> int:
    """How many bots are not known as they are: by Recall's id, code and status of recording."""
    rows = Bot.objects.filter(workspace=made).values_list("recall_id", "code", "recording_status")
    known = {str(recall_id): (code, status) for recall_id, code, status in rows}
    return sum(known.get(recall_id) != said for recall_id, said in wanted.items())


def glanced(calls: list[tuple[float, str, int, str]], pages: int) -> bool:
    return sum(name == "bot_list" for _, name, _, _ in calls) >= pages


def busiest(times: list[float]) -> int:
    """The most of them within one of Recall's minutes."""
    return max(
        (sum(at <= each < at + limits.WINDOW_S for each in times) for at in times), default=0
    )


def measured(home: House, known: Shapes, count: int, changed: int) -> None:
    made = workspace(f"changed-{changed}")
    try:
        before, after = a_thousand(home, known, made, count)
        # Spread over all of them, and of both kinds.
        step = count // changed if changed else 0
        moved = {n * step + n % min(step, 2) for n in range(changed)}
        now = [after[n] if n in moved else before[n] for n in range(count)]
        wanted = {
            bot["id"]: (
                bot["status_changes"][-1]["code"], bot["recordings"][-1]["status"]["code"],
            )
            for bot in now
        }  # fmt: skip
        home.give(now, known.files)
        left = sum(code == "done" for code, _ in wanted.values())
        pages = -(-(count - left) // 100)
        began = time.time()
        home.start(*WORKERS)
        while behind(made, wanted) or not glanced(home.calls(), pages):
            if time.time() > began + WITHIN_S:
                print(f"{behind(made, wanted)} of {changed} are still behind after {WITHIN_S} s")
                break
            time.sleep(0.2)
        took = time.time() - began
        calls = home.calls()
        first = min((at for at, *_ in calls), default=began) - began
        made_calls = Counter(name for _, name, _, _ in calls)
        # What was said and who was there is fetched bot by bot, as after every meeting.
        waits = Bot.objects.filter(workspace=made, refresh_due_at__isnull=False)
        while waits.exists() and time.time() < began + WITHIN_S:
            time.sleep(0.5)
        fetched = Recording.objects.filter(workspace=made, details_at__isnull=False).count()
        files_after = time.time() - began
        calls = home.calls()
        refused = sum(status == 429 for _, _, status, _ in calls)
        lists = busiest([at for at, name, _, _ in calls if name == "bot_list"])
        looks = busiest([at for at, name, _, _ in calls if name == "bot_retrieve"])
        total = Counter(name for _, name, _, _ in calls)
        print(
            f"| {changed} | {took:.1f} | {first:.1f} | {made_calls['bot_list']} "
            f"| {made_calls['bot_retrieve']} | {lists / limits.LIST:.0%}, "
            f"{looks / limits.OTHER:.0%} | {refused} | {total['bot_retrieve']} "
            f"| {fetched} after {files_after:.0f} s |",
            flush=True,
        )
    finally:
        home.stop(*[name for name in WORKERS if name in home.running])
        # Nobody looks after it any more.
        Workspace.objects.update(api_key="")
        Bot.objects.update(refresh_due_at=None)


def main(count: int) -> None:
    known = shapes()
    with house() as home:
        home.start("recall")
        print(
            "| changed | up to date after s | first call after s | lists | bots | busiest minute: "
            "lists, bots | 429 | bots in the end | files |"
        )
        print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
        for changed in (count, count // 10, count // 100, 0):
            measured(home, known, count, changed)


if __name__ == "__main__":
    with database():
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
