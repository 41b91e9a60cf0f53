"""Problems: what cannot be, said beside the field where it can be changed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bots.formats import BY_KEY, DEFAULTS
from bots.policy import Wish, problems

LINK = "https://zoom.us/j/123456789"
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
FLV = DEFAULTS | {"video_mixed_flv"}


def found(platform: str = "zoom", **wish: Any) -> dict[str, str]:
    return problems(Wish(**({"meeting_url": LINK} | wish)), platform, now=NOW)


def test_it_finds_nothing_wrong_with_an_ordinary_wish() -> None:
    assert found() == {}
    assert found(formats=frozenset(BY_KEY) - {"video_mixed_flv"}) == {}
    assert found(formats=FLV, rtmp_url="rtmps://live.example:443/app/key") == {}
    assert found(transcript="recallai_streaming", language="de") == {}
    assert found(join_at=NOW + timedelta(minutes=1), retention=None) == {}


@pytest.mark.parametrize(
    ("wish", "field", "word"),
    [
        ({"meeting_url": " "}, "meeting_url", "link"),
        ({"bot_name": "  "}, "bot_name", "name"),
        ({"bot_name": "x" * 101}, "bot_name", "100"),
        ({"formats": frozenset({"hologram"})}, "formats", "hologram"),
        ({"formats": FLV}, "rtmp_url", "RTMP"),
        ({"rtmp_url": "rtmp://live.example/x"}, "rtmp_url", "flv"),
        ({"formats": FLV, "rtmp_url": "https://live.example/x"}, "rtmp_url", "rtmp://"),
        ({"formats": FLV, "rtmp_url": "rtmp:///x"}, "rtmp_url", "host"),
        ({"formats": FLV, "rtmp_url": "rtmp://[broken/x"}, "rtmp_url", "address"),
        ({"formats": FLV, "rtmp_url": "rtmp://localhost/x"}, "rtmp_url", "firewall"),
        ({"formats": FLV, "rtmp_url": "rtmp://10.0.0.1/x"}, "rtmp_url", "firewall"),
        ({"formats": FLV, "rtmp_url": "rtmp://[::1]/x"}, "rtmp_url", "firewall"),
        ({"layout": "cinema"}, "layout", "cinema"),
        (
            {"layout": "gallery_view", "formats": frozenset({"video_separate_mp4"})},
            "layout",
            "gallery",
        ),
        ({"start_on": "full_moon"}, "start_on", "full_moon"),
        ({"retention": {"type": "timed", "hours": 0}}, "retention", "at least one"),
        ({"retention": {"type": "timed", "hours": 1.5}}, "retention", "whole"),
        ({"retention": {"type": "timed"}}, "retention", "whole"),
        ({"retention": {}}, "retention", "for how long"),
        ({"retention": "sometimes"}, "retention", "for how long"),
        ({"transcript": "parrot"}, "transcript", "parrot"),
        ({"transcript": "recallai_streaming", "language": "tlh"}, "language", "tlh"),
        (
            {"transcript": "recallai_streaming", "transcript_mode": "psychic"},
            "transcript_mode",
            "psychic",
        ),
        (
            {"transcript": "recallai_streaming", "transcript_mode": "prioritize_low_latency"},
            "language",
            "English",
        ),
        ({"join_at": NOW - timedelta(seconds=1)}, "join_at", "passed"),
        ({"join_at": datetime(2026, 1, 6)}, "join_at", "zone"),
    ],
)
def test_it_says_what_is_wrong_beside_its_field(
    wish: dict[str, Any], field: str, word: str
) -> None:
    answer = found(**wish)
    assert list(answer) == [field]
    assert word in answer[field]
    assert answer[field].endswith(".")


@pytest.mark.parametrize(
    ("platform", "key", "possible"),
    [
        ("webex", "video_separate_mp4", False),
        ("webex", "audio_mixed_mp3", False),
        ("goto_meeting", "audio_separate_mp3", False),
        ("goto_meeting", "video_separate_png", True),
        ("google_meet", "audio_separate_mp3", True),
        ("microsoft_teams", "audio_mixed_mp3", True),
        ("webex", "video_mixed_mp4", True),
        ("", "audio_mixed_mp3", True),
    ],
)
def test_it_knows_what_a_platform_cannot_give(platform: str, key: str, possible: bool) -> None:
    answer = found(platform, formats=frozenset({key}))
    assert answer == {} if possible else BY_KEY[key].label in answer["formats"]


def test_it_knows_where_there_are_no_captions() -> None:
    assert "Webex" in found("webex", transcript="meeting_captions")["transcript"]
    assert found("google_meet", transcript="meeting_captions") == {}


def test_it_lets_low_latency_have_english() -> None:
    answer = found(
        transcript="recallai_streaming", transcript_mode="prioritize_low_latency", language="en"
    )
    assert answer == {}
