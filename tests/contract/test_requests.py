"""Every request that the client can make is one that Recall describes."""

import json
import re

import httpx
import pytest

from bots.recall.client import ARTIFACT_FILTERS, BOT_FILTERS, RECORDING_FILTERS, Recall
from bots.recall.types import MEDIA_KINDS

from .conftest import Unlike, shared_json, validate_query, validate_request

ID = "2fa8e5c1-7c1c-4b5a-9d0e-0d6a1f3b9c11"
URL = "https://meet.google.com/abc-defg-hij"
RECORDING_CONFIG = {
    "transcript": {
        "provider": {"recallai_streaming": {"mode": "prioritize_accuracy"}},
        "diarization": {"use_separate_streams_when_available": True},
    },
    "realtime_endpoints": [
        {"type": "webhook", "url": "https://example.com/in", "events": ["transcript.data"]},
        {"type": "rtmp", "url": "rtmp://example.com/a/b", "events": ["video_mixed_flv.data"]},
    ],
    "retention": {"type": "timed", "hours": 168},
    "video_mixed_layout": "gallery_view_v2",
    "video_mixed_participant_video_when_screenshare": "beside",
    "start_recording_on": "call_join",
    "include_bot_in_recording": {"audio": True},
    "metadata": {"team": "sales"},
    "video_mixed_mp4": {},
    "participant_events": {},
    "meeting_metadata": {},
    "audio_mixed_mp3": {},
    "audio_separate_raw": None,
    "video_separate_mp4": {},
    "video_separate_png": None,
    "video_separate_h264": None,
    "video_mixed_flv": {},
}
CREATE = {
    "meeting_url": URL,
    "bot_name": "Notetaker",
    "join_at": "2026-03-02T09:00:00Z",
    "recording_config": {**RECORDING_CONFIG, "start_recording_on": "manual"},
    "automatic_leave": {
        "waiting_room_timeout": 1200,
        "noone_joined_timeout": 1200,
        "everyone_left_timeout": {"timeout": 2, "activate_after": 30},
        "silence_detection": {"timeout": 3600, "activate_after": 1200},
        "bot_detection": {
            "using_participant_names": {
                "matches": ["notetaker"],
                "timeout": 30,
                "activate_after": 300,
            },
            "using_participant_events": {"timeout": 600, "activate_after": 1200},
        },
    },
    "metadata": {"workspace": "w1"},
}

WRITES = {
    "bot_create": lambda r: r.create_bot(CREATE, idempotency_key="k"),
    "bot_partial_update": lambda r: r.update_bot(ID, {"join_at": None}, idempotency_key="k"),
    "bot_destroy": lambda r: r.delete_bot(ID),
    "bot_leave_call_create": lambda r: r.leave_call(ID, idempotency_key="k"),
    "bot_start_recording_create": lambda r: r.start_recording(
        ID, RECORDING_CONFIG, idempotency_key="k"
    ),
    "bot_stop_recording_create": lambda r: r.stop_recording(ID, idempotency_key="k"),
    "bot_pause_recording_create": lambda r: r.pause_recording(ID, idempotency_key="k"),
    "bot_resume_recording_create": lambda r: r.resume_recording(ID, idempotency_key="k"),
    "bot_request_recording_permission_create": lambda r: r.request_recording_permission(
        ID, idempotency_key="k"
    ),
    "bot_send_chat_message_create": lambda r: r.send_chat_message(
        ID, message="We record.", to="host", pin=True, idempotency_key="k"
    ),
    "bot_delete_media_create": lambda r: r.delete_media(ID, idempotency_key="k"),
    "bot_output_audio_create": lambda r: r.output_audio(ID, mp3="//uQ", idempotency_key="k"),
    "bot_output_audio_destroy": lambda r: r.stop_output_audio(ID),
    "bot_output_video_create": lambda r: r.output_video(ID, jpeg="/9j/", idempotency_key="k"),
    "bot_output_video_destroy": lambda r: r.stop_output_video(ID),
    "bot_output_screenshare_create": lambda r: r.output_screenshare(
        ID, jpeg="/9j/", idempotency_key="k"
    ),
    "bot_output_screenshare_destroy": lambda r: r.stop_output_screenshare(ID),
    "bot_output_media_create": lambda r: r.output_media(
        ID, camera="https://example.com/", screenshare="https://example.com/", idempotency_key="k"
    ),
    "bot_output_media_destroy": lambda r: r.stop_output_media(ID, screenshare=True),
    "recording_destroy": lambda r: r.recordings.delete(ID),
    **{f"{kind}_destroy": lambda r, k=kind: r.artifacts(k).delete(ID) for kind in MEDIA_KINDS},
}
READS = {
    "bot_list": lambda r: r.list_bots(
        **{**dict.fromkeys(BOT_FILTERS, "1"), "metadata": {"a": "b"}}
    ),
    "bot_retrieve": lambda r: r.retrieve_bot(ID),
    "recording_list": lambda r: r.recordings.list(**dict.fromkeys(RECORDING_FILTERS, "1")),
    "recording_retrieve": lambda r: r.recordings.retrieve(ID),
    **{
        f"{kind}_list": lambda r, k=kind: r.artifacts(k).list(
            **dict.fromkeys(ARTIFACT_FILTERS, "1")
        )
        for kind in MEDIA_KINDS
    },
    **{f"{kind}_retrieve": lambda r, k=kind: r.artifacts(k).retrieve(ID) for kind in MEDIA_KINDS},
}


