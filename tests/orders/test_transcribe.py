"""A transcript that is asked for: five a minute for a bot, and no leave takes its place."""

import json
import uuid
from datetime import timedelta

import httpx
import pytest

from bots import actions, chores, orders, transcribing
from bots.lifecycle import Action
from bots.models import Bot, Call, News, Order, Recording
from bots.models.order import LOOK_AFTER, PATIENCE
from tests.orders.steps import refusal
from tests.world import NOW, at

pytestmark = pytest.mark.django_db
PROVIDER = {"recallai_async": {"language_code": "auto"}}


@pytest.fixture
def over(bot):
    bot.observe(
        [News("call_ended", at(10)), News("done", at(20))], source=Bot.Source.WEBHOOK, now=at(20)
    )
    return bot


@pytest.fixture
def recording(over):
    return made(over)


def made(bot):
    return Recording.objects.create(
        workspace=bot.workspace,
        bot=bot,
        recall_id=uuid.uuid4(),
        status="done",
        status_at=NOW,
        created_at=NOW,
    )


def ask(recording, seconds=30, token=""):
    return transcribing.ask(recording, PROVIDER, by=None, token=token, now=at(seconds))


def carry_out(order, seconds=30):
    orders.carry_out(order.pk, clock=lambda: at(seconds))
    order.refresh_from_db()
    return order


def artifact(recording, code="processing"):
    return httpx.Response(
        200,
        json={
            "id": str(uuid.uuid4()),
            "recording": {"id": str(recording.recall_id)},
            "created_at": at(31).isoformat(),
            "status": {"code": code, "sub_code": None, "updated_at": at(31).isoformat()},
            "data": {"download_url": None},
            "provider": PROVIDER,
        },
    )


class Vendor:
    """Recall with one answer after another, and what it was asked."""

    def __init__(self, monkeypatch, *answers):
        from bots import conf

        self.answers, self.asked = list(answers), []
        monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(self))

    def __call__(self, request):
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_it_is_done_when_recall_answers_with_what_it_will_be(monkeypatch, recording):
    recall = Vendor(monkeypatch, artifact(recording))
    order = carry_out(ask(recording))
    assert order.state == Order.State.CONFIRMED
    [request] = recall.asked
    assert request.url.path == f"/api/v1/recording/{recording.recall_id}/create_transcript/"
    assert json.loads(request.content) == {"provider": PROVIDER}
    assert request.headers["Idempotency-Key"] == order.key
    file = recording.artifacts.get()
    assert (file.kind, file.status) == ("transcript", "processing")
    assert transcribing.last(recording).is_pending
    recording.bot.refresh_from_db()
    assert recording.bot.refresh_due_at == at(30) + LOOK_AFTER


def test_a_lost_answer_is_asked_for_again_under_the_same_key(monkeypatch, recording):
    recall = Vendor(monkeypatch, httpx.ReadTimeout("late"), artifact(recording))
    order = carry_out(ask(recording))
    assert (order.state, order.in_doubt) == (Order.State.WAITING, True)
    assert carry_out(order, 60).state == Order.State.CONFIRMED
    assert len({request.headers["Idempotency-Key"] for request in recall.asked}) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refusal(404), "does not have this any more"),
        (
            httpx.Response(400, json={"detail": "A recording can have at most 10 transcripts."}),
            "at most 10 transcripts",
        ),
    ],
)
def test_what_recall_refuses_is_a_sentence_at_the_transcript(monkeypatch, recording, answer, words):
    Vendor(monkeypatch, answer)
    assert carry_out(ask(recording)).state == Order.State.REFUSED
    asked = transcribing.last(recording)
    assert (words in asked.sentence, asked.is_pending) == (True, False)


def test_the_sixth_in_a_minute_waits_even_for_another_recording(monkeypatch, over):
    """Recall counts them for the bot, not for the recording."""
    recordings = [made(over) for _ in range(6)]
    Vendor(monkeypatch, *(artifact(each) for each in recordings))
    given = [carry_out(ask(each)) for each in recordings]
    assert [order.state for order in given] == ["confirmed"] * 5 + ["waiting"]
    assert given[5].due_at <= at(30) + timedelta(seconds=61)
    assert carry_out(given[5], 92).state == Order.State.CONFIRMED
    counted = set(Call.objects.values_list("counted", flat=True))
    assert counted == {f"recording_create_transcript_create:{over.recall_id}"}


def test_it_has_time_enough_to_wait_for_its_turn(recording):
    order = ask(recording)
    assert order.expires_at == at(30) + PATIENCE[Action.TRANSCRIBE] > at(30 + 600)


def test_two_recordings_are_not_taken_for_one(over):
    first = ask(made(over))
    with pytest.raises(transcribing.NotNow, match="Another recording"):
        ask(made(over))
    assert over.orders.filter(action=Action.TRANSCRIBE).get() == first


def test_a_leave_and_a_transcript_leave_each_other_alone(monkeypatch, bot):
    """The recording that was stopped first is transcribed while the bot goes on, or goes."""
    recording = made(bot)
    asked = ask(recording)
    leave = actions.order(bot, Action.LEAVE, by=None, now=at(31), confirmed=True)
    asked.refresh_from_db()
    assert asked.state == Order.State.WAITING
    again = ask(recording, 32)
    assert again == asked
    Vendor(monkeypatch, artifact(recording))
    orders.carry_out(asked.pk, clock=lambda: at(33))
    asked.refresh_from_db()
    assert asked.state == Order.State.CONFIRMED
    leave.refresh_from_db()
    assert leave.is_open


def test_the_sweep_finds_one_whose_wake_up_was_lost(recording):
    order = ask(recording)
    assert list(chores.due_orders(at(30), bulk=False)) == [order.pk]
