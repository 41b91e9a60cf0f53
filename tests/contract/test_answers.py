"""Answers as Recall describes them pass the judge and are read; spoiled ones do not pass."""

import pytest

from bots.recall.types import Artifact, Bot, Page, Recording

from .conftest import Unlike, validate_download, validate_response

ID = "2fa8e5c1-7c1c-4b5a-9d0e-0d6a1f3b9c11"
AT = "2024-12-03T02:54:11.397104Z"
LINK = "https://us-west-2.recall.ai/api/v1/download/x?token=y"
STATUS = {"code": "done", "sub_code": None, "updated_at": AT}
EVENTS = {
    "id": ID,
    "created_at": AT,
    "status": STATUS,
    "metadata": {},
    "data": {
        "participant_events_download_url": LINK,
        "speaker_timeline_download_url": LINK,
        "participants_download_url": None,
    },
}
TITLE = {
    "id": ID,
    "created_at": AT,
    "status": STATUS,
    "metadata": {},
    "data": {"title": None, "zoom": None},
}
VIDEO = {
    "id": ID,
    "created_at": AT,
    "status": STATUS,
    "metadata": {},
    "data": {"download_url": LINK},
    "format": "mp4",
}
RECORDING = {
    "id": ID,
    "created_at": AT,
    "started_at": AT,
    "completed_at": None,
    "expires_at": AT,
    "status": {**STATUS, "code": "paused"},
    "media_shortcuts": {
        "video_mixed": VIDEO,
        "transcript": None,
        "participant_events": EVENTS,
        "meeting_metadata": TITLE,
        "audio_mixed": None,
    },
    "metadata": {},
}
WHOLE_RECORDING = {
    **RECORDING,
    "realtime_endpoints": [],
    "bot": {"id": ID, "metadata": {}},
    "desktop_sdk_upload": None,
}
BOT = {
    "id": ID,
    "meeting_url": {"meeting_id": "abc-defg-hij", "platform": "google_meet"},
    "bot_name": "Notetaker",
    "join_at": None,
    "recording_config": {"video_mixed_mp4": {}, "retention": {"type": "timed", "hours": 168}},
    "status_changes": [
        {"code": "joining_call", "message": None, "created_at": AT, "sub_code": None}
    ],
    "recordings": [RECORDING],
    "calendar_meetings": [],
    "slack_team": None,
    "metadata": {},
}


def page(*results):
    return {"next": None, "previous": None, "results": list(results)}


def whole(artifact):
    return {**artifact, "recording": {"id": ID, "metadata": {}}}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/api/v1/bot/", 201),
        ("GET", f"/api/v1/bot/{ID}/", 200),
        ("PATCH", f"/api/v1/bot/{ID}/", 200),
        ("POST", f"/api/v1/bot/{ID}/leave_call/", 200),
        ("POST", f"/api/v1/bot/{ID}/pause_recording/", 200),
        ("POST", f"/api/v1/bot/{ID}/start_recording/", 200),
        ("POST", f"/api/v1/bot/{ID}/send_chat_message/", 200),
        ("POST", f"/api/v1/bot/{ID}/output_media/", 200),
    ],
)
def test_it_reads_a_bot_as_described(method, path, status):
    validate_response(method, path, status, BOT)
    bot = Bot.read(BOT)
    assert (bot.platform, bot.latest.code, bot.recordings[0].status) == (
        "google_meet",
        "joining_call",
        "paused",
    )


def test_it_reads_pages_as_described():
    bots = {**page(BOT), "count": 1}
    validate_response("GET", "/api/v1/bot/", 200, bots)
    validate_response("GET", "/api/v1/recording/", 200, page(WHOLE_RECORDING))
    assert Page.read(bots, one=Bot.read).count == 1
    assert Recording.read(WHOLE_RECORDING).bot_id == ID


@pytest.mark.parametrize(
    ("kind", "artifact"),
    [("video_mixed", VIDEO), ("participant_events", EVENTS), ("meeting_metadata", TITLE)],
)
def test_it_reads_artifacts_as_described(kind, artifact):
    validate_response("GET", f"/api/v1/{kind}/{ID}/", 200, whole(artifact))
    validate_response("GET", f"/api/v1/{kind}/", 200, page(whole(artifact)))
    validate_response("DELETE", f"/api/v1/{kind}/{ID}/", 204, None)
    read = Artifact.read(whole(artifact), kind=kind)
    assert (read.status, read.recording_id) == ("done", ID)


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        (f"/api/v1/bot/{ID}/", 200, {**BOT, "id": "b1"}),
        (f"/api/v1/bot/{ID}/", 200, {**BOT, "meeting_url": "https://meet.google.com/x"}),
        (f"/api/v1/bot/{ID}/", 200, {**BOT, "status_changes": [{"code": "done"}]}),
        (f"/api/v1/bot/{ID}/", 200, {"id": ID}),
        (f"/api/v1/bot/{ID}/", 200, None),
        (f"/api/v1/bot/{ID}/", 201, BOT),
        (f"/api/v1/participant_events/{ID}/", 200, EVENTS),
        ("/api/v1/meeting_metadata/", 200, [whole(TITLE)]),
        (f"/api/v1/bot/{ID}/", 400, {"code": "x"}),
        (f"/api/v1/bot/{ID}/", 400, {"bot_name": 7}),
        (f"/api/v1/bot/{ID}/", 400, "no"),
        ("/api/v1/holograms/", 200, page()),
    ],
)
def test_its_judge_finds_faults(path, status, body):
    with pytest.raises(Unlike):
        validate_response("GET", path, status, body)


@pytest.mark.parametrize(
    "body",
    [
        {"code": "cannot_command_completed_bot", "detail": "It has left."},
        {"detail": "Not found."},
        {"meeting_url": ["Malformed."]},
        {"recording_config": {"retention": {"hours": ["Too small."]}}},
        None,
    ],
)
def test_its_judge_accepts_every_shape_of_error(body):
    validate_response("POST", "/api/v1/bot/", 400, body)


def test_its_judge_knows_downloads():
    ann = {"id": 100, "name": "Ann", "is_host": True, "platform": None, "extra_data": None}
    word = {"text": "Hi", "start_timestamp": {"relative": 1.5}, "end_timestamp": None}
    validate_download("participants", [ann])
    validate_download("transcript", [{"participant": ann, "words": [word]}])
    with pytest.raises(Unlike):
        validate_download("transcript", [{"participant": ann, "words": ["Hi"]}])
