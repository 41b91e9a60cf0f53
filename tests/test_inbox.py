"""A delivery in, a status change out: kept, observed or refused, and never twice."""

import itertools
import json

import httpx
import pytest
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from bots import conf, inbox
from bots.lifecycle import Phase
from bots.models import Bot, Change, Delivery, Recording, StatusChange, Workspace
from bots.recall.webhooks import NotFromRecall
from tests.world import (
    NOW,
    at,
    deliver,
    elsewhere,
    event,
    make_bot,
    make_workspace,
    receive,
    recording_event,
    signed,
    status_event,
)

pytestmark = pytest.mark.django_db
OTHER_SECRET = "whsec_dGVzdC1yZWNhbGwtc2VjcmV0"
RECORDING = "7c3e0c7e-5d84-4bb8-a4a7-7d1ec8a4c001"


@pytest.fixture
def workspace():
    return make_workspace()


@pytest.fixture
def bot(workspace):
    return make_bot(workspace)


@pytest.mark.parametrize("family", ["webhook", "svix"])
def test_it_moves_the_timeline(workspace, bot, family):
    delivery = deliver(workspace, status_event(bot, "in_waiting_room", at(3)), family=family)
    bot.refresh_from_db()
    assert (bot.phase, delivery.state) == (Phase.WAITING, "observed")
    change = bot.status_changes.get()
    assert (change.source, change.delivery, change.at) == ("webhook", delivery, at(3))
    assert Change.objects.filter(bot_id=bot.pk).exists()
    workspace.refresh_from_db()
    assert workspace.last_delivery_at == NOW


def test_it_takes_a_repeat_in_silence(workspace, bot):
    body = status_event(bot, "in_waiting_room", at(3))
    first = deliver(workspace, body, message_id="msg_same")
    told = Change.objects.count()
    again = deliver(workspace, body, message_id="msg_same", when=at(5))
    assert (again.pk, again.repeats) == (first.pk, 1)
    assert (StatusChange.objects.count(), Change.objects.count()) == (1, told)


def test_it_asks_for_a_look_at_recall_once_for_a_burst(workspace, bot):
    for seconds, code in enumerate(["joining_call", "in_waiting_room", "in_call_not_recording"]):
        deliver(workspace, status_event(bot, code, at(seconds)), when=at(seconds))
    bot.refresh_from_db()
    assert bot.refresh_due_at == NOW + inbox.BURST


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"secret": OTHER_SECRET}, "bad_signature"),
        ({"when": at(-301)}, "stale"),
        ({"when": at(301)}, "stale"),
    ],
)
def test_it_refuses_what_recall_did_not_sign(workspace, bot, change, reason):
    body = status_event(bot, "done", NOW)
    with pytest.raises(NotFromRecall) as refused:
        receive(workspace, signed(body, **change), body, now=NOW)
    assert refused.value.reason == reason
    assert not Delivery.objects.exists()
    workspace.refresh_from_db()
    assert workspace.last_refusal == refused.value.sentence


@pytest.mark.parametrize("seconds", [-299, 299])
def test_it_accepts_a_clock_that_is_a_little_off(workspace, bot, seconds):
    body = status_event(bot, "done", NOW)
    assert receive(workspace, signed(body, when=at(seconds)), body, now=NOW).pk


def test_it_notes_refusals_once_in_five_minutes(workspace, django_assert_num_queries):
    for seconds in (0, 10, 299, 301):
        with pytest.raises(NotFromRecall):
            receive(workspace, {}, b"{}", now=at(seconds))
    workspace.refresh_from_db()
    assert workspace.last_refused_at == at(301)


def test_it_does_no_more_than_look_up_secrets_for_a_stranger(workspace, connection_of_default):
    with (
        CaptureQueriesContext(connection_of_default) as queries,
        pytest.raises(NotFromRecall),
    ):
        receive(workspace, {}, b"{}", now=NOW)
    assert len(queries) == 3  # the workspace, its secrets, and the throttled mark


@pytest.fixture
def connection_of_default():
    from django.db import connection

    return connection


