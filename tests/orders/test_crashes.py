"""Orders when workers die, freeze or cross: none is lost, none is carried out twice."""

import uuid

import httpx
import pytest
from django.db import transaction

from bots import actions, conf, orders
from bots.lifecycle import Action
from bots.models import Bot, News, Order, Recording
from tests.orders.steps import BOT_ID, ask, bot_answer, carry_out, refusal, send
from tests.world import NOW, at, elsewhere, make_bot

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_it_lets_no_two_workers_take_two_orders_of_one_bot(bot):
    """One worker has taken the pause, and not committed yet, when another looks at the leave."""
    pause = ask(bot, Action.PAUSE)
    leave = Order.objects.create(
        bot=bot, action=Action.LEAVE, created_at=NOW, due_at=NOW, expires_at=at(600)
    )
    with transaction.atomic():
        assert Order.objects.claim(pause.pk, at(1), orders.LEASE)
        other = elsewhere(lambda: Order.objects.claim(leave.pk, at(1), orders.LEASE))
    assert other.result(10) is False


def test_it_takes_up_what_a_dead_worker_left_before_what_came_later(bot):
    pause, stop = ask(bot, Action.PAUSE), ask(bot, Action.STOP)
    assert Order.objects.claim(pause.pk, at(1), orders.LEASE)
    assert not Order.objects.claim(stop.pk, at(50), orders.LEASE)
    assert Order.objects.claim(pause.pk, at(50), orders.LEASE)


def test_it_does_not_repeat_what_a_dead_worker_left_too_late(bot, recall):
    order = ask(bot, Action.PAUSE)
    assert Order.objects.claim(order.pk, at(30), orders.LEASE)
    carry_out(order, 76)
    assert (order.state, recall.requests) == ("expired", [])
    assert "may or may not have happened" in order.error


@pytest.mark.parametrize("found", [True, False])
def test_it_looks_for_a_bot_whose_time_is_up_before_it_gives_up(workspace, recall, found):
    results = [bot_answer().json()] if found else []
    recall.answers = [httpx.Response(200, json={"results": results, "next": None})]
    order = send(workspace).orders.get()
    assert Order.objects.claim(order.pk, at(890), orders.LEASE)
    carry_out(order, 950)
    assert order.state == ("accepted" if found else "expired")
    assert [request.method for request in recall.requests] == ["GET"]


def test_it_stays_in_doubt_until_it_could_look(workspace, recall):
    found = httpx.Response(200, json={"results": [bot_answer().json()], "next": None})
    busy = refusal(429, headers={"Retry-After": "5"})
    recall.answers = [httpx.ReadError("cut"), busy, found]
    order = send(workspace).orders.get()
    carry_out(order, 1)
    carry_out(order, 10)
    assert (order.state, order.in_doubt) == ("waiting", True)
    carry_out(order, 20)
    assert [request.method for request in recall.requests] == ["POST", "GET", "GET"]
    assert order.state == "accepted"


def test_it_writes_nothing_when_it_comes_back_from_the_dead(bot, monkeypatch):
    """A worker sleeps through its lease; another brings the order to its end meanwhile."""
    order = ask(bot, Action.PAUSE)

    def answer(request):
        if Order.objects.get(pk=order.pk).attempts == 2:
            return bot_answer()
        orders.carry_out(order.pk, clock=lambda: at(50))
        raise httpx.ReadError("cut")

    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(answer))
    carry_out(order, 1)
    assert (order.state, order.attempts) == ("accepted", 2)


def test_it_takes_an_older_recordings_end_for_no_stop(bot, recall):
    Recording.objects.hear(bot, recall_id=BOT_ID, status="done", sub_code="", at=at(-60))
    bot.observe([News("in_call_recording", at(-1))], source=Bot.Source.WEBHOOK, now=NOW)
    recall.answers = [bot_answer()]
    order = carry_out(ask(bot, Action.STOP))
    assert order.state == "accepted"


@pytest.mark.parametrize(
    ("action", "state"), [(Action.PAUSE, "superseded"), (Action.LEAVE, "confirmed")]
)
def test_it_ends_with_its_bot_however_old_the_news(bot, recall, action, state):
    recall.answers = [bot_answer()]
    order = carry_out(ask(bot, action, confirmed=True))
    ended = [News("call_ended", at(-4)), News("done", at(-3.5))]
    order.bot.observe(ended, source=Bot.Source.SYNC, now=at(9))
    order.refresh_from_db()
    assert order.state == state


def test_it_waits_a_while_for_what_recall_took_late(bot, recall):
    recall.answers = [bot_answer()]
    order = carry_out(ask(bot, Action.PAUSE), 59)
    order.bot.observe([], source=Bot.Source.SYNC, now=at(67))
    order.refresh_from_db()
    assert order.state == "accepted"


def test_it_does_not_take_back_what_may_have_gone_out(workspace, recall):
    recall.answers = [httpx.ReadError("cut")]
    order = carry_out(send(workspace).orders.get())
    assert not actions.withdraw(order, by=None, now=at(2))
    order.refresh_from_db()
    assert order.state == "waiting"


def test_it_needs_no_second_leave_where_it_is_too_late_to_cancel(workspace, recall):
    bot = make_bot(workspace, recall_id=uuid.UUID(BOT_ID), join_at=at(3600), phase="scheduled")
    recall.answers = [refusal(405, "cannot_delete_bot")]
    order = ask(bot, Action.CANCEL, confirmed=True)
    bot.orders.create(action=Action.LEAVE, created_at=NOW, due_at=NOW, expires_at=at(600))
    assert carry_out(order).state == "superseded"
