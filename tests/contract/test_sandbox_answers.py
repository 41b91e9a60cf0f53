"""Every answer and every event of the sandbox, held against Recall's own description."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import time_machine
from django.core import signals
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections
from pytest_django.fixtures import Settings

from bots.sandbox import clock, direct
from bots.sandbox.lines import MOST_TRIES
from bots.sandbox.models import Bot, Line, Workspace
from bots.sandbox.scenarios import SCENARIOS

from .conftest import (
    shared_json,
    validate_download,
    validate_event,
    validate_realtime,
    validate_response,
)

pytestmark = pytest.mark.django_db(databases=["default", "sandbox"])

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ORDINARY = (
    "https://meet.google.com/abc-defg-hij",
    "https://us02web.zoom.us/j/81234567890?pwd=abc",
    "https://teams.microsoft.com/meet/234567890123?p=Qm4TzY",
    "https://teams.live.com/meet/9312345678901?p=Qm4TzY",
    "https://teams.microsoft.com/l/meetup-join/19%3ameeting_abc%40thread.v2/0?context="
    "%7b%22Tid%22%3a%22t%22%2c%22Oid%22%3a%22o%22%7d",
    "https://acme.webex.com/meet/pat",
    "https://meet.goto.com/680504437",
)
LINKS = (*ORDINARY, *(f"https://meet.google.com/{scenario.code}" for scenario in SCENARIOS))
EVERYTHING = {
    name: {}
    for name in [
        "video_mixed_mp4",
        "participant_events",
        "meeting_metadata",
        "audio_mixed_raw",
        "audio_mixed_mp3",
        "audio_separate_raw",
        "audio_separate_mp3",
        "video_separate_mp4",
        "video_separate_h264",
    ]
} | {
    "video_mixed_layout": "gallery_view_v2",
    "transcript": {"provider": {"recallai_streaming": {}}},
    "realtime_endpoints": [
        {"type": "websocket", "url": "wss://example.com/x", "events": ["participant_events.join"]}
    ],
}
HOOK = "http://testserver/webhooks/recall/x/"


@pytest.fixture
def call(settings: Settings) -> Any:
    """Call the sandbox; every answer is judged on its way."""
    shared_json("openapi-2025-11.json")
    settings.ROOT_URLCONF = "tests.sandbox.urls"
    settings.SANDBOX_SPEED = 1.0
    ends = (signals.request_started, signals.request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    transport = httpx.WSGITransport(app=WSGIHandler())
    headers = {"Authorization": "Token sandbox_us-west-2_contract"}
    client = httpx.Client(transport=transport, base_url="http://testserver", headers=headers)

    def judged(method: str, path: str, **options: Any) -> Any:
        response = client.request(method, f"/sandbox/us-west-2/api/v1/{path}", **options)
        body = response.json() if response.content else None
        validate_response(method, f"/api/v1/{path}".split("?")[0], response.status_code, body)
        return body

    yield judged
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.mark.parametrize("link", LINKS)
def test_it_speaks_as_described(link: str, call: Callable[..., Any]) -> None:
    events: list[Any] = []

    def arrive(request: httpx.Request) -> httpx.Response:
        events.append(json.loads(request.content))
        return httpx.Response(204)

    with (
        time_machine.travel(START, tick=False) as traveller,
        httpx.Client(transport=httpx.MockTransport(arrive)) as client,
    ):

        def pass_(seconds: float) -> None:
            traveller.shift(timedelta(seconds=seconds))
            while clock.tick(datetime.now(UTC), client=client):
                pass

        body = {"meeting_url": link, "recording_config": EVERYTHING, "metadata": {"a": "b"}}
        bot = call("POST", "bot/", json=body)
        direct.set_up(Workspace.objects.get(name="contract"), webhooks=[{"url": HOOK}])
        path = f"bot/{bot['id']}/"
        call("GET", path)
        pass_(20)
        call("POST", path + "pause_recording/")
        pass_(3)
        call("GET", path)
        call("GET", "recording/")
        call("POST", path + "resume_recording/")
        pass_(70)
        call("POST", path + "send_chat_message/", json={"message": "Hello"})
        call("POST", path + "request_recording_permission/")
        call("POST", path + "stop_recording/")
        pass_(5)
        call("POST", path + "start_recording/", json=EVERYTHING)
        pass_(5)
        call("POST", path + "start_recording/", json={})
        for _ in range(7):
            pass_(600)
        call("POST", path + "leave_call/")
        pass_(30)
        call("GET", "bot/")
        call("GET", "bot/?use_cursor=true")
        for recording in call("GET", "recording/")["results"]:
            call("GET", f"recording/{recording['id']}/")
        for kind in [
            "transcript",
            "video_mixed",
            "video_separate",
            "audio_mixed",
            "audio_separate",
            "participant_events",
            "meeting_metadata",
        ]:
            for artifact in call("GET", f"{kind}/")["results"]:
                call("GET", f"{kind}/{artifact['id']}/")
        call("POST", path + "delete_media/")
        pass_(1)
        call("GET", path)
    for event in events:
        validate_event(event)
    assert events[0]["event"] == "bot.joining_call"
    assert Bot.objects.get().frozen_code in ("done", "fatal")


def test_it_shows_and_plays_as_described(call: Callable[..., Any]) -> None:
    """Also what it refuses: a mixture, a sound without a voice, what comes before the call."""
    jpeg, mp3 = ({"kind": kind, "b64_data": "/9j/"} for kind in ("jpeg", "mp3"))
    page = {"kind": "webpage", "config": {"url": "https://example.com/board"}}
    automatic = {"automatic_audio_output": {"in_call_recording": {"data": mp3}}}
    asked = [
        ("output_audio", mp3, None),
        ("output_video", jpeg, None),
        ("output_screenshare", jpeg, None),
        ("output_media", {"camera": page, "screenshare": page}, {"camera": True}),
    ]
    with time_machine.travel(START, tick=False) as traveller:
        for more in ({}, automatic):
            path = f"bot/{call('POST', 'bot/', json={'meeting_url': LINKS[0], **more})['id']}/"
            for seconds in (0, 30):
                traveller.shift(timedelta(seconds=seconds))
                for verb, body, stop in asked:
                    call("POST", f"{path}{verb}/", json=body)
                    call("POST", f"{path}{verb}/", json={})
                    call("DELETE", f"{path}{verb}/", json=stop)
    statuses = Workspace.objects.get(name="contract").calls.filter(slug__contains="output_")
    answered = set(statuses.values_list("method", "status"))
    assert answered == {("POST", 200), ("POST", 400), ("DELETE", 204), ("DELETE", 400)}


def test_it_changes_and_deletes_as_described(call: Callable[..., Any]) -> None:
    with time_machine.travel(START, tick=False) as traveller:
        later = {"meeting_url": LINKS[0], "join_at": "2026-11-20T14:00:00Z"}
        path = f"bot/{call('POST', 'bot/', json=later)['id']}/"
        assert call("PATCH", path, json={"bot_name": "Pat"})["bot_name"] == "Pat"
        call("PATCH", path, json={"join_at": "2026-11-20T12:01:00Z"})
        call("DELETE", path)
        call("GET", path)

        bot = call("POST", "bot/", json={"meeting_url": LINKS[0], "recording_config": EVERYTHING})
        call("DELETE", f"bot/{bot['id']}/")
        traveller.shift(timedelta(seconds=300))
        call("POST", f"bot/{bot['id']}/leave_call/")
        traveller.shift(timedelta(seconds=30))
        (recording,) = call("GET", "recording/")["results"]
        path = f"recording/{recording['id']}/"
        call("POST", f"{path}create_transcript/", json={"provider": {"recallai_async": {}}})
        for kind in (
            "transcript",
            "video_mixed",
            "video_separate",
            "audio_mixed",
            "audio_separate",
        ):
            for made in call("GET", f"{kind}/")["results"]:
                call("PATCH", f"{kind}/{made['id']}/", json={"metadata": {"a": "b"}})
                call("DELETE", f"{kind}/{made['id']}/")
                call("GET", f"{kind}/{made['id']}/")
        call("DELETE", path)
        assert call("GET", path)["status"]["code"] == "deleted"


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 429, 500, 502, 503, 507])
def test_its_troubles_are_as_described(status: int, call: Callable[..., Any]) -> None:
    call("GET", "bot/")
    workspace = Workspace.objects.get(name="contract")
    workspace.faults.create(kind="status", options={"status": status}, remaining=1)
    call("GET", "bot/")
    assert workspace.calls.latest("pk").status == status


def test_its_documents_are_as_described(call: Callable[..., Any]) -> None:
    from bots.sandbox.sources import behind_link

    with time_machine.travel(START, tick=False) as traveller:
        body = {"meeting_url": LINKS[0], "recording_config": EVERYTHING}
        bot = call("POST", "bot/", json=body)
        for seconds, verb in ((120, "pause_recording/"), (60, "resume_recording/"), (400, "")):
            traveller.shift(timedelta(seconds=seconds))
            call("POST" if verb else "GET", f"bot/{bot['id']}/{verb}")
        call("POST", f"bot/{bot['id']}/leave_call/")
        traveller.shift(timedelta(seconds=30))
        shortcuts = call("GET", f"bot/{bot['id']}/")["recordings"][0]["media_shortcuts"]
        people = shortcuts["participant_events"]["id"]
        for kind, artifact_id in (
            ("participants", people),
            ("participant_events", people),
            ("speaker_timeline", people),
            ("transcript", shortcuts["transcript"]["id"]),
        ):
            found = behind_link(kind, artifact_id)
            assert found.data
            validate_download(kind, found.data)
        for kind in ("video_separate", "audio_separate"):
            for made in call("GET", f"{kind}/")["results"]:
                found = behind_link(kind, made["id"])
                assert found.data
                validate_download(kind, found.data)


LIVE = "http://testserver/live/x/"
TOLD = {
    "participant_events": "join leave update speech_on speech_off webcam_on webcam_off "
    "screenshare_on screenshare_off chat_message",
    "transcript": "data partial_data provider_data",
}


@pytest.mark.parametrize(
    ("strange", "provider"),
    [
        (False, {"recallai_streaming": {"mode": "prioritize_low_latency", "language_code": "en"}}),
        (True, {"meeting_captions": {}}),
    ],
)
def test_it_tells_in_real_time_as_described(
    strange: bool, provider: dict[str, Any], call: Callable[..., Any]
) -> None:
    events = [f"{family}.{what}" for family, names in TOLD.items() for what in names.split()]
    webhook = {"type": "webhook", "url": LIVE, "events": events, "metadata": {"a": "b"}}
    config = EVERYTHING | {"transcript": {"provider": provider}, "realtime_endpoints": [webhook]}
    live: list[Any] = []
    told: list[Any] = []

    def arrive(request: httpx.Request) -> httpx.Response:
        ours = str(request.url) == LIVE
        (live if ours else told).append(json.loads(request.content))
        return httpx.Response(500 if ours and deaf else 204)

    deaf: list[bool] = []

    with (
        time_machine.travel(START, tick=False) as traveller,
        httpx.Client(transport=httpx.MockTransport(arrive)) as client,
    ):

        def pass_(seconds: float) -> None:
            traveller.shift(timedelta(seconds=seconds))
            while clock.tick(datetime.now(UTC), client=client):
                pass

        body = {"meeting_url": LINKS[0], "recording_config": config}
        bot = call("POST", "bot/", json=body)
        modes = {"realtime_emails": True, "realtime_absolute": "Z", "realtime_bare_people": True}
        modes |= {"realtime_dated_words": False, "realtime_relative_from": "call"}
        workspace = Workspace.objects.get(name="contract")
        direct.set_up(workspace, webhooks=[{"url": HOOK}], settings=modes if strange else {})
        pass_(60)
        call("POST", f"bot/{bot['id']}/send_chat_message/", json={"message": "Hello"})
        pass_(900)
        deaf.append(True)
        pass_(10)
        Line.objects.update(tries=MOST_TRIES - 1)
        pass_(10)
        pass_(1)
        (endpoint,) = call("GET", "realtime_endpoint/")["results"]
        assert endpoint["status"]["code"] == "failed"
        call("GET", f"realtime_endpoint/{endpoint['id']}/")
    for message in live:
        validate_realtime(message)
    later = {"leave", "webcam_off", "screenshare_off"} | (set() if strange else {"update"})
    wanted = set(events) - {f"participant_events.{what}" for what in later}
    assert {message["event"] for message in live} == wanted
    for event in told:
        validate_event(event)
    assert {"realtime_endpoint.running", "realtime_endpoint.failed"} <= {e["event"] for e in told}
