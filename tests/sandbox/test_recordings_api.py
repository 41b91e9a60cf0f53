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


ASYNC = {"provider": {"recallai_async": {}}}


def recorded(
    link: str, recall: Recall, http: Callable, tick: Callable[[float], list[str]], **config: Any
) -> dict[str, Any]:
    """The recording of a named meeting of five minutes, with all that was made."""
    http("PUT", "control/workspace/", json={"webhook_url": "http://testserver/x/"})
    every = {"transcript": CONFIG["transcript"], "audio_separate_raw": {}} | config
    body = {"meeting_url": f"https://meet.google.com/{link}", "recording_config": every}
    recall.create_bot(body, idempotency_key="send-it-now")
    tick(1)
    tick(330)
    (recording,) = recordings(http)
    return recording


def statuses(http: Callable) -> dict[str, str]:
    kinds = ["transcript", "video_mixed", "audio_separate", "participant_events"]
    return {
        kind: row["status"]["code"]
        for kind in kinds
        for row in http("GET", f"api/v1/{kind}/").json()["results"]
    }


@pytest.mark.parametrize(
    ("link", "failed"),
    [
        ("bad-tran-scr", {"transcript"}),
        ("bad-trac-ksx", {"audio_separate"}),
        ("all-isgo-nex", {"transcript", "video_mixed", "audio_separate", "participant_events"}),
    ],
)
def test_what_fails_is_told_and_shown(
    link: str, failed: set[str], recall: Recall, http: Callable, tick: Callable
) -> None:
    recording = recorded(link, recall, http, tick)
    found = statuses(http)
    assert {kind for kind, code in found.items() if code == "failed"} == failed
    assert set(found.values()) <= {"done", "failed"}
    assert recording["status"]["code"] == ("failed" if link == "all-isgo-nex" else "done")


@pytest.mark.parametrize(
    ("link", "asked", "ends"),
    [
        ("bad-tran-scr", ASYNC, "done"),
        ("bad-agai-nxx", ASYNC, "failed"),
        ("qui-ckme-etx", ASYNC | {"metadata": {"sandbox_fails": "out_of_luck"}}, "failed"),
    ],
)
def test_a_transcript_made_afterwards_works_or_fails(
    link: str, asked: dict, ends: str, recall: Recall, http: Callable, tick: Callable
) -> None:
    recording = recorded(link, recall, http, tick)
    path = f"api/v1/recording/{recording['id']}/create_transcript/"
    made = http("POST", path, json=asked).json()
    assert tick(3) == ["transcript.processing"]
    assert tick(4) == [f"transcript.{ends}"]
    status = http("GET", f"api/v1/transcript/{made['id']}/").json()["status"]
    assert status["code"] == ends
    assert bool(status["sub_code"]) == (ends == "failed")


def test_five_transcripts_a_minute_are_made_of_a_bots_recordings(
    bot_id: str, recall: Recall, http: Callable, time: Time
) -> None:
    """All recordings of a bot count together, and another bot's count for themselves."""
    twice = [("start_recording", 20), ("stop_recording", 20), ("start_recording", 20)]
    other = recall.create_bot({"meeting_url": MEET}, idempotency_key="send-another").id
    time.pass_(60)
    for verb, seconds in [("stop_recording", 5), *twice, ("leave_call", 10)]:
        assert http("POST", f"api/v1/bot/{other}/{verb}/").status_code == 200
        time.pass_(seconds)
    first, *others = reversed(recordings(http))
    done = [row for row in others if row["bot"]["id"] == other]
    assert len(done) == 3

    def ask(recording: dict[str, Any]) -> int:
        path = f"api/v1/recording/{recording['id']}/create_transcript/"
        return http("POST", path, json=ASYNC).status_code

    assert [ask(done[n % 3]) for n in range(6)] == [200] * 5 + [429]
    assert ask(first) == 200
    time.pass_(61)
    assert ask(done[0]) == 200


def test_ten_transcripts_of_a_recording_are_enough(bot_id: str, http: Callable, time: Time) -> None:
    (recording,) = recordings(http)
    path = f"api/v1/recording/{recording['id']}/create_transcript/"
    codes = []
    for _ in range(10):
        codes.append(http("POST", path, json=ASYNC).status_code)
        time.pass_(20)
    assert codes == [200] * 9 + [400]
    listed = http("GET", "api/v1/transcript/").json()["results"]
    http("DELETE", f"api/v1/transcript/{listed[0]['id']}/")
    time.pass_(20)
    assert http("POST", path, json=ASYNC).status_code == 200


def test_some_of_it_expires_within_the_hour(recall: Recall, http: Callable, tick: Callable) -> None:
    recorded("gon-esoo-nxx", recall, http, tick, retention={"type": "forever"})
    assert tick(2600) == []
    said = tick(120)
    assert "recording.deleted" in said
    assert {"transcript.deleted", "video_mixed.deleted", "audio_separate.deleted"} < set(said)


def test_nobody_said_a_word(recall: Recall, http: Callable, tick: Callable) -> None:
    recording = recorded("now-ords-all", recall, http, tick)
    url = recording["media_shortcuts"]["transcript"]["data"]["download_url"]
    path = url.partition("/us-west-2/")[2]
    assert http("GET", path).json() == []
