"""What is asked all the time is found by an index, however long the history is."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bots.lifecycle import Phase
from bots.models import Bot, Membership, Order, Role
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
    "present": lambda workspace: notices.present(an_owner(workspace)),
    "failed lately": lambda workspace: notices.failed_lately(an_owner(workspace), now=NOW),
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
    assert "SCAN" not in plan, plan
