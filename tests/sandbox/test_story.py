"""The whole tale: a bot is sent, waits, records, pauses, stops, starts again and goes home."""

from collections.abc import Callable

import pytest

from bots.recall.client import Recall

from .conftest import MEET, SECRET, Inbox

pytestmark = pytest.mark.django_db(databases=["default", "sandbox"])


def codes(recall: Recall, bot_id: str) -> list[str]:
    return [change.code for change in recall.retrieve_bot(bot_id).status_changes]


def test_it_tells_the_whole_story(
    recall: Recall, http: Callable, tick: Callable[[float], list[str]], inbox: Inbox
) -> None:
    hook = {"webhook_url": "http://testserver/webhooks/recall/x/", "secret": SECRET}
    assert http("PUT", "control/workspace/", json=hook).status_code == 200
    bot = recall.create_bot({"meeting_url": MEET}, idempotency_key="send-1")
    assert codes(recall, bot.id) == []

    assert tick(3) == ["bot.joining_call", "bot.in_waiting_room"]
    assert "bot.in_call_recording" in tick(10)
    recall.pause_recording(bot.id, idempotency_key="pause-1")
    assert tick(1) == ["bot.in_call_not_recording", "recording.paused"]
    recall.resume_recording(bot.id, idempotency_key="resume-1")
    assert tick(1) == ["bot.in_call_recording", "recording.processing"]
    recall.stop_recording(bot.id, idempotency_key="stop-1")
    assert "recording.done" in tick(5)
    recall.start_recording(bot.id, {"audio_mixed_mp3": {}}, idempotency_key="start-1")
    assert "audio_mixed.processing" in tick(2)
    recall.leave_call(bot.id, idempotency_key="leave-1")
    assert tick(10)[-1] == "bot.done"

    assert codes(recall, bot.id) == [
        "joining_call",
        "in_waiting_room",
        "in_call_not_recording",
        "in_call_recording",
        "in_call_not_recording",
        "in_call_recording",
        "in_call_not_recording",
        "in_call_recording",
        "call_ended",
        "recording_done",
        "done",
    ]
    last = recall.retrieve_bot(bot.id)
    assert last.status_changes[8].sub_code == "bot_received_leave_call"
    assert [recording.status for recording in last.recordings] == ["done", "done"]
    assert len({request.headers["webhook-id"] for request in inbox.requests}) == len(inbox.requests)
