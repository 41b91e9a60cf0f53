"""Webhooks: signed, once for each happening, on Recall's retry schedule, troubled on request."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from svix.webhooks import Webhook, WebhookVerificationError

from bots.recall.client import Recall
from bots.sandbox.models import Attempt, Message

from .conftest import MEET, SECRET, Inbox, Time

pytestmark = pytest.mark.django_db(databases=["default", "sandbox"])

NEWER = "whsec_dGVzdC1yZWNhbGwtc2VjcmV0"
HOOK = "http://testserver/webhooks/recall/x/"
Tick = Callable[[float], list[str]]
Setup = Callable[..., Any]


@pytest.fixture
def setup(http: Callable[..., httpx.Response], time: Time) -> Setup:
    def put(**body: Any) -> Any:
        answer = http("PUT", "control/workspace/", json={"webhook_url": HOOK} | body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return put


@pytest.fixture
def sent(recall: Recall, setup: Setup) -> str:
    """A bot whose webhooks are listened to."""
    setup(secret=SECRET)
    return recall.create_bot({"meeting_url": MEET}, idempotency_key="send-it-now").id


@pytest.mark.parametrize("family", ["webhook", "svix"])
def test_an_independent_library_accepts_its_signatures(
    family: str, sent: str, setup: Setup, tick: Tick, inbox: Inbox
) -> None:
    setup(settings={"headers": family})
    tick(5)
    request = inbox.requests[0]
    assert Webhook(SECRET).verify(request.content, dict(request.headers))
    assert request.headers[f"{family}-id"].startswith("msg_")
    with pytest.raises(WebhookVerificationError):
        Webhook(NEWER).verify(request.content, dict(request.headers))


def test_it_signs_with_both_secrets_while_they_change(
    sent: str, setup: Setup, tick: Tick, inbox: Inbox
) -> None:
    setup(secrets=[NEWER, SECRET])
    tick(5)
    request = inbox.requests[0]
    assert len(request.headers["webhook-signature"].split()) == 2
    for secret in (SECRET, NEWER):
        assert Webhook(secret).verify(request.content, dict(request.headers))


def test_it_signs_nothing_without_a_secret(
    recall: Recall, setup: Setup, tick: Tick, inbox: Inbox
) -> None:
    setup(secrets=[])
    recall.create_bot({"meeting_url": MEET}, idempotency_key="send-it-now")
    tick(5)
    assert "webhook-signature" not in inbox.requests[0].headers


def test_it_says_everything_once(sent: str, tick: Tick, inbox: Inbox) -> None:
    for _ in range(60):
        tick(1)
    tick(3600)
    assert len(inbox.names) == len({json.dumps(event) for event in inbox.events})
    assert inbox.names.count("bot.in_call_recording") == 1
    assert {"bot.done", "recording.done", "video_mixed.done"} <= set(inbox.names)


def test_it_says_nothing_of_what_was_before(
    recall: Recall, setup: Setup, tick: Tick, time: Time
) -> None:
    recall.create_bot({"meeting_url": MEET}, idempotency_key="send-it-now")
    tick(60)
    time.pass_(60)
    setup(secret=SECRET)
    assert tick(3) == []


def test_each_address_gets_what_it_wants(
    recall: Recall, setup: Setup, tick: Tick, inbox: Inbox
) -> None:
    other = "http://testserver/other/"
    setup(webhooks=[{"url": HOOK}, {"url": other, "events": ["bot.in_waiting_room"]}])
    recall.create_bot({"meeting_url": MEET}, idempotency_key="send-it-now")
    tick(5)
    assert [str(r.url) for r in inbox.requests].count(other) == 1
    assert len(inbox.requests) == 3


@pytest.mark.parametrize("trouble", [500, 404, 301, httpx.ReadTimeout("15 s are over")])
def test_it_tries_again_on_recalls_schedule(
    trouble: int | Exception, sent: str, tick: Tick, inbox: Inbox, time: Time
) -> None:
    inbox.answers = [trouble] * 8
    time.pass_(1)
    first = time.now
    waits = [0, 5, 300, 1800, 7200, 18000, 36000, 36000]
    tick(0)
    for wait in waits[1:]:
        message = Message.objects.get(event="bot.joining_call")
        assert message.due_at == time.now + timedelta(seconds=wait)
        inbox.answers = [trouble] + [204] * 99
        time.pass_(wait)
        Message.objects.exclude(pk=message.pk).update(due_at=None)
        tick(0)
    assert Attempt.objects.filter(message__event="bot.joining_call").count() == 8
    message.refresh_from_db()
    assert (message.due_at, message.delivered_at) == (None, None)
    ids = {r.headers["webhook-id"] for r in inbox.requests if b"joining_call" in r.content}
    assert ids == {message.pk}
    assert time.now - first == timedelta(seconds=sum(waits))


def test_it_gives_up_on_an_address_after_five_days(
    sent: str, tick: Tick, inbox: Inbox, time: Time
) -> None:
    inbox.answers = [500] * 99
    tick(5)
    Message.objects.update(due_at=time.now + timedelta(days=5))
    tick(5 * 86400)
    assert Message.objects.first().endpoint.disabled_at is not None
    before = len(inbox.requests)
    tick(86400)
    assert len(inbox.requests) == before


def test_it_doubles_under_one_id(sent: str, http: Callable, tick: Tick, inbox: Inbox) -> None:
    http("POST", "control/webhooks/", json={"double": True})
    assert tick(1) == ["bot.joining_call"] * 2
    assert len({request.headers["webhook-id"] for request in inbox.requests}) == 1


def test_it_drops_and_delays(sent: str, http: Callable, tick: Tick) -> None:
    http("POST", "control/webhooks/", json={"drop": 1.0})
    assert tick(1) == []
    http("POST", "control/webhooks/", json={"drop": 0.0, "delay_s": 30})
    assert tick(2) == []
    assert tick(30) == ["bot.in_waiting_room"]


def test_it_shuffles(sent: str, http: Callable, tick: Tick) -> None:
    http("POST", "control/webhooks/", json={"shuffle_s": 40})
    arrivals = [names for _ in range(60) if (names := tick(1))]
    assert len(arrivals) > 3  # what happened in one second comes over most of a minute
    assert len(sum(arrivals, [])) == 8


def test_it_can_differ_a_little_from_the_api(
    sent: str, setup: Setup, recall: Recall, tick: Tick, inbox: Inbox
) -> None:
    setup(settings={"time_jitter_ms": 900, "offset_style": "Z"})
    tick(30)
    by_api = {change.code: change.at for change in recall.retrieve_bot(sent).status_changes}
    differences = set()
    for event in inbox.events:
        name, code = event["event"].split(".")
        if name == "bot":
            stamp = event["data"]["data"]["updated_at"]
            assert stamp.endswith("Z")
            differences.add(abs((datetime.fromisoformat(stamp) - by_api[code]).total_seconds()))
    assert 0 < max(differences) <= 0.9
