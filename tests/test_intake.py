"""Webhooks that come at once are kept in one transaction, and come to what each alone would."""

import itertools
import random

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from bots import inbox, intake
from bots.lifecycle import Phase
from bots.models import Bot, Change, Delivery, Forgotten, StatusChange
from tests.inbox.played import told
from tests.world import (
    NOW,
    at,
    event,
    make_bot,
    make_workspace,
    receive,
    recording_event,
    signed,
    status_event,
)

pytestmark = pytest.mark.django_db
LATER = at(80)
RECORDING = "7d0e5b0e-96c2-4f0e-8d61-4ac1dbe5a001"
STORY = (
    ("joining_call", 1),
    ("in_waiting_room", 2),
    ("in_call_not_recording", 8),
    ("in_call_recording", 10),
    ("call_ended", 60),
    ("done", 70),
)


def knock(workspace, body, **signing):
    return intake.Knock(workspace.webhook_token, signed(body, **signing), body)


def story(bot):
    """All that is told of one meeting, in order."""
    bodies = [status_event(bot, code, at(seconds)) for code, seconds in STORY]
    bodies.insert(4, recording_event(bot, RECORDING, "processing", at(10)))
    bodies.insert(6, recording_event(bot, RECORDING, "done", at(65)))
    return bodies


def take(*knocks, now=LATER):
    return [answer.status for answer in intake.take(knocks, now=now)]


def test_it_comes_to_what_each_alone_would_in_whatever_order(workspace):
    rival = make_workspace("rival")
    lone, many = make_bot(workspace), make_bot(rival)
    for body in story(lone):
        receive(workspace, signed(body), body, now=LATER)
    for seed in range(5):
        bodies = story(many)
        random.Random(seed).shuffle(bodies)
        assert take(*(knock(rival, body) for body in bodies)) == [204] * 8
        assert told(many) == told(lone)
        rival.deliveries.all().delete()
        many.recordings.all().delete()
        many.delete()
        many = make_bot(rival, recall_id=many.recall_id)


def test_it_takes_fewer_statements_than_requests(workspace):
    def statements(count):
        bots = [make_bot(workspace) for _ in range(count)]
        knocks = [knock(workspace, status_event(bot, "joining_call", NOW)) for bot in bots]
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert take(*knocks) == [204] * count
        assert {bot.code for bot in Bot.objects.filter(pk__in=[b.pk for b in bots])} == {
            "joining_call"
        }
        return len(asked)

    assert max(statements(5), statements(40)) < 20


def test_browsers_hear_once_of_each_bot(workspace):
    bots = [make_bot(workspace) for _ in range(3)]
    Change.objects.all().delete()
    codes = ("joining_call", "in_waiting_room")
    take(*(knock(workspace, status_event(b, c, NOW)) for b in bots for c in codes))
    assert sorted(Change.objects.values_list("bot_id", flat=True)) == sorted(b.pk for b in bots)


def test_the_same_twice_at_once_is_kept_once(workspace):
    bot = make_bot(workspace)
    body = status_event(bot, "joining_call", NOW)
    one = knock(workspace, body, message_id="msg_same")
    assert take(one, one, one) == [204] * 3
    assert [row.repeats for row in Delivery.objects.all()] == [2]
    assert bot.status_changes.count() == 1


def test_each_is_answered_by_itself(workspace):
    rival = make_workspace("rival", secret="")
    bot, buried = make_bot(workspace), make_bot(workspace)
    good = knock(workspace, status_event(bot, "joining_call", NOW))
    forged = intake.Knock(workspace.webhook_token, {}, good.body)
    stranger = knock(workspace, event("bot.done", {"bot": {"id": RECORDING}}))
    nowhere = intake.Knock("no\0where", {}, b"")
    unset = knock(rival, status_event(buried, "done", NOW))
    junk = knock(workspace, b"\xff{")
    assert take(nowhere, forged, good, stranger, unset, junk) == [404, 401, 204, 204, 401, 204]
    assert {row.state for row in Delivery.objects.all()} == {"observed", "unmatched", "unreadable"}
    bot.refresh_from_db()
    assert bot.phase == Phase.JOINING


def test_one_that_breaks_harms_no_other(workspace, monkeypatch):
    bots = [make_bot(workspace) for _ in range(4)]
    observe = Bot.observe_held

    def sometimes(bot, *args, **kwargs):
        if bot.pk == bots[2].pk:
            raise ZeroDivisionError
        return observe(bot, *args, **kwargs)

    monkeypatch.setattr(Bot, "observe_held", sometimes)
    assert take(*(knock(workspace, status_event(b, "joining_call", NOW)) for b in bots)) == (
        [204] * 4
    )
    assert [row.state for row in Delivery.objects.order_by("pk")] == [
        "observed",
        "observed",
        "failed",
        "observed",
    ]
    assert StatusChange.objects.count() == 3


def test_a_database_that_is_away_has_all_come_again(workspace, monkeypatch):
    calls = itertools.count()

    def away(*args, **kwargs):
        next(calls)
        raise OperationalError("no route to host")

    bots = [make_bot(workspace) for _ in range(3)]
    monkeypatch.setattr(inbox, "apply_to", away)
    assert take(*(knock(workspace, status_event(b, "joining_call", NOW)) for b in bots)) == (
        [503] * 3
    )
    assert next(calls) == 1, "each alone would have waited as long again"
    assert not Delivery.objects.exists()


def test_orders_of_a_bot_are_confirmed_by_news_that_comes_together(workspace, alice):
    bot = make_bot(workspace)
    take(knock(workspace, status_event(bot, "in_call_recording", at(-20))))
    order = bot.orders.create(
        action="leave",
        state="accepted",
        token="t",
        by=alice,
        created_at=at(-5),
        due_at=at(-5),
        expires_at=at(60),
    )
    take(
        knock(workspace, status_event(bot, "call_ended", at(0))),
        knock(workspace, status_event(bot, "done", at(5))),
        now=at(6),
    )
    order.refresh_from_db()
    bot.refresh_from_db()
    assert (order.state, bot.phase) == ("confirmed", Phase.FINISHED)


def test_what_was_read_of_a_workspace_counts_for_a_second(workspace):
    bot, known = make_bot(workspace), intake.Addresses(lasting_s=1.0)

    def came(seconds, **signing):
        body = status_event(bot, f"step_{seconds}", NOW)
        told = [knock(workspace, body, when=at(seconds), **signing)]
        return intake.take(told, now=at(seconds), addresses=known)[0].status

    assert came(0.0) == 204
    other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
    workspace.secrets.create(secret=other)
    assert came(0.5, secret=other) == 401
    assert came(1.1, secret=other) == 204
    workspace.secrets.update(retires_at=at(1.5))
    assert came(2.2) == 401


def test_who_was_erased_stays_out_of_bodies_that_come_together(workspace):
    bots = [make_bot(workspace) for _ in range(2)]
    Forgotten.objects.remember(
        workspace.pk, ["Jane Roe"], in_texts=True, keeps_words=False, is_everywhere=True
    )
    bodies = [
        event(
            "bot.joining_call",
            {
                "data": {"code": "joining_call", "updated_at": NOW.isoformat()},
                "bot": {"id": str(bot.recall_id), "metadata": {"host": host}},
            },
        )
        for bot, host in zip(bots, ("Jane Roe", "John Doe"), strict=True)
    ]
    take(*(knock(workspace, body) for body in bodies))
    kept = [bytes(row.body) for row in Delivery.objects.order_by("bot_id")]
    assert kept == [b'{"erased": true}', bodies[1]]
