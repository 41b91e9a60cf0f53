"""What can befall a webhook on its way, one fault at a time."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from bots import conf, inbox
from bots.models import Bot, Delivery, StatusChange, WebhookSecret
from bots.recall.webhooks import NotFromRecall
from tests.world import (
    NOW,
    SECRET,
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

OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
RECORDING = "7c3e0c7e-5d84-4bb8-a4a7-7d1ec8a4c001"
pytestmark = pytest.mark.django_db
for_threads = pytest.mark.django_db(transaction=True)


@pytest.fixture
def workspace():
    return make_workspace()


@pytest.fixture
def bot(workspace):
    return make_bot(workspace)


def in_threads(count, work, jobs):
    """What `work` gives for each job, done by so many threads with connections of their own."""

    def alone(job):
        try:
            return work(job)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(alone, jobs))


def post(workspace, body, headers):
    address = f"/webhooks/recall/{workspace.webhook_token}/"
    return Client().post(address, body, content_type="application/json", headers=headers)


@for_threads
def test_sixteen_doubles_at_once_are_one(workspace, bot):
    body = status_event(bot, "in_waiting_room", timezone.now())
    headers = signed(body, when=timezone.now(), message_id="msg_same")
    answers = in_threads(16, lambda _: post(workspace, body, headers).status_code, range(16))
    assert answers == [204] * 16
    delivery = Delivery.objects.get()
    assert (delivery.repeats, delivery.state) == (15, "observed")
    assert StatusChange.objects.count() == 1


@for_threads
def test_sixteen_messages_of_one_change_at_once_make_one_entry(workspace, bot):
    """As when an address was entered twice in Recall's dashboard."""
    body = status_event(bot, "in_waiting_room", timezone.now())
    send = lambda _: post(workspace, body, signed(body, when=timezone.now()))  # noqa: E731
    assert {answer.status_code for answer in in_threads(16, send, range(16))} == {204}
    assert (Delivery.objects.count(), StatusChange.objects.count()) == (16, 1)


@for_threads
def test_a_burst_after_an_outage_is_kept_whole(workspace):
    """Sixty bots' webhooks, shuffled and some doubled, from eight senders at once."""
    story = ["joining_call", "in_waiting_room", "in_call_not_recording", "in_call_recording"]
    began = timezone.now() - timedelta(minutes=30)
    bots = [make_bot(workspace, created_at=began) for _ in range(60)]
    letters = []
    for bot in bots:
        for n, code in enumerate([*story, "call_ended", "done"]):
            body = status_event(bot, code, began + timedelta(seconds=5 * n))
            letters.append((body, f"msg_{bot.pk}_{n}"))
    dice = random.Random(4)
    letters += dice.sample(letters, 90)
    dice.shuffle(letters)

    def send(letter):
        body, message_id = letter
        headers = signed(body, when=timezone.now(), message_id=message_id)
        answer = post(workspace, body, headers)
        while answer.status_code == 503:  # Recall sends it again
            answer = post(workspace, body, headers)
        return answer.status_code

    assert set(in_threads(8, send, letters)) == {204}
    assert Delivery.objects.filter(state="observed").count() == 360
    assert not Delivery.objects.due(timezone.now()).exists()
    assert StatusChange.objects.count() == 360
    assert set(Bot.objects.values_list("phase", flat=True)) == {"finished"}


@pytest.mark.parametrize("late_s", [299, 300, -299, -300])
def test_a_replay_within_five_minutes_changes_nothing(workspace, bot, late_s):
    body = status_event(bot, "in_waiting_room", NOW)
    headers = signed(body, when=NOW, message_id="msg_caught")
    first = receive(workspace, headers, body, now=NOW)
    again = receive(workspace, headers, body, now=at(late_s))
    assert (again.pk, again.repeats) == (first.pk, 1)
    assert StatusChange.objects.count() == 1


@pytest.mark.parametrize("late_s", [301, -301, 360, -360])
def test_a_replay_after_five_minutes_is_refused(workspace, bot, late_s):
    body = status_event(bot, "in_waiting_room", NOW)
    headers = signed(body, when=NOW, message_id="msg_caught")
    receive(workspace, headers, body, now=NOW)
    with pytest.raises(NotFromRecall) as refused:
        receive(workspace, headers, body, now=at(late_s))
    assert refused.value.reason == "stale"
    assert Delivery.objects.get().repeats == 0


def test_what_comes_hours_late_joins_the_history(workspace, bot):
    """Recall tries for 27.6 hours, and signs each attempt anew."""
    deliver(workspace, status_event(bot, "done", at(600)), when=at(601))
    deliver(workspace, status_event(bot, "in_waiting_room", at(3)), when=at(27 * 3600))
    bot.refresh_from_db()
    assert (bot.code, bot.phase) == ("done", "finished")
    assert [c.code for c in bot.status_changes.order_by("at")] == ["in_waiting_room", "done"]


