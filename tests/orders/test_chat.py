"""Messages into a meeting's chat, and asking for the recording again: said to Recall once."""

import json

import httpx
import pytest

from bots import actions, timeline
from bots.lifecycle import Action, chats
from bots.models import Order
from tests.orders.steps import ask, bot_answer, carry_out, refusal
from tests.world import NOW, at, deliver, make_bot, status_event

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("platform", "message", "said"),
    [
        ("google_meet", {"message": "Hello"}, ""),
        ("google_meet", {"message": "x" * 500}, ""),
        ("google_meet", {"message": "x" * 501}, "takes 500 characters at most; this has 501"),
        ("google_meet", {"message": "Hello", "pin": True}, ""),
        ("google_meet", {"message": "Hello", "to": "host"}, "a bot writes to everyone"),
        ("zoom", {"message": "x" * 4096}, ""),
        ("zoom", {"message": "x" * 4097}, "takes 4096 characters"),
        ("zoom", {"message": "Hello", "to": "host"}, ""),
        ("zoom", {"message": "Hello", "to": "16778240"}, ""),
        ("zoom", {"message": "Hello", "to": "the boss"}, "Nobody there is called"),
        ("zoom", {"message": "Hello", "pin": True}, "can't pin"),
        ("microsoft_teams", {"message": "Hello", "pin": True}, ""),
        ("webex", {"message": "Hello"}, "can't write in the chat of Webex"),
        ("goto_meeting", {"message": "Hello"}, "can't write in the chat of GoTo Meeting"),
        ("", {"message": "Hello"}, "can't write in the chat of this meeting"),
        ("zoom", {"message": " \n"}, "Write what"),
    ],
)
def test_each_platform_takes_what_it_takes(platform, message, said):
    found = chats.problem(platform, **message)
    assert said in found
    assert bool(found) == bool(said)


def in_call(workspace, **fields):
    bot = make_bot(workspace, **fields)
    deliver(workspace, status_event(bot, "in_call_recording", at(1)), when=at(1))
    bot.refresh_from_db()
    return bot


def test_a_message_goes_out_as_it_was_written_and_is_done_with_the_answer(recall, workspace):
    bot = in_call(workspace)
    order = ask(bot, Action.SAY, body={"message": "Good morning", "to": "everyone", "pin": True})
    recall.answers = [bot_answer(bot_id=str(bot.recall_id))]
    assert carry_out(order).state == Order.State.CONFIRMED
    [request] = recall.requests
    assert request.url.path.endswith(f"/bot/{bot.recall_id}/send_chat_message/")
    assert json.loads(request.content) == {
        "message": "Good morning", "to": "everyone", "pin": True,
    }  # fmt: skip
    told = timeline.entries(
        changes=[], orders=[order], paused_from=[], live=True, recorded=True, now=at(9)
    )
    assert len(told) == 1
    entry = told[0]
    assert entry.sentence.startswith("“Good morning”. Done ")


def test_several_messages_are_several_orders_and_go_out_in_turn(recall, workspace):
    bot = in_call(workspace)
    orders = [
        ask(bot, Action.SAY, body={"message": words, "to": "everyone", "pin": False})
        for words in ("one", "two")
    ]
    assert len({order.pk for order in orders}) == 2
    recall.answers = [bot_answer(bot_id=str(bot.recall_id)) for _ in orders]
    for order in orders:
        assert carry_out(order).state == Order.State.CONFIRMED
    assert [json.loads(r.content)["message"] for r in recall.requests] == ["one", "two"]


def test_after_silence_it_is_said_again_under_the_same_key(recall, workspace):
    bot = in_call(workspace)
    order = ask(bot, Action.SAY, body={"message": "Hello", "to": "everyone", "pin": False})
    recall.answers = [httpx.ReadTimeout("silence"), bot_answer(bot_id=str(bot.recall_id))]
    carry_out(order)
    assert order.state == Order.State.WAITING
    carry_out(order, seconds=20)
    assert order.state == Order.State.CONFIRMED
    assert len(set(recall.keys)) == 1


def test_what_recall_refuses_is_told(recall, workspace):
    bot = in_call(workspace)
    order = ask(bot, Action.SAY, body={"message": "Hello", "to": "everyone", "pin": False})
    recall.answers = [refusal(400, "cannot_command_completed_bot")]
    assert carry_out(order).state in (Order.State.REFUSED, Order.State.SUPERSEDED)
    assert order.error


@pytest.mark.parametrize("code", ["joining_call", "in_waiting_room", "call_ended", "done"])
def test_nobody_writes_from_outside_the_call(workspace, code):
    bot = make_bot(workspace)
    deliver(workspace, status_event(bot, code, at(1)), when=at(1))
    bot.refresh_from_db()
    with pytest.raises(actions.NotNow):
        ask(bot, Action.SAY, body={"message": "Hello"})


def test_a_message_that_the_platform_does_not_take_never_goes_out(workspace):
    bot = in_call(workspace)
    with pytest.raises(actions.NotNow, match="500 characters"):
        ask(bot, Action.SAY, body={"message": "x" * 501})
    assert not bot.orders.exists()


def denied(workspace, link):
    bot = make_bot(workspace, link=link)
    for number, code in enumerate(("in_call_not_recording", "recording_permission_denied"), 1):
        deliver(workspace, status_event(bot, code, at(number)), when=at(number))
    bot.refresh_from_db()
    return bot


def test_the_host_is_asked_again_on_zoom(recall, workspace):
    bot = denied(workspace, "https://zoom.us/j/93847561234")
    order = ask(bot, Action.ASK)
    recall.answers = [bot_answer(bot_id=str(bot.recall_id))]
    assert carry_out(order).state == Order.State.CONFIRMED
    assert recall.requests[0].url.path.endswith("/request_recording_permission/")


def test_nobody_is_asked_where_nobody_can_be(workspace):
    bot = denied(workspace, "https://meet.google.com/abc-defg-hij")
    assert "In Google Meet nobody is asked" in actions.reason_against(bot, Action.ASK, now=NOW)
    recording = in_call(workspace, link="https://zoom.us/j/93847561234")
    assert "records already" in actions.reason_against(recording, Action.ASK, now=NOW)
