"""What is asked all the time is found by an index, however long the history is."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bots.lifecycle import Phase
from bots.models import Bot, Membership, Order, Poster, Recording, Role
from bots.views import notices
from tests.world import NOW, make_bot, make_workspace

pytestmark = [
    pytest.mark.django_db,
    # PostgreSQL decides by how full the tables are; here they are all but empty.
    pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's query plans"),
]


def an_owner(workspace):
    return Membership(workspace=workspace, role=Role.OWNER)


LOOKS = {
    "live": lambda workspace: list(Bot.objects.filter(workspace=workspace).live()),
    "upcoming": lambda workspace: list(Bot.objects.filter(workspace=workspace).upcoming()),
    "present, and over lately": lambda workspace: notices.watched(an_owner(workspace), now=NOW),
    "orders due": lambda workspace: list(Order.objects.due(NOW)),
}


@pytest.mark.parametrize("name", LOOKS)
def test_it_reads_no_history(name):
    workspace = make_workspace()
    make_bot(workspace, phase=Phase.RECORDING)
    with CaptureQueriesContext(connection) as asked:
        LOOKS[name](workspace)
    [query] = asked.captured_queries
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}".replace("%", "%%"), [])
        plan = " | ".join(row[3] for row in cursor.fetchall())
    assert "bot_live" in plan or "order_due" in plan, plan
    assert "bot_list" not in plan, plan
    assert "bot_ended" in plan or "over lately" not in name, plan
    assert "SCAN" not in plan, plan


def test_it_lists_recordings_in_the_order_of_their_index():
    membership = an_owner(make_workspace())
    rows = Recording.objects.seen_by(membership).order_by("-created_at", "-pk")[:25]
    plan = rows.explain()
    assert "recording_list" in plan, plan
    assert "TEMP B-TREE" not in plan, plan


def test_it_finds_the_posters_that_are_due_by_their_index():
    plan = Poster.objects.due(NOW).explain()
    assert "poster_due" in plan, plan
