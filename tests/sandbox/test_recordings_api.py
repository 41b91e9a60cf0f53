"""Recordings, artifacts, links and usage after a meeting."""

from collections.abc import Callable
from typing import Any

import pytest

from bots.recall.client import Recall

from .conftest import MEET, SECRET, Time

pytestmark = pytest.mark.django_db(databases=["default", "sandbox"])

CONFIG = {
    "transcript": {"provider": {"recallai_streaming": {}}},
    "audio_mixed_mp3": {"metadata": {"for": "ears"}},
    "metadata": {"team": "a"},
    "realtime_endpoints": [
        {"type": "webhook", "url": "https://example.com/x", "events": ["transcript.data"]}
    ],
}


@pytest.fixture
def bot_id(recall: Recall, http: Callable, time: Time) -> str:
    """A bot that recorded for five minutes and is done."""
    hook = {"webhook_url": "http://testserver/webhooks/recall/x/", "secret": SECRET}
    http("PUT", "control/workspace/", json=hook)
    body = {"meeting_url": MEET, "recording_config": CONFIG}
    id_ = recall.create_bot(body, idempotency_key="send-it-now").id
    time.pass_(310)
    recall.leave_call(id_, idempotency_key="leave-it-now")
    time.pass_(10)
    return id_


def recordings(http: Callable, **params: Any) -> list[dict[str, Any]]:
    return http("GET", "api/v1/recording/", params=params).json()["results"]


def test_it_lists_what_was_recorded(bot_id: str, http: Callable) -> None:
    (recording,) = recordings(http)
    assert recording["bot"]["id"] == bot_id
    assert recording["metadata"] == {"team": "a"}
    assert recording["status"]["code"] == "done"
    assert recordings(http, bot_id=bot_id, status_code="done") == [recording]
    assert recordings(http, bot_id="another") == []
    assert recordings(http, created_at_after="2027-01-01T00:00:00Z") == []
    assert http("GET", f"api/v1/recording/{recording['id']}/").json()["id"] == recording["id"]


def test_links_appear_when_media_are_done(recall: Recall, http: Callable, time: Time) -> None:
    id_ = recall.create_bot({"meeting_url": MEET}, idempotency_key="send-it-now").id
    time.pass_(30)
    shortcuts = http("GET", f"api/v1/bot/{id_}/").json()["recordings"][0]["media_shortcuts"]
    assert shortcuts["video_mixed"]["data"] == {"download_url": None}
    recall.leave_call(id_, idempotency_key="leave-it-now")
    time.pass_(10)
    shortcuts = http("GET", f"api/v1/bot/{id_}/").json()["recordings"][0]["media_shortcuts"]
    assert shortcuts["video_mixed"]["data"]["download_url"].startswith("http://testserver/")
    assert shortcuts["transcript"] is None


def test_metadata_can_be_changed(bot_id: str, http: Callable) -> None:
    (recording,) = recordings(http)
    body = {"metadata": {"team": "b"}}
    http("PATCH", f"api/v1/recording/{recording['id']}/", json=body)
    assert recordings(http)[0]["metadata"] == {"team": "b"}
    (sound,) = http("GET", "api/v1/audio_mixed/").json()["results"]
    assert sound["metadata"] == {"for": "ears"}
    http("PATCH", f"api/v1/audio_mixed/{sound['id']}/", json=body)
    assert http("GET", f"api/v1/audio_mixed/{sound['id']}/").json()["metadata"] == {"team": "b"}
    (endpoint,) = http("GET", "api/v1/realtime_endpoint/").json()["results"]
    http("PATCH", f"api/v1/realtime_endpoint/{endpoint['id']}/", json=body)
    assert recordings(http)[0]["realtime_endpoints"][0]["metadata"] == {"team": "b"}


def test_what_is_deleted_is_told_and_stays_deleted(
    bot_id: str, http: Callable, tick: Callable[[float], list[str]]
) -> None:
    tick(1)
    (video,) = http("GET", "api/v1/video_mixed/").json()["results"]
    assert http("DELETE", f"api/v1/video_mixed/{video['id']}/").status_code == 204
    assert tick(1) == ["video_mixed.deleted"]
    (recording,) = recordings(http)
    assert http("DELETE", f"api/v1/recording/{recording['id']}/").status_code == 204
    said = tick(1)
    assert "recording.deleted" in said
    assert "video_mixed.deleted" not in said
    (recording,) = recordings(http)
    assert recording["status"]["code"] == "deleted"
    for shortcut in recording["media_shortcuts"].values():
        assert set((shortcut["data"]).values()) <= {None}
    assert tick(3600) == []


def test_it_expires_after_a_week(
    bot_id: str, http: Callable, tick: Callable[[float], list[str]]
) -> None:
    tick(1)
    assert recordings(http)[0]["expires_at"].startswith("2026-11-27T12:05:1")
    assert tick(7 * 86400 - 60) == []
    assert "recording.deleted" in tick(60)
    assert recordings(http)[0]["status"]["code"] == "deleted"


@pytest.mark.parametrize(("retention", "kept"), [({"type": "forever"}, True), (None, False)])
def test_it_keeps_for_ever_or_nothing_if_asked(
    retention: object, kept: bool, recall: Recall, http: Callable, time: Time
) -> None:
    body = {"meeting_url": MEET, "recording_config": {"retention": retention}}
    id_ = recall.create_bot(body, idempotency_key="send-it-now").id
    time.pass_(300)
    recall.leave_call(id_, idempotency_key="leave-it-now")
    time.pass_(400 * 86400)
    (recording,) = recordings(http)
    assert bool(recording["media_shortcuts"]["video_mixed"]) == kept
    assert (recording["expires_at"] is None) == kept
    assert (http("GET", "api/v1/participant_events/").json()["results"] != []) == kept


def test_another_transcript_can_be_made(
    bot_id: str, http: Callable, tick: Callable[[float], list[str]]
) -> None:
    tick(1)
    (recording,) = recordings(http)
    path = f"api/v1/recording/{recording['id']}/create_transcript/"
    assert http("POST", path, json={"provider": {"recallai_streaming": {}}}).status_code == 400
    made = http("POST", path, json={"provider": {"recallai_async": {}}}).json()
    assert made["status"]["code"] == "processing"
    assert tick(10) == ["transcript.processing", "transcript.done"]
    listed = http("GET", "api/v1/transcript/", params={"recording_id": recording["id"]}).json()
    assert [row["id"] for row in listed["results"]][0] == made["id"]
    assert len(listed["results"]) == 2


def test_usage_counts_from_joining_to_done(bot_id: str, http: Callable) -> None:
    total = http("GET", "api/v1/billing/usage/").json()["bot_total"]
    assert total == pytest.approx(310 + 3.6 - 0.4)
    later = {"start": "2026-11-20T12:05:00Z"}
    assert http("GET", "api/v1/billing/usage/", params=later).json()["bot_total"] < 20
