"""What Recall tells after a meeting, fetched once and kept."""

import pytest

from bots.models import Bot, Change, ParticipantEvent, Passage, Recording, Transcript
from bots.recall import errors
from tests.details.conftest import TOKEN, a_file, link, said
from tests.world import NOW, at

pytestmark = pytest.mark.django_db


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
    fields = ("speaker", "start_s", "end_s", "text")
    assert list(Transcript.objects.get().passages.order_by("n").values(*fields)) == [
        {"speaker": "Ann", "start_s": 1.0, "end_s": 2.0, "text": "Good morning"},
        {"speaker": "Bob", "start_s": 3.0, "end_s": 3.0, "text": "Hi"},
    ]


def test_a_monologue_becomes_pieces_of_the_person_who_spoke(with_people):
    with_people.has("transcript", download_url=link("words"))
    long = [(f"w{n}." if n % 10 == 9 else f"w{n}", n, n + 0.5) for n in range(100)]
    with_people.files["/words"] = [said("Ann", *long)]
    with_people.fetch()
    found = list(Passage.objects.order_by("n").values_list("participant__name", "start_s", "end_s"))
    assert found == [("Ann", n * 20.0, n * 20.0 + 19.5) for n in range(5)]


def a_transcript(name, provider, code="done"):
    return a_file(code) | {
        "data": {"download_url": link(name)},
        "provider": {"recallai_async": None, "recallai_streaming": None, provider: {}},
        "created_at": at(len(name)).isoformat(),
    }


def shows(room, newest, *others):
    room.shortcuts["transcript"] = newest
    room.files["/api/v1/transcript/"] = {"results": [newest, *others], "next": None}
    for told in (newest, *others):
        name = told["data"]["download_url"].partition("?")[0].rpartition("/")[2]
        room.files[f"/{name}"] = [said("Ann", (name, 1, 2))]


def test_it_fetches_every_transcript_and_shows_the_newest_one(room):
    room.bot.config = {"recording_config": {"transcript": {"provider": {"recallai_streaming": {}}}}}
    room.bot.save()
    own = a_transcript("own", "recallai_streaming")
    shows(room, a_transcript("anew!", "recallai_async"), own, a_transcript("next", "rev_async"))
    room.fetch()
    shown = Transcript.objects.of(room.recording)
    assert [each.passages.get().text for each in shown] == ["anew!", "next", "own"]
    assert Transcript.objects.best(room.recording).provider == "recallai_async"
    asked = len(room.asked)
    room.fetch(90)
    assert len(room.asked) == asked


def test_it_lists_no_others_where_there_can_be_none(room):
    room.bot.config = {"recording_config": {"transcript": {"provider": {"recallai_streaming": {}}}}}
    room.bot.save()
    shows(room, a_transcript("own", "recallai_streaming"))
    room.fetch()
    assert room.asked == ["/own"]


def test_it_fetches_one_that_it_heard_of_behind_a_newest_that_failed(room):
    own = a_transcript("own", "recallai_streaming")
    room.recording.hear_artifact(
        kind="transcript", recall_id=own["id"], status="done", sub_code="", at=at(60)
    )
    shows(room, a_transcript("failed", "recallai_async", "failed"), own)
    room.fetch()
    assert Transcript.objects.best(room.recording).passages.get().text == "own"


def test_what_was_heard_live_gives_way_to_it(with_people):
    live = with_people.bot.participants.create(number=100)
    with_people.recording.participant_events.create(participant=live, action="join", at=at(1))
    Transcript.objects.keep(with_people.recording, [{"text": "Helo"}], now=NOW)
    with_people.has("transcript", download_url=link("words"))
    with_people.files["/words"] = [said("Ann", ("Hello", 1, 2))]
    with_people.fetch()
    assert Passage.objects.get().text == "Hello"
    assert not Transcript.objects.get().is_live
    assert ParticipantEvent.objects.filter(action="join").count() == 2
    live.refresh_from_db()
    assert (live.name, live.email, live.is_host) == ("Ann", "ann@example.com", True)


def test_it_keeps_no_link(with_people):
    with_people.has("transcript", download_url=link("words"))
    with_people.files["/words"] = [said("Ann", ("Hello", 1, 2))]
    with_people.fetch()
    rows = [*Bot.objects.values(), *Recording.objects.values(), *Passage.objects.values()]
    assert TOKEN not in repr(rows)
