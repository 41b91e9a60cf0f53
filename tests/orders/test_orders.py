"""An order from the row to Recall's answer: what each answer means."""

import json
import uuid
from datetime import timedelta
from functools import partial

import httpx
import pytest

from bots import actions, orders, own_addresses, sync
from bots.lifecycle import Action, Phase
from bots.models import Bot, News, Order
from bots.models.order import LOOK_AFTER, UNCONFIRMED
from tests.orders.steps import BOT_ID, ask, bot_answer, carry_out, refusal, send
from tests.world import LINK, NOW, at, make_bot

pytestmark = pytest.mark.django_db


def test_it_sends_a_bot(workspace, recall):
    recall.answers = [bot_answer(201)]
    bot = send(workspace)
    order = carry_out(bot.orders.get())
    assert (order.state, str(order.bot.recall_id)) == ("accepted", BOT_ID)
    sent = json.loads(recall.requests[0].content)
    assert sent["meeting_url"] == LINK
    assert sent["metadata"]["recalldash_order"] == order.token
    assert bot.request == own_addresses.taken_out(sent)
    [endpoint] = sent["recording_config"]["realtime_endpoints"]
    assert own_addresses.token(bot.pk) in endpoint["url"]


def test_it_takes_the_same_form_as_the_same_bot(workspace):
    assert send(workspace).pk == send(workspace).pk
    assert Order.objects.count() == 1


def test_it_is_confirmed_by_the_status_that_follows(workspace, recall):
    recall.answers = [bot_answer(201)]
    bot = send(workspace)
    order = carry_out(bot.orders.get())
    order.bot.observe([News("joining_call", at(3))], source=Bot.Source.WEBHOOK, now=at(3))
    order.refresh_from_db()
    assert (order.state, order.finished_at) == ("confirmed", at(3))


def test_it_pauses_and_shows_it_only_when_recall_says_so(bot, recall):
    recall.answers = [bot_answer()]
    order = carry_out(ask(bot, Action.PAUSE))
    assert recall.requests[0].url.path.endswith(f"/bot/{BOT_ID}/pause_recording/")
    assert (order.state, order.bot.phase) == ("accepted", Phase.RECORDING)


def test_it_takes_a_repeated_click_as_the_same_order(bot):
    first = ask(bot, Action.PAUSE)
    assert ask(bot, Action.PAUSE).pk == first.pk
    assert ask(bot, Action.PAUSE, token=first.token).pk == first.pk


def test_it_goes_out_once_however_many_workers_try(bot, recall):
    recall.answers = [bot_answer()]
    order = ask(bot, Action.PAUSE)
    carry_out(order)
    assert orders.carry_out(order.pk, clock=lambda: at(2)) is None
    assert len(recall.requests) == 1


def test_it_refuses_what_the_phase_does_not_allow(bot):
    with pytest.raises(actions.NotNow, match="nothing to resume"):
        ask(bot, Action.RESUME)


def test_it_asks_before_it_overwrites(bot):
    with pytest.raises(actions.NotConfirmed) as asked:
        ask(bot, Action.START, body={})
    assert asked.value.confirmation.safer == Action.PAUSE
    assert ask(bot, Action.START, body={}, confirmed=True).state == "waiting"


@pytest.mark.parametrize(
    ("answer", "wait_s"),
    [
        (refusal(429, headers={"Retry-After": "7"}), 7),
        (refusal(507, headers={"Retry-After": "30"}), 30),
    ],
)
def test_it_waits_as_long_as_recall_says(workspace, recall, answer, wait_s):
    recall.answers = [answer]
    order = carry_out(send(workspace).orders.get())
    assert (order.state, order.due_at) == ("waiting", at(1 + wait_s))
    assert order.error


def test_it_uses_a_new_key_after_507_and_the_same_after_429(workspace, recall):
    recall.answers = [
        refusal(507, headers={"Retry-After": "30"}),
        refusal(429, headers={"Retry-After": "5"}),
        bot_answer(201),
    ]
    order = send(workspace).orders.get()
    for seconds in (1, 32, 40):
        carry_out(order, seconds)
    assert order.state == "accepted"
    first, second, third = recall.keys
    assert first != second == third


