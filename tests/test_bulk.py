"""Many rows written at once stand as they were meant, on every database."""

from datetime import timedelta

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from bots.models import Bot, Change, Delivery, bulk
from tests.world import NOW, make_bot, make_workspace

pytestmark = pytest.mark.django_db
STRANGE = 'a "quoted", {braced} \\ word, NULL and \u00e9\u4e2d'


def deliveries(workspace, bot, count=3):
    return [
        Delivery(
            workspace=workspace,
            message_id=f"msg {n} {STRANGE}",
            event="bot.done",
            body=bytes(range(256)) + b"%s",
            received_at=NOW,
            state=Delivery.State.OBSERVED,
            bot=bot if n else None,
        )
        for n in range(count)
    ]


def test_rows_are_written_as_they_are_and_have_their_keys():
    workspace = make_workspace()
    bot = make_bot(workspace)
    rows = deliveries(workspace, bot)
    bulk.insert(rows)
    for row in rows:
        kept = Delivery.objects.get(pk=row.pk)
        assert (kept.message_id, bytes(kept.body)) == (row.message_id, row.body)
        assert (kept.bot_id, kept.due_at, kept.received_at) == (row.bot_id, None, NOW)
    rows[0].error = "Changed."
    rows[0].save()
    assert Delivery.objects.count() == 3


def test_what_the_database_sets_is_left_to_it():
    workspace = make_workspace()
    row = Change(workspace=workspace, bot_id=None, at=NOW)
    bulk.insert([row])
    kept = Change.objects.get(pk=row.pk)
    assert kept.topic == ""
    assert (kept.tx > 0) == (connection.vendor == "postgresql")


def test_rows_given_by_columns_stand_with_what_the_database_sets():
    workspace = make_workspace()
    columns = {
        "workspace_id": [workspace.pk] * 3,
        "topic": ["said", STRANGE[:20], "said"],
        "at": [NOW] * 3,
        "team_id": [None, 7, None],
        "bot_id": [1, 2, 3],
    }
    bulk.append(Change, columns)
    names = ("workspace_id", "topic", "at", "team_id", "bot_id")
    kept = Change.objects.filter(workspace=workspace).order_by("bot_id")
    assert list(kept.values_list(*names)) == list(zip(*columns.values(), strict=True))
    assert {row.tx > 0 for row in kept} == {connection.vendor == "postgresql"}


def test_rows_that_are_all_the_same_are_as_many_as_were_given():
    workspace = make_workspace()
    bulk.append(Change, {"workspace_id": [workspace.pk] * 3, "topic": [""] * 3, "at": [NOW] * 3})
    assert Change.objects.filter(workspace=workspace).count() == 3


def test_values_that_are_equal_and_not_the_same_are_kept_apart():
    workspace = make_workspace()
    bots = [make_bot(workspace) for _ in range(2)]
    bots[0].asked, bots[1].asked = {"n": 1}, {"n": True}
    bulk.update(bots, ["asked"])
    kept = [bot.asked["n"] for bot in Bot.objects.filter(workspace=workspace).order_by("pk")]
    assert kept == [1, True]
    assert kept[1] is True


def test_rows_change_each_by_its_own_values_and_nothing_else_does():
    workspace = make_workspace()
    bots = [make_bot(workspace) for _ in range(3)]
    for n, bot in enumerate(bots):
        bot.title, bot.code_at = f"{STRANGE} {n}", NOW + timedelta(seconds=n) if n else None
        bot.name = "Not asked for"
    bulk.update(bots[:2], ["title", "code_at"])
    kept = list(Bot.objects.filter(pk__in=[bot.pk for bot in bots]).order_by("pk"))
    assert [bot.title for bot in kept[:2]] == [f"{STRANGE} 0", f"{STRANGE} 1"]
    assert [bot.code_at for bot in kept[:2]] == [None, NOW + timedelta(seconds=1)]
    assert kept[2].title != f"{STRANGE} 2"
    assert "Not asked for" not in {bot.name for bot in kept}


@pytest.mark.parametrize(
    "write",
    [
        bulk.insert,
        lambda rows: bulk.update(rows, ["title"]),
        lambda rows: bulk.append(Change, {"at": rows, "bot_id": rows}),
    ],
)
def test_nothing_costs_nothing(write):
    with CaptureQueriesContext(connection) as asked:
        write([])
    assert not len(asked)


def test_a_row_that_is_there_or_too_long_keeps_all_of_them_out():
    workspace = make_workspace()
    bot = make_bot(workspace)
    bulk.insert(deliveries(workspace, bot, 1))
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(deliveries(workspace, bot))
    if connection.vendor == "postgresql":
        long = deliveries(workspace, bot, 2)
        long[1].message_id = "x" * 201
        long[0].message_id = "other"
        with pytest.raises(DataError), transaction.atomic():
            bulk.insert(long)
    assert Delivery.objects.count() == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="columns as arrays are PostgreSQL's")
def test_as_many_rows_as_come_are_one_statement_of_the_same_length():
    workspace = make_workspace()
    bot = make_bot(workspace)
    with CaptureQueriesContext(connection) as asked:
        bulk.insert(deliveries(workspace, bot, 50))
    [query] = asked.captured_queries
    assert query["sql"].count("UNNEST") == 1
