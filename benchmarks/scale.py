"""A tenth of a large house: `DATABASE_URL=postgres://… python benchmarks/scale.py [part]`.

Large is 1,000 workspaces, 50,000 bots a day and 10 million status changes; `part` (10) is which
part of that is made: ten bots live through their meetings in the sandbox (`lives.py`), and what
they left is copied (`copies.py`). Prints rows and bytes for each bot and what follows for the
whole, then the main paths on it with what they read whole, a day's pruning, and what a vacuum does.
`docs/scale.md` holds what came of it.
"""

import os
import sys
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from statistics import median
from typing import Any
from unittest.mock import patch

os.environ["SANDBOX"] = "1"  # before `ground`, whose bots live there

from ground import GIVEN, database

# isort: split
import lives
from copies import OF_A_BOT, THICK, Copier
from django.core import signing
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bots import feed, figures, hearing, intake, lookout, pruning, tasks
from bots.models import (
    Alert,
    Bot,
    Call,
    Change,
    Delivery,
    Heard,
    Recording,
    StatusChange,
    Workspace,
)
from bots.recall import webhooks

WORKSPACES, BOTS_A_DAY, CHANGES = 1_000, 50_000, 10_000_000
# One of so many bots has its transcript, events and picture; those tables are multiplied.
THICK_OF = 50
# Every fifth bot is one of the first workspace's, so that there is a big one.
BIG = 5
# A meeting of forty minutes, within ten hours of a day.
LIVE_SHARE = 40 / 600
DAY = timedelta(days=1)
KEPT: dict[type[models.Model], timedelta] = {
    Delivery: pruning.DELIVERIES_FOR,
    Call: pruning.CALLS_FOR + DAY,  # one day's worth is there to be pruned
    Change: DAY,
    Alert: pruning.ALERTS_FOR,
    Heard: pruning.ALERTS_FOR,
}
TABLES = {model._meta.db_table for model in (*OF_A_BOT, *THICK)}
SLOW_MS = 200.0


