"""Files that are missing, broken or strange keep nothing else away."""

import uuid

import httpx
import pytest

from bots import conf
from bots.models import ParticipantEvent, Passage, Recording, Track, Transcript
from bots.recall import errors
from tests.details.conftest import a_file, event, link, person, said
from tests.world import at

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kept", [None, {}, "words", 7, [None, 7, "x", [], {}], [{"words": 3}]])
def test_it_stands_files_that_are_nothing_like_it(with_people, kept):
    with_people.has("transcript", download_url=link("words"))
    with_people.files |= dict.fromkeys(
        ("/people", "/events", "/words"), b"null" if kept is None else kept
    )
    with_people.fetch()
    assert not ParticipantEvent.objects.exists()
    assert not Transcript.objects.get().passages.exists()


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


@pytest.mark.parametrize("broken", ["/events", "/people"])
@pytest.mark.parametrize("body", [b"<html>", None])
def test_people_who_cannot_be_read_keep_no_words_away(with_people, broken, body):
    with_people.files[broken] = body
    with_people.has("transcript", download_url=link("words"))
    with_people.files["/words"] = [said("Ann", ("Hello", 1, 2))]
    with pytest.raises((errors.NotRecall, errors.LinkExpired)):
        with_people.fetch()
    assert Passage.objects.get().text == "Hello"
    assert not with_people.bot.participants.exists()


def test_what_was_heard_live_stays_while_there_is_no_link_to_the_rest(room):
    room.has("participant_events")
    heard = room.bot.participants.create(number=100)
    room.recording.participant_events.create(participant=heard, action="join", at=at(1))
    room.fetch()
    room.recording.refresh_from_db()
    assert room.recording.participant_events.count() == 1
    assert room.recording.details_at is None


def test_a_list_of_transcripts_that_is_missing_is_not_a_missing_bot(room):
    room.recording.hear_artifact(
        kind="transcript", recall_id=str(uuid.uuid4()), status="done", sub_code="", at=at(60)
    )
    room.fetch()
    assert room.asked == ["/api/v1/transcript/"]


def test_tracks_with_an_odd_id_are_left_out(room):
    room.bot.config = {"recording_config": {"audio_separate_mp3": {}}}
    room.bot.save()
    odd = a_file("done") | {"id": "a-1", "data": {"download_url": link("parts")}}
    room.files["/api/v1/audio_separate/"] = {"results": [odd], "next": None}
    room.fetch()
    assert not Track.objects.exists()


def test_what_is_deleted_while_it_is_fetched_stays_deleted(room, monkeypatch):
    """Both the list of tracks and the words come after somebody has deleted the recording."""
    room.bot.config = {"recording_config": {"audio_separate_mp3": {}}}
    room.bot.save()
    listed = a_file("done") | {"data": {"download_url": link("parts")}}
    room.files["/api/v1/audio_separate/"] = {"results": [listed], "next": None}
    room.files["/parts"] = [{"id": "p1", "participant": person(100, "Ann")}]
    room.has("transcript", download_url=link("words"))
    room.files["/words"] = [said("Ann", ("Hello", 1, 2))]
    play = room.play

    def deleting(request):
        Recording.objects.update(erased_at=at(65))
        return play(request)

    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(deleting))
    room.fetch()
    assert not Track.objects.exists()
    assert not Passage.objects.exists()
    assert not room.recording.artifacts.filter(kind="audio_separate").exists()
