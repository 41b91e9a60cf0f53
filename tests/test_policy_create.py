"""Create Bot: a wish becomes a request in which nothing is left to Recall's defaults."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from bots.formats import FORMATS
from bots.policy import LeaveRules, Wish, create_body, summary

LINK = "https://meet.google.com/abc-defg-hij"


def test_it_says_everything() -> None:
    body = create_body(Wish(LINK, bot_name="Acme Notetaker"))
    config = body["recording_config"]
    assert body["meeting_url"] == LINK
    assert body["bot_name"] == "Acme Notetaker"
    assert {each.key for each in FORMATS} <= set(config)
    assert config["video_mixed_mp4"] == {}
    assert config["audio_mixed_mp3"] is None
    assert config["transcript"] is None
    assert config["realtime_endpoints"] == []
    assert config["retention"] == {"type": "timed", "hours": 168}
    assert config["video_mixed_layout"] == "speaker_view"
    assert config["start_recording_on"] == "participant_join"
    assert config["include_bot_in_recording"] == {"audio": False}


def test_it_leaves_by_rules_that_are_all_said() -> None:
    names = (" Otter ", "otter", "", "  ", "tl;dv")
    leave = create_body(Wish(LINK, notetaker_names=names))["automatic_leave"]
    assert leave == {
        "waiting_room_timeout": 1200,
        "noone_joined_timeout": 1200,
        "everyone_left_timeout": {"timeout": 2, "activate_after": None},
        "in_call_not_recording_timeout": 3600,
        "recording_permission_denied_timeout": 30,
        "silence_detection": {"activate_after": 1200, "timeout": 300},
        "bot_detection": {
            "using_participant_events": {"activate_after": 300, "timeout": 10},
            "using_participant_names": {
                "matches": ["Otter", "tl;dv"],
                "activate_after": 300,
                "timeout": 10,
            },
        },
    }


def test_it_looks_for_no_names_when_there_are_none() -> None:
    leave = create_body(Wish(LINK, notetaker_names=("", " ")))["automatic_leave"]
    assert "using_participant_names" not in leave["bot_detection"]


def test_it_limits_the_recording_when_told_to() -> None:
    leave = create_body(Wish(LINK, leave=LeaveRules(recording_s=7200)))["automatic_leave"]
    assert leave["in_call_recording_timeout"] == 7200


def test_it_waits_no_longer_than_the_platform_does() -> None:
    def waits(platform: str) -> int:
        return create_body(Wish(LINK), platform=platform)["automatic_leave"]["waiting_room_timeout"]

    assert (waits("google_meet"), waits("microsoft_teams"), waits("zoom")) == (600, 1200, 1200)


def test_it_takes_the_gallery_where_a_format_needs_it() -> None:
    formats = frozenset({"video_separate_png"})
    body = create_body(Wish(LINK, formats=formats, layout="speaker_view"))
    assert body["recording_config"]["video_mixed_layout"] == "gallery_view_v2"
    assert body["recording_config"]["video_mixed_mp4"] is None
    assert body["recording_config"]["participant_events"] is None


def test_it_streams_to_the_address() -> None:
    formats = frozenset({"video_mixed_flv"})
    config = create_body(Wish(LINK, formats=formats, rtmp_url="rtmp://live.example/key"))[
        "recording_config"
    ]
    assert config["video_mixed_flv"] == {}
    assert config["realtime_endpoints"] == [
        {"type": "rtmp", "url": "rtmp://live.example/key", "events": ["video_mixed_flv.data"]}
    ]


@pytest.mark.parametrize(
    ("retention", "sent"),
    [
        ("forever", {"type": "forever"}),
        ({"type": "forever"}, {"type": "forever"}),
        ({"type": "timed", "hours": 24}, {"type": "timed", "hours": 24}),
        (None, None),
    ],
)
def test_it_always_says_how_long_to_keep(retention: object, sent: object) -> None:
    config = create_body(Wish(LINK, retention=retention))["recording_config"]  # type: ignore[arg-type]
    assert config["retention"] == sent


def test_it_says_the_time_in_utc_or_not_at_all() -> None:
    berlin = timezone(timedelta(hours=2))
    body = create_body(Wish(LINK, join_at=datetime(2026, 7, 1, 12, tzinfo=berlin)))
    assert body["join_at"] == "2026-07-01T10:00:00Z"
    assert "join_at" not in create_body(Wish(LINK))
    with pytest.raises(ValueError, match="time zone"):
        create_body(Wish(LINK, join_at=datetime(2026, 7, 1, 12)))
    assert create_body(Wish(LINK, join_at=datetime(2026, 7, 1, tzinfo=UTC)))["join_at"]


def test_it_sends_metadata_that_recall_accepts() -> None:
    body = create_body(Wish(LINK, metadata={"order": 7, "title": "x" * 600}))  # type: ignore[dict-item]
    assert body["metadata"] == {"order": "7", "title": "x" * 500}


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        (
            Wish(LINK, transcript="recallai_streaming", notetaker_names=("otter",)),
            "Records video and a transcript; leaves when only notetakers remain for 10 s "
            "after the first 5 min.",
        ),
        (
            Wish(LINK, formats=frozenset({"audio_mixed_mp3", "video_mixed_mp4"}), retention=None),
            "Records video and audio; keeps no files; leaves when only silent participants "
            "remain for 10 s after the first 5 min.",
        ),
        (
            Wish(LINK, formats=frozenset({"participant_events"}), start_on="manual"),
            "Records who was there once a person starts it; leaves when only silent "
            "participants remain for 10 s after the first 5 min.",
        ),
        (
            Wish(
                LINK,
                formats=frozenset({"video_separate_mp4", "video_separate_h264"}),
                leave=LeaveRules(events_after_s=30, events_for_s=90),
            ),
            "Records each person's video; leaves when only silent participants remain for "
            "1 min 30 s after the first 30 s.",
        ),
    ],
)
def test_it_sums_up_in_one_sentence(wish: Wish, sentence: str) -> None:
    assert summary(create_body(wish)) == sentence


def test_it_takes_over_what_no_policy_speaks_of():
    """Another bot like one that was made elsewhere: its machine, and not what it recorded."""
    like = {
        "chat": {"on_bot_join": {"send_to": "everyone", "message": "Hello"}},
        "variant": {"zoom": "web_4_core"},
        "zoom": None,
        "recording_config": {"transcript": {"provider": {"deepgram_streaming": {}}}},
    }
    body = create_body(Wish(meeting_url="https://meet.google.com/abc-defg-hij", like=like))
    assert body["variant"] == {"zoom": "web_4_core"}
    assert "zoom" not in body
    assert body["chat"] is None
    assert body["recording_config"]["transcript"] is None


@pytest.mark.parametrize(
    ("platform", "to", "length"),
    [
        ("zoom", "host", 600),
        ("google_meet", "everyone", 500),
        ("microsoft_teams", "everyone", 600),
        ("microsoft_teams_live", "everyone", 600),
        ("", "host", 600),
    ],
)
def test_it_writes_as_the_platform_takes_it(platform: str, to: str, length: int):
    wish = Wish(LINK, join_message="x" * 600, join_message_to="host")
    said = create_body(wish, platform=platform)["chat"]["on_bot_join"]
    assert (said["send_to"], len(said["message"])) == (to, length)


@pytest.mark.parametrize("platform", ["webex", "goto_meeting"])
def test_it_writes_nothing_where_bots_cannot(platform: str):
    assert create_body(Wish(LINK, join_message="Hello"), platform=platform)["chat"] is None


def test_it_shows_its_picture_whether_it_records_or_not():
    shown = create_body(Wish(LINK, picture="aGVsbG8="))["automatic_video_output"]
    picture = {"kind": "jpeg", "b64_data": "aGVsbG8="}
    assert shown == {"in_call_recording": picture, "in_call_not_recording": picture}
    assert create_body(Wish(LINK))["automatic_video_output"] is None


@pytest.mark.parametrize(
    ("message", "sent"),
    [
        ("x" * 500, "x" * 500),
        ("x" * 499 + "e\u0301!", "x" * 499),
        ("x" * 498 + "e\u0301!", "x" * 498 + "e\u0301"),
        ("x" * 498 + "\U0001f469\u200d\U0001f52c!", "x" * 498),
        ("x" * 499 + "\U0001f44b\U0001f3fd", "x" * 499),
        ("x" * 499 + " yyy", "x" * 499),
        ("\u0301" * 501, "\u0301" * 500),
    ],
)
def test_a_message_is_cut_between_letters(message, sent):
    body = create_body(Wish(LINK, join_message=message), platform="google_meet")
    assert body["chat"]["on_bot_join"]["message"] == sent
