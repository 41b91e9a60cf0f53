"""What bots show and play in the sandbox: seen in its room, refused where Recall's pages do."""

import base64
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from django.test import Client

from bots.recall import errors
from bots.recall.client import Recall
from bots.sandbox.models import Room

from .conftest import MEET, Time

pytestmark = pytest.mark.django_db(databases=["default", "sandbox"])

JPEG, MP3 = base64.b64encode(b"\xff\xd8\xff a picture").decode(), "//uQxAAA"
PAGE = "https://example.com/board"
PICTURE = {"kind": "jpeg", "b64_data": JPEG}
BOT_PICTURE = {"automatic_video_output": {"in_call_recording": PICTURE}}
VOICE = {
    "automatic_audio_output": {"in_call_recording": {"data": {"kind": "mp3", "b64_data": MP3}}}
}
SHOWN = {"kind": "jpeg", "sha256": sha256(b"\xff\xd8\xff a picture").hexdigest(), "size": 13}
VERBS = ("output_audio", "output_video", "output_screenshare", "output_media")


@pytest.fixture
def sent(recall: Recall, time: Time) -> Callable[..., str]:
    """Send a bot and let it get into its call; its id."""

    def send(url: str = MEET, *, after_s: float = 30, **config: Any) -> str:
        made = recall.create_bot({"meeting_url": url, **config}, idempotency_key=f"{url} {config}")
        time.pass_(after_s)
        return made.id

    return send


@pytest.fixture
def seen(http: Callable) -> Callable[[], dict[str, Any]]:
    """The newest meeting's bot as the control calls tell of it."""

    def look() -> dict[str, Any]:
        [bot] = http("GET", "control/rooms/").json()["rooms"][0]["bots"]
        return bot

    return look


def page(url: str = PAGE) -> dict[str, str]:
    return {"kind": "webpage", "url": url}


def test_a_page_is_seen_until_it_is_stopped_or_another_takes_its_place(
    recall: Recall, sent: Callable, seen: Callable
) -> None:
    bot_id = sent()
    recall.output_media(bot_id, screenshare=PAGE, idempotency_key="k1")
    assert seen()["shows"] == {"screenshare": page()}
    recall.output_media(bot_id, camera=PAGE, idempotency_key="k2")
    recall.output_media(bot_id, screenshare="https://example.org/", idempotency_key="k3")
    assert seen()["shows"] == {"screenshare": page("https://example.org/"), "camera": page()}
    recall.stop_output_media(bot_id)
    assert len(seen()["shows"]) == 2, "what the body does not name goes on"
    recall.stop_output_media(bot_id, screenshare=True)
    assert seen()["shows"] == {"camera": page()}


def test_pictures_are_seen_by_what_they_are_and_never_told(
    recall: Recall, http: Callable, sent: Callable, seen: Callable
) -> None:
    bot_id = sent()
    recall.output_screenshare(bot_id, jpeg=JPEG, idempotency_key="k1")
    recall.output_video(bot_id, jpeg=JPEG, idempotency_key="k2")
    assert seen()["shows"] == {"screenshare": SHOWN, "camera": SHOWN}
    assert JPEG not in http("GET", f"api/v1/bot/{bot_id}/").text
    recall.stop_output_video(bot_id)
    recall.stop_output_media(bot_id, screenshare=True)
    assert seen()["shows"] == {"screenshare": SHOWN}, "a picture is no web page"
    recall.stop_output_screenshare(bot_id)
    assert seen()["shows"] == {}


def test_a_sound_needs_a_voice(recall: Recall, sent: Callable, seen: Callable) -> None:
    with pytest.raises(errors.Refused, match="automatic_audio_output"):
        recall.output_audio(sent(), mp3=MP3, idempotency_key="k1")
    bot_id = sent("https://meet.google.com/you-rsta-gey", **VOICE)
    recall.output_audio(bot_id, mp3=MP3, idempotency_key="k2")
    recall.stop_output_audio(bot_id)
    assert [sound["size"] for sound in seen()["played"]] == [6]


def test_it_shows_what_it_was_made_with(recall: Recall, sent: Callable, seen: Callable) -> None:
    sent(**BOT_PICTURE)
    assert seen()["shows"] == {"camera": {"kind": "jpeg", "sha256": "", "size": 0}}
    url = "https://meet.google.com/you-rsta-gey"
    pages = {"screenshare": {"kind": "webpage", "config": {"url": PAGE}}}
    sent(url, output_media=pages)
    assert seen()["shows"] == {"screenshare": page()}


