"""A worker whose clock is far off: leases and budgets go by it, and still nothing is done twice."""

from datetime import timedelta

import httpx
import pytest

from bots import conf, orders
from bots.lifecycle import Action
from tests.orders.steps import ask, bot_answer, carry_out, send
from tests.world import at

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("off", [HOUR, -HOUR])
@pytest.mark.parametrize("action", [Action.PAUSE, Action.SEND, Action.LEAVE])
def test_a_worker_whose_clock_is_an_hour_off_does_nothing_twice(
    bot, workspace, monkeypatch, action, off
):
    """It looks at an order while another is calling Recall with it, and again afterwards."""
    order = (
        send(workspace).orders.get() if action is Action.SEND else ask(bot, action, confirmed=True)
    )
    posts = []

    def answer(request):
        if request.method == "GET":
            known = [bot_answer().json()] if posts else []
            return httpx.Response(200, json={"results": known, "next": None})
        posts.append(request.headers.get("Idempotency-Key"))
        if len(posts) == 1:
            orders.carry_out(order.pk, clock=lambda: at(2) + off)
        return bot_answer(201 if action is Action.SEND else 200)

    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(answer))
    carry_out(order, 1)
    for seconds in (5, 50):
        orders.carry_out(order.pk, clock=lambda seconds=seconds: at(seconds) + off)
        carry_out(order, seconds)
    # What goes by one key happens once at Recall, however often it is said.
    assert len(set(posts)) == 1
    order.refresh_from_db()
    assert order.state in ("accepted", "confirmed") or "may or may not" in order.error


def test_a_clock_that_is_behind_takes_nothing_before_its_time(bot, recall):
    recall.answers = [bot_answer()]
    order = ask(bot, Action.PAUSE)
    assert orders.carry_out(order.pk, clock=lambda: at(1) - HOUR) is None
    assert carry_out(order, 1).state == "accepted"
