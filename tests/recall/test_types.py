"""Answers are read for what we use; whatever else stands there passes."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.recall.reading import load_json, parse_datetime
from bots.recall.types import Artifact, Bot, Recording, Status, without_links

AT = datetime(2024, 12, 3, 2, 54, 11, 397104, tzinfo=UTC)

RECORDING = {
    "id": "r1",
    "created_at": "2024-12-03T02:54:11.397104Z",
    "started_at": "2024-12-03T02:54:11.397104+00:00",
    "completed_at": None,
    "expires_at": None,
    "status": {"code": "paused", "sub_code": "", "updated_at": "2024-12-03T02:54:11.397104Z"},
    "bot": {"id": "b1", "metadata": {}},
    "media_shortcuts": {
        "video_mixed": {
            "id": "v1",
            "status": {"code": "done", "sub_code": None},
            "data": {"download_url": "https://s3/secret"},
            "format": "mp4",
        },
        "transcript": None,
        "participant_events": {
            "id": "p1",
            "data": {"participants_download_url": "https://s3/p", "speaker_timeline": None},
        },
    },
}

BOT = {
    "id": "b1",
    "meeting_url": {"meeting_id": "abc-defg-hij", "platform": "google_meet"},
    "bot_name": "Notetaker",
    "join_at": "2024-12-03T02:54:11.397104Z",
    "status_changes": [
        {"code": "joining_call", "created_at": "2024-12-03T02:54:11Z", "sub_code": None},
        {"code": "brand_new", "created_at": "junk", "sub_code": "", "message": None},
    ],
    "recordings": [RECORDING],
    "metadata": {"team": "sales", "gone": None},
    "recording_config": {"video_mixed_mp4": {}},
    "automatic_leave": {"waiting_room_timeout": 1200},
    "something_new": [1, 2, 3],
}


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2024-12-03T02:54:11.397104Z", AT),
        ("2024-12-03T02:54:11.397104+00:00", AT),
        ("2024-12-03T04:54:11.397104+02:00", AT),
        ("2024-12-03T02:54:11.397104", AT),
        ("2024-12-03T02:54:11Z", AT.replace(microsecond=0)),
        *((junk, None) for junk in ("", "soon", "2024-12-03", "2024-13-03T00:00:00Z", None, 7, {})),
        ("0001-01-01T00:00:00+14:00", None),
        ("2024-12-03T02:54:11Z" + "0" * 99, None),
    ],
)
def test_it_reads_times(text, at):
    assert parse_datetime(text) == at


def test_it_reads_a_bot():
    bot = Bot.read(BOT)
    assert (bot.id, bot.platform, bot.bot_name, bot.join_at) == (
        "b1",
        "google_meet",
        "Notetaker",
        AT,
    )
    assert bot.meeting_url == BOT["meeting_url"]
    assert bot.metadata == {"team": "sales"}
    assert bot.recording_config == {"video_mixed_mp4": {}}
    assert bot.automatic_leave == {"waiting_room_timeout": 1200}
    assert bot.raw["something_new"] == [1, 2, 3]


def test_it_lets_unknown_codes_pass():
    bot = Bot.read(BOT)
    assert bot.latest == Status(code="brand_new", sub_code=None, message="", at=None)
    assert Bot.read({}).latest is None


def test_it_reads_a_recording_with_its_media():
    recording = Recording.read(RECORDING)
    assert (recording.id, recording.status, recording.sub_code) == ("r1", "paused", None)
    assert (recording.started_at, recording.completed_at, recording.bot_id) == (AT, None, "b1")
    assert set(recording.media) == {"video_mixed", "participant_events"}
    video = recording.media["video_mixed"]
    assert (video.kind, video.status, video.format) == ("video_mixed", "done", "mp4")
    assert video.urls == {"download_url": "https://s3/secret"}


def test_it_keeps_links_apart_from_what_may_be_stored():
    bot = Bot.read(BOT)
    video = bot.recordings[0].media["video_mixed"]
    assert "https://s3" not in repr((bot, bot.raw, bot.recordings[0].raw, video, video.raw))
    assert BOT["recordings"][0]["media_shortcuts"]["video_mixed"]["data"]["download_url"]
    assert without_links({"realtime_endpoints": [{"url": "wss://x"}]}) == {
        "realtime_endpoints": [{"url": "wss://x"}]
    }


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*BOT, *RECORDING, "code", "sub_code", "data", "updated_at"]), inner
        )
    ),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from([*BOT, *RECORDING, "data", "format"]), junk))
def test_it_never_trips_over_odd_values(data):
    bot = Bot.read(data)
    recording = Recording.read(data)
    artifact = Artifact.read(data, kind="transcript")
    assert all(isinstance(each.id, str) for each in (bot, recording, artifact))
    assert all(at is None or at.tzinfo is UTC for at in (bot.join_at, recording.started_at))


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (rb'{"a\u0000": "b\u0000c"}', {"a": "bc"}),
        (rb'["\ud83d\ude00", "\ud83d"]', ["\U0001f600", "\ufffd"]),
        (b"[NaN, -Infinity, 1e999, 1.5]", [None, None, None, 1.5]),
        (b"\xef\xbb\xbf{}", {}),
        (b"[" * 90 + b"]" * 90, None),
    ],
)
def test_it_loads_json_that_a_database_takes(body, value):
    loaded = load_json(body)
    assert value is None or loaded == value


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 102 + b"]" * 102, b"[" * 10**6, b"9" * 5000, b'"\0"']
)
def test_it_refuses_what_is_no_json(body):
    with pytest.raises(ValueError):  # noqa: PT011 - the kind is all that is promised
        load_json(body)
