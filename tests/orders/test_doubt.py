"""What is open after silence: never called undone before it is known, never repeated blindly."""

from datetime import timedelta

import httpx
import pytest

from bots import actions, budget, orders
from bots.lifecycle import Action
from bots.models import Call, Order
from bots.recall import limits
from bots.verdicts import MOST_CONFLICTS, TOO_FULL
from tests.orders.steps import ask, bot_answer, carry_out, refusal, send
from tests.world import NOW, at

pytestmark = pytest.mark.django_db
NOTHING = {"results": [], "next": None}


def nothing():
    return httpx.Response(200, json=NOTHING)


def crowd(workspace, endpoint, count, when=0.5):
    """So many calls in the last minute that nothing more of that kind may go out."""
    Call.objects.bulk_create(
        Call(workspace=workspace, lane="click", counted=endpoint, endpoint=endpoint, at=at(when))
        for _ in range(count)
    )


@pytest.mark.parametrize(
    "then",
    [
        httpx.ConnectError("refused"),
        refusal(429, headers={"Retry-After": "5"}),
        refusal(409),
    ],
    ids=["unreachable", "429", "409"],
)
def test_what_may_have_happened_stays_open_when_the_next_attempt_fails(bot, recall, then):
    """A pause has no look of its own: the second failure says nothing of the first attempt."""
    recall.answers = [httpx.ReadError("cut"), then]
    order = ask(bot, Action.PAUSE)
    carry_out(order, 1)
    carry_out(order, 4)
    assert (order.state, order.in_doubt) == ("waiting", True)
    assert "may or may not have happened" in order.error
    assert not actions.withdraw(order, by=None, now=at(5))
    assert recall.keys == [order.key] * 2


def test_a_look_that_found_nothing_ends_the_doubt(workspace, recall):
    recall.answers = [httpx.ReadError("cut"), nothing(), httpx.ConnectError("refused")]
    order = send(workspace).orders.get()
    carry_out(order, 1)
    carry_out(order, 10)
    assert (order.state, order.in_doubt) == ("waiting", False)
    assert actions.withdraw(order, by=None, now=at(11))


def test_a_conflict_keeps_the_doubt_open(workspace, recall):
    """What Recall still works on may be the very attempt whose answer was lost."""
    recall.answers = [httpx.ReadError("cut"), nothing(), refusal(409)]
    order = send(workspace).orders.get()
    carry_out(order, 1)
    carry_out(order, 10)
    assert (order.state, order.in_doubt) == ("waiting", True)


@pytest.mark.parametrize("status", [400, 401, 402, 403])
def test_a_look_that_is_refused_decides_nothing(workspace, recall, status):
    recall.answers = [httpx.ReadError("cut"), refusal(status)]
    order = send(workspace).orders.get()
    carry_out(order, 1)
    carry_out(order, 10)
    assert (order.state, order.in_doubt) == ("waiting", True)
    workspace.refresh_from_db()
    assert bool(workspace.key_problem) == (status == 401)


def test_what_stays_below_the_budget_has_not_gone_out(bot, workspace, recall):
    crowd(workspace, "bot_pause_recording_create", 300, when=-40)
    order = carry_out(ask(bot, Action.PAUSE))
    assert (order.state, order.in_doubt, order.attempts) == ("waiting", False, 0)
    assert recall.requests == []
    assert actions.withdraw(order, by=None, now=at(2))


def test_a_wait_for_the_budget_is_no_attempt(workspace, recall):
    """However often it had to wait, conflicts are counted from the first that went out."""
    order = send(workspace).orders.get()
    seconds = 1.0
    for _ in range(MOST_CONFLICTS + 2):
        crowd(workspace, "bot_create", 60, when=seconds - 0.5)
        carry_out(order, seconds)
        seconds = (order.due_at - NOW).total_seconds() + 0.1
    assert (order.state, order.attempts) == ("waiting", 0)
    recall.answers = [refusal(409)]
    carry_out(order, seconds)
    assert (order.state, order.attempts) == ("waiting", 1)


def test_it_says_when_the_budget_makes_it_too_late(bot, workspace, recall):
    crowd(workspace, "bot_pause_recording_create", 300)
    order = carry_out(ask(bot, Action.PAUSE))
    assert (order.state, order.error, recall.requests) == ("expired", TOO_FULL, [])


def test_it_says_so_too_when_its_turn_never_came(bot, workspace, recall):
    crowd(workspace, "bot_pause_recording_create", 300, when=-40)
    order = carry_out(ask(bot, Action.PAUSE))
    carry_out(order, 70)
    assert (order.state, order.error) == ("expired", TOO_FULL)


