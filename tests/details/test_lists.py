"""What the shortcuts leave out: files of each person, second formats, tracks, pictures."""

import uuid

import pytest

from bots.models import Poster, Recording, Track
from bots.recall import types
from tests.details.conftest import TOKEN, a_file, link, moment, person
from tests.world import at

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("config", "lists"),
    [
        ({}, []),
        ({"recording_config": None}, []),
        ({"recording_config": ["video_separate_mp4"]}, []),
        ({"recording_config": {"video_separate_mp4": None, "video_mixed_mp4": {}}}, []),
        # As Recall answers for every bot: how its one film looks is no other film.
        (
            {
                "recording_config": {
                    "video_mixed_mp4": {},
                    "video_mixed_layout": "speaker_view",
                    "video_mixed_participant_video_when_screenshare": "overlap",
                }
            },
            [],
        ),
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


def test_it_keeps_whose_tracks_there_are_and_no_link_of_them(room, monkeypatch):
    room.bot.config = {"recording_config": {"audio_separate_mp3": {}}}
    room.bot.save()
    parts = [
        {
            "id": "p1",
            "participant": person(100, "Ann"),
            "start_timestamp": moment(3),
            "duration": 12.5,
            "download_url": link("ann"),
        }
    ]
    listed = {
        "id": str(uuid.uuid4()),
        "format": "mp3",
        "status": {"code": "done", "updated_at": at(60).isoformat()},
        "data": {"download_url": link("parts")},
    }
    room.files["/api/v1/audio_separate/"] = {"results": [listed], "next": None}
    room.files["/parts"] = parts
    room.fetch()
    track = Track.objects.get()
    assert (track.name, track.part_id, track.start_s, track.duration_s) == ("Ann", "p1", 3.0, 12.5)
    assert TOKEN not in str(Track.objects.values().get())
    asked = list(room.asked)
    room.fetch(90)
    assert room.asked == asked


def test_it_asks_for_a_picture_of_what_is_done(room):
    room.has("video_mixed", download_url=link("film"))
    room.fetch()
    assert room.recording.poster.due_at == at(70)


def test_it_forgets_the_picture_of_what_recall_has_deleted(room):
    poster = Poster.objects.create(recording=room.recording, picture=b"jpeg", digest="d")
    Recording.objects.update(status="deleted")
    room.fetch()
    poster.refresh_from_db()
    assert (poster.picture, poster.digest) == (None, "")