def test_it_accepts_old_and_new_secret_for_a_day(workspace, bot):
    workspace.replace_webhook_secret(OTHER_SECRET, now=NOW)
    body = status_event(bot, "joining_call", NOW)
    deliver(workspace, body, when=at(86_000))
    deliver(workspace, body, when=at(86_000), secret=OTHER_SECRET)
    with pytest.raises(NotFromRecall):
        deliver(workspace, body, when=at(86_401))


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"null", b"NaN", b"[" * 100_000, b'"x"', b'{"event": 7}']
)
def test_it_keeps_what_is_signed_but_unreadable(workspace, body):
    delivery = deliver(workspace, body)
    assert delivery.state == "unreadable"
    assert delivery.error
    assert bytes(Delivery.objects.get().body) == body


@pytest.mark.parametrize("name", ["bot.sang_a_song", "unheard.of"])
def test_it_keeps_events_that_nobody_has_heard_of(workspace, bot, name):
    body = event(name, {"data": {"code": "sang_a_song"}, "bot": {"id": str(bot.recall_id)}})
    assert deliver(workspace, body).state in {"observed", "unknown"}


def test_it_parks_news_of_a_bot_it_does_not_know(workspace, bot):
    stranger = Bot(recall_id="00000000-0000-4000-8000-000000000001")
    delivery = deliver(workspace, status_event(stranger, "joining_call", NOW))
    assert (delivery.state, delivery.due_at) == ("unmatched", NOW)


def test_it_never_touches_a_bot_of_another_workspace(workspace):
    foreign = make_bot(make_workspace("rival", secret=OTHER_SECRET))
    delivery = deliver(workspace, status_event(foreign, "done", NOW))
    assert delivery.state == "unmatched"
    foreign.refresh_from_db()
    assert foreign.code == ""
    assert not StatusChange.objects.exists()


def test_it_reads_the_legacy_format(workspace, bot):
    body = event(
        "bot.status_change",
        {
            "bot_id": str(bot.recall_id),
            "status": {
                "code": "call_ended",
                "created_at": "2026-11-20T12:00:03Z",
                "sub_code": "bot_kicked_from_call",
                "message": "Removed by the host",
            },
        },
    )
    assert deliver(workspace, body).state == "observed"
    change = bot.status_changes.get()
    assert (change.code, change.sub_code, change.message) == (
        "call_ended",
        "bot_kicked_from_call",
        "Removed by the host",
    )


def test_it_shows_paused_from_the_recordings_own_news(workspace, bot):
    deliver(workspace, status_event(bot, "in_call_recording", at(0)))
    deliver(workspace, recording_event(bot, RECORDING, "processing", at(0)))
    deliver(workspace, status_event(bot, "in_call_not_recording", at(10)))
    bot.refresh_from_db()
    assert bot.phase == Phase.IN_CALL
    deliver(workspace, recording_event(bot, RECORDING, "paused", at(10)))
    bot.refresh_from_db()
    assert bot.phase == Phase.PAUSED


