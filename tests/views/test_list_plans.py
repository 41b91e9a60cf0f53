"""Every filter of every list is answered by indexes: no plan reads a whole large table.

PostgreSQL says how it would ask, with scans of whole tables forbidden as far as that goes: one that
is left had no index to go by. (What it chooses by itself among millions of rows is measured by
`benchmarks/scale.py`.) The filters are those that the pages' own forms have, so a new one is tried
by itself.
"""

import uuid
from datetime import timedelta

import pytest
from django import forms
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bots import chores, feed, figures, hearing, lookout, sync
from bots.models import (
    Alert,
    Artifact,
    AuditEvent,
    Bot,
    Call,
    Change,
    Delivery,
    Heard,
    KeptFile,
    Order,
    Participant,
    Passage,
    Poster,
    Recording,
    StatusChange,
    Transcript,
)
from bots.models.bot_queryset import OVER_PHASES
from bots.views import notices
from tests.world import NOW, make_workspace

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="reads PostgreSQL's query plans"),
]

# Hers is one workspace of many: what an index leads to is a small part of a table.
HERS, OTHERS = 200, 2_000
# What grows with every bot; of all else there are a few for each person and team.
LARGE = (Alert, Artifact, AuditEvent, Bot, Call, Change, Delivery, Heard, KeptFile, Order,
         Participant, Passage, Poster, Recording, StatusChange, Transcript)  # fmt: skip
TABLES = {model._meta.db_table for model in LARGE}
PAGES = ("", "recordings/", "search/?q=quarter", "deliveries/", "calls/", "audit/", "alerts/",
         "upcoming/")  # fmt: skip
# Of a field with more choices the first and the last ones are tried.
MOST_CHOICES = 12


