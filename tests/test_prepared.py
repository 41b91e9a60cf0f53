"""Queries whose text is made once find what Django's own find, for whatever lists."""

import pytest
from django.db import connection
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from bots.models import Bot, StatusChange
from bots.models.held import hold_whole
from bots.models.prepared import Prepared
from tests.world import NOW, deliver, make_bot, make_workspace, status_event

pytestmark = pytest.mark.django_db
BOTS = Prepared(
    lambda workspace_ids, recall_ids: (
        Bot.objects.filter(recall_id__among=recall_ids, workspace_id__among=workspace_ids)
        .order_by("pk")
        .values_list("pk", "recall_id", "created_at", "config")
    )
)


def test_each_list_stands_where_it_belongs_however_long_it_is():
    mine, other = make_workspace(), make_workspace("other")
    bots = [make_bot(mine, config={"n": [1, None]}) for _ in range(3)] + [make_bot(other)]
    ids = [str(bot.recall_id) for bot in bots]

    def found(*asked):
        return [pk for pk, *_ in BOTS.rows(*asked)]

    assert found([mine.pk], ids) == [bot.pk for bot in bots[:3]]
    assert found({mine.pk, other.pk}, ids[2:]) == [bot.pk for bot in bots[2:]]
    assert found([other.pk], ids[:1]) == []
    assert found([mine.pk], []) == []
    [row] = BOTS.rows([mine.pk], ids[:1])
    assert row[2:] == (NOW, {"n": [1, None]})
    assert str(row[1]) == ids[0]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="lists as arrays are PostgreSQL's")
def test_its_text_is_the_same_for_every_list():
    bots = [make_bot(make_workspace())] * 5
    with CaptureQueriesContext(connection) as asked:
        BOTS.rows([1], [str(bots[0].recall_id)])
        BOTS.rows([1, 2], [str(bot.recall_id) for bot in bots])
    assert [query["sql"].count("= ANY(") for query in asked.captured_queries] == [2, 2]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_held_outside_of_a_transaction():
    bot = make_bot(make_workspace())
    with pytest.raises(TransactionManagementError, match="in a transaction"):
        hold_whole([bot.workspace_id], [str(bot.recall_id)])


def test_what_is_held_whole_is_read_as_it_stands(django_assert_max_num_queries):
    workspace = make_workspace()
    bot, other = make_bot(workspace, config={"a": 1}), make_bot(workspace)
    deliver(workspace, status_event(bot, "joining_call", NOW))
    with django_assert_max_num_queries(2):
        one, two = hold_whole([workspace.pk], [str(other.recall_id), str(bot.recall_id)], "config")
        assert (one.pk, one.code, one.config) == (bot.pk, "joining_call", {"a": 1})
        assert (two.pk, two.code, two.known_history) == (other.pk, "", [])
    assert (one.has_recordings, one.has_accepted, one.is_veiled) == (False, False, False)
    assert [entry.pk for entry in one.known_history] == [StatusChange.objects.get().pk]
    assert [entry.is_heard for entry in one.known_history] == [True]
    one.title = "Changed"
    one.save(update_fields=["title"])
    assert Bot.objects.get(pk=bot.pk).title == "Changed"