MALFORMED = {
    "cut off": b"{",
    "a list": b"[]",
    "null": b"null",
    "not a number": b"NaN",
    "100,000 deep": b"[" * 100_000,
    "no event": b"{}",
    "another event": b'{"event": ["bot.done"]}',
    "invalid UTF-8": b'{"event": "bot.\xc3\x28"}',
    "bytes": b"\xff\xfe\x00",
    "nothing": b"",
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_what_is_signed_but_malformed_is_kept_as_it_came(workspace, body):
    headers = signed(body, when=timezone.now())
    assert post(workspace, body, headers).status_code == 204
    kept = Delivery.objects.get()
    assert (kept.state, kept.due_at, bytes(kept.body)) == ("unreadable", None, body)
    assert kept.error


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_what_is_malformed_and_not_signed_is_refused(workspace, body):
    assert post(workspace, body, {}).status_code == 401
    assert not Delivery.objects.exists()


def test_of_two_keys_of_one_name_the_last_counts(workspace, bot):
    body = status_event(bot, "done", at(5)).replace(
        b'{"event": "bot.done"', b'{"event": "bot.fatal", "event": "bot.done"'
    )
    delivery = deliver(workspace, body)
    bot.refresh_from_db()
    assert (delivery.event, delivery.state, bot.code) == ("bot.done", "observed", "done")


def test_nul_in_every_word_reaches_no_column(workspace, bot):
    told = json.loads(status_event(bot, "call_ended", at(5), sub_code="bot_\0kicked"))
    told["data"]["data"]["message"] = "a\0b"
    told["data"]["bot"]["metadata"] = {"ti\0tle": "x\0y"}
    body = json.dumps(told).encode()
    assert b"\\u0000" in body
    assert deliver(workspace, body).state == "observed"
    change = bot.status_changes.get()
    assert (change.sub_code, change.message) == ("bot_kicked", "ab")


def test_a_secret_of_another_workspace_opens_nothing(workspace, bot):
    rival = make_workspace("rival", secret=OTHER_SECRET)
    body = status_event(bot, "done", NOW)
    for place, secret in ((workspace, OTHER_SECRET), (rival, SECRET)):
        with pytest.raises(NotFromRecall):
            deliver(place, body, secret=secret)
    assert not Delivery.objects.exists()


def test_a_bot_of_another_workspace_is_not_touched_and_not_fetched_into(workspace, monkeypatch):
    """Signed by our own secret, about their bot: Recall does not know it by our key."""
    rival = make_workspace("rival", secret=OTHER_SECRET)
    theirs = make_bot(rival)
    keys = []

    def recall(request):
        keys.append(request.headers["Authorization"])
        return httpx.Response(404, json={})

    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(recall))
    delivery = deliver(workspace, status_event(theirs, "done", NOW))
    inbox.retry(delivery.pk, now=at(1))
    theirs.refresh_from_db()
    assert (theirs.code, theirs.status_changes.count()) == ("", 0)
    assert keys == [f"Token {workspace.api_key:s}"]
    assert not workspace.bots.exists()


def test_both_secrets_count_while_they_change_and_then_the_new_one_alone(workspace, bot):
    old = workspace.secrets.get()
    new = workspace.replace_webhook_secret(OTHER_SECRET, now=NOW)
    body = status_event(bot, "joining_call", NOW)
    for when, secret in ((at(60), SECRET), (at(120), OTHER_SECRET), (at(86_399), SECRET)):
        deliver(workspace, body, when=when, secret=secret)
    with pytest.raises(NotFromRecall):
        deliver(workspace, body, when=at(86_401), secret=SECRET)
    deliver(workspace, body, when=at(86_402), secret=OTHER_SECRET)
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.last_used_at, new.last_used_at) == (at(86_399), at(86_402))


@pytest.mark.parametrize("known", [SECRET, OTHER_SECRET])
def test_one_of_several_signatures_is_enough(workspace, bot, known):
    workspace.secrets.all().delete()
    workspace.secrets.create(secret=known)
    body = status_event(bot, "joining_call", NOW)
    headers = signed(body)
    more = signed(body, secret=OTHER_SECRET, message_id=headers["webhook-id"])
    headers["webhook-signature"] += f" v1a,AAAA {more['webhook-signature']}"
    assert receive(workspace, headers, body, now=NOW).state == "observed"


def test_that_a_secret_signs_is_noted_once_a_minute(workspace, bot):
    body = status_event(bot, "joining_call", NOW)
    noted = []
    for seconds in (0, 30, 59, 60, 61, 125):
        deliver(workspace, body, when=at(seconds))
        noted.append(WebhookSecret.objects.get().last_used_at)
    assert noted == [at(0), at(0), at(0), at(60), at(60), at(125)]