def fill(part: int) -> tuple[list[Workspace], int]:
    """Make that part of it; the workspaces, the big one first, and how many bots are over."""
    first = Workspace.objects.create(slug="w0", name="w0")
    users = lives.people(first, 4)
    began = time.perf_counter()
    ids = lives.lived(first, first.default_team, users)
    said("ten bots lived", began)
    copier = Copier(users)
    workspaces = [first]
    copier.house(0, first, users)
    for n in range(1, WORKSPACES // part):
        workspace = Workspace.objects.create(
            slug=f"w{n}", name=f"w{n}", api_key=lives.KEY, last_delivery_at=timezone.now()
        )
        workspace.secrets.create(secret=lives.SECRET)
        copier.house(n, workspace, lives.people(workspace, 4))
        workspaces.append(workspace)
    told = StatusChange.objects.filter(bot__in=ids["over"]).count() / len(ids["over"])
    bots = int(CHANGES / part / told)
    over = timedelta(days=bots / (BOTS_A_DAY / part))
    # By tens, so each tenth copy of a workspace is not the same one as everywhere else.
    home = f"CASE WHEN mod(g, {BIG}) = 0 THEN 0 ELSE mod(g * 7919, {len(workspaces)}) END"
    began = time.perf_counter()
    copier.plan(bots // len(ids["over"]), over=over, home=home, thick=THICK_OF)
    copier.copy(ids["over"], KEPT)
    copier.plan(int(BOTS_A_DAY / part * LIVE_SHARE), over=timedelta(minutes=10), home=home)
    copier.copy(ids["live"], KEPT)
    copier.plan(BOTS_A_DAY // part, over=-DAY, home=home)
    copier.copy(ids["scheduled"], KEPT)
    copier.done()
    lists()
    said(f"{bots} bots of {over.days} days copied", began)
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE bots_workspace, {', '.join(sorted(TABLES))}")
    said("VACUUM ANALYZE", began)
    return workspaces, bots


def lists() -> None:
    """What a workspace asks by the clock: a list every four minutes while bots are live (ten hours
    of a day), every ten seconds for an hour in which somebody looks, and for strangers."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bots_call (workspace_id, lane, endpoint, counted, method, path, at,"
            " status, duration_s, error) SELECT w.id, 'sync', 'bot_list', 'bot_list', 'GET',"
            " '/api/v1/bot/', %s::timestamptz - n * interval '86400 seconds' / 600, 200, 0.2, ''"
            " FROM bots_workspace w, generate_series(1, 8 * 600) n",
            [timezone.now()],
        )


def said(what: str, began: float) -> None:
    print(f"# {what}: {time.perf_counter() - began:.1f} s", flush=True)


def sizes(bots: int, part: int) -> None:
    """Rows and bytes of each table, for each bot, and of the whole house by then."""
    print("\ntable                    rows  a bot    heap MB  index MB  B a bot   GB a day"
          "  after 90 d  a year")  # fmt: skip
    whole = [0.0, 0.0, 0.0]
    with connection.cursor() as cursor:
        for model in (*OF_A_BOT, *THICK):
            table = model._meta.db_table
            cursor.execute(
                f"SELECT pg_table_size(%s), pg_indexes_size(%s), (SELECT count(*) FROM {table})",  # noqa: S608
                [table, table],
            )
            heap, index, rows = cursor.fetchone()
            kept = KEPT.get(model)
            days = bots / (BOTS_A_DAY / part)
            share = min(kept / (days * DAY), 1.0) if kept else 1.0
            of = bots / THICK_OF if model in THICK else bots * share
            each = (heap + index) / of
            a_day = each * BOTS_A_DAY / 1e9
            # What is there to be pruned is not kept.
            kept_days = (kept - DAY if model is Call else kept).days if kept else 10**6
            then = [a_day, a_day * min(kept_days, 90), a_day * min(kept_days, 365)]
            whole = [a + b for a, b in zip(whole, then, strict=True)]
            print(
                f"{table[5:]:<18} {rows:>10,} {rows / of:>6.1f} {heap / 1e6:>10.1f}"
                f" {index / 1e6:>9.1f} {each:>8.0f} {then[0]:>10.2f} {then[1]:>11.1f}"
                f" {then[2]:>7.0f}"
            )
    print(f"{'all':<65} {whole[0]:>10.2f} {whole[1]:>11.1f} {whole[2]:>7.0f}")


def read_whole(queries: list[dict[str, str]]) -> set[str]:
    """The large tables that a plan of these reads whole."""
    found: set[str] = set()

    def look(node: dict[str, Any]) -> None:
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in TABLES:
            found.add(node["Relation Name"])
        for below in node.get("Plans", ()):
            look(below)

    with connection.cursor() as cursor:
        for query in queries:
            if query["sql"].startswith("SELECT"):
                cursor.execute(f"EXPLAIN (FORMAT JSON) {query['sql']}")
                look(cursor.fetchone()[0][0]["Plan"])
    return found


def timed(what: str, work: Callable[[], object], rounds: int = 5) -> None:
    """Print the middle of some, the queries, what they read whole, and the slowest of them."""
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - began))
    with CaptureQueriesContext(connection) as asked:
        work()
    slow = max(asked.captured_queries, key=lambda query: float(query["time"]), default=None)
    whole = ", ".join(sorted(read_whole(asked.captured_queries))) or "–"
    print(f"{what:<44} {median(took):>8.0f} {len(asked):>8}   {whole}")
    if slow and 1000 * float(slow["time"]) > SLOW_MS:
        print(f"    {1000 * float(slow['time']):.0f} ms: {slow['sql'][:1500]}")


def deep(workspace: Workspace) -> str:
    rows = workspace.bots.order_by("-met_at", "-pk")
    at, pk = rows.values_list("met_at", "pk")[rows.count() // 2]
    return signing.dumps([at.isoformat(), pk], salt="paging.Bot")


def turned(workspace: Workspace) -> Callable[[str], None]:
    """Opens pages of that workspace as its owner."""
    browser = Client(headers={"Host": "localhost"})
    browser.force_login(workspace.memberships.order_by("pk")[0].user)

    def page(place: str) -> None:
        answer = browser.get(f"/w/{workspace.slug}/{place}")
        assert answer.status_code == 200, (place, answer.status_code)

    return page


def paths(workspaces: list[Workspace]) -> None:
    print(f"\n{'path':<44} {'ms':>8} {'queries':>8}   tables read whole")
    for name, workspace in (("big", workspaces[0]), ("small", workspaces[-1])):
        page = turned(workspace)
        bots = workspace.bots.earlier()
        count, bot = bots.count(), bots.newest_first()[0]
        print(f"# the {name} workspace: {count:,} bots")
        with_recording = Recording.objects.filter(workspace=workspace).order_by("-pk")[0]
        for what, place in {
            "Bots, first page": "",
            "Bots, in the depth": f"?after={deep(workspace)}",
            "Bots, words that are frequent": "?q=review",
            "Bots, words that are nowhere": "?q=nowhere",
            "Bots, an outcome": "?outcome=never_admitted",
            "a bot": f"bots/{bot.pk}/",
            "Recordings": "recordings/",
            "Recordings, words that are nowhere": "recordings/?q=nowhere",
            "Recordings, failed": "recordings/?failed=on",
            "a recording": f"recordings/{with_recording.pk}/",
            "Search, a frequent word": "search/?q=quarter",
            "Search, a word that is nowhere": "search/?q=nowhere",
            "Deliveries": "deliveries/",
            "Deliveries, not done": "deliveries/?state=unfinished",
            "Calls": "calls/",
            "Audit": "audit/",
            "Alerts": "alerts/",
            "Upcoming": "upcoming/",
        }.items():
            timed(what, partial(page, place), 3)
    print("# in the background")
    timed("/metrics (figures.gather)", lambda: figures.gather(timezone.now()), 3)
    with patch.object(tasks, "_wake", lambda *_, **__: None):
        timed("a sweep, what is due woken", tasks.sweep, 3)
    now = timezone.now()
    timed("feed, a browser comes back (200 rows)",
          lambda: feed.rows_after(feed.Cursor(3, half_of_the_feed()), limit=200))  # fmt: skip
    timed("feed, where it ends", feed.watermark)
    timed("200 bots looked at for alerts", looked_out, 3)
    timed("webhooks of all workspaces looked at", webhooks_looked_at, 1)
    timed("webhooks that were missed, of all workspaces", lambda: hearing.note_shares(now), 1)
    timed("32 webhooks observed together", lambda: observed(workspaces[0]), 5)


def looked_out() -> None:
    now = timezone.now()
    moved = list(Bot.objects.live().values_list("pk", flat=True)[: lookout.AT_ONCE])
    Bot.objects.filter(pk__in=moved).update(alerts_due_at=now)
    lookout.look(now)


def webhooks_looked_at() -> None:
    Workspace.objects.update(alerts_due_at=None)
    lookout.look_at_webhooks(timezone.now())


def half_of_the_feed() -> int:
    ends = Change.objects.aggregate(first=models.Min("pk"), last=models.Max("pk"))
    return int((ends["first"] + ends["last"]) // 2)


def observed(workspace: Workspace) -> None:
    now = timezone.now()
    live = workspace.bots.live().exclude(recall_id=None).values_list("recall_id", flat=True)[:32]
    knocks = []
    for recall_id in live:
        at = now.isoformat()
        about = f'"bot": {{"id": "{recall_id}", "metadata": {{}}}}'
        inner = f'"data": {{"code": "in_call_recording", "sub_code": null, "updated_at": "{at}"}}'
        body = f'{{"event": "bot.in_call_recording", "data": {{{inner}, {about}}}}}'.encode()
        message = f"msg_{uuid.uuid4()}"
        headers = webhooks.sign(body, secret=lives.SECRET, message_id=message, at=now)
        knocks.append(intake.Knock(workspace.webhook_token, headers, body))
    assert all(each.status == 204 for each in intake.take(knocks, now=now))


def pruned(days: float) -> None:
    """What goes in a day: calls of the eighth day, then deliveries as if they were of the 36th."""
    print("\npruning a day              rows    s  longest statement, ms")
    now = timezone.now()
    later = now + pruning.DELIVERIES_FOR - timedelta(days=days - 1)
    for what, before, at in (("calls", now, now), ("deliveries", later - DAY, later)):
        if what == "deliveries":
            # What is over its time a day before is none of this day's.
            pruning.prune(before, most=10**6)
        longest = 0.0

        def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal longest
            began = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                longest = max(longest, time.perf_counter() - began)

        began = time.perf_counter()
        with connection.execute_wrapper(watch):
            gone = pruning.prune(at, most=10**6)
        took = time.perf_counter() - began
        print(f"{what:<20} {gone[what]:>10,} {took:>5.1f} {1000 * longest:>8.0f}   {gone}")
    with connection.cursor() as cursor:
        for model in (Delivery, StatusChange, Call):
            table = model._meta.db_table
            cursor.execute("SELECT pg_total_relation_size(%s)", [table])
            before = cursor.fetchone()[0]
            began = time.perf_counter()
            cursor.execute(f"VACUUM ANALYZE {table}")
            took = time.perf_counter() - began
            cursor.execute("SELECT pg_total_relation_size(%s)", [table])
            after = cursor.fetchone()[0]
            print(f"VACUUM {table}: {took:.1f} s, {before / 1e6:.0f} MB, then {after / 1e6:.0f} MB")


def main(part: int) -> None:
    if not GIVEN:
        raise SystemExit("DATABASE_URL=postgres://… is wanted: the plans are PostgreSQL's.")
    with database():
        workspaces, bots = fill(part)
        sizes(bots, part)
        paths(workspaces)
        pruned(bots / (BOTS_A_DAY / part))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
