"""Alerts are raised once, when it is so; resolved when it is no longer; never for old news."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bots import lookout
from bots.lifecycle import Action
from bots.models import (
    Alert,
    AlertRules,
    Bot,
    Heard,
    News,
    Order,
    Recording,
)
from tests.world import NOW, at, deliver, make_bot, status_event

pytestmark = pytest.mark.django_db


def heard(bot, *statuses):
    """Statuses as (code, seconds[, sub-code]), heard when they happen."""
    for code, seconds, *sub_code in statuses:
        news = News(code, at(seconds), *sub_code)
        bot.observe([news], source=Bot.Source.WEBHOOK, now=at(seconds))


def kinds(*, standing=False):
    rows = Alert.objects.order_by("pk")
    return [alert.kind for alert in (rows.standing() if standing else rows)]


def look(seconds):
    lookout.look(at(seconds))


@pytest.fixture
def bot(workspace):
    return make_bot(workspace)


def recorded(bot, seconds, *, expires_at=None, status="done"):
    recording = Recording.objects.create(
        workspace=bot.workspace,
        bot=bot,
        recall_id=uuid.uuid4(),
        status="done",
        status_at=at(seconds),
        created_at=at(0),
        expires_at=expires_at,
    )
    recording.artifacts.create(
        kind="video_mixed", recall_id=uuid.uuid4(), format="mp4", status=status,
        status_at=at(seconds),
    )  # fmt: skip
    return recording


def test_it_tells_of_a_bot_that_waits_for_longer_than_two_minutes_and_once(bot):
    heard(bot, ("joining_call", 0), ("in_waiting_room", 10))
    for seconds in (11, 60, 129):
        look(seconds)
    assert kinds() == []
    for seconds in (131, 140, 600):
        look(seconds)
    assert kinds() == ["waiting"]
    alert = Alert.objects.get()
    assert (alert.bot, alert.since) == (bot, at(130))
    assert "Ask the host" in alert.sentence


def test_it_looks_at_a_bot_that_does_not_move_when_it_has_waited_too_long_and_not_before(bot):
    heard(bot, ("in_waiting_room", 10))
    look(11)
    bot.refresh_from_db()
    assert bot.alerts_due_at == at(130)
    assert lookout.look(at(129)) == 0


def test_it_is_over_when_the_bot_is_let_in_and_new_when_it_waits_anew(bot):
    heard(bot, ("in_waiting_room", 0))
    look(121)
    heard(bot, ("in_call_recording", 130))
    look(131)
    assert kinds(standing=True) == []
    heard(bot, ("in_waiting_room", 200))
    look(201)
    look(321)
    assert kinds() == ["waiting", "waiting"]
    assert kinds(standing=True) == ["waiting"]


def test_a_moment_that_webhook_and_api_tell_differently_is_one(bot):
    heard(bot, ("in_waiting_room", 0))
    look(121)
    later = News("in_waiting_room", at(1.5))
    bot.observe([later], source=Bot.Source.SYNC, now=at(125))
    look(126)
    assert kinds() == ["waiting"]


def test_a_team_says_what_is_too_long(bot, team):
    AlertRules.objects.create(team=team, waiting_min=10)
    heard(bot, ("in_waiting_room", 0))
    for seconds in (1, 130, 599):
        look(seconds)
    assert kinds() == []
    look(601)
    assert kinds() == ["waiting"]


def test_a_denied_permission_is_told_at_once_and_not_as_silence_besides(bot):
    heard(bot, ("in_call_not_recording", 0), ("recording_permission_denied", 5))
    look(6)
    assert kinds() == ["denied"]
    look(400)
    assert kinds() == ["denied"]
    heard(bot, ("in_call_recording", 410))
    look(411)
    assert kinds(standing=True) == []


def test_a_bot_that_is_in_the_call_and_does_not_record_is_told_after_three_minutes(bot):
    heard(bot, ("in_call_not_recording", 0))
    look(1)
    look(179)
    assert kinds() == []
    look(181)
    assert kinds() == ["silent"]


@pytest.mark.parametrize("how", ["stopped", "by hand"])
def test_it_is_no_alert_where_people_meant_it(workspace, how):
    by_hand = {"recording_config": {"start_recording_on": "manual"}}
    bot = make_bot(workspace, config=by_hand if how == "by hand" else {})
    if how == "stopped":
        Order.objects.create(
            bot=bot, action=Action.STOP, state=Order.State.CONFIRMED,
            created_at=NOW, due_at=NOW, expires_at=NOW,
        )  # fmt: skip
    heard(bot, ("in_call_not_recording", 0))
    look(1)
    look(900)
    assert kinds() == []


def test_what_was_started_by_hand_and_does_not_record_is_one(workspace):
    by_hand = {"recording_config": {"start_recording_on": "manual"}}
    bot = make_bot(workspace, config=by_hand)
    Order.objects.create(
        bot=bot, action=Action.START, state=Order.State.CONFIRMED,
        created_at=NOW, due_at=NOW, expires_at=NOW,
    )  # fmt: skip
    heard(bot, ("in_call_not_recording", 0))
    look(1)
    look(181)
    assert kinds() == ["silent"]


def test_a_paused_recording_is_none(bot):
    recorded(bot, 0)
    Recording.objects.update(status="paused")
    heard(bot, ("in_call_recording", 0))
    look(1)
    look(900)
    assert kinds() == []


@pytest.mark.parametrize(
    ("statuses", "words"),
    [
        ([("joining_call", 0), ("fatal", 5, "meeting_not_found")], "failed"),
        (
            [
                ("in_waiting_room", 0),
                ("call_ended", 60, "timeout_exceeded_waiting_room"),
                ("done", 61),
            ],
            "never let in",
        ),
        (
            [
                ("in_call_not_recording", 0),
                ("call_ended", 60, "bot_kicked_from_call"),
                ("done", 61),
            ],
            "removed the bot before",
        ),
    ],
)
def test_it_tells_of_a_bot_that_brings_nothing_home(bot, statuses, words):
    heard(bot, *statuses)
    look(70)
    look(80)
    assert kinds() == ["failed"]
    assert words in Alert.objects.get().sentence
    assert Alert.objects.get().resolved_at is None


def test_what_was_taken_back_is_no_failure(workspace):
    bot = make_bot(workspace, recall_id=None, failure="Taken back before Recall had a free bot.")
    bot.observe([], source=Bot.Source.ORDER, now=at(1), told=True)
    look(2)
    assert kinds() == []


def test_it_tells_when_a_recording_is_ready(bot):
    recorded(bot, 100)
    heard(bot, ("in_call_recording", 0), ("call_ended", 90), ("done", 101))
    look(102)
    look(103)
    assert kinds() == ["ready"]


def test_it_tells_two_days_before_a_recording_is_deleted_and_not_when_it_is_gone(bot):
    end = NOW + timedelta(days=7)
    recorded(bot, 0, expires_at=end)
    heard(bot, ("in_call_recording", 0), ("done", 1))
    lookout.look(at(2))
    Alert.objects.all().delete()
    bot.refresh_from_db()
    assert bot.alerts_due_at == end - timedelta(hours=48)
    lookout.look(end - timedelta(hours=48) + timedelta(seconds=1))
    assert kinds() == ["ready", "expiring"] or kinds() == ["expiring"]
    assert kinds(standing=True)[-1] == "expiring"
    lookout.look(end + timedelta(seconds=1))
    assert "expiring" not in kinds(standing=True)


@pytest.mark.parametrize("hours", [1, 24, 41, 47])
def test_a_recording_that_is_kept_for_less_than_two_days_is_told_when_it_is_there(bot, hours):
    recorded(bot, 0, expires_at=NOW + timedelta(hours=hours))
    heard(bot, ("in_call_recording", 0), ("done", 1))
    look(2)
    Bot.objects.update(alerts_due_at=at(60))
    look(60)
    assert sorted(kinds()) == ["expiring", "ready"]
    lookout.look(NOW + timedelta(hours=hours, seconds=1))
    assert "expiring" not in kinds(standing=True)


def test_it_is_told_when_the_team_wants_to_know_earlier_and_though_nobody_looked(bot, team):
    end = NOW + timedelta(days=7)
    recorded(bot, 0, expires_at=end)
    heard(bot, ("in_call_recording", 0), ("done", 1))
    look(2)
    AlertRules.objects.create(team=team, expiring_h=96)
    late = end - timedelta(hours=60)
    Bot.objects.update(alerts_due_at=late)
    lookout.look(late)
    Bot.objects.update(alerts_due_at=end - timedelta(hours=10))
    lookout.look(end - timedelta(hours=10))
    assert sorted(kinds()) == ["expiring", "ready"]


def test_where_a_copy_is_kept_it_is_not_told(bot, monkeypatch):
    monkeypatch.setattr(lookout, "kept_copies", lambda pks: frozenset(pks))
    recorded(bot, 0, expires_at=NOW + timedelta(hours=47))
    heard(bot, ("in_call_recording", 0), ("done", 1))
    look(2)
    assert "expiring" not in kinds()


def test_old_news_is_no_alert(workspace):
    """Imports, first syncs, the demo's past meetings: what they tell was over long ago.

    That a recording is deleted soon still lies ahead.
    """
    bot = make_bot(workspace)
    recorded(bot, 0, expires_at=NOW + timedelta(days=7))
    heard(bot, ("in_waiting_room", -900), ("call_ended", -300, "timeout_exceeded_waiting_room"))
    bot.observe([News("done", at(-299))], source=Bot.Source.SYNC, now=NOW + timedelta(hours=8))
    lookout.look(NOW + timedelta(hours=8))
    assert kinds() == []


def test_a_delivery_that_comes_again_raises_nothing_anew(workspace, bot):
    body = status_event(bot, "fatal", at(0), sub_code="meeting_not_found")
    deliver(workspace, body, message_id="msg_a", now=at(1))
    look(2)
    deliver(workspace, body, message_id="msg_a", now=at(3))
    deliver(workspace, body, message_id="msg_b", now=at(4))
    look(5)
    assert kinds() == ["failed"]


def test_what_moves_while_it_is_looked_at_is_looked_at_again(bot, monkeypatch):
    heard(bot, ("in_waiting_room", 0))
    real = lookout._look_at

    def meanwhile(*args):
        found = real(*args)
        heard(bot, ("fatal", 2, "meeting_not_found"))
        return found

    monkeypatch.setattr(lookout, "_look_at", meanwhile)
    look(2)
    monkeypatch.undo()
    look(3)
    assert kinds() == ["failed"]


def test_a_worker_that_dies_leaves_its_bots_to_the_next(bot, monkeypatch):
    heard(bot, ("fatal", 0, "meeting_not_found"))

    def dies(*args, **kwargs):
        raise SystemExit

    monkeypatch.setattr(lookout.alerts, "raise_all", dies)
    with pytest.raises(SystemExit):
        look(1)
    monkeypatch.undo()
    look(2)
    assert kinds() == []  # leased
    look(62)
    assert kinds() == ["failed"]


def test_one_killed_after_raising_raises_nothing_twice(bot, alice):
    heard(bot, ("fatal", 0, "meeting_not_found"))
    look(1)
    Bot.objects.update(alerts_due_at=at(2))
    look(3)
    assert (kinds(), Heard.objects.count()) == (["failed"], 1)


def test_it_asks_as_little_for_two_hundred_bots_as_for_two(workspace, alice, bob):
    def asked(number):
        Bot.objects.all().delete()
        for bot in [make_bot(workspace) for _ in range(number)]:
            heard(bot, ("in_waiting_room", 0))
        Bot.objects.update(alerts_due_at=at(125))
        with CaptureQueriesContext(connection) as queries:
            look(130)
        assert Alert.objects.count() == number
        return len(queries)

    few = asked(2)
    # SQLite takes rows by some dozens in one statement.
    assert asked(200) <= few + 10
    assert few < 40


def test_it_finds_what_is_due_by_an_index(workspace):
    with CaptureQueriesContext(connection) as queries:
        lookout.look(NOW)
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            pytest.skip("SQLite tells its plan in one line")
        asked = next(query["sql"] for query in queries if "SELECT" in query["sql"])
        cursor.execute(f"EXPLAIN QUERY PLAN {asked}")
        assert "bot_alerts" in str(cursor.fetchall())


def test_webhooks_that_break_are_told_once_and_are_over_when_they_come(workspace, alice, bob):
    workspace.last_delivery_at = NOW - timedelta(minutes=20)
    workspace.missed_percent = 50
    workspace.save()
    for seconds in (0, 61, 122):
        lookout.look_at_webhooks(at(seconds))
    assert kinds() == ["webhooks"]
    assert [each.user for each in Heard.objects.all()] == [alice]
    workspace.missed_percent = 0
    workspace.save()
    lookout.look_at_webhooks(at(200))
    lookout.look_at_webhooks(at(300))
    assert kinds(standing=True) == []


def test_a_workspace_that_is_being_set_up_is_not_broken(workspace, alice):
    workspace.secrets.all().delete()
    lookout.look_at_webhooks(NOW)
    assert kinds() == []