def test_it_gives_up_a_send_after_a_quarter_of_an_hour(workspace, recall):
    recall.answers = [refusal(507, headers={"Retry-After": "30"}) for _ in range(2)]
    order = send(workspace).orders.get()
    carry_out(order, 1)
    carry_out(order, 15 * 60 - 10)
    assert (order.state, order.bot.phase) == ("expired", Phase.FAILED)
    assert "not tried again" in order.bot.failure


@pytest.mark.parametrize("cut", [httpx.ReadError("cut"), httpx.ReadTimeout("late")])
def test_it_looks_before_it_sends_again_after_silence(workspace, recall, cut):
    found = {"results": [bot_answer().json()], "next": None}
    recall.answers = [cut, httpx.Response(200, json=found)]
    order = carry_out(send(workspace).orders.get())
    assert (order.state, order.in_doubt) == ("waiting", True)
    carry_out(order, 10)
    assert (order.state, str(order.bot.recall_id)) == ("accepted", BOT_ID)
    assert recall.requests[1].url.params["metadata__recalldash_order"] == order.token


def test_it_sends_again_with_the_same_key_when_nothing_was_found(workspace, recall):
    nothing = httpx.Response(200, json={"results": [], "next": None})
    recall.answers = [httpx.ReadError("cut"), nothing, bot_answer(201)]
    order = send(workspace).orders.get()
    carry_out(order, 1)
    carry_out(order, 10)
    assert order.state == "accepted"
    assert recall.keys[0] == recall.keys[2]


def test_it_never_starts_blindly_again(bot, recall):
    began = {
        "id": str(uuid.uuid4()),
        "created_at": at(1).isoformat(),
        "status": {"code": "processing"},
    }
    recall.answers = [httpx.ReadTimeout("late"), bot_answer(recordings=[began])]
    order = ask(bot, Action.START, body={"video_mixed_mp4": {}}, confirmed=True)
    carry_out(order, 1)
    carry_out(order, 10)
    assert [request.method for request in recall.requests] == ["POST", "GET"]
    assert order.state in {"accepted", "confirmed"}


@pytest.mark.parametrize(
    ("said", "methods", "state"),
    [
        ("in_call_recording", ["GET"], "refused"),
        ("in_call_not_recording", ["GET", "POST"], "accepted"),
    ],
)
def test_it_overwrites_nothing_that_began_unseen(bot, recall, said, methods, state):
    bot.observe([News("in_call_not_recording", at(-2))], source=Bot.Source.WEBHOOK, now=NOW)
    recall.answers = [bot_answer(statuses=[(said, at(0.5))]), bot_answer()]
    order = carry_out(ask(bot, Action.START, body={"video_mixed_mp4": {}}))
    assert [request.method for request in recall.requests] == methods
    assert order.state == state
    if state == "refused":
        assert "begun meanwhile" in order.error
        assert order.bot.phase == Phase.RECORDING


def test_it_takes_up_what_a_dead_worker_left(bot, recall):
    recall.answers = [bot_answer()]
    order = ask(bot, Action.PAUSE)
    assert Order.objects.claim(order.pk, at(1), orders.LEASE)
    assert orders.carry_out(order.pk, clock=lambda: at(30)) is None
    assert order.pk in Order.objects.due(at(70)).values_list("pk", flat=True)
    Order.objects.filter(pk=order.pk).update(expires_at=at(600))
    carry_out(order, 70)
    assert (order.state, order.attempts, recall.keys) == ("accepted", 2, [order.key])


def test_it_says_at_once_what_recall_refused(bot, recall):
    recall.answers = [refusal(400, "cannot_command_completed_bot")]
    order = carry_out(ask(bot, Action.PAUSE))
    assert (order.state, order.error_code) == ("refused", "cannot_command_completed_bot")
    assert order.bot.refresh_due_at == at(1)


def test_it_counts_a_bot_that_has_left_as_left(bot, recall):
    recall.answers = [refusal(400, "cannot_command_completed_bot")]
    assert carry_out(ask(bot, Action.LEAVE, confirmed=True)).state == "confirmed"


