"""What was recorded is deleted at Recall once, and then here, whatever Recall answers."""

from datetime import timedelta

import httpx
import pytest

from bots import deletions, removal
from bots.deletions import NotNow
from bots.lifecycle import Action
from bots.models import AuditEvent, Delivery, Erasure, Order, Participant, Passage, Verb
from tests.erasing.conftest import filled
from tests.orders.steps import bot_answer, carry_out, refusal
from tests.world import NOW, at, make_bot

pytestmark = pytest.mark.django_db
What = Erasure.What
GONE = httpx.Response(204)


def ask(bot, recording, what=What.RECORDING, *, here=True, token="form-1", by=None):
    return deletions.ask(bot, recording, what, here=here, by=by, token=token, now=NOW)


def kept(recording):
    mine = recording.bot.recordings.filter(pk=recording.pk)
    return {words: n for n, words in removal.count(mine)}


def test_it_keeps_all_that_is_here_until_recall_has_taken_it(bot, recording, recall):
    receipt = ask(bot, recording)

    assert receipt.is_open
    assert kept(recording) == {
        "passages of transcript": 2,
        "chat message": 1,
        "participant event": 1,
        "participants": 2,
        "raw delivery": 1,
    }


def test_it_deletes_one_recording_at_recall_and_here(bot, recording, recall, alice):
    other = filled(bot, "Somebody Else", "", number=2)
    receipt = ask(bot, recording, by=alice)
    recall.answers = [GONE]

    order = carry_out(receipt.order)

    [request] = recall.requests
    assert (request.method, request.url.path) == (
        "DELETE", f"/api/v1/recording/{recording.recall_id}/",
    )  # fmt: skip
    assert order.state == Order.State.CONFIRMED
    receipt.refresh_from_db()
    assert (receipt.answer, receipt.done_at) == (deletions.DELETED, at(1))
    assert removal.in_words(receipt.counts) == [
        "2 files at Recall",
        "2 passages of transcript",
        "1 chat message",
        "1 participant event",
        "2 participants",
        "1 raw delivery",
    ]
    recording.refresh_from_db()
    assert (recording.status, recording.erased_at) == ("deleted", at(1))
    assert kept(recording) == {}
    assert kept(other)["passages of transcript"] == 2
    assert set(Participant.objects.values_list("name", flat=True)) == {
        "Somebody Else", "Bob Other",
    }  # fmt: skip
    said = AuditEvent.objects.get(verb=Verb.RECORDINGS_DELETED)
    assert (said.by, said.kind, said.target_id) == (alice, "recording", recording.pk)
    assert "2 passages of transcript" in said.detail["gone"]


def test_it_deletes_all_of_a_bot_with_one_call(bot, recording, recall):
    filled(bot, "Somebody Else", "", number=2)
    receipt = ask(bot, None, What.MEDIA)
    recall.answers = [bot_answer()]

    carry_out(receipt.order)

    assert recall.requests[0].url.path == f"/api/v1/bot/{bot.recall_id}/delete_media/"
    assert recall.keys == [receipt.order.key]
    assert not Passage.objects.exists()
    assert not Participant.objects.exists()
    assert all(each.erased_at for each in bot.recordings.all())


def test_it_leaves_what_is_kept_here_where_that_was_asked_for(bot, recording, recall):
    receipt = ask(bot, recording, here=False)
    recall.answers = [GONE]

    carry_out(receipt.order)

    recording.refresh_from_db()
    assert (recording.status, recording.erased_at) == ("deleted", None)
    assert kept(recording)["passages of transcript"] == 2


def test_it_erases_afterwards_what_was_left(bot, recording, recall):
    recall.answers = [GONE]
    carry_out(ask(bot, recording, here=False).order)

    receipt = ask(bot, recording, token="form-2")

    assert receipt.order is None
    assert receipt.answer == deletions.DELETED_BEFORE
    assert kept(recording) == {}


