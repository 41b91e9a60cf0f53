"""The catalogue of formats: what can be recorded, and what a bot's configuration switches on."""

from bots import formats
from bots.formats import BY_KEY, DEFAULTS, FORMATS, formats_of, needs_gallery_view, transcriber_of


def test_it_lists_every_artifact_once_with_what_it_is_good_for() -> None:
    assert {each.key for each in FORMATS} == {
        "video_mixed_mp4",
        "video_mixed_flv",
        "audio_mixed_mp3",
        "audio_mixed_raw",
        "audio_separate_mp3",
        "audio_separate_raw",
        "video_separate_mp4",
        "video_separate_png",
        "video_separate_h264",
        "participant_events",
        "meeting_metadata",
    }
    assert len({each.label for each in FORMATS}) == len(FORMATS)
    assert all(each.good_for.endswith(".") for each in FORMATS)


def test_it_groups_them_in_order() -> None:
    assert list(formats.groups()) == ["Video", "Audio", "Per participant", "Data"]
    assert sum(len(each) for each in formats.groups().values()) == len(FORMATS)


def test_it_has_on_what_recall_has_on() -> None:
    assert {"video_mixed_mp4", "participant_events", "meeting_metadata"} == DEFAULTS


def test_it_says_which_formats_need_the_gallery() -> None:
    assert {each.key for each in FORMATS if each.needs_gallery_view} == {
        "video_separate_mp4",
        "video_separate_png",
    }
    assert not BY_KEY["video_separate_h264"].needs_gallery_view
    assert BY_KEY["video_separate_h264"].prefers_gallery_view
    assert needs_gallery_view(frozenset({"video_mixed_mp4", "video_separate_png"}))
    assert not needs_gallery_view(frozenset({"video_separate_h264", "video_of_the_future"}))


def test_it_asks_for_an_address_with_flv_only() -> None:
    assert [each.key for each in FORMATS if each.needs_rtmp] == ["video_mixed_flv"]


def test_it_reads_what_is_on() -> None:
    assert formats_of(None) == DEFAULTS
    assert formats_of({}) == DEFAULTS
    config = {
        "video_mixed_mp4": None,
        "audio_mixed_mp3": {},
        "audio_separate_raw": None,
        "participant_events": {"metadata": {"a": "b"}},
        "hologram": {},
    }
    assert formats_of(config) == {"audio_mixed_mp3", "participant_events", "meeting_metadata"}


def test_it_reads_who_transcribes() -> None:
    assert transcriber_of(None) == ""
    assert transcriber_of({"transcript": None}) == ""
    assert transcriber_of({"transcript": {"provider": {"gladia_v2_streaming": {}}}}) == (
        "gladia_v2_streaming"
    )
