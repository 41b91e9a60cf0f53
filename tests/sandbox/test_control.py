"""A person's hand in the sandbox: rooms, time, faults and settings, by the same key."""

from collections.abc import Callable
from typing import Any

import pytest

from bots.recall import errors
from bots.recall.client import Recall

from .conftest import MEET, Inbox, Time

pytestmark = pytest.mark.django_db(databases=["default", "sandbox"])

NEVER = "https://meet.google.com/nev-erad-mit"
STAGE = "https://meet.google.com/you-rsta-gex"


@pytest.fixture
def do(http: Callable) -> Callable[..., Any]:
    """Do something in the meeting with this id."""

    def act(room: str, verb: str, **more: Any) -> Any:
        answer = http("POST", f"control/rooms/{room}/", json={"do": verb} | more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return act


def send(recall: Recall, url: str, **body: Any) -> str:
    return recall.create_bot({"meeting_url": url} | body, idempotency_key=f"send {url}").id


def last(recall: Recall, bot_id: str) -> tuple[str, str | None]:
    change = recall.retrieve_bot(bot_id).status_changes[-1]
    return change.code, change.sub_code


def test_a_person_lets_the_bot_in_and_throws_it_out(
    recall: Recall, do: Callable, time: Time
) -> None:
    bot_id = send(recall, NEVER)
    time.pass_(60)
    assert last(recall, bot_id) == ("in_waiting_room", None)
    do("nev-erad-mit", "admit")
    time.pass_(5)
    assert last(recall, bot_id) == ("in_call_recording", None)
    do("nev-erad-mit", "kick", name=bot_id)
    time.pass_(1)
    assert last(recall, bot_id) == ("call_ended", "bot_kicked_from_call")


def test_a_person_plays_the_whole_meeting(recall: Recall, do: Callable, time: Time) -> None:
    bot_id = send(recall, STAGE)
    time.pass_(10)
    do("you-rsta-gex", "admit")
    do("you-rsta-gex", "notetaker", name="Otter.ai")
    assert do("you-rsta-gex", "talk", name="Ann", text="Hello there, everybody")["present"] == [
        "Otter.ai",
        "Ann",
    ]
    time.pass_(20)
    do("you-rsta-gex", "chat", name="Ann", text="A link")
    time.pass_(5)
    do("you-rsta-gex", "end")
    time.pass_(10)
    assert last(recall, bot_id) == ("done", None)
    media = recall.retrieve_bot(bot_id).recordings[0].media
    links = media["participant_events"].urls
    people = recall.download_json(links["participants_download_url"])
    assert [person["name"] for person in people] == ["Otter.ai", "Ann"]


def test_it_runs_faster(recall: Recall, do: Callable, time: Time) -> None:
    bot_id = send(recall, MEET)
    time.pass_(20)
    do("abc-defg-hij", "speed", speed=60)
    time.pass_(45)
    bot = recall.retrieve_bot(bot_id)
    assert bot.status_changes[-1].code == "done"
    assert bot.status_changes[-1].at <= time.now


@pytest.mark.parametrize(
    "body",
    [
        {"do": "dance"},
        {"do": "join"},
        {"do": "speed", "speed": 0},
        {"do": "speed"},
        {"do": "talk", "unknown": 1},
        {},
    ],
)
def test_it_says_what_is_not_possible(body: dict[str, Any], recall: Recall, http: Callable) -> None:
    send(recall, MEET)
    answer = http("POST", "control/rooms/abc-defg-hij/", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "not_possible")


def test_it_knows_no_meeting_that_nobody_was_sent_to(http: Callable) -> None:
    answer = http("POST", "control/rooms/abc-defg-hij/", json={"do": "end"})
    assert answer.status_code == 400


def test_it_refuses_unknown_settings(http: Callable) -> None:
    for settings in ({"unknown": 1}, {"page_size": "many"}, {"double": 1}):
        answer = http("PUT", "control/workspace/", json={"settings": settings})
        assert answer.status_code == 400, settings


def test_time_goes_by_at_once(recall: Recall, http: Callable, inbox: Inbox) -> None:
    bot_id = send(recall, MEET)
    answer = http("POST", "control/advance/", json={"seconds": 7200, "room": "abc-defg-hij"})
    assert answer.json() == {"rooms": 1, "told": 0, "delivered": 0}
    bot = recall.retrieve_bot(bot_id)
    times = [change.at for change in bot.status_changes]
    assert bot.status_changes[-1].code == "done"
    assert times == sorted(set(times))


def test_a_scheduled_meeting_begins_at_once_too(recall: Recall, http: Callable) -> None:
    bot_id = send(recall, MEET, join_at="2099-01-01T10:00:00Z")
    http("POST", "control/advance/", json={"seconds": 30})
    bot = recall.retrieve_bot(bot_id)
    assert bot.status_changes[-1].code == "in_call_recording"
    assert bot.raw["join_at"] == "2099-01-01T10:00:00.000000Z"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "status", "status": 401}, errors.WrongKeyOrRegion),
        ({"kind": "status", "status": 402}, errors.OutOfCredit),
        ({"kind": "status", "status": 403}, errors.BlockedByFirewall),
        ({"kind": "status", "status": 404}, errors.NotFound),
        ({"kind": "status", "status": 409}, errors.Conflict),
        ({"kind": "status", "status": 429, "retry_after": 7}, errors.SlowDown),
        ({"kind": "status", "status": 500}, errors.OutcomeUnknown),
        ({"kind": "status", "status": 502}, errors.OutcomeUnknown),
        ({"kind": "status", "status": 503}, errors.OutcomeUnknown),
        ({"kind": "status", "status": 507}, errors.NoFreeBot),
        ({"kind": "timeout", "seconds": 0.01}, errors.OutcomeUnknown),
        ({"kind": "html"}, errors.NotRecall),
        ({"kind": "cut_before"}, errors.OutcomeUnknown),
        ({"kind": "cut_after"}, errors.OutcomeUnknown),
    ],
)
def test_it_fails_on_request_and_only_once(
    fault: dict[str, Any], error: type[Exception], recall: Recall, http: Callable
) -> None:
    http("POST", "control/faults/", json=fault | {"method": "POST", "path": "/bot/$"})
    with pytest.raises(error):
        send(recall, MEET)
    done = 1 if fault["kind"] == "cut_after" else 0
    assert len(recall.list_bots().results) == done
    send(recall, MEET)  # with the same key: what was done is not done again
    assert len(recall.list_bots().results) == 1


def test_it_answers_slowly_but_rightly(recall: Recall, http: Callable) -> None:
    http("POST", "control/faults/", json={"kind": "slow", "seconds": 0.01, "count": 2})
    assert recall.list_bots().results == ()


def test_messages_and_calls_can_be_read(recall: Recall, http: Callable) -> None:
    http("PUT", "control/workspace/", json={"webhook_url": "http://127.0.0.1:9/x"})
    send(recall, MEET)
    answer = http("POST", "control/advance/", json={"seconds": 1.5})
    assert answer.json()["told"] == 1
    (message,) = http("GET", "control/messages/").json()["messages"]
    assert message["event"] == "bot.joining_call"
    assert message["attempts"][0]["error"].startswith("ConnectError")
    assert http("GET", "control/calls/").json()["calls"][0]["slug"] == "bot_create"