@pytest.fixture
def full(workspace, alice):
    """Two workspaces, of which Alice sees the smaller one."""
    fill(workspace, alice, HERS)
    fill(make_workspace("globex"), alice, OTHERS)
    with connection.cursor() as cursor:
        # By name: what all databases share stays locked until the end, and others wait for it.
        cursor.execute(f"ANALYZE {', '.join(sorted(TABLES))}")
        # So few rows are soonest read whole and joined; what a large house would do is wanted.
        for way in ("hashjoin", "mergejoin"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
    return workspace


def fill(workspace, person, rows):
    team, owner, other = workspace.default_team, person.pk, workspace.teams.last()
    times = [NOW - timedelta(minutes=n) for n in range(rows)]
    phases = ("finished", "finished", "failed", "recording", "scheduled")
    bots = Bot.objects.bulk_create(
        Bot(workspace=workspace, team=(team, other)[n % 2], recall_id=uuid.uuid4(), name="Acme",
            title=f"Weekly review {n}", meeting_url=f"https://zoom.us/j/{n}", platform="zoom",
            created_at=at, met_at=at, phase_at=at, phase=phases[n % 5] if n < 50 else "finished",
            outcome="recorded", sent_by_id=owner)
        for n, at in enumerate(times)
    )  # fmt: skip
    Bot.objects.filter(pk__in=[bot.pk for bot in bots], phase__in=OVER_PHASES).update(
        ended_at=F("met_at")
    )
    recordings = Recording.objects.bulk_create(
        Recording(workspace=workspace, bot=bot, recall_id=uuid.uuid4(), status="done",
                  status_at=bot.met_at, created_at=bot.met_at, expires_at=bot.met_at)
        for bot in bots
    )  # fmt: skip
    artifacts = Artifact.objects.bulk_create(
        Artifact(recording=each, kind=kind, recall_id=uuid.uuid4(), status="done",
                 status_at=each.created_at)
        for each in recordings for kind in ("video_mixed", "transcript")
    )  # fmt: skip
    transcripts = Transcript.objects.bulk_create(
        Transcript(recording_id=each.recording_id, artifact=each, fetched_at=NOW)
        for each in artifacts if each.kind == "transcript"
    )  # fmt: skip
    Passage.objects.bulk_create(
        Passage(transcript=each, n=n, speaker="Ann",
                text="the quarter" if each.pk % 20 == n else "a year")
        for each in transcripts for n in range(2)
    )  # fmt: skip
    Participant.objects.bulk_create(
        Participant(bot=bot, number=n, name=f"Person {n}") for bot in bots for n in range(2)
    )
    Poster.objects.bulk_create(Poster(recording=each, digest="x") for each in recordings)
    KeptFile.objects.bulk_create(
        KeptFile(workspace=workspace, recording=each, kind="video_mixed", path=str(uuid.uuid4()),
                 state="kept", created_at=NOW, due_at=NOW)
        for each in recordings
    )  # fmt: skip
    orders = Order.objects.bulk_create(
        Order(bot=bot, action="send", state="confirmed", created_at=bot.met_at,
              due_at=bot.met_at, expires_at=bot.met_at)
        for bot in bots
    )  # fmt: skip
    Call.objects.bulk_create(
        Call(workspace=workspace, lane="click", endpoint="bot_create", counted="bot_create",
             method="POST", path="/api/v1/bot/", at=each.created_at, status=201, order=each)
        for each in orders
    )  # fmt: skip
    deliveries = Delivery.objects.bulk_create(
        Delivery(workspace=workspace, message_id=f"{bot.pk}", event="bot.done", body=b"{}",
                 received_at=bot.met_at, state="observed", bot=bot)
        for bot in bots
    )  # fmt: skip
    StatusChange.objects.bulk_create(
        StatusChange(bot=each.bot, code="done", at=each.received_at, source="webhook",
                     learnt_at=each.received_at, delivery=each)
        for each in deliveries
    )  # fmt: skip
    AuditEvent.objects.bulk_create(
        AuditEvent(workspace=workspace, at=bot.met_at, by_id=owner, verb="bot.sent", kind="bot",
                   target_id=bot.pk, what=bot.title)
        for bot in bots
    )  # fmt: skip
    alerts = Alert.objects.bulk_create(
        Alert(workspace=workspace, team=team, bot=bot, kind="failed", subject=f"bot:{bot.pk}",
              sentence="It failed.", since=bot.met_at, raised_at=bot.met_at)
        for bot in bots
    )  # fmt: skip
    Heard.objects.bulk_create(
        Heard(alert=each, user_id=owner, workspace=workspace, raised_at=each.raised_at,
              read_at=each.raised_at if n % 2 else None)
        for n, each in enumerate(alerts)
    )  # fmt: skip
    Change.objects.bulk_create(
        Change(workspace=workspace, bot_id=bot.pk, team_id=bot.team_id, at=NOW) for bot in bots
    )


def values_of(name, field, workspace):
    """What to fill in of one field: each choice of few, else words, a day, a number or a tick."""
    if name == "of":
        yield f"bot:{workspace.bots.last().pk}"
    elif isinstance(field, forms.ChoiceField):
        chosen = [str(value) for value, _ in field.choices if value != ""]
        yield from chosen if len(chosen) <= MOST_CHOICES else (chosen[0], chosen[-1])
    elif isinstance(field, forms.BooleanField):
        yield "on"
    elif isinstance(field, forms.DateField):
        yield str(NOW.date())
    elif isinstance(field, forms.IntegerField):
        yield str(workspace.bots.last().pk)
    elif isinstance(field, forms.CharField):
        yield "review"
    else:
        pytest.fail(f"Say what to fill in of {name!r}, a {type(field).__name__}.")


def narrowed(client, page, workspace):
    """The page itself, then under each of its filters, and what its pager leads to."""
    answer = client.get(page)
    yield page
    filters = answer.context.get("filters")
    fields = {} if filters is None else filters.fields
    for name, field in fields.items():
        if name != "tz":
            for value in values_of(name, field, workspace):
                yield f"{page}{'&' if '?' in page else '?'}{name}={value}"
    for key in ("page", "earlier"):
        if key in answer.context and answer.context[key].after:
            yield f"{page}{'&' if '?' in page else '?'}after={answer.context[key].after}"


def scans(node, *, is_cut=False):
    """The parts of a plan that read a large table whole: by no index, or by one without a place
    in it to begin or end at. Following an index as far as a page goes is neither."""
    table, kind = node.get("Relation Name"), node["Node Type"]
    if table in TABLES and kind == "Seq Scan":
        yield f"Seq Scan on {table}"
    by_index = kind in ("Index Scan", "Index Only Scan") and "Index Cond" not in node
    if table in TABLES and by_index and not (is_cut and "Filter" not in node):
        yield f"all of {node['Index Name']} on {table}"
    for below in node.get("Plans", ()):
        yield from scans(below, is_cut=kind == "Limit")


def questions_within(node):
    """The parts of a plan that are asked for each row of another, or once for all of them."""
    for below in node.get("Plans", ()):
        if below.get("Parent Relationship") == "SubPlan":
            yield below
        yield from questions_within(below)


def explained(sql, *, may_read="off"):
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL enable_seqscan = {may_read}")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
        return cursor.fetchone()[0][0]["Plan"]


def found_in(asked, known):
    """What was read whole, and by which question; what is `known` is passed over."""
    found = {}
    for sql in {query["sql"] for query in asked.captured_queries} - known:
        known.add(sql)
        if sql.startswith("SELECT") and any(f'"{table}"' in sql for table in TABLES):
            found |= dict.fromkeys(scans(explained(sql)), sql)
            # Made ready for every row there is, for a page that shows some: see `looked_up.has`.
            for part in questions_within(explained(sql, may_read="on")):
                found |= {f"beforehand: {scan}": sql for scan in scans(part)}
    return found


def test_no_filter_reads_a_whole_table(client, full, alice):
    client.force_login(alice)
    whole, known = {}, set()
    for address in (each for page in PAGES for each in narrowed(client, f"/w/acme/{page}", full)):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        for scan, sql in found_in(asked, known).items():
            whole.setdefault(scan, f"{scan}\n{address}\n{sql}")
    assert not whole, "\n\n".join(whole.values())


def test_nothing_that_is_asked_all_the_time_reads_a_whole_table(full):
    now = timezone.now()
    for ask in (
        lambda: figures.gather(now),
        lambda: list(chores.wanted(now)),
        lambda: list(sync.workspaces_due(now)),
        lambda: lookout.is_due(now),
        lambda: lookout.look(now),
        lambda: feed.watermark(),
        lambda: feed.rows_after(feed.Cursor(1, 1), limit=10),
        lambda: hearing.note_shares(now),
    ):
        with CaptureQueriesContext(connection) as asked:
            ask()
        assert not found_in(asked, set())


def indexes_in(node):
    """The indexes that a plan goes by."""
    if "Index Name" in node:
        yield node["Index Name"]
    for below in node.get("Plans", ()):
        yield from indexes_in(below)


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda _: feed.rows_after(feed.Cursor(1, 1), limit=10), "feed_order"),
        # Not by when they met, or all of the last days were gone through.
        (lambda membership: notices.watched(membership, now=timezone.now()), "bot_ended"),
    ],
    ids=["the feed", "over lately"],
)
def test_what_is_asked_all_the_time_goes_by_the_index_that_was_made_for_it(full, ask, index):
    membership = full.memberships.get()
    with CaptureQueriesContext(connection) as asked:
        ask(membership)
    assert index in {
        name for query in asked.captured_queries for name in indexes_in(explained(query["sql"]))
    }


def test_what_is_held_up_is_looked_for_near_where_the_feed_was_read(full, monkeypatch):
    """Not from its beginning, or each look went through a day of it."""
    monkeypatch.setattr(feed, "REACH", 100)
    end = feed.Cursor(1, Change.objects.latest("pk").pk)
    with CaptureQueriesContext(connection) as asked:
        feed.held_up(end, 0, limit=10)
        feed.held_up(end, end.id - 7, limit=10)
    first, then = (explained(query["sql"])["Plans"][0] for query in asked.captured_queries)
    assert first["Index Cond"] == f"(id > {end.id - 100})"
    assert then["Index Cond"] == f"(id > {end.id - 7})"
