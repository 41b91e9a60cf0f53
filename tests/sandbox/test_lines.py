"""Real-time endpoints over HTTP: in order, one request at a time, and given up after sixty."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from threading import Event, Lock
from typing import Any

import httpx
import pytest
from django.utils import timezone
from svix.webhooks import Webhook

from bots.recall.client import Recall
from bots.sandbox import clock, lines
from bots.sandbox.models import Bot, Line

from .conftest import MEET, SECRET, Inbox, Time

pytestmark = pytest.mark.django_db(databases=["default", "sandbox"])

HOOK = "http://testserver/webhooks/recall/x/"
LIVE = "http://testserver/live/secret-token/"
EVENTS = [
    "participant_events.join",
    "participant_events.leave",
    "participant_events.speech_on",
    "participant_events.chat_message",
    "transcript.data",
    "transcript.partial_data",
]
Tick = Callable[[float], list[str]]


def config(*urls: str, events: list[str] = EVENTS, **more: Any) -> dict[str, Any]:
    quick = {"recallai_streaming": {"mode": "prioritize_low_latency", "language_code": "en"}}
    endpoints = [
        {"type": "webhook", "url": url, "events": events, "metadata": {"for": "live"}}
        for url in urls or (LIVE,)
    ]
    return {"transcript": {"provider": quick}, "realtime_endpoints": endpoints} | more


@pytest.fixture
def send(recall: Recall, http: Callable, time: Time) -> Callable[..., str]:
    """Send a bot whose webhooks are listened to."""

    def go(recording: dict[str, Any] | None = None, link: str = MEET, **settings: Any) -> str:
        hook = {"webhook_url": HOOK, "secret": SECRET, "settings": settings}
        assert http("PUT", "control/workspace/", json=hook).status_code == 200
        body = {"meeting_url": link, "recording_config": recording or config()}
        return recall.create_bot(body, idempotency_key="send-it-now").id

    return go


def heard(inbox: Inbox, url: str = LIVE) -> list[dict[str, Any]]:
    return [json.loads(r.content) for r in inbox.requests if str(r.url) == url]


def endpoint(http: Callable, **params: Any) -> dict[str, Any]:
    (found,) = http("GET", "api/v1/realtime_endpoint/", params=params).json()["results"]
    return found


def test_it_tells_what_goes_on_as_it_goes_on(
    send: Callable, tick: Tick, inbox: Inbox, http: Callable, time: Time
) -> None:
    id_ = send()
    for _ in range(120):
        tick(1)
    told = heard(inbox)
    assert {event["event"] for event in told} <= set(EVENTS)
    assert [e["event"] for e in told[:2]] == ["participant_events.join"] * 2
    words = [event for event in told if event["event"] == "transcript.data"]
    assert len(words) > 5
    (recording,) = http("GET", f"api/v1/bot/{id_}/").json()["recordings"]
    about = words[0]["data"]
    assert about["bot"]["id"] == id_
    assert about["recording"]["id"] == recording["id"]
    assert about["transcript"]["id"] == recording["media_shortcuts"]["transcript"]["id"]
    assert about["realtime_endpoint"] == {
        "id": endpoint(http)["id"],
        "metadata": {"for": "live"},
    }
    late = [
        time.now - datetime.fromisoformat(w["end_timestamp"]["absolute"])
        for w in words[-1]["data"]["data"]["words"][-1:]
    ]
    assert late[0].total_seconds() < 30
    assert Line.objects.get().sent == len(told)
    # Each message once, in the order in which it happened.
    assert len({json.dumps(event) for event in told}) == len(told)


def test_the_whole_meeting_arrives_and_then_it_is_done(
    send: Callable, tick: Tick, inbox: Inbox, http: Callable
) -> None:
    send(link="https://meet.google.com/end-sear-lyy")
    for _ in range(11):
        tick(20)
    finals = [
        word["text"]
        for event in heard(inbox)
        if event["event"] == "transcript.data"
        for word in event["data"]["data"]["words"]
    ]
    (made,) = http("GET", "api/v1/transcript/").json()["results"]
    from bots.sandbox.sources import behind_link

    document = behind_link("transcript", made["id"]).data
    assert finals == [word["text"] for turn in document for word in turn["words"]]
    found = endpoint(http, status_code="done", type="webhook")
    assert found["status"]["code"] == "done"
    assert "realtime_endpoint.done" in inbox.names
    assert Line.objects.get().due_at is None


def test_it_is_signed_as_the_workspace_is(send: Callable, tick: Tick, inbox: Inbox) -> None:
    send()
    tick(30)
    live = [r for r in inbox.requests if str(r.url) == LIVE]
    for request in live:
        assert Webhook(SECRET).verify(request.content, dict(request.headers))
    assert len({r.headers["webhook-id"] for r in live}) == len(live)


def test_it_is_not_signed_where_that_is_off(send: Callable, tick: Tick, inbox: Inbox) -> None:
    send(realtime_signed=False)
    tick(30)
    assert "webhook-signature" not in [r for r in inbox.requests if str(r.url) == LIVE][0].headers


class Deaf(Inbox):
    """Answers webhooks, and the live address with `trouble` while there is any."""

    trouble: int | Exception | None = 503

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if str(request.url) == LIVE:
            self.answers = [self.trouble] if self.trouble else []
        return super().__call__(request)


@pytest.fixture
def deaf() -> Deaf:
    return Deaf()


def run(time: Time, inbox: Inbox, seconds: float) -> None:
    now = time.pass_(seconds)
    with httpx.Client(transport=httpx.MockTransport(inbox)) as client:
        while clock.tick(now, client=client):
            pass


@pytest.mark.parametrize("trouble", [301, httpx.ConnectError("nobody there")])
def test_whatever_is_no_success_is_tried_again(
    trouble: int | Exception, send: Callable, deaf: Deaf, time: Time
) -> None:
    deaf.trouble = trouble
    send()
    run(time, deaf, 11)
    run(time, deaf, 1)
    assert Line.objects.get().tries == 2


def test_it_tries_sixty_times_a_second_apart_and_then_no_more(
    send: Callable, deaf: Deaf, time: Time, http: Callable
) -> None:
    send()
    run(time, deaf, 11)
    for tries in range(1, 60):
        line = Line.objects.get()
        assert (line.tries, line.sent, line.failed_at) == (tries, 0, None)
        assert endpoint(http)["status"]["code"] == "running"
        run(time, deaf, 1)
    assert len(heard(deaf)) == 60
    assert len({json.dumps(event) for event in heard(deaf)}) == 1
    run(time, deaf, 1)
    assert endpoint(http, status_code="failed")["status"]["code"] == "failed"
    (event,) = [e for e in deaf.events if e["event"] == "realtime_endpoint.failed"]
    assert event["data"]["data"]["error"]["code"]
    assert "60 attempts" in event["data"]["data"]["error"]["message"]
    deaf.trouble = None
    run(time, deaf, 4000)
    assert len(heard(deaf)) == 60
    assert "realtime_endpoint.done" not in deaf.names
    assert "bot.done" in deaf.names
    assert endpoint(http)["status"]["code"] == "failed"


def test_it_goes_on_where_it_was_when_someone_answers_again(
    send: Callable, deaf: Deaf, time: Time
) -> None:
    send()
    run(time, deaf, 60)
    for _ in range(20):
        run(time, deaf, 1)
    assert Line.objects.get().tries == 21
    deaf.trouble = None
    run(time, deaf, 1)
    told = [json.dumps(event) for event in heard(deaf)]
    assert len(set(told)) == len(told) - 21
    assert Line.objects.get().tries == 0


def test_a_faster_sandbox_tries_faster(send: Callable, deaf: Deaf, time: Time) -> None:
    send(retry_speed=10)
    run(time, deaf, 11)
    run(time, deaf, 0.1)
    assert Line.objects.get().tries == 2


def test_a_failed_endpoint_leaves_the_others_alone(send: Callable, deaf: Deaf, time: Time) -> None:
    other = "http://testserver/other/"
    send(config(LIVE, other))
    for _ in range(90):
        run(time, deaf, 1)
    assert Line.objects.get(url=LIVE).failed_at
    assert len(heard(deaf, other)) == Line.objects.get(url=other).sent > 10


def test_nothing_is_told_while_it_is_paused(
    send: Callable, recall: Recall, tick: Tick, inbox: Inbox
) -> None:
    id_ = send()
    tick(60)
    recall.pause_recording(id_, idempotency_key="pause-it-now")
    tick(2)
    before = len(heard(inbox))
    for _ in range(60):
        tick(1)
    assert len(heard(inbox)) == before
    recall.resume_recording(id_, idempotency_key="resume-it-now")
    for _ in range(60):
        tick(1)
    assert len(heard(inbox)) > before


def test_a_second_recording_has_endpoints_of_its_own(
    send: Callable, http: Callable, tick: Tick, inbox: Inbox
) -> None:
    second = "http://testserver/second/"
    id_ = send()
    tick(60)
    http("POST", f"api/v1/bot/{id_}/stop_recording/")
    tick(5)
    http("POST", f"api/v1/bot/{id_}/start_recording/", json=config(second))
    for _ in range(30):
        tick(1)
    told = heard(inbox, second)
    assert told
    joins = [e for e in told if e["event"] == "participant_events.join"]
    assert joins[0]["data"]["recording"]["id"] != heard(inbox)[0]["data"]["recording"]["id"]
    assert {line.take for line in Line.objects.all()} == {0, 1}


def test_what_a_person_does_in_the_meeting_is_told_at_once(
    send: Callable, http: Callable, tick: Tick, inbox: Inbox
) -> None:
    send()
    tick(60)
    room = "control/rooms/abc-defg-hij/"
    http("POST", room, json={"do": "chat", "name": "Zoë Quill", "text": "Am I live?"})
    tick(1)
    chat = [e for e in heard(inbox) if e["event"] == "participant_events.chat_message"]
    assert chat[-1]["data"]["data"]["data"] == {"text": "Am I live?", "to": "everyone"}
    assert chat[-1]["data"]["data"]["participant"]["name"] == "Zoë Quill"


def test_other_kinds_exist_and_are_not_delivered(
    send: Callable, tick: Tick, http: Callable
) -> None:
    socket = {"type": "websocket", "url": "wss://example.com/x", "events": ["transcript.data"]}
    send({"realtime_endpoints": [socket]})
    tick(60)
    assert endpoint(http)["type"] == "websocket"
    assert endpoint(http)["status"]["code"] == "running"
    assert http("GET", "api/v1/realtime_endpoint/?type=rtmp").json()["results"] == []
    assert not Line.objects.exists()


@pytest.mark.django_db(databases=["default", "sandbox"], transaction=True)
class TestInThreads:
    @pytest.fixture
    def runners(self) -> Iterator[Callable[[httpx.Client], lines.Runners]]:
        made: list[lines.Runners] = []

        def make(client: httpx.Client) -> lines.Runners:
            made.append(lines.Runners(client))
            return made[-1]

        yield make
        for each in made:
            each.stop()
            each.wait()

    def test_a_slow_endpoint_holds_up_nobody_and_gets_one_request_at_a_time(
        self, recall: Recall, http: Callable, runners: Callable
    ) -> None:
        slow, quick = "http://slow.example/x", "http://quick.example/x"
        recording = config(slow, quick)
        for n in range(2):
            link = f"https://meet.google.com/abc-defg-hi{'jk'[n]}"
            body = {"meeting_url": link, "recording_config": recording}
            recall.create_bot(body, idempotency_key=f"send-it-now-{n}")
        http("POST", "control/advance/", json={"seconds": 120})
        release, arrived, lock = Event(), Event(), Lock()
        stuck: list[str] = []
        got: list[str] = []

        def receive(request: httpx.Request) -> httpx.Response:
            bot = json.loads(request.content)["data"]["bot"]["id"]
            if request.url.host == "slow.example":
                with lock:
                    stuck.append(bot)
                release.wait(30)
            else:
                with lock:
                    got.append(bot)
                    if len(got) > 30 and len(set(got)) == 2:
                        arrived.set()
            return httpx.Response(204)

        Line.objects.all().delete()
        Bot.objects.update(told_at=None, due_at=timezone.now())
        with httpx.Client(transport=httpx.MockTransport(receive)) as client:
            pool = runners(client)
            for _ in range(200):
                clock.tell(timezone.now())
                lines.deliver(timezone.now(), runners=pool)
                if arrived.wait(0.05):
                    break
            assert arrived.is_set()
            assert len(stuck) == len(set(stuck)) == 2
            pool.stop()
            release.set()
            pool.wait()

    def test_a_restart_doubles_no_more_than_the_request_in_flight(
        self, recall: Recall, http: Callable, runners: Callable
    ) -> None:
        body = {"meeting_url": MEET, "recording_config": config()}
        recall.create_bot(body, idempotency_key="send-it-now")
        http("POST", "control/advance/", json={"seconds": 300})
        Line.objects.all().delete()
        Bot.objects.update(told_at=None, due_at=timezone.now())
        got: list[str] = []
        died = Event()

        def receive(request: httpx.Request) -> httpx.Response:
            got.append(request.content.decode())
            if len(got) == 10:
                died.set()
                raise SystemExit  # the process ends when this one has arrived
            return httpx.Response(204)

        with httpx.Client(transport=httpx.MockTransport(receive)) as client:
            pool = runners(client)
            clock.tell(timezone.now())
            for _ in range(300):
                lines.deliver(timezone.now(), runners=pool)
                if died.wait(0.1):
                    break
            assert died.is_set()
            pool.wait()
            line = Line.objects.get()
            assert line.sent == 9
            later = timezone.now() + lines.LEASE * 2
            assert lines.deliver(later, client=client)
        doubles = [body for body in got if got.count(body) > 1]
        assert len(doubles) == 2
        assert len(got) > 20


def test_before_a_recording_by_hand_nothing_is_told_unless_it_is_set(
    send: Callable, tick: Tick, inbox: Inbox
) -> None:
    send(config(start_recording_on="manual"))
    tick(60)
    assert heard(inbox) == []


def test_where_it_is_set_people_are_told_of_before_it_and_words_are_not(
    send: Callable, tick: Tick, inbox: Inbox, http: Callable, time: Time
) -> None:
    id_ = send(config(start_recording_on="manual"), realtime_before_recording=True)
    for _ in range(60):
        tick(1)
    told = heard(inbox)
    assert [e["event"] for e in told[:2]] == ["participant_events.join"] * 2
    assert not [event for event in told if event["event"].startswith("transcript.")]
    assert {event["data"]["recording"]["id"] for event in told} == {None}
    assert {event["data"]["bot"]["id"] for event in told} == {id_}

    body = config() | {"start_recording_on": "call_join"}
    assert http("POST", f"api/v1/bot/{id_}/start_recording/", json=body).status_code == 200
    for _ in range(60):
        tick(1)
    later = heard(inbox)[len(told) :]
    assert {event["data"]["recording"]["id"] for event in later} - {None}
    assert [event for event in later if event["event"] == "transcript.data"]
    assert Line.objects.filter(take=Line.BEFORE, due_at=None).count() == 1
