"""Commands: refused before and after the call, harmless out of state, effective in it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bots.recall import errors
from bots.recall.client import Recall

from .conftest import MEET, Time

pytestmark = pytest.mark.django_db(databases=["default", "sandbox"])

IN_CALL = (
    "start_recording",
    "stop_recording",
    "pause_recording",
    "resume_recording",
    "request_recording_permission",
)


def send(recall: Recall, **body: object) -> str:
    bot = recall.create_bot({"meeting_url": MEET} | body, idempotency_key="send-it-now")
    return bot.id


def code_of(recall: Recall, bot_id: str) -> str:
    return recall.retrieve_bot(bot_id).status_changes[-1].code


@pytest.mark.parametrize("verb", IN_CALL)
def test_it_refuses_commands_outside_the_call(
    verb: str, recall: Recall, http: Callable, time: Time
) -> None:
    path = f"api/v1/bot/{send(recall)}/{verb}/"
    assert http("POST", path).json()["code"] == "cannot_command_unstarted_bot"
    time.pass_(5)
    assert http("POST", path).json()["code"] == "cannot_command_unstarted_bot"
    time.pass_(20)
    assert http("POST", path).status_code == 200
    time.pass_(3600)
    assert http("POST", path).json()["code"] == "cannot_command_completed_bot"


def test_it_leaves_from_the_waiting_room(recall: Recall, time: Time) -> None:
    bot_id = send(recall)
    time.pass_(5)
    recall.leave_call(bot_id, idempotency_key="leave-it-now")
    time.pass_(5)
    assert code_of(recall, bot_id) == "done"
    with pytest.raises(errors.TooLate):
        recall.leave_call(bot_id, idempotency_key="leave-it-again")


def test_it_calls_back_a_bot_only_in_its_last_ten_minutes(recall: Recall, time: Time) -> None:
    bot_id = send(recall, join_at=(time.now + timedelta(minutes=30)).isoformat())
    with pytest.raises(errors.TooLate) as caught:
        recall.leave_call(bot_id, idempotency_key="leave-too-soon")
    assert caught.value.code == "cannot_command_unstarted_bot"
    time.pass_(21 * 60)
    with pytest.raises(errors.TooLate):
        recall.delete_bot(bot_id)
    recall.leave_call(bot_id, idempotency_key="leave-it-now")
    time.pass_(3600)
    bot = recall.retrieve_bot(bot_id)
    assert [change.code for change in bot.status_changes] == ["call_ended", "done"]


def test_it_starts_with_the_endpoints_own_defaults(recall: Recall, time: Time) -> None:
    config = {
        "transcript": {"provider": {"meeting_captions": {}}},
        "start_recording_on": "manual",
        "metadata": {"a": "b"},
    }
    bot_id = send(recall, recording_config=config)
    time.pass_(20)
    recall.start_recording(bot_id, {}, idempotency_key="start-it-now")
    time.pass_(2)
    recording = recall.retrieve_bot(bot_id).recordings[0]
    assert "transcript" not in {kind for kind, made in recording.media.items() if made}
    assert recording.metadata == {}


def test_it_does_not_start_manually_here(recall: Recall, time: Time) -> None:
    bot_id = send(recall)
    time.pass_(20)
    with pytest.raises(errors.Refused):
        recall.start_recording(
            bot_id, {"start_recording_on": "manual"}, idempotency_key="start-it-now"
        )


def test_a_start_over_a_recording_loses_it(recall: Recall, http: Callable, time: Time) -> None:
    bot_id = send(recall)
    time.pass_(30)
    recall.start_recording(bot_id, {}, idempotency_key="start-it-now")
    time.pass_(5)
    recordings = recall.retrieve_bot(bot_id).recordings
    assert [recording.status for recording in recordings] == ["deleted", "processing"]
    http("PUT", "control/workspace/", json={"settings": {"start_while_recording": "done"}})
    recordings = recall.retrieve_bot(bot_id).recordings
    assert [recording.status for recording in recordings] == ["done", "processing"]


def test_it_ignores_or_refuses_a_resume_of_what_is_not_paused(
    recall: Recall, http: Callable, time: Time
) -> None:
    path = f"api/v1/bot/{send(recall)}/resume_recording/"
    time.pass_(20)
    assert http("POST", path).status_code == 200
    http("PUT", "control/workspace/", json={"settings": {"wrong_state": "400"}})
    assert http("POST", path).status_code == 400


def test_it_says_something_in_the_chat(recall: Recall, http: Callable, time: Time) -> None:
    bot_id = send(recall)
    time.pass_(20)
    recall.send_chat_message(bot_id, message="Recording now", idempotency_key="chat-it-now")
    path = f"api/v1/bot/{bot_id}/send_chat_message/"
    assert http("POST", path, json={"message": "x" * 501}).status_code == 400
    time.pass_(5)
    recall.leave_call(bot_id, idempotency_key="leave-it-now")
    time.pass_(10)
    made = recall.retrieve_bot(bot_id).recordings[0].media["participant_events"]
    url = made.urls["participant_events_download_url"]
    said = [row for row in recall.download_json(url) if row["action"] == "chat_message"]
    assert [row["data"]["text"] for row in said] == ["Recording now"]
