"""What is kept after a meeting, from answers as they should be and as they should not."""

import json
import uuid

import httpx
import pytest

from bots import conf, connection, details
from bots.models import Bot, Change, ParticipantEvent, Recording, Transcript
from bots.recall import errors, types
from tests.world import NOW, at, make_bot, make_workspace

pytestmark = pytest.mark.django_db
MEDIA = "https://media.example"
TOKEN = "token=of-a-signed-link"


def link(name):
    return f"{MEDIA}/{name}?{TOKEN}"


def moment(seconds):
    return {"relative": float(seconds), "absolute": at(seconds).isoformat()}


def person(number, name, **more):
    return {"id": number, "name": name, "is_host": False, "platform": "desktop", **more}


def event(number, action, seconds, **data):
    return {
        "id": str(uuid.uuid4()),
        "action": action,
        "participant": person(number, f"P{number}"),
        "timestamp": moment(seconds),
        "data": data or None,
    }


def said(name, *words):
    return {
        "participant": person(100, name),
        "words": [
            {"text": text, "start_timestamp": moment(start), "end_timestamp": end and moment(end)}
            for text, start, end in words
        ],
    }


class Room:
    """A bot with one recording, and what stands behind each link."""

    def __init__(self, workspace):
        self.bot = make_bot(workspace)
        self.recording = Recording.objects.create(
            workspace=workspace,
            bot=self.bot,
            recall_id=uuid.uuid4(),
            status="done",
            status_at=NOW,
            created_at=NOW,
        )
        self.files = {}
        self.asked = []
        self.shortcuts = {}

    def has(self, kind, status="done", **links):
        self.shortcuts[kind] = {
            "id": str(uuid.uuid4()),
            "status": {"code": status, "sub_code": None, "updated_at": at(60).isoformat()},
            "data": links,
        }

    def play(self, request):
        self.asked.append(request.url.path)
        found = self.files.get(request.url.path)
        if found is None:
            return httpx.Response(404, json={})
        body = found if isinstance(found, bytes) else json.dumps(found).encode()
        return httpx.Response(200, content=body, headers={"Content-Type": "application/json"})

    def fetch(self, seconds=70):
        answer = types.Bot.read(
            {
                "id": str(self.bot.recall_id),
                "recordings": [
                    {
                        "id": str(self.recording.recall_id),
                        "status": {"code": "done"},
                        "media_shortcuts": self.shortcuts,
                    }
                ],
            }
        )
        with connection.recall(self.bot.workspace) as recall:
            details.fetch(self.bot, answer, recall, now=at(seconds))


@pytest.fixture
def room(monkeypatch):
    room = Room(make_workspace())
    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(room.play))
    return room


@pytest.fixture
def with_people(room):
    room.has(
        "participant_events",
        participant_events_download_url=link("events"),
        participants_download_url=link("people"),
    )
    room.files["/people"] = [person(100, "Ann", is_host=True, email="ann@example.com")]
    room.files["/events"] = [
        event(100, "join", 1),
        event(101, "join", 2),
        event(101, "chat_message", 5, text="Hello", to="everyone"),
    ]
    return room


def test_it_keeps_who_was_there_and_what_they_did(with_people):
    with_people.fetch()
    ann, other = with_people.bot.participants.order_by("number")
    assert (ann.name, ann.is_host, ann.email) == ("Ann", True, "ann@example.com")
    assert (other.number, other.name) == (101, "P101")
    chat = ParticipantEvent.objects.get(action="chat_message")
    assert (chat.participant, chat.text, chat.sent_to) == (other, "Hello", "everyone")
    assert (chat.at, chat.offset_s) == (at(5), 5.0)


def test_it_fetches_once(with_people):
    with_people.fetch()
    asked = list(with_people.asked)
    with_people.fetch(90)
    assert with_people.asked == asked
    assert ParticipantEvent.objects.count() == 3


def test_it_tells_the_pages_when_there_is_something_new(with_people):
    with_people.fetch()
    told = Change.objects.count()
    assert told == 1
    with_people.fetch(90)
    assert Change.objects.count() == told


def test_it_keeps_no_half_of_it_when_a_link_has_expired(with_people):
    del with_people.files["/people"]
    with pytest.raises(errors.LinkExpired):
        with_people.fetch()
    assert not with_people.bot.participants.exists()
    with_people.files["/people"] = []
    with_people.fetch(90)
    assert ParticipantEvent.objects.count() == 3


@pytest.mark.parametrize("status", ["processing", "failed", "deleted", ""])
def test_it_asks_for_nothing_that_is_not_done(room, status):
    room.has("participant_events", status, participant_events_download_url=link("events"))
    room.has("transcript", status, download_url=link("words"))
    room.fetch()
    assert room.asked == []