def test_it_shows_nothing_once_it_has_left(
    recall: Recall, sent: Callable, seen: Callable, time: Time
) -> None:
    bot_id = sent()
    recall.output_media(bot_id, screenshare=PAGE, idempotency_key="k1")
    recall.leave_call(bot_id, idempotency_key="leave-it-now")
    time.pass_(10)
    assert seen()["shows"] == {}
    with pytest.raises(errors.TooLate):
        recall.stop_output_media(bot_id, screenshare=True)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_it_refuses_all_of_it_outside_the_call(
    recall: Recall, http: Callable, sent: Callable, time: Time, verb: str, method: str
) -> None:
    path = f"api/v1/bot/{sent(after_s=5)}/{verb}/"
    assert http(method, path, json={}).json()["code"] == "cannot_command_unstarted_bot"
    time.pass_(7200)
    assert http(method, path, json={}).json()["code"] == "cannot_command_completed_bot"


@pytest.mark.parametrize(
    ("config", "first", "then"),
    [
        (BOT_PICTURE, [], "output_media"),
        (VOICE, [], "output_media"),
        ({}, ["output_video"], "output_media"),
        ({}, ["output_media"], "output_video"),
        ({"output_media": {"camera": {"kind": "webpage", "config": {"url": PAGE}}}}, [],
         "output_video"),
    ],
)  # fmt: skip
def test_pages_and_pictures_are_not_mixed(
    http: Callable, sent: Callable, seen: Callable, config: dict, first: list, then: str
) -> None:
    bodies = {
        "output_video": PICTURE,
        "output_media": {"camera": {"kind": "webpage", "config": {"url": PAGE}}},
    }
    path = f"api/v1/bot/{sent(**config)}/"
    for verb in first:
        assert http("POST", f"{path}{verb}/", json=bodies[verb]).status_code == 200
    before = seen()["shows"]
    refused = http("POST", f"{path}{then}/", json=bodies[then])
    assert (refused.status_code, refused.json()["code"]) == (400, "cannot_mix_outputs")
    http("PUT", "control/workspace/", json={"settings": {"mixed_outputs": "ignore"}})
    assert http("POST", f"{path}{then}/", json=bodies[then]).status_code == 200
    assert seen()["shows"] == before


@pytest.mark.parametrize(
    ("url", "config", "refused"),
    [
        ("https://meet.goto.com/680504437", VOICE, set(VERBS)),
        ("https://acme.webex.com/meet/pat", VOICE, {"output_audio"}),
        (
            "https://us02web.zoom.us/j/81234567890",
            {"variant": {"zoom": "native"}, **VOICE},
            {"output_audio", "output_media"},
        ),
        ("https://us02web.zoom.us/j/81234567890", VOICE, set()),
    ],
)
def test_each_platform_shows_what_it_can(
    http: Callable, sent: Callable, url: str, config: dict, refused: set
) -> None:
    bodies = {
        "output_audio": {"kind": "mp3", "b64_data": MP3},
        "output_video": PICTURE,
        "output_screenshare": PICTURE,
        "output_media": {"camera": {"kind": "webpage", "config": {"url": PAGE}}},
    }
    path = f"api/v1/bot/{sent(url, after_s=60, **config)}/"
    codes = {}
    for verb, body in bodies.items():
        answer = http("POST", f"{path}{verb}/", json=body)
        codes[verb] = answer.json().get("code")
    assert {verb for verb, code in codes.items() if code == "output_not_supported"} == refused


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("output_video", {}, "kind"),
        ("output_video", {"kind": "png", "b64_data": JPEG}, "kind"),
        ("output_video", {"kind": "jpeg", "b64_data": "no base64!"}, "b64_data"),
        ("output_screenshare", {"kind": "jpeg", "b64_data": "A" * 1_835_009}, "b64_data"),
        ("output_media", {"camera": {"kind": "webpage", "config": {"url": "x"}}}, "camera"),
        ("output_media", {"camera": {"kind": "film", "config": {"url": PAGE}}}, "camera"),
    ],
)
def test_it_refuses_bodies_by_their_fields(
    http: Callable, sent: Callable, verb: str, body: dict, field: str
) -> None:
    answer = http("POST", f"api/v1/bot/{sent()}/{verb}/", json=body)
    assert answer.status_code == 400
    assert field in answer.json()
    stop = http("DELETE", f"api/v1/bot/{sent()}/output_media/", json={"camera": "yes"})
    assert "camera" in stop.json()


def test_the_page_of_the_room_shows_what_is_seen(recall: Recall, sent: Callable) -> None:
    bot_id = sent(**VOICE)
    for place in ("screenshare", "video"):
        getattr(recall, f"output_{place}")(bot_id, jpeg=JPEG, idempotency_key=f"show {place}")
    recall.output_audio(bot_id, mp3=MP3, idempotency_key="play it")
    recall.stop_output_video(bot_id)
    text = Client().get(f"/sandbox/rooms/{Room.objects.get().pk}/").content.decode()
    assert text.count(SHOWN["sha256"][:12]) == 1
    assert "Played 1 sound<" in text
    assert f'id="shows-{bot_id}-screenshare"' in text
    assert f'id="shows-{bot_id}-camera"' not in text