def test_it_takes_404_for_done(bot, recording, recall):
    receipt = ask(bot, recording)
    recall.answers = [refusal(404, "not_found")]

    order = carry_out(receipt.order)

    receipt.refresh_from_db()
    assert (order.state, receipt.answer) == (Order.State.CONFIRMED, deletions.DELETED_BEFORE)
    assert kept(recording) == {}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(429, headers={"Retry-After": "7"}),
        httpx.ConnectError("no route"),
        refusal(503),
        refusal(409),
        httpx.ReadTimeout("silence"),
    ],
    ids=["429", "unreachable", "503", "409", "silence"],
)
def test_it_comes_again_where_recall_can_not_be_had_now(bot, recording, recall, answer):
    receipt = ask(bot, recording)
    recall.answers = [answer, answer, answer, GONE]

    order = carry_out(receipt.order)

    assert order.state == Order.State.WAITING
    assert kept(recording)["passages of transcript"] == 2
    recall.answers = [refusal(404)]  # an attempt of unknown outcome had deleted it
    bot.workspace.refresh_from_db()
    order = carry_out(order, seconds=120)
    assert order.state == Order.State.CONFIRMED
    assert kept(recording) == {}


def test_it_says_so_when_it_gives_up_after_a_day(bot, recording, recall):
    receipt = ask(bot, recording)
    recall.answers = [httpx.ConnectError("no route")]
    carry_out(receipt.order)

    order = carry_out(receipt.order, seconds=25 * 3600)

    assert order.state == Order.State.EXPIRED
    receipt = Erasure.objects.get(pk=receipt.pk)
    assert "can't be reached" in receipt.problem
    assert kept(recording)["passages of transcript"] == 2


def test_it_is_told_what_recall_refuses_and_can_be_tried_again(bot, recording, recall):
    receipt = ask(bot, recording)
    recall.answers = [refusal(400, "nope"), GONE]
    carry_out(receipt.order)

    receipt = Erasure.objects.get(pk=receipt.pk)
    assert not receipt.is_open
    assert receipt.problem
    carry_out(ask(bot, recording, token="form-2").order, seconds=10)
    assert kept(recording) == {}


def test_the_same_form_is_one_deed(bot, recording, recall):
    assert ask(bot, recording).pk == ask(bot, recording).pk
    assert bot.orders.filter(action=Action.DELETE).count() == 1


def test_it_does_one_thing_after_another(bot, recording, recall):
    other = filled(bot, "Somebody Else", "", number=2)
    ask(bot, recording)

    with pytest.raises(NotNow, match="Something else of this bot"):
        ask(bot, other, token="form-2")


def test_it_does_not_delete_what_still_runs(workspace, a_bot):
    bot = a_bot("joining_call", "in_call_recording", paused=True)

    with pytest.raises(NotNow, match="still runs"):
        ask(bot, bot.recordings.get())
    with pytest.raises(NotNow, match="still at work"):
        ask(bot, None, What.MEDIA)


def test_it_deletes_nothing_twice(bot, recording, recall):
    recall.answers = [GONE]
    carry_out(ask(bot, recording).order)

    with pytest.raises(NotNow, match="deleted already"):
        ask(bot, recording, token="form-2")


def test_it_does_not_stand_in_the_way_of_a_leave(bot, recording, recall):
    receipt = ask(bot, recording)
    bot.orders.create(
        action=Action.LEAVE, state=Order.State.CONFIRMED, created_at=NOW, due_at=NOW,
        expires_at=NOW,
    )  # fmt: skip
    recall.answers = [GONE]

    assert carry_out(receipt.order).state == Order.State.CONFIRMED


def test_a_worker_that_was_killed_after_the_call_leaves_it_to_the_next(bot, recording, recall):
    receipt = ask(bot, recording)
    Order.objects.claim(receipt.order.pk, NOW, timedelta(seconds=45))
    recall.answers = [refusal(404)]

    order = carry_out(receipt.order, seconds=60)

    assert order.state == Order.State.CONFIRMED
    assert kept(recording) == {}


def test_it_blanks_what_was_delivered(bot, recording, recall):
    recall.answers = [GONE]
    carry_out(ask(bot, recording).order)

    [delivery] = Delivery.objects.all()
    assert delivery.state == Delivery.State.ERASED
    assert str(recording.recall_id).encode() not in bytes(delivery.body)


def test_it_deletes_a_bot_that_recall_never_had_at_once(workspace):
    bot = make_bot(workspace, recall_id=None, failure="Refused.", phase="failed")

    receipt = deletions.ask(bot, None, What.BOT, here=True, by=None, token="x", now=NOW)

    assert receipt.answer == deletions.NEVER_THERE
    assert not workspace.bots.exists()
