"""Every method of the client is one precise HTTP request."""

import json

import httpx
import pytest

from bots.recall import errors
from bots.recall.client import REGIONS, Recall, base_url

from .scripted import BOT, BOT_ID, HOME, KEY, ok, recall_answering

COMMANDS = [
    ("leave_call", {}, None),
    ("start_recording", {"body": {"video_mixed_mp4": {}}}, {"video_mixed_mp4": {}}),
    ("stop_recording", {}, None),
    ("pause_recording", {}, None),
    ("resume_recording", {}, None),
    ("request_recording_permission", {}, None),
    ("delete_media", {}, None),
    (
        "send_chat_message",
        {"message": "Hi", "pin": True},
        {"to": "everyone", "message": "Hi", "pin": True},
    ),
    ("output_video", {"jpeg": "/9j/"}, {"kind": "jpeg", "b64_data": "/9j/"}),
    ("output_screenshare", {"jpeg": "/9j/"}, {"kind": "jpeg", "b64_data": "/9j/"}),
    ("output_audio", {"mp3": "//uQ"}, {"kind": "mp3", "b64_data": "//uQ"}),
    (
        "output_media",
        {"screenshare": "https://example.com/"},
        {"screenshare": {"kind": "webpage", "config": {"url": "https://example.com/"}}},
    ),
]


@pytest.mark.parametrize(("verb", "arguments", "body"), COMMANDS)
def test_it_commands_a_bot(verb, arguments, body):
    recall, script = recall_answering(ok())

    bot = getattr(recall, verb)(BOT_ID, **arguments, idempotency_key="order-1")

    [request] = script.requests
    assert (request.method, request.url.path) == ("POST", f"/api/v1/bot/{BOT_ID}/{verb}/")
    assert request.headers["Idempotency-Key"] == "order-1"
    assert (json.loads(request.content) if request.content else None) == body
    assert bot.id == BOT_ID


@pytest.mark.parametrize(
    ("verb", "arguments", "body"),
    [
        ("output_video", {}, None),
        ("output_screenshare", {}, None),
        ("output_audio", {}, None),
        # Recall stops nothing but what stands in the body.
        ("output_media", {"screenshare": True}, {"camera": False, "screenshare": True}),
        ("output_media", {"camera": True}, {"camera": True, "screenshare": False}),
    ],
)
def test_it_stops_what_a_bot_shows(verb, arguments, body):
    recall, script = recall_answering(httpx.Response(204))

    assert getattr(recall, f"stop_{verb}")(BOT_ID, **arguments) is None

    [request] = script.requests
    assert (request.method, request.url.path) == ("DELETE", f"/api/v1/bot/{BOT_ID}/{verb}/")
    assert (json.loads(request.content) if request.content else None) == body


def test_it_creates_a_bot():
    recall, script = recall_answering(ok(BOT, 201))

    bot = recall.create_bot({"meeting_url": "https://x", "bot_name": "Zoë"}, idempotency_key="k")

    [request] = script.requests
    assert (request.method, str(request.url)) == ("POST", f"{HOME}/api/v1/bot/")
    assert json.loads(request.content)["bot_name"] == "Zoë"
    assert request.headers["Content-Type"] == "application/json"
    assert bot.id == BOT_ID


def test_it_changes_a_scheduled_bot():
    recall, script = recall_answering(ok())

    recall.update_bot(BOT_ID, {"bot_name": "Clerk"}, idempotency_key="k")

    [request] = script.requests
    assert (request.method, request.url.path) == ("PATCH", f"/api/v1/bot/{BOT_ID}/")
    assert request.headers["Idempotency-Key"] == "k"


def test_it_deletes_a_scheduled_bot():
    recall, script = recall_answering(httpx.Response(204))

    recall.delete_bot(BOT_ID)

    [request] = script.requests
    assert (request.method, request.url.path) == ("DELETE", f"/api/v1/bot/{BOT_ID}/")


@pytest.mark.parametrize("ask", [lambda r: r.retrieve_bot(BOT_ID), lambda r: r.recordings.list()])
def test_it_sends_no_body_with_a_get(ask):
    recall, script = recall_answering(ok({**BOT, "results": []}))

    ask(recall)

    [request] = script.requests
    assert request.content == b""
    assert "content-length" not in request.headers
    assert "content-type" not in request.headers


def test_it_refuses_a_write_without_an_idempotency_key():
    recall, script = recall_answering(ok())
    with pytest.raises(ValueError, match="Idempotency-Key"):
        recall.leave_call(BOT_ID, idempotency_key="")
    assert script.requests == []


@pytest.mark.parametrize(("form", "header"), [("token", f"Token {KEY}"), ("bare", KEY)])
def test_it_speaks_both_forms_of_authorization(form, header):
    recall, script = recall_answering(ok(), authorization=form)
    recall.retrieve_bot(BOT_ID)
    assert script.requests[0].headers["Authorization"] == header


@pytest.mark.parametrize("key", ["", "  ", "two words", "line\nbreak", "schlüssel"])
def test_it_refuses_what_can_be_no_key(key):
    with pytest.raises(errors.WrongKeyOrRegion):
        Recall(key, base_url=HOME)


@pytest.mark.parametrize("id", ["", "..", "a/b", "a?b", "x" * 200, "é"])
def test_it_sends_nothing_for_what_can_be_no_id(id):
    recall, script = recall_answering(ok())
    with pytest.raises(errors.NotFound):
        recall.retrieve_bot(id)
    assert script.requests == []


def test_it_keeps_the_path_of_its_base_url():
    recall, script = recall_answering(ok(), base_url="http://127.0.0.1:9/sandbox/us-west-2/")
    recall.retrieve_bot(BOT_ID)
    assert str(script.requests[0].url) == (
        f"http://127.0.0.1:9/sandbox/us-west-2/api/v1/bot/{BOT_ID}/"
    )


@pytest.mark.parametrize("url", ["", "recall.ai", "ftp://recall.ai", "https://me:pw@recall.ai"])
def test_it_refuses_what_can_be_no_address(url):
    with pytest.raises(ValueError, match="address"):
        Recall(KEY, base_url=url)


def test_it_knows_where_regions_live():
    assert [base_url(region) for region in REGIONS][2] == "https://eu-central-1.recall.ai"
    assert base_url("us-east-1", "http://localhost/{region}") == "http://localhost/us-east-1"


def test_it_tries_key_and_region_with_one_list():
    recall, script = recall_answering(ok({"code": "authentication_failed"}, 401))
    with pytest.raises(errors.WrongKeyOrRegion):
        recall.check()
    assert [(r.method, r.url.path) for r in script.requests] == [("GET", "/api/v1/bot/")]


def test_it_tells_an_observer_of_every_attempt():
    heard = []
    recall, _ = recall_answering(httpx.Response(503), ok(), observer=heard.append)

    recall.retrieve_bot(BOT_ID)

    assert [(c.method, c.path, c.status, c.error) for c in heard] == [
        ("GET", f"/api/v1/bot/{BOT_ID}/", 503, "Unreachable"),
        ("GET", f"/api/v1/bot/{BOT_ID}/", 200, ""),
    ]


def test_it_does_not_lose_an_answer_to_a_failing_observer():
    def fail(call):
        raise RuntimeError("disk full")

    recall, _ = recall_answering(ok(), observer=fail)
    assert recall.leave_call(BOT_ID, idempotency_key="k").id == BOT_ID


def test_it_never_shows_its_key():
    recall, _ = recall_answering(ok())
    assert KEY not in repr(recall) + repr(vars(recall))