HOSTILE = [
    "v1",
    "v1,",
    ",",
    ",,",
    "v1,a,b",
    "v1 ,abcd",
    "v1,not base64!",
    "v1,QUJD",
    "v1,QUJD=",
    "v1a,QUJD",
    "v2,QUJD",
    "V1,QUJD",
    "v1,\u00e9",
    "  ",
    " v1,QUJD  v1,QUJD ",
    " ".join(["v1,QUJD"] * 10_000),
    "v1," + "A" * 100_000,
    "%00",
    "v1,;DROP TABLE",
    "\t",
]


@pytest.mark.parametrize("signature", HOSTILE, ids=range(1, len(HOSTILE) + 1))
@pytest.mark.parametrize("family", ["webhook", "svix"])
def test_hostile_signatures_are_refused_and_write_nothing(workspace, bot, family, signature):
    body = status_event(bot, "done", timezone.now())
    headers = signed(body, when=timezone.now(), family=family)
    answer = post(workspace, body, headers | {f"{family}-signature": signature})
    assert answer.status_code == 401
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("part", ["id", "timestamp", "signature"])
def test_the_families_of_headers_are_never_mixed(workspace, bot, part):
    body = status_event(bot, "done", NOW)
    old, new = signed(body, family="svix", message_id="m"), signed(body, message_id="m")
    mixed = {name: value for name, value in new.items() if name != f"webhook-{part}"}
    mixed[f"svix-{part}"] = old[f"svix-{part}"]
    with pytest.raises(NotFromRecall) as refused:
        receive(workspace, mixed, body, now=NOW)
    assert refused.value.reason == "no_signature"
    assert receive(workspace, {**new, **old}, body, now=NOW).state == "observed"


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("bot.sang_a_song", "observed"),
        ("recording.shredded", "observed"),
        ("hologram.done", "unknown"),
        ("calendar.update", "kept"),
        ("bot.log", "kept"),
        ("transcript.data", "kept"),
    ],
)
def test_events_and_codes_that_nobody_has_heard_of_are_kept(workspace, bot, name, state):
    data = {
        "data": {"code": "sang_a_song", "updated_at": at(3).isoformat(), "new": {"field": [1]}},
        "recording": {"id": RECORDING},
        "bot": {"id": str(bot.recall_id), "surprise": True},
        "more": None,
    }
    body = json.dumps({"event": name, "data": data, "top": "level"}).encode()
    assert deliver(workspace, body).state == state
    if name == "bot.sang_a_song":
        bot.refresh_from_db()
        assert (bot.code, bot.phase) == ("sang_a_song", "unknown")


def test_an_artifact_is_kept_whose_recording_was_not_heard_of(workspace, bot):
    body = event(
        "video_mixed.done",
        {
            "data": {"code": "done", "sub_code": None, "updated_at": at(9).isoformat()},
            "video_mixed": {"id": "00000000-0000-4000-8000-000000000007"},
            "recording": {"id": RECORDING},
            "bot": {"id": str(bot.recall_id)},
        },
    )
    deliver(workspace, body)
    recording = bot.recordings.get()
    assert (recording.status, recording.artifacts.get().status) == ("", "done")
    deliver(workspace, recording_event(bot, RECORDING, "processing", at(2)))
    recording.refresh_from_db()
    assert (recording.status, recording.created_at) == ("processing", at(2))


def test_a_pause_that_comes_late_does_not_pause_again(workspace, bot):
    for status, second in (("processing", 0), ("processing", 20), ("paused", 10)):
        deliver(workspace, recording_event(bot, RECORDING, status, at(second)))
    assert bot.recordings.get().status == "processing"


def test_news_without_a_time_is_observed_once_however_often_it_is_replayed(workspace, bot):
    body = event("bot.done", {"data": {"code": "done"}, "bot": {"id": str(bot.recall_id)}})
    delivery = deliver(workspace, body)
    inbox.replay(delivery, now=at(500))
    assert bot.status_changes.get().at == NOW


def test_a_webhook_for_a_deleted_bot_is_parked_after_seven_days(workspace, bot, monkeypatch):
    nothing = httpx.MockTransport(lambda request: httpx.Response(404, json={}))
    monkeypatch.setattr(conf, "transport", lambda: nothing)
    body = status_event(bot, "done", NOW)
    bot.delete()
    delivery = deliver(workspace, body)
    looks = 0
    while delivery.due_at is not None:
        when = delivery.due_at
        delivery = inbox.retry(delivery.pk, now=when)
        looks += 1
    assert delivery.state == "parked"
    assert timedelta(days=7) < when - NOW < timedelta(days=7, hours=7)
    assert looks < 50


def test_a_webhook_for_a_deleted_workspace_finds_nobody(workspace, bot):
    body = status_event(bot, "done", timezone.now())
    bot.delete()
    workspace.delete()
    answer = post(workspace, body, signed(body, when=timezone.now()))
    assert answer.status_code == 404
    assert not Delivery.objects.exists()