def test_it_keeps_what_was_said_in_lines(room):
    room.has("transcript", download_url=link("words"))
    room.files["/words"] = [
        said("Ann", ("Good", 1, 1.4), ("morning", 1.5, 2)),
        said("Bob"),
        said("Bob", ("Hi", 3, None)),
    ]
    room.fetch()
    assert Transcript.objects.get().lines == [
        {"speaker": "Ann", "start_s": 1.0, "end_s": 2.0, "text": "Good morning"},
        {"speaker": "Bob", "start_s": 3.0, "end_s": 3.0, "text": "Hi"},
    ]


def test_it_keeps_no_link(with_people):
    with_people.has("transcript", download_url=link("words"))
    with_people.files["/words"] = [said("Ann", ("Hello", 1, 2))]
    with_people.fetch()
    rows = [*Bot.objects.values(), *Recording.objects.values(), *Transcript.objects.values()]
    assert TOKEN not in repr(rows)


@pytest.mark.parametrize("kept", [None, {}, "words", 7, [None, 7, "x", [], {}], [{"words": 3}]])
def test_it_stands_files_that_are_nothing_like_it(with_people, kept):
    with_people.has("transcript", download_url=link("words"))
    with_people.files |= dict.fromkeys(
        ("/people", "/events", "/words"), b"null" if kept is None else kept
    )
    with_people.fetch()
    assert not ParticipantEvent.objects.exists()
    assert Transcript.objects.get().lines == []


@pytest.mark.parametrize(
    "strange",
    [
        {"participant": None},
        {"participant": {"id": 2**80, "name": "Big"}},
        {"participant": {"id": True, "name": "Bool"}},
        {"participant": {"id": 5, "name": None, "platform": ["x"], "is_host": "yes"}},
        {"participant": {"id": 5, "name": "\0\ud800", "platform": "p" * 999}},
        {"timestamp": None},
        {"timestamp": {"relative": "soon", "absolute": "yesterday"}},
        {"timestamp": {"relative": 10**400, "absolute": "9999-99-99T99:99"}},
        {"data": {"text": 7, "to": {"a": 1}}},
        {"action": None},
        {"action": "a" * 999},
    ],
)
def test_it_stands_strange_events_among_good_ones(with_people, strange):
    with_people.files["/events"].insert(1, event(102, "join", 3) | strange)
    with_people.fetch()
    assert {"join", "chat_message"} <= set(
        ParticipantEvent.objects.values_list("action", flat=True)
    )


@pytest.mark.parametrize("body", [b"<html>", b"[" * 5000, b"\xff"])
def test_it_raises_what_the_client_raises(with_people, body):
    with_people.files["/events"] = body
    with pytest.raises(errors.RecallError):
        with_people.fetch()
    assert not with_people.bot.participants.exists()


@pytest.mark.parametrize(
    ("config", "lists"),
    [
        ({}, []),
        ({"recording_config": None}, []),
        ({"recording_config": ["video_separate_mp4"]}, []),
        ({"recording_config": {"video_separate_mp4": None, "video_mixed_mp4": {}}}, []),
        ({"recording_config": {"video_separate_mp4": {}}}, ["video_separate"]),
        (
            {"recording_config": {"video_separate_mp4": {}, "audio_separate_raw": {}}},
            ["video_separate", "audio_separate"],
        ),
    ],
)
def test_it_lists_each_persons_files_only_where_ordered(room, config, lists):
    room.bot.config = config
    room.fetch()
    assert [path.rstrip("/").rpartition("/")[2] for path in room.asked] == lists


def a_file(code):
    status = {"code": code, "sub_code": None, "updated_at": at(60).isoformat()}
    return {"id": str(uuid.uuid4()), "status": status, "data": {}}


def test_it_learns_what_became_of_a_second_format_that_the_shortcuts_leave_out(room):
    """Two formats of one kind, one shortcut: without a list nobody would tell of the other."""
    room.bot.config = {"recording_config": {"audio_mixed_mp3": {}, "audio_mixed_raw": {}}}
    room.bot.save()
    room.has("audio_mixed")
    newest, other = room.shortcuts["audio_mixed"], a_file("processing")
    both = {"results": [newest, other], "next": None}
    room.files["/api/v1/audio_mixed/"] = both
    statuses = room.recording.artifacts.order_by("status").values_list("status", flat=True)
    room.recording.keep(
        [
            types.Recording.read(
                {"id": str(room.recording.recall_id), "media_shortcuts": room.shortcuts}
            ).media["audio_mixed"]
        ],
        now=at(60),
    )
    room.fetch()
    assert list(statuses.all()) == ["done", "processing"]
    other["status"] |= {"code": "done", "updated_at": at(90).isoformat()}
    room.fetch(100)
    assert list(statuses.all()) == ["done", "done"]
    asked = len(room.asked)
    room.fetch(110)
    assert (asked, len(room.asked)) == (2, 2)


def test_it_passes_over_a_recording_that_is_not_ours(with_people):
    with_people.recording.delete()
    with_people.fetch()
    assert with_people.asked == []