def test_an_open_order_is_not_closed_by_the_budget(workspace, recall):
    """The look itself has to wait: the send is as open as before."""
    recall.answers = [httpx.ReadError("cut")]
    order = carry_out(send(workspace).orders.get())
    crowd(workspace, "bot_list", limits.LIST, when=5)
    carry_out(order, 10)
    assert (order.state, order.in_doubt, order.attempts) == ("waiting", True, 1)
    assert "may or may not have happened" in order.error


def test_a_frozen_worker_asks_whether_the_order_is_still_its_own(bot, recall, monkeypatch):
    """It froze after it took the order up; another has brought it to its end meanwhile."""
    order = ask(bot, Action.PAUSE)
    Order.objects.filter(pk=order.pk).update(expires_at=at(600))
    recall.answers = [bot_answer(), bot_answer()]
    times = iter([at(1), at(60), at(60)])

    def clock():
        now = next(times)
        if now == at(60) and Order.objects.get(pk=order.pk).attempts == 1:
            orders.carry_out(order.pk, clock=lambda: at(50))
        return now

    orders.carry_out(order.pk, clock=clock)
    order.refresh_from_db()
    assert (order.state, order.attempts, len(recall.requests)) == ("accepted", 2, 1)


def test_a_frozen_worker_does_nothing_too_late(bot, recall):
    """Nobody took the order up while it was frozen; thawed, it is too late all the same."""
    order = ask(bot, Action.PAUSE)
    times = iter([at(1), at(600), at(600)])
    orders.carry_out(order.pk, clock=lambda: next(times))
    order.refresh_from_db()
    assert (order.state, recall.requests) == ("expired", [])
    assert "was not sent" in order.error


def test_a_key_that_recall_forgot_is_renewed_where_nothing_is_open(bot, recall):
    recall.answers = [refusal(429, headers={"Retry-After": "5"}), bot_answer()]
    order = ask(bot, Action.LEAVE, confirmed=True)
    Order.objects.filter(pk=order.pk).update(expires_at=at(9000))
    carry_out(order, 1)
    carry_out(order, 3600)
    first, second = recall.keys
    assert first != second == order.key
    assert order.first_sent_at == at(3600)  # the new key's hour begins with its first use


def test_an_open_order_keeps_its_key_beyond_the_hour_until_a_look(workspace, recall):
    """While its outcome is open, the key is what would make one of two."""
    recall.answers = [
        httpx.ReadError("cut"), refusal(503), refusal(503), refusal(503), nothing(), bot_answer(201)
    ]  # fmt: skip
    order = send(workspace).orders.get()
    Order.objects.filter(pk=order.pk).update(expires_at=at(9000))
    carry_out(order, 1)
    key = order.key
    carry_out(order, 3600)  # could not look
    assert (order.key, order.in_doubt) == (key, True)
    carry_out(order, 3700)
    assert order.state == "accepted"
    posts = [r.headers["Idempotency-Key"] for r in recall.requests if r.method == "POST"]
    assert posts == [key, order.key]
    assert posts[0] != posts[1]


def test_a_507_begins_the_new_keys_hour_anew(workspace, recall):
    recall.answers = [refusal(507, headers={"Retry-After": "30"})]
    order = carry_out(send(workspace).orders.get())
    assert order.first_sent_at is None


def test_an_hour_old_backup_sends_nothing(workspace, bot, recall):
    """Orders as they stood when the backup was made: their time is up."""
    waiting = send(workspace).orders.get()
    pause = ask(bot, Action.PAUSE)
    leave = Order.objects.create(
        bot=bot, action=Action.LEAVE, created_at=NOW, due_at=NOW, expires_at=at(600)
    )
    for order in (waiting, pause, leave):
        orders.carry_out(order.pk, clock=lambda: at(3600))
        order.refresh_from_db()
    # The pause was overtaken by the leave; nothing was said to Recall.
    assert [o.state for o in (waiting, pause, leave)] == ["expired", "superseded", "expired"]
    assert recall.requests == []


def test_an_hour_old_backup_looks_for_what_may_have_been_sent(workspace, recall):
    found = httpx.Response(200, json={"results": [bot_answer().json()], "next": None})
    recall.answers = [found]
    order = send(workspace).orders.get()
    assert Order.objects.claim(order.pk, at(1), orders.LEASE)
    carry_out(order, 3600)
    assert order.state == "accepted"
    assert [request.method for request in recall.requests] == ["GET"]


def test_leases_outlast_two_calls():
    """Or a slow answer would look like a dead worker."""
    from bots.recall.wire import Limits

    assert timedelta(seconds=2 * Limits().total_s) < orders.LEASE
    assert timedelta(seconds=limits.WINDOW_S) < budget.WINDOW
