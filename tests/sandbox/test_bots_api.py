"""Create, list, retrieve, update and delete bots, by Recall's ten-minute rule."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bots.recall import errors
from bots.recall.client import Recall

from .conftest import MEET, Time

pytestmark = pytest.mark.django_db(databases=["default", "sandbox"])

LEAVE = {"waiting_room_timeout": 3}


def create(recall: Recall, key: str = "key-12345", **body: Any) -> Any:
    return recall.create_bot({"meeting_url": MEET} | body, idempotency_key=key)


def ahead(time: Time, minutes: float) -> str:
    return (time.now + timedelta(minutes=minutes)).isoformat()


def test_it_fills_in_the_defaults(recall: Recall, http: Callable) -> None:
    answer = http("POST", "api/v1/bot/", json={"meeting_url": MEET, "unknown": 1})
    bot = answer.json()
    assert answer.status_code == 201
    assert bot["meeting_url"] == {"meeting_id": "abc-defg-hij", "platform": "google_meet"}
    assert bot["status_changes"] == []
    assert bot["recording_config"]["start_recording_on"] == "participant_join"
    assert bot["automatic_leave"]["silence_detection"] == {"timeout": 3600, "activate_after": 1200}
    assert "using_participant_names" not in bot["automatic_leave"]["bot_detection"]


@pytest.mark.parametrize(
    ("body", "errors_"),
    [
        ({}, {"meeting_url": ["This field is required."]}),
        (
            {"meeting_url": "https://example.com/x"},
            {"meeting_url": ["The meeting_url is malformed, or for an unsupported platform."]},
        ),
        (
            {"meeting_url": MEET, "automatic_leave": LEAVE},
            {
                "automatic_leave": {
                    "waiting_room_timeout": ["Ensure this value is greater than or equal to 30."]
                }
            },
        ),
        (
            {"meeting_url": MEET, "bot_name": "x" * 101},
            {"bot_name": ["Ensure this field has no more than 100 characters."]},
        ),
        (
            {"meeting_url": MEET, "metadata": {"a": "x" * 501}},
            {"metadata": {"a": ["Ensure this field has no more than 500 characters."]}},
        ),
        (
            {"meeting_url": MEET, "recording_config": {"video_mixed_layout": "grid"}},
            {"recording_config": {"video_mixed_layout": ['"grid" is not a valid choice.']}},
        ),
    ],
)
def test_it_refuses_a_wrong_body_field_by_field(
    body: dict[str, Any], errors_: dict[str, Any], http: Callable
) -> None:
    answer = http("POST", "api/v1/bot/", json=body)
    assert (answer.status_code, answer.json()) == (400, errors_)


def test_it_keeps_pictures_and_sounds_to_itself(http: Callable) -> None:
    picture = {"in_call_recording": {"kind": "jpeg", "b64_data": "aGk="}}
    body = {"meeting_url": MEET, "automatic_video_output": picture}
    bot = http("POST", "api/v1/bot/", json=body).json()
    assert bot["automatic_video_output"] == {"in_call_recording": {"kind": "jpeg"}}


def test_it_is_out_of_machines_for_those_who_come_at_once(
    recall: Recall, http: Callable, time: Time
) -> None:
    http("PUT", "control/workspace/", json={"settings": {"adhoc_pool_size": 1}})
    create(recall, "first-one")
    with pytest.raises(errors.NoFreeBot) as caught:
        create(recall, "second-one")
    assert caught.value.retry_after_s == 30
    create(recall, "scheduled", join_at=ahead(time, 11))
    time.pass_(61)
    with pytest.raises(errors.NoFreeBot):
        create(recall, "second-one")  # the stored answer, for an hour
    create(recall, "a-new-key")


def test_it_is_scheduled_when_more_than_ten_minutes_ahead(recall: Recall, time: Time) -> None:
    soon = create(recall, "at-ten-minutes", join_at=ahead(time, 10))
    later = create(recall, "after-ten-minutes", join_at=ahead(time, 10.1))
    with pytest.raises(errors.TooLate):
        recall.delete_bot(soon.id)
    recall.delete_bot(later.id)
    with pytest.raises(errors.NotFound):
        recall.retrieve_bot(later.id)


def test_it_joins_at_its_time(recall: Recall, time: Time) -> None:
    bot = create(recall, join_at=ahead(time, 60))
    time.pass_(3599)
    assert recall.retrieve_bot(bot.id).status_changes == ()
    time.pass_(3)
    assert recall.retrieve_bot(bot.id).status_changes[0].code == "joining_call"


def test_it_moves_a_scheduled_bot(recall: Recall, time: Time) -> None:
    bot = create(recall, join_at=ahead(time, 60))
    recall.update_bot(
        bot.id, {"join_at": ahead(time, 30), "bot_name": "X"}, idempotency_key="u1234567"
    )
    with pytest.raises(errors.RecallError) as caught:
        recall.update_bot(bot.id, {"join_at": ahead(time, 9)}, idempotency_key="u2345678")
    assert caught.value.code == "update_bot_failed"
    time.pass_(1805)
    now = recall.retrieve_bot(bot.id)
    assert now.raw["bot_name"] == "X"
    assert now.status_changes[-1].code == "in_waiting_room"
    with pytest.raises(errors.TooLate):
        recall.update_bot(bot.id, {"bot_name": "Y"}, idempotency_key="u3456789")


def test_it_changes_all_but_the_time_in_the_last_ten_minutes(recall: Recall, time: Time) -> None:
    bot = create(recall, join_at=ahead(time, 60))
    time.pass_(55 * 60)
    assert recall.update_bot(bot.id, {"bot_name": "X"}, idempotency_key="u1234567").bot_name == "X"
    with pytest.raises(errors.TooLate, match="not enough time"):
        recall.update_bot(bot.id, {"join_at": ahead(time, 30)}, idempotency_key="u2345678")


def test_it_filters(recall: Recall, time: Time) -> None:
    zoom = "https://zoom.us/j/81234567890"
    one = create(recall, "bot-number-1", metadata={"team": "a", "x": "1"})
    two = create(recall, "bot-number-2", meeting_url=zoom, metadata={"team": "a"})
    far = create(recall, "bot-number-3", join_at=ahead(time, 60))
    time.pass_(5)

    def ids(**filters: Any) -> set[str]:
        return {bot.id for bot in recall.list_bots(**filters).results}

    assert ids() == {one.id, two.id, far.id}
    assert ids(platform=["zoom"]) == {two.id}
    assert ids(metadata={"team": "a"}) == {one.id, two.id}
    assert ids(metadata={"team": "a", "x": "1"}) == {one.id}
    assert ids(status=["in_waiting_room", "ready"]) == {one.id, far.id}
    assert ids(join_at_after=time.now) == {far.id}
    assert ids(join_at_before=time.now) == set()
    assert ids(join_at_before=far.join_at) == set()
    assert ids(join_at_after=far.join_at) == {far.id}
    assert ids(meeting_url=zoom) == {two.id}


@pytest.mark.parametrize("cursor", [False, True])
def test_it_pages(cursor: bool, recall: Recall, http: Callable, time: Time) -> None:
    http("PUT", "control/workspace/", json={"settings": {"page_size": 2}})
    made = []
    for n in range(5):
        made.append(create(recall, f"bot-number-{n}").id)
        time.pass_(1)
    found = [bot.id for bot in recall.iter_bots(max_pages=9, use_cursor=cursor)]
    assert found == made[::-1]
    page = http("GET", "api/v1/bot/", params={"use_cursor": "1"} if cursor else {}).json()
    second = http("GET", page["next"].split("/us-west-2/")[1]).json()
    back = http("GET", second["previous"].split("/us-west-2/")[1]).json()
    assert [bot["id"] for bot in second["results"]] == made[2:0:-1]
    assert back["results"] == page["results"]


def test_a_link_that_is_sent_again_later_is_a_new_meeting(recall: Recall, time: Time) -> None:
    first = create(recall, "first-time")
    time.pass_(2 * 3600)
    second = create(recall, "second-time")
    time.pass_(20)
    assert recall.retrieve_bot(first.id).status_changes[-1].code == "done"
    assert recall.retrieve_bot(second.id).status_changes[-1].code == "in_call_recording"
