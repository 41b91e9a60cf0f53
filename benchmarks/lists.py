"""The list of bots as data grows: `python benchmarks/lists.py`.

One workspace with 200, then 20,000, then 100,000 bots that are over (`DATABASE_URL=postgres://…`
picks the server; SQLite otherwise); the Bots page through Django, its first page and one in the
depth of the list, plain and under filters. Beside it two bounds: the same 25 rows by one statement
of SQL into an f-string; and every statement that the page asks, past Django, with those rows in an
f-string of as many bytes. Prints the middle of fifteen, the queries and the bytes that go out.
"""

import gzip
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median
from urllib.parse import urlencode

from ground import database

# isort: split
from django.contrib.auth import get_user_model
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bots.models import Bot, Membership, Workspace

SIZES = (200, 20_000, 100_000)
OUTCOMES = ("recorded", "in_part", "never_admitted", "nobody_came", "failed")
PLATFORMS = ("zoom", "google_meet", "microsoft_teams")
CONFIG = {
    "recording_config": {"video_mixed_mp4": {}, "transcript": {"provider": {}}},
    "x": "y" * 1500,
}
BOUND = (
    "SELECT b.id, b.title, b.name, b.platform, b.phase, b.outcome, b.met_at, t.name"
    " FROM bots_bot b JOIN bots_team t ON t.id = b.team_id WHERE b.workspace_id = %s"
    " ORDER BY b.met_at DESC, b.id DESC LIMIT 26"
)


def grow(workspace: Workspace, until: int) -> None:
    team, now = workspace.default_team, datetime.now(UTC)
    there = workspace.bots.count()
    Bot.objects.bulk_create(
        (
            Bot(
                workspace=workspace,
                team=team,
                recall_id=uuid.uuid4(),
                title=f"Weekly review {n}",
                name="Notetaker",
                meeting_url=f"https://meet.google.com/abc-defg-{n}",
                platform=PLATFORMS[n % 3],
                phase="finished",
                code="done",
                outcome=OUTCOMES[n % 5],
                created_at=now - timedelta(minutes=n),
                met_at=now - timedelta(minutes=n),
                phase_at=now - timedelta(minutes=n),
                started_at=now - timedelta(minutes=n),
                ended_at=now - timedelta(minutes=n - 30),
                request=CONFIG,
                config=CONFIG,
            )
            for n in range(there, until)
        ),
        batch_size=2_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def timed(work: Callable[[], object]) -> float:
    """The middle of fifteen, in milliseconds."""
    took = []
    for _ in range(17):
        began = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - began))
    return median(took[2:])


def bound(workspace: Workspace) -> str:
    with connection.cursor() as cursor:
        cursor.execute(BOUND, [workspace.pk])
        return "".join(f"<li><a href='/w/x/bots/{r[0]}/'>{r[1]}</a>{r[2:]}</li>" for r in cursor)


def whole_bound(statements: list[str], size: int) -> str:
    """What the page asks, answered, and a text as long as the page of what was found."""
    found: list[tuple[object, ...]] = []
    # The driver's own cursor: Django's would write each statement down.
    with connection.connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            found += cursor.fetchall()
    text = "".join(f"<li><a href='/w/x/bots/{row[0]}/'>{row[1]}</a>{row}</li>" for row in found)
    return text[:size].ljust(size)


def deep(workspace: Workspace) -> str:
    """The place of the row in the middle of the list, as the pager gives it out."""
    rows = workspace.bots.order_by("-met_at", "-pk")
    at, pk = rows.values_list("met_at", "pk")[rows.count() // 2]
    return signing.dumps([at.isoformat(), pk], salt="paging.Bot")


def main() -> None:
    with database():
        workspace = Workspace.objects.create(slug="x", name="X")
        person = get_user_model().objects.create_user("bench", password="a long secret")
        Membership.objects.create(user=person, workspace=workspace, role="owner")
        browser = Client()
        browser.force_login(person)
        print(
            "bots     rows  whole  page 1  depth  words  outcome  × rows  × whole  queries  bytes"
        )
        for size in SIZES:
            grow(workspace, size)

            def page(**query: str) -> bytes:
                answer = browser.get(f"/w/x/?{urlencode(query)}")
                assert answer.status_code == 200
                return bytes(answer.content)

            page()
            with CaptureQueriesContext(connection) as asked:
                text = page()
            statements = [query["sql"] for query in asked]
            raw = timed(lambda: bound(workspace))
            whole = timed(partial(whole_bound, statements, len(text)))
            first = timed(page)
            place = deep(workspace)
            depth = timed(partial(page, after=place))
            words = timed(lambda: page(q="review 19"))
            outcome = timed(lambda: page(outcome="failed"))
            print(
                f"{size:>7}  {raw:4.1f}  {whole:5.1f}  {first:6.1f} {depth:6.1f} {words:6.1f}"
                f"  {outcome:7.1f}  {first / raw:6.1f}  {first / whole:7.1f}  {len(statements):>7}"
                f"  {len(gzip.compress(text)):>5}"
            )


if __name__ == "__main__":
    main()