def sent(call) -> httpx.Request:
    requests = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json={"id": ID, "results": [], "next": None})

    with Recall("key", base_url="https://x", transport=httpx.MockTransport(answer)) as recall:
        call(recall)
    [request] = requests
    return request


@pytest.mark.parametrize("slug", [*WRITES, *READS])
def test_it_asks_only_what_recall_describes(slug):
    request = sent({**WRITES, **READS}[slug])
    body = json.loads(request.content) if request.content else None
    path = request.url.path

    validate_request(request.method, path, body)
    validate_query(request.method, path, request.url.params.multi_items())

    [endpoint] = [e for e in shared_json("endpoints.json")["endpoints"] if e["slug"] == slug]
    assert request.method == endpoint["method"]
    assert re.fullmatch(endpoint["path"].replace("{id}", "[^/]+"), path)


@pytest.mark.parametrize("slug", WRITES)
def test_it_makes_every_write_repeatable(slug):
    request = sent(WRITES[slug])
    assert ("Idempotency-Key" in request.headers) == (request.method in ("POST", "PATCH"))


@pytest.mark.parametrize("kind", ["bot", "recording", *MEDIA_KINDS])
def test_it_has_every_read_and_delete_of_a_noun(kind):
    described = {
        endpoint["slug"]
        for endpoint in shared_json("endpoints.json")["endpoints"]
        if re.fullmatch(f"{kind}_(list|retrieve|destroy)", endpoint["slug"])
    }
    assert len(described) == 3
    assert described <= {*WRITES, *READS}


@pytest.mark.parametrize(
    "spoil",
    [
        {"meeting_url": None},
        {"meeting_url": {"platform": "google_meet", "meeting_id": "abc"}},
        {"bot_nam": "typo"},
        {"bot_name": "x" * 101},
        {"id": ID},
        {"join_at": "tomorrow"},
        {"recording_config": {"video_mixed_layout": "cinema"}},
        {"recording_config": {"video_mixed": {}}},
        {"recording_config": {"retention": {"type": "sometimes"}}},
        {"recording_config": {"realtime_endpoints": [{"type": "webhook", "events": []}]}},
    ],
)
def test_its_judge_finds_faults_in_a_bot(spoil):
    with pytest.raises(Unlike):
        validate_request("POST", "/api/v1/bot/", {**CREATE, **spoil})


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("start_recording", {"start_recording_on": "manual"}),
        ("start_recording", {"recording_config": {}}),
        ("start_recording", {"video_mixed_mp4": True}),
        ("send_chat_message", {"to": "everyone"}),
        ("send_chat_message", {"message": "x" * 4097}),
        ("output_audio", {"kind": "wav", "b64_data": "//uQ"}),
        ("output_video", {"kind": "jpeg", "b64_data": "A" * 1_835_009}),
        ("output_screenshare", {"kind": "jpeg"}),
        ("output_media", {"screenshare": {"kind": "webpage", "config": {"url": "example.com"}}}),
        ("output_media", {"screen": {"kind": "webpage"}}),
        ("pause_recording", {}),
        ("leave_call", {}),
        ("explode", None),
    ],
)
def test_its_judge_finds_faults_in_a_command(verb, body):
    with pytest.raises(Unlike):
        validate_request("POST", f"/api/v1/bot/{ID}/{verb}/", body)


def test_its_judge_knows_the_filters():
    with pytest.raises(Unlike, match="bot_id"):
        validate_query("GET", "/api/v1/bot/", [("bot_id", ID)])
