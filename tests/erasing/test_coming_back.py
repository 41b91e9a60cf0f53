"""Nothing brings back what was deleted: no webhook, replay, look, list or download."""

import json
import uuid

import httpx
import pytest

from bots import conf, deletions, discovery, inbox, orders, sync
from bots.models import Artifact, Bot, Delivery, Erasure, Passage, Recording, Tombstone
from bots.recall import types
from tests.erasing.conftest import JANE, answer_of, filled, ok, over
from tests.orders.steps import bot_answer, carry_out
from tests.world import (
    NOW,
    at,
    deliver,
    event,
    make_bot,
    make_workspace,
    receive,
    recording_event,
    signed,
    status_event,
)

pytestmark = pytest.mark.django_db
What = Erasure.What
State = Delivery.State


@pytest.fixture
def erased(bot, recording, recall):
    recall.answers = [httpx.Response(204)]
    receipt = deletions.ask(bot, recording, What.RECORDING, here=True, by=None, token="f", now=NOW)
    carry_out(receipt.order)
    return Recording.objects.get(pk=recording.pk)


@pytest.fixture
def buried(bot, recording, recall):
    recall.answers = [bot_answer()]
    receipt = deletions.ask(bot, None, What.BOT, here=True, by=None, token="f", now=NOW)
    order = receipt.order
    orders.carry_out(order.pk, clock=lambda: at(1))
    assert not Bot.objects.exists()
    return bot


def assert_nothing_came_back(recording):
    recording.refresh_from_db()
    assert recording.status == "deleted"
    assert not Passage.objects.exists()
    assert not recording.participant_events.exists()
    assert not recording.bot.participants.exists()
    assert not recording.artifacts.exclude(status="deleted").exists()
    assert not recording.artifacts.exclude(data={}).exists()
    assert JANE.encode() not in b"".join(
        bytes(body) for body in Delivery.objects.values_list("body", flat=True)
    )


def artifact_event(bot, recording):
    return event(
        "transcript.done",
        {
            "data": {"code": "done", "sub_code": None, "updated_at": at(200).isoformat()},
            "transcript": {"id": str(uuid.uuid4()), "metadata": {"who": JANE}},
            "recording": {"id": str(recording.recall_id), "metadata": {}},
            "bot": {"id": str(bot.recall_id), "metadata": {}},
        },
    )


def test_a_late_webhook_of_it_is_answered_and_dropped(bot, erased):
    for body in (
        recording_event(bot, str(erased.recall_id), "done", at(200)),
        artifact_event(bot, erased),
    ):
        assert deliver(bot.workspace, body, when=at(210)).state == State.ERASED

    assert_nothing_came_back(erased)


def test_a_webhook_that_comes_again_stays_blank(bot, erased):
    body = artifact_event(bot, erased)
    headers = signed(body, message_id="msg_again")
    for _ in range(2):
        delivery = receive(bot.workspace, headers, body, now=NOW)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.repeats) == (State.ERASED, 1)
    assert_nothing_came_back(erased)


def test_a_replay_of_what_was_blanked_says_nothing(bot, erased):
    for delivery in Delivery.objects.all():
        inbox.replay(delivery, now=at(300))
        delivery.refresh_from_db()
        assert delivery.state == State.ERASED

    assert_nothing_came_back(erased)


def test_a_refresh_does_not_fill_it_again(bot, erased, monkeypatch):
    asked = []

    def play(request):
        asked.append(request.url.path)
        return ok(answer_of(bot, erased))

    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(play))
    bot.want_refresh(at(300))

    assert sync.refresh(bot.pk, clock=lambda: at(301))

    assert asked == [f"/api/v1/bot/{bot.recall_id}/"]  # nothing was downloaded
    assert_nothing_came_back(erased)


def test_a_download_that_was_under_way_keeps_nothing(bot, recording, recall, monkeypatch):
    """Its files are fetched while somebody deletes it."""
    bot.participants.all().delete()
    Recording.objects.update(details_at=None)
    answer = answer_of(bot, recording)

    def play(request):
        if request.url.host == "media.example":
            recording.refresh_from_db()
            if recording.erased_at is None:
                Recording.objects.filter(pk=recording.pk).update(status="deleted")
                deletions.ask(
                    bot, recording, What.RECORDING, here=True, by=None, token="f", now=NOW
                )
            if request.url.path == "/people":
                return ok([{"id": 7, "name": JANE}])
            return ok([{"participant": {"id": 7, "name": JANE}, "words": [
                {"text": "again", "start_timestamp": {"relative": 1.0}}]}])  # fmt: skip
        return ok(answer)

    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(play))
    bot.want_refresh(at(300))
    sync.refresh(bot.pk, clock=lambda: at(301))

    recording.refresh_from_db()
    assert recording.erased_at is not None
    assert_nothing_came_back(recording)


def test_a_list_does_not_fill_it_again(bot, erased):
    bot.take(types.Bot.read(answer_of(bot, erased)), source=Bot.Source.SYNC, now=at(300))

    assert_nothing_came_back(erased)
    assert Artifact.objects.count() == 2


def test_a_deleted_bot_stays_away_when_its_webhooks_come(buried):
    workspace = buried.workspace
    delivery = deliver(workspace, status_event(buried, "done", at(200)), when=at(210))

    assert delivery.state == State.ERASED
    assert delivery.due_at is None
    assert not workspace.bots.exists()
    assert Tombstone.objects.get().heard == 1
    assert b"done" not in bytes(Delivery.objects.get(pk=delivery.pk).body)


def test_a_deleted_bot_is_not_fetched_for_what_was_unmatched(workspace, bot, recording, recall):
    stray = make_bot(workspace)
    delivery = deliver(workspace, status_event(stray, "done", at(1)))
    Delivery.objects.filter(pk=delivery.pk).update(state=State.UNMATCHED, due_at=at(2), bot=None)
    Tombstone.objects.create(workspace=workspace, recall_id=stray.recall_id, at=NOW)
    stray.delete()

    inbox.retry(delivery.pk, now=at(3))

    assert recall.requests == []
    delivery.refresh_from_db()
    assert delivery.state == State.ERASED


def test_a_deleted_bot_is_not_discovered(buried, monkeypatch):
    page = {"results": [answer_of(buried, Recording(recall_id=uuid.uuid4()))], "next": None}
    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(lambda request: ok(page)))
    workspace = buried.workspace

    assert discovery.discover(workspace, clock=lambda: at(9)) == 0
    sync.glance(workspace, clock=lambda: at(9))

    assert not workspace.bots.exists()
    with pytest.raises(discovery.Buried):
        discovery.take_in(workspace, types.Bot.read(page["results"][0]), now=at(9))


def test_a_deleted_bot_leaves_no_name_behind(buried):
    assert Erasure.objects.get().bot is None
    bodies = b"".join(bytes(body) for body in Delivery.objects.values_list("body", flat=True))
    assert str(buried.recall_id).encode() not in bodies
    assert "Weekly review" not in json.dumps(
        list(buried.workspace.audit_events.filter(verb="bot.deleted").values("what", "detail"))
    )


def test_a_tombstone_counts_in_its_own_workspace_only(buried):
    other = make_workspace("globex")
    bot = make_bot(other, recall_id=buried.recall_id)
    over(bot)
    filled(bot)

    assert deliver(other, status_event(bot, "done", at(200))).state == State.OBSERVED