def test_it_leaves_where_it_is_too_late_to_cancel(workspace, recall):
    bot = make_bot(workspace, recall_id=uuid.UUID(BOT_ID), join_at=at(3600), phase="scheduled")
    recall.answers = [refusal(405, "cannot_delete_bot"), bot_answer()]
    order = ask(bot, Action.CANCEL, confirmed=True)
    carry_out(order, 1)
    carry_out(order, 1)
    assert [request.method for request in recall.requests] == ["DELETE", "POST"]
    assert recall.requests[1].url.path.endswith("/leave_call/")
    assert order.action == Action.LEAVE


def test_it_cancels_a_scheduled_bot(workspace, recall):
    bot = make_bot(workspace, recall_id=uuid.UUID(BOT_ID), join_at=at(3600), phase="scheduled")
    recall.answers = [httpx.Response(204)]
    order = carry_out(ask(bot, Action.CANCEL, confirmed=True))
    assert order.state == "confirmed"
    assert (order.bot.phase, order.bot.cancelled_at) == (Phase.FINISHED, at(1))
    assert order.bot.met_at == at(1)


def test_it_takes_a_bot_that_is_gone_for_cancelled(workspace, recall):
    bot = make_bot(workspace, recall_id=uuid.UUID(BOT_ID), join_at=at(3600), phase="scheduled")
    recall.answers = [httpx.ReadError("cut"), refusal(404)]
    order = ask(bot, Action.CANCEL, confirmed=True)
    carry_out(order, 1)
    carry_out(order, 10)
    assert (order.state, order.bot.phase) == ("confirmed", Phase.FINISHED)


def test_a_leave_wins_over_what_has_not_gone_out(bot):
    pause = ask(bot, Action.PAUSE)
    ask(bot, Action.LEAVE, confirmed=True)
    pause.refresh_from_db()
    assert pause.state == "superseded"


def test_it_keeps_the_orders_of_one_bot_in_line(bot, recall):
    recall.answers = [bot_answer()]
    pause, stop = ask(bot, Action.PAUSE), ask(bot, Action.STOP)
    assert orders.carry_out(stop.pk, clock=lambda: at(1)) is None
    carry_out(pause)
    assert Order.objects.due(at(2)).get() == stop


def test_it_expires_rather_than_surprise(bot, recall):
    order = ask(bot, Action.PAUSE)
    carry_out(order, timedelta(seconds=61).total_seconds())
    assert (order.state, recall.requests) == ("expired", [])


def test_it_looks_up_an_accepted_order_that_nothing_confirms(bot, recall):
    recall.answers = [bot_answer()]
    order = carry_out(ask(bot, Action.PAUSE))
    assert order.bot.refresh_due_at == at(1) + LOOK_AFTER


@pytest.mark.parametrize("action", [Action.PAUSE, Action.LEAVE])
def test_it_gives_up_an_accepted_order_that_nothing_confirms(bot, recall, action):
    seen = [("joining_call", at(-9)), ("in_call_recording", at(-5))]
    recall.answers = [bot_answer(statuses=seen) for _ in range(12)]
    order = carry_out(ask(bot, action, confirmed=True))
    seconds = 1.0
    while order.is_open and seconds < 1200:
        assert order.state == "accepted"
        order.bot.refresh_from_db()
        seconds = (order.bot.refresh_due_at - at(0)).total_seconds()
        assert sync.refresh(order.bot.pk, clock=partial(at, seconds))
        order.refresh_from_db()
    assert (order.state, order.error) == ("expired", UNCONFIRMED)
    order.bot.refresh_from_db()
    assert order.bot.phase == Phase.RECORDING
    assert ask(order.bot, action, confirmed=True).pk != order.pk


def test_it_notes_a_key_that_recall_does_not_know(bot, recall):
    recall.answers = [refusal(401, "authentication_failed")]
    order = carry_out(ask(bot, Action.PAUSE))
    assert order.state == "refused"
    assert "API key" in order.bot.workspace.key_problem


def test_it_makes_one_bot_of_two_clicks_that_arrive_together(workspace, monkeypatch):
    """Both have looked for an earlier bot, and found none, before either has written."""
    looked = iter([None] * 4)
    known = actions.sent
    monkeypatch.setattr(actions, "sent", lambda *args: next(looked, known(*args)))
    assert send(workspace).pk == send(workspace).pk
    assert Bot.objects.count() == 1
