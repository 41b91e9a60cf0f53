"""What each answer of Recall's means for an order: the whole table, for a send and for a pause.

The ids are those of the catalogue in docs/reliability.md.
"""

import httpx
import pytest

from bots.lifecycle import Action
from bots.models.order import PATIENCE
from bots.recall.wire import Limits
from bots.verdicts import MOST_CONFLICTS, backoff
from tests.orders.steps import ask, bot_answer, carry_out, refusal, send
from tests.world import at

pytestmark = pytest.mark.django_db
HTML = {"Content-Type": "text/html"}


def page(status, **headers):
    return httpx.Response(status, html="<html><script>alert(1)</script></html>", headers=headers)


# id -> (Recall's answer, state, in doubt, words of the sentence)
REFUSED = {
    "A01 fields": (
        httpx.Response(400, json={"recording_config": {"layout": ["<script> is no layout."]}}),
        "recording_config.layout: <script> is no layout.",
    ),
    "A01 words": (httpx.Response(400, json={"detail": "No such thing."}), "No such thing."),
    "A01 nothing": (httpx.Response(400), "gave no reason"),
    "A02": (refusal(401, "authentication_failed"), "Check the key"),
    "A03": (refusal(402), "out of credit"),
    "A04": (refusal(403), "firewall"),
    "A04 as a page": (page(403), "firewall"),
    "A05": (refusal(404), "does not have this any more"),
    "A06": (refusal(405), "too late"),
}
OPEN = {
    "A09 500": refusal(500),
    "A09 502": page(502),
    "A09 503": refusal(503),
    "A09 504": refusal(504),
    "A11 read timeout": httpx.ReadTimeout("late"),
    "A12 reset": httpx.ReadError("reset"),
    "A12 closed": httpx.RemoteProtocolError("closed without an answer"),
    "A14 not JSON": httpx.Response(200, text="{"),
    "A14 wrong type": httpx.Response(200, json=[1, 2]),
    "A14 empty": httpx.Response(200),
    "A14 page": page(200),
    "A14 page of an error": page(400),
    "A15 huge": httpx.Response(200, content=b"[" + b"1," * (6 * 1024 * 1024) + b"1]"),
    "A16 redirect": httpx.Response(302, headers={"Location": "http://169.254.169.254/"}),
}
UNHEARD = {
    "A11 connect timeout": httpx.ConnectTimeout("late"),
    "A17 no such host": httpx.ConnectError("Name or service not known"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("action", [Action.SEND, Action.PAUSE])
def test_a_refusal_is_said_at_once(workspace, bot, recall, case, action):
    answer, words = REFUSED[case]
    recall.answers = [answer]
    order = send(workspace).orders.get() if action == Action.SEND else ask(bot, Action.PAUSE)
    carry_out(order)
    assert (order.state, order.in_doubt) == ("refused", False)
    assert words in order.error
    assert len(recall.requests) == 1
    if action == Action.SEND:
        assert words in order.bot.failure


@pytest.mark.parametrize("case", OPEN)
def test_a_pause_without_an_answer_is_repeated_under_its_key(bot, recall, case):
    recall.answers = [OPEN[case], bot_answer()]
    order = carry_out(ask(bot, Action.PAUSE))
    assert (order.state, order.in_doubt) == ("waiting", True)
    assert "may or may not have happened" in order.error
    carry_out(order, 5)
    assert order.state == "accepted"
    assert recall.keys == [order.key, order.key]
    assert {request.url.host for request in recall.requests} == {recall.requests[0].url.host}


@pytest.mark.parametrize("case", OPEN)
def test_a_send_without_an_answer_looks_first(workspace, recall, case):
    found = httpx.Response(200, json={"results": [bot_answer().json()], "next": None})
    recall.answers = [OPEN[case], found]
    order = carry_out(send(workspace).orders.get())
    assert (order.state, order.in_doubt) == ("waiting", True)
    carry_out(order, 5)
    assert order.state == "accepted"
    assert [request.method for request in recall.requests] == ["POST", "GET"]


@pytest.mark.parametrize("case", UNHEARD)
@pytest.mark.parametrize("action", [Action.SEND, Action.PAUSE])
def test_what_never_left_is_tried_again_without_a_doubt(workspace, bot, recall, case, action):
    recall.answers = [UNHEARD[case], bot_answer()]
    order = send(workspace).orders.get() if action == Action.SEND else ask(bot, Action.PAUSE)
    carry_out(order)
    assert (order.state, order.in_doubt) == ("waiting", False)
    assert "can't be reached" in order.error
    carry_out(order, 5)
    assert order.state == "accepted"
    assert [request.method for request in recall.requests] == ["POST", "POST"]
    assert len(set(recall.keys)) == 1


def test_conflicts_back_off_and_end(workspace, recall):
    """A07: same key, ever longer waits, five times."""
    order = send(workspace).orders.get()
    seconds, waits = 1.0, []
    recall.answers = [refusal(409) for _ in range(MOST_CONFLICTS + 1)]
    while order.state == "waiting":
        carry_out(order, seconds)
        if order.state == "waiting":
            waits.append((order.due_at - at(seconds)).total_seconds())
            seconds = (order.due_at - at(0)).total_seconds() + 0.01
    assert (order.state, len(recall.requests), len(set(recall.keys))) == ("refused", 6, 1)
    for wait, whole in zip(waits, (1, 2, 4, 8, 16), strict=True):
        assert 0.75 * whole <= wait <= 1.25 * whole


def test_waits_have_chance_in_them():
    """Or all that failed together would come back together."""
    assert len({backoff(3) for _ in range(20)}) > 10
    assert max(backoff(30) for _ in range(100)) <= 20


@pytest.mark.parametrize(
    ("said", "least_s", "most_s"),
    [("7", 7, 7), ("86400", 120, 120), ("-1", 1, 60), ("soon", 60, 60), (None, 60, 60)],
)
def test_a_429_waits_as_long_as_it_makes_sense(workspace, recall, said, least_s, most_s):
    """A08; a date is read by the client, whose own tests name it."""
    recall.answers = [refusal(429, headers={"Retry-After": said} if said else None), bot_answer()]
    order = carry_out(send(workspace).orders.get())
    wait_s = (order.due_at - at(1)).total_seconds()
    assert least_s <= wait_s <= most_s
    assert order.bot.workspace.quiet_until == order.due_at
    carry_out(order, wait_s + 3)
    assert (order.state, len(set(recall.keys))) == ("accepted", 1)


def test_507_is_tried_again_until_its_time_is_up(workspace, recall):
    """A10: every half minute, each under a new key, for a quarter of an hour."""
    order = send(workspace).orders.get()
    seconds = 0.0
    recall.answers = [refusal(507, headers={"Retry-After": "30"}) for _ in range(40)]
    while order.state == "waiting":
        assert order.waits_for_a_bot or not recall.requests
        carry_out(order, seconds)
        seconds += 30
    patience_s = PATIENCE[Action.SEND].total_seconds()
    assert len(recall.requests) == len(set(recall.keys)) == patience_s / 30 + 1
    assert order.state == "expired"
    assert "tried 31 times and is not tried again" in order.error


def test_507_once_and_a_bot_is_there(workspace, recall):
    recall.answers = [refusal(507) for _ in range(3)] + [bot_answer(201)]
    order = send(workspace).orders.get()
    for seconds in (0, 31, 62, 93):
        carry_out(order, seconds)
    assert (order.state, order.error, order.attempts) == ("accepted", "", 4)


def test_an_attempt_ends_long_before_its_lease():
    """A13: what drips in one byte a second is cut off by the total limit."""
    assert Limits().total_s <= 15
