"""Start Recording: every option is said, from what Recall returned and what a person changed."""

import copy
from typing import Any

from bots.formats import FORMATS
from bots.policy import Wish, create_body, start_body, summary

WEBHOOK = {
    "id": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "type": "webhook",
    "url": "https://hooks.example/live",
    "events": ["transcript.data", "participant_events.join"],
    "metadata": {"team": "sales"},
    "status": {"code": "running"},
}

RETURNED: dict[str, Any] = {
    "id": "read-only",
    "transcript": {
        "id": "read-only",
        "status": {"code": "processing"},
        "provider": {"deepgram_streaming": {"model": "nova-3"}},
        "diarization": {"use_separate_streams_when_available": True},
        "metadata": {"k": "v"},
    },
    "realtime_endpoints": [WEBHOOK],
    "retention": {"type": "timed", "hours": 24, "expires_at": "read-only"},
    "video_mixed_layout": "gallery_view_v2",
    "video_mixed_participant_video_when_screenshare": "beside",
    "start_recording_on": "manual",
    "include_bot_in_recording": {"audio": True},
    "metadata": {"meeting": "weekly"},
    "video_mixed_mp4": {"metadata": {"a": "b"}, "id": "read-only"},
    "participant_events": {},
    "meeting_metadata": None,
    "audio_mixed_mp3": {},
    "status_changes": [],
}


def test_it_sends_back_what_the_bot_had_and_only_what_may_be_written() -> None:
    before = copy.deepcopy(RETURNED)
    body = start_body(RETURNED)
    assert before == RETURNED
    off = dict.fromkeys(each.key for each in FORMATS)
    assert body == off | {
        "video_mixed_mp4": {"metadata": {"a": "b"}},
        "participant_events": {},
        "audio_mixed_mp3": {},
        "transcript": {
            "provider": {"deepgram_streaming": {"model": "nova-3"}},
            "diarization": {"use_separate_streams_when_available": True},
            "metadata": {"k": "v"},
        },
        "realtime_endpoints": [
            {
                "type": "webhook",
                "url": "https://hooks.example/live",
                "events": ["transcript.data", "participant_events.join"],
                "metadata": {"team": "sales"},
            }
        ],
        "retention": {"type": "timed", "hours": 24},
        "video_mixed_layout": "gallery_view_v2",
        "video_mixed_participant_video_when_screenshare": "beside",
        "start_recording_on": "call_join",
        "include_bot_in_recording": {"audio": True},
        "metadata": {"meeting": "weekly"},
    }


def test_it_is_the_same_when_said_twice() -> None:
    once = start_body(RETURNED)
    assert start_body(once) == once


def test_it_says_all_that_create_said() -> None:
    wish = Wish("https://zoom.us/j/1", transcript="meeting_captions", start_on="participant_speak")
    config = create_body(wish)["recording_config"]
    assert start_body(config) == config


def test_it_records_at_once_where_recall_knew_no_configuration() -> None:
    body = start_body(None)
    assert body["start_recording_on"] == "call_join"
    assert body["video_mixed_mp4"] == {}
    assert body["retention"] == {"type": "timed", "hours": 168}
    assert summary(body) == "Records video."


def test_it_keeps_zero_retention() -> None:
    assert start_body(RETURNED | {"retention": None})["retention"] is None


def test_it_takes_other_formats() -> None:
    body = start_body(RETURNED, formats=frozenset({"video_mixed_mp4", "video_separate_mp4"}))
    assert body["video_mixed_mp4"] == {"metadata": {"a": "b"}}
    assert body["video_separate_mp4"] == {}
    assert body["audio_mixed_mp3"] is None
    assert body["participant_events"] is None


def test_it_takes_the_gallery_for_a_new_format_that_needs_it() -> None:
    had = RETURNED | {"video_mixed_layout": "speaker_view"}
    assert start_body(had)["video_mixed_layout"] == "speaker_view"
    body = start_body(had, formats=frozenset({"video_separate_png"}))
    assert body["video_mixed_layout"] == "gallery_view_v2"


def test_it_takes_another_transcript_or_none() -> None:
    assert start_body(RETURNED, transcript="")["transcript"] is None
    body = start_body(RETURNED, transcript="recallai_streaming", language="de")
    assert body["transcript"]["provider"] == {
        "recallai_streaming": {"mode": "prioritize_accuracy", "language_code": "de"}
    }


def test_it_drops_live_events_that_no_format_feeds() -> None:
    socket = {
        "type": "websocket",
        "url": "wss://hooks.example/live",
        "events": ["audio_mixed_raw.data", "transcript.data"],
    }
    rtmp = {"type": "rtmp", "url": "rtmp://a.example/1", "events": ["video_mixed_flv.data"]}
    had = {"realtime_endpoints": [socket, rtmp], "audio_mixed_raw": {}, "video_mixed_flv": {}}
    assert start_body(had)["realtime_endpoints"] == [socket, rtmp]
    less = start_body(had, formats=frozenset({"video_mixed_mp4"}))
    assert less["realtime_endpoints"] == [socket | {"events": ["transcript.data"]}]


def test_it_streams_to_a_new_address_instead_of_the_old() -> None:
    rtmp = {"type": "rtmp", "url": "rtmp://a.example/1", "events": ["video_mixed_flv.data"]}
    had = {"realtime_endpoints": [rtmp], "video_mixed_flv": {}}
    body = start_body(had, rtmp_url="rtmp://b.example/2")
    assert body["realtime_endpoints"] == [rtmp | {"url": "rtmp://b.example/2"}]


def test_it_leaves_out_endpoints_that_cannot_be_written_back() -> None:
    had = {"realtime_endpoints": [{"id": "x", "metadata": {}}, WEBHOOK | {"url": None}]}
    assert start_body(had)["realtime_endpoints"] == []
