"""What is past its time goes, in batches; what may still be needed stays."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bots import pruning, tasks
from bots.models import Call, Delivery, Lane, StatusChange, Workspace
from tests.world import NOW, at, make_bot, make_workspace, receive, signed, status_event

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def workspace():
    return make_workspace()


def received(workspace, when, state="observed", count=1):
    return Delivery.objects.bulk_create(
        Delivery(
            workspace=workspace,
            message_id=f"msg_{state}_{when}_{n}",
            body=b"{}",
            received_at=when,
            state=state,
        )
        for n in range(count)
    )


@pytest.mark.parametrize("state", Delivery.State)
@pytest.mark.parametrize(("days", "is_kept_longer"), [(34, True), (36, False)])
def test_what_was_used_goes_after_35_days_and_what_was_not_stays(
    workspace, state, days, is_kept_longer
):
    received(workspace, NOW - days * DAY, state)
    pruning.prune(NOW)
    unused = state in {"unmatched", "failed", "parked", "unreadable"}
    assert Delivery.objects.exists() is (is_kept_longer or unused)


@pytest.mark.parametrize("state", Delivery.State)
def test_nothing_stays_longer_than_90_days(workspace, state):
    received(workspace, NOW - 91 * DAY, state)
    pruning.prune(NOW)
    assert not Delivery.objects.exists()


def test_a_repeat_is_recognised_for_longer_than_recall_repeats(workspace):
    """27 h 35 min 5 s after the first attempt comes the last."""
    bot = make_bot(workspace)
    body = status_event(bot, "joining_call", NOW)
    receive(workspace, signed(body, message_id="msg_a"), body, now=NOW)
    last = at(27 * 3600 + 35 * 60 + 5)
    pruning.prune(last)
    headers = signed(body, message_id="msg_a", when=last)
    assert receive(workspace, headers, body, now=last).repeats == 1
    assert timedelta(hours=28) < pruning.DELIVERIES_FOR


def test_history_outlives_the_delivery_that_told_it(workspace):
    bot = make_bot(workspace)
    body = status_event(bot, "joining_call", NOW)
    receive(workspace, signed(body), body, now=NOW)
    pruning.prune(NOW + 36 * DAY)
    change = StatusChange.objects.get()
    assert (change.delivery, change.source, change.code) == (None, "webhook", "joining_call")


@pytest.mark.parametrize(("days", "stays"), [(6.9, True), (7.1, False)])
def test_calls_are_kept_for_seven_days(workspace, days, stays):
    Call.objects.create(
        workspace=workspace,
        lane=Lane.SYNC,
        endpoint="bot_list",
        method="GET",
        path="/api/v1/bot/",
        at=NOW - days * DAY,
    )
    pruning.prune(NOW)
    assert Call.objects.exists() is stays


@pytest.mark.parametrize(("days", "stays"), [(34, True), (36, False)])
def test_the_note_of_a_refusal_goes_too(workspace, days, stays):
    Workspace.objects.update(last_refused_at=NOW - days * DAY, last_refusal="Why.")
    pruning.prune(NOW)
    assert bool(Workspace.objects.get().last_refusal) is stays


def test_it_deletes_in_batches_and_goes_on_the_next_time(workspace):
    received(workspace, NOW - 40 * DAY, count=25)
    with CaptureQueriesContext(connection) as asked:
        assert pruning.prune(NOW, batch=10, most=2)["deliveries"] == 20
    deleted = [q["sql"] for q in asked if q["sql"].startswith("DELETE")]
    assert len(deleted) == 2
    assert pruning.prune(NOW, batch=10)["deliveries"] == 5
    assert pruning.BATCH <= 1000


def test_the_door_of_the_clock_prunes(workspace):
    received(workspace, NOW - 3000 * DAY)
    tasks.prune()
    assert not Delivery.objects.exists()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's query plans")
def test_it_finds_what_is_old_by_an_index(workspace):
    with CaptureQueriesContext(connection) as asked:
        pruning.prune(NOW)
    for query in asked:
        if query["sql"].startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN QUERY PLAN " + query["sql"].replace("%", "%%"))
                plan = " | ".join(row[3] for row in cursor.fetchall())
            assert "_age" in plan, plan


def test_words_that_never_became_certain_go_after_an_hour(workspace):
    bot = make_bot(workspace)
    bot.speaking.create(number=1, text="Hel", at=NOW - timedelta(minutes=61))
    bot.speaking.create(number=2, text="Hel", at=NOW - timedelta(minutes=59))
    assert pruning.prune(NOW)["speaking"] == 1
    assert bot.speaking.get().number == 2


def test_a_step_that_breaks_stops_no_other(workspace, monkeypatch):
    def breaks(now):
        raise OSError("a disk")

    monkeypatch.setattr(tasks.pruning, "prune", breaks)
    monkeypatch.setattr(tasks.shares, "prune", breaks)
    asked = []
    monkeypatch.setattr(tasks.chores, "prune_files", lambda now: asked.append(now) or 0)
    tasks.prune()
    assert len(asked) == 1