def test_it_keeps_the_delivery_when_observing_breaks_and_replays_it(workspace, bot, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(Bot, "observe_held", lambda *args, **kwargs: 1 / 0)
        delivery = deliver(workspace, status_event(bot, "done", NOW))
    assert (delivery.state, delivery.attempts) == ("failed", 1)
    assert "ZeroDivisionError" in delivery.error
    assert delivery.due_at > NOW
    assert inbox.retry(delivery.pk, now=NOW) is None
    retried = inbox.retry(delivery.pk, now=delivery.due_at)
    assert (retried.state, retried.error, retried.due_at) == ("observed", "", None)
    bot.refresh_from_db()
    assert bot.code == "done"


def test_it_gives_up_after_ten_times_and_still_replays(workspace, bot, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(Bot, "observe_held", lambda *args, **kwargs: 1 / 0)
        delivery = deliver(workspace, status_event(bot, "done", NOW))
        for _ in range(9):
            delivery = inbox.retry(delivery.pk, now=delivery.due_at)
    assert (delivery.state, delivery.due_at) == ("parked", None)
    assert inbox.replay(delivery, now=NOW).state == "observed"


@pytest.mark.parametrize("bot_id", ["", "not-an-id", 7, None, {"x": 1}])
def test_it_keeps_a_bot_id_that_is_none(workspace, bot_id):
    body = json.dumps(
        {"event": "bot.done", "data": {"data": {"code": "done"}, "bot": {"id": bot_id}}}
    ).encode()
    assert deliver(workspace, body).state == "unknown"


def test_it_comes_to_one_timeline_from_any_order_of_webhooks(workspace):
    story = [("joining_call", 1), ("in_call_not_recording", 5), ("call_ended", 9), ("done", 12)]
    ends = set()
    for order in itertools.permutations(story):
        bot = make_bot(workspace)
        for code, seconds in order:
            deliver(workspace, status_event(bot, code, at(seconds)))
        bot.refresh_from_db()
        codes = tuple(bot.status_changes.order_by("at").values_list("code", flat=True))
        ends.add((bot.code, bot.phase, bot.outcome, codes))
    assert ends == {("done", "finished", "nothing_recorded", tuple(code for code, _ in story))}


def test_it_marks_only_its_own_workspace(workspace, bot):
    make_workspace("rival", secret=OTHER_SECRET)
    deliver(workspace, status_event(bot, "done", NOW))
    assert Workspace.objects.get(slug="rival").last_delivery_at is None


@pytest.mark.django_db(transaction=True)
def test_it_and_a_look_at_recall_do_not_wait_for_each_other(workspace, bot):
    """A look has begun to write about the bot, and comes to its recording while we do, too."""
    deliver(workspace, recording_event(bot, RECORDING, "processing", at(1)))
    paused = recording_event(bot, RECORDING, "paused", at(2))
    with transaction.atomic():
        Bot.objects.filter(pk=bot.pk).hold()
        webhook = elsewhere(lambda: deliver(workspace, paused))
        Recording.objects.update(expires_at=at(600))
    assert webhook.result(10).state == "observed"
    assert Recording.objects.get().status == "paused"


@pytest.fixture
def recall(monkeypatch):
    """What Recall answers to every question; counts them."""

    class Recall:
        answer = httpx.Response(404, json={})
        asked = 0

        def __call__(self, request):
            self.asked += 1
            return self.answer

    recall = Recall()
    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(recall))
    return recall


@pytest.fixture
def unmatched(workspace):
    stranger = Bot(recall_id="00000000-0000-4000-8000-000000000001")
    return [
        deliver(workspace, status_event(stranger, code, at(seconds)))
        for seconds, code in enumerate(["joining_call", "in_waiting_room"])
    ]


def test_it_fetches_an_unknown_bot_once(unmatched, recall):
    bot_id = "00000000-0000-4000-8000-000000000001"
    recall.answer = httpx.Response(200, json={"id": bot_id, "status_changes": []})
    assert [inbox.retry(one.pk, now=at(5)).state for one in unmatched] == ["observed"] * 2
    assert recall.asked == 1
    assert Bot.objects.get().phase == Phase.WAITING


@pytest.mark.parametrize(("status", "quiet_s"), [(401, 600), (429, 60)])
def test_it_leaves_recall_in_peace_where_it_is_not_welcome(unmatched, recall, status, quiet_s):
    recall.answer = httpx.Response(status, json={}, headers={"Retry-After": "60"})
    for one in unmatched:
        inbox.retry(one.pk, now=at(5))
    assert recall.asked == 1
    last = Delivery.objects.get(pk=unmatched[-1].pk)
    assert (last.state, last.due_at) == ("unmatched", at(5 + quiet_s))


def test_it_gives_up_a_bot_that_cannot_be_brought_in(unmatched, monkeypatch):
    monkeypatch.setattr(inbox.sync, "fetch", lambda *args, **kwargs: 1 / 0)
    delivery = unmatched[0]
    for _ in range(30):
        if delivery.due_at is None:
            break
        delivery = inbox.retry(delivery.pk, now=delivery.due_at)
    assert (delivery.state, delivery.due_at) == ("parked", None)
    assert "ZeroDivisionError" in delivery.error
