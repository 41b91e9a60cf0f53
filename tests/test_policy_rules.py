"""A policy's values: which count, where each comes from, what can't be saved, how it reads."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.policy import (
    FIELDS,
    LABELS,
    PRESETS,
    SECTIONS,
    Origin,
    Rules,
    Version,
    changed_from,
    differences,
    in_words,
    preset_of,
    rule_problems,
    say,
    seconds_of,
    short,
    shown,
    time_line,
    timers,
    warnings,
)
from bots.recall import automatic_leave
from tests.policy_strategies import any_rules, rules


def over(base: dict[str, Any], own: dict[str, Any], *locks: str) -> Version:
    """A team's version over a workspace default that sets `base`."""
    return Version(
        number=7,
        team="Sales",
        own=own,
        base={**Rules().as_json(), **base},
        base_number=2,
        base_own=frozenset(base),
        locks=frozenset(locks),
    )


def test_every_field_has_one_section_and_one_label():
    assert sorted(FIELDS) == sorted(Rules().as_json())
    assert sorted(LABELS) == sorted(FIELDS)
    assert sum(map(len, SECTIONS.values())) == len(FIELDS)


@settings(max_examples=50, deadline=None)
@given(some=any_rules)
def test_rules_are_kept_and_read_back(some: Rules):
    assert Rules.read(some.as_json()) == some


def test_what_an_older_release_did_not_know_is_as_by_default():
    assert Rules.read({"bot_name": "Scribe", "of_tomorrow": 1}) == Rules(bot_name="Scribe")


@pytest.mark.parametrize(
    ("version", "field", "value", "origin", "words"),
    [
        (over({}, {}), "silence_for_s", 300, Origin.BUILT_IN, "recalldash's default"),
        (
            over({"silence_for_s": 600}, {}),
            "silence_for_s", 600, Origin.WORKSPACE, "Workspace default, version 2",
        ),
        (
            over({"silence_for_s": 600}, {"silence_for_s": 900}),
            "silence_for_s", 900, Origin.TEAM, "Sales, version 7",
        ),
        (
            over({"silence_for_s": 600}, {"silence_for_s": 900}, "leave"),
            "silence_for_s", 600, Origin.LOCKED, "Workspace default, version 2, locked",
        ),
        (
            over({}, {"start_on": "manual"}, "leave"),
            "start_on", "manual", Origin.TEAM, "Sales, version 7",
        ),
        (
            over({"may_start": False}, {"may_start": True}, "start"),
            "may_start", False, Origin.LOCKED, "Workspace default, version 2, locked",
        ),
        (
            over({}, {"may_start": False}, "start"),
            "may_start", False, Origin.TEAM, "Sales, version 7",
        ),
        (
            over({"may_start": False}, {"may_start": True}, "record", "leave"),
            "may_start", True, Origin.TEAM, "Sales, version 7",
        ),
    ],
)  # fmt: skip
def test_a_value_comes_from_somewhere(version, field, value, origin, words):
    assert getattr(version.rules, field) == value
    assert version.origin(field) is origin
    assert version.origin_words(field) == words


def test_the_workspace_default_speaks_for_itself():
    default = Version(
        number=3, own={"bot_name": "Scribe"}, base_number=3, locks=frozenset({"record"})
    )
    assert default.rules.bot_name == "Scribe"
    assert default.origin("bot_name") is Origin.WORKSPACE
    assert default.origin("start_on") is Origin.BUILT_IN
    assert default.title == "the workspace default, version 3"


def test_only_what_differs_is_a_team_s_own_word():
    typed = Rules(bot_name="Scribe", silence_for_s=600, formats=("video_mixed_mp4",))
    names = ("bot_name", "silence_for_s", "start_on")
    assert changed_from(typed, {"silence_for_s": 600}, names) == {"bot_name": "Scribe"}
    assert changed_from(typed, {}, ("formats",)) == {"formats": ["video_mixed_mp4"]}


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"names_for_s": 5}, "names_for_s", "too short: Recall takes 10 seconds or more."),
        ({"events_for_s": 9}, "events_for_s", "Recall takes 10 seconds or more."),
        ({"silence_for_s": 9}, "silence_for_s", "Recall takes 10 seconds or more."),
        ({"waiting_room_s": 29}, "waiting_room_s", "Recall takes 30 seconds or more."),
        ({"noone_joined_s": 29}, "noone_joined_s", "Recall takes 30 seconds or more."),
        ({"names_after_s": 0}, "names_after_s", "Recall takes 1 second or more."),
        ({"everyone_left_after_s": 0}, "everyone_left_after_s", "Recall takes 1 second or more."),
        ({"recording_s": 0}, "recording_s", "Recall takes 1 second or more."),
        ({"silence_for_s": 10**9}, "silence_for_s", "too long"),
        ({"silence_for_s": "soon"}, "silence_for_s", "whole number of seconds"),
        ({"formats": ("video_separate_mp4",), "layout": "speaker_view"}, "layout", "needs the"),
        ({"formats": ("video_separate_png",), "layout": "audio_only"}, "layout", "needs the"),
        ({"formats": ("video_mixed_flv",)}, "rtmp_url", "needs the RTMP address"),
        ({"rtmp_url": "rtmp://x.example/y"}, "rtmp_url", "only with"),
        (
            {"transcript_mode": "prioritize_low_latency", "language": "de"},
            "language", "English only",
        ),
        ({"language": "tlh"}, "language", "does not know the language"),
        ({"retention": 0}, "retention", "at least one"),
        ({"retention": "soon"}, "retention", "for ever, or not at all"),
        ({"bot_name": " "}, "bot_name", "Give the bot a name"),
        ({"bot_name": "x" * 101}, "bot_name", "at most 100"),
        ({"join_message": "x" * 4097}, "join_message", "at most 4096"),
        ({"join_message_to": "nobody"}, "join_message_to", "no recipient"),
        ({"screenshare": "upside"}, "screenshare", "no picture"),
        ({"start_on": "full_moon"}, "start_on", "no start"),
        ({"platforms": ("webex",), "formats": ("audio_mixed_mp3",)}, "formats", "None of the"),
        (
            {"platforms": ("webex",), "transcript": "meeting_captions"},
            "transcript", "None of the platforms",
        ),
        ({"platforms": ("skype",)}, "platforms", "no platform called"),
        ({"blocked_domains": ("https://x.example",)}, "blocked_domains", "is no domain"),
        ({"title_words": ("",)}, "title_words", "too long, or empty"),
        ({"most_bots": 0}, "most_bots", "at least one bot"),
        ({"hours_month": 0}, "hours_month", "at least one hour"),
        ({"recording_s": 7200, "longest_s": 3600}, "recording_s", "longer than the longest"),
    ],
)  # fmt: skip
def test_it_cannot_be_saved(changes, field, sentence):
    found = rule_problems(replace(Rules(), **changes))
    assert list(found) == [field]
    assert sentence in found[field]


def test_the_least_of_everything_can_be_saved():
    least = Rules(
        names_after_s=1, names_for_s=10, events_after_s=1, events_for_s=10, silence_after_s=1,
        silence_for_s=10, waiting_room_s=30, noone_joined_s=30, everyone_left_for_s=1,
        everyone_left_after_s=1, not_recording_s=1, recording_s=1, permission_denied_s=1,
    )  # fmt: skip
    assert rule_problems(least) == {}


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"silence_for_s": 179}, "silence_for_s", "a short break"),
        (
            {"silence_after_s": 300, "silence_for_s": 200, "names_after_s": 1200},
            "silence_for_s", "quicker than notetakers' names",
        ),
        (
            {"names_on": False, "silence_for_s": 200, "events_for_s": 201},
            "silence_for_s", "quicker than silent participants",
        ),
        (
            {"formats": ("video_separate_h264",), "layout": "speaker_view"},
            "layout", "best in the gallery",
        ),
        ({"formats": (), "transcript": ""}, "formats", "Nothing is recorded"),
        ({"formats": ("audio_mixed_mp3",)}, "formats", "GoTo Meeting and Webex cannot give: Audio"),
        ({"transcript": "meeting_captions"}, "transcript", "Webex gives no captions"),
        ({"retention": "none"}, "retention", "keeps no files"),
        ({"bot_picture": "0" * 64}, "bot_picture", "cannot show a web page"),
        ({"join_message": "x" * 501}, "join_message", "500 characters"),
        (
            {"join_message": "x", "join_message_to": "host"},
            "join_message_to", "Only Zoom",
        ),
        ({"formats": ("video_mixed_mp4",)}, "formats", "nobody knows afterwards who was there"),
        ({"join_message": "x"}, "join_message", "cannot write on GoTo Meeting and Webex"),
        ({"bot_name": "Ava"}, "bot_name", "fewer than 8 characters"),
        ({"start_on": "manual"}, "start_on", "until a person"),
        ({"start_on": "manual", "not_recording_s": 300}, "not_recording_s", "by then"),
        ({"waiting_room_s": 601}, "waiting_room_s", "Google Meet gives up after 10 minutes"),
        ({"waiting_room_s": 1801}, "waiting_room_s", "Microsoft Teams gives up after 30"),
    ],
)  # fmt: skip
def test_it_may_surprise(changes, field, words):
    some = replace(Rules(waiting_room_s=600), **changes)
    assert rule_problems(some) == {}
    assert words in " ".join(warnings(some)[field])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"waiting_room_s": 1200, "platforms": ("zoom",)}, "waiting_room_s"),
        ({"join_message": "x" * 600, "platforms": ("zoom", "microsoft_teams")}, "join_message"),
        (
            {"join_message": "x", "join_message_to": "host", "platforms": ("zoom",)},
            "join_message_to",
        ),
    ],
)
def test_it_warns_of_no_platform_that_is_not_allowed(changes, field):
    assert field not in warnings(replace(Rules(), **changes))


def test_a_wrong_timer_hides_no_warning_of_another():
    found = warnings(Rules(names_for_s=5, silence_for_s=100))
    assert "a short break" in found["silence_for_s"][0]


def test_sound_rules_warn_of_nothing():
    assert warnings(Rules(waiting_room_s=600)) == {}
    for name, timers_s in PRESETS.items():
        found = warnings(replace(Rules(waiting_room_s=600), **timers_s))
        assert found == {}, name


def test_presets_are_the_guide_s():
    assert PRESETS["aggressive"] == {
        "names_after_s": 120, "names_for_s": 10, "events_after_s": 120, "events_for_s": 10,
        "silence_after_s": 120, "silence_for_s": 300,
    }  # fmt: skip
    assert PRESETS["balanced"] == {
        "names_after_s": 300, "names_for_s": 10, "events_after_s": 300, "events_for_s": 10,
        "silence_after_s": 1200, "silence_for_s": 300,
    }  # fmt: skip
    assert PRESETS["safe"] == {
        "names_after_s": 1200, "names_for_s": 180, "events_after_s": 1200, "events_for_s": 180,
        "silence_after_s": 1200, "silence_for_s": 1200,
    }  # fmt: skip
    for name, seconds in PRESETS.items():
        some = replace(Rules(), **seconds)
        assert (preset_of(some), rule_problems(some)) == (name, {})
    assert preset_of(Rules()) == "balanced"
    assert preset_of(Rules(silence_for_s=301)) == ""


@settings(max_examples=60, deadline=None)
@given(was=rules, now=rules)
def test_differences_name_what_differs_and_nothing_else(was: Rules, now: Rules):
    found = differences(was, now)
    assert {each.name for each in found} == {
        name for name in FIELDS if getattr(was, name) != getattr(now, name)
    }
    assert all(each.was != each.now for each in found if each.name != "bot_picture")
    assert differences(was, was) == ()


def test_the_key_of_a_stream_is_never_said():
    rules = Rules(rtmp_url="rtmp://live.example:1935/app/SECRET", formats=("video_mixed_flv",))
    assert say("rtmp_url", rules.rtmp_url) == "rtmp://live.example:1935/…"
    said = [*differences(Rules(), rules), *in_words(rules).values()]
    assert "SECRET" not in str(said)
    endpoint = {"type": "rtmp", "url": rules.rtmp_url, "events": ["video_mixed_flv.data"]}
    hook = {"type": "webhook", "url": "https://hook.example/path", "events": []}
    body = {"recording_config": {"realtime_endpoints": [endpoint, hook]}, "rules": rules.as_json()}
    masked = shown(body)
    assert "SECRET" not in str(masked)
    assert masked["recording_config"]["realtime_endpoints"][1] == hook
    assert [shown({"rtmp_url": odd}) for odd in ("", "rtmp://[", "x")] == [
        {"rtmp_url": ""}, {"rtmp_url": "…"}, {"rtmp_url": "…"},
    ]  # fmt: skip


def test_plain_words_leave_out_nothing_that_a_bot_does():
    rules = Rules(
        layout="gallery_view_v2", screenshare="beside", separate_streams=True, bot_audio=True,
        not_recording_s=600, permission_denied_s=45,
    )  # fmt: skip
    said = " ".join(sentence for sentences in in_words(rules).values() for sentence in sentences)
    for words in ("gallery", "beside", "own sound", "10 min without recording", "45 s after"):
        assert words in said


def test_differences_read_well():
    was = Rules(formats=("video_mixed_mp4", "participant_events"))
    now = Rules(formats=("audio_mixed_mp3", "video_mixed_mp4"), silence_for_s=720, retention=24)
    assert [(each.label, each.was, each.now) for each in differences(was, now, (), ("leave",))] == [
        ("When the bot leaves: locked for all teams", "No", "Yes"),
        (
            "Formats",
            "with Participants, without Audio (mp3)",
            "with Audio (mp3), without Participants",
        ),
        ("Recall keeps it for", "7 days", "1 day"),
        ("By silence: leave after", "5 min", "12 min"),
    ]


@settings(max_examples=60, deadline=None)
@given(some=any_rules)
def test_every_policy_can_be_said(some: Rules):
    said = in_words(some)
    assert said.keys() == SECTIONS.keys()
    assert all(sentence for sentences in said.values() for sentence in sentences)
    assert all(say(name, getattr(some, name)) for name in FIELDS)


@settings(max_examples=100, deadline=None)
@given(some=any_rules)
def test_timers_are_all_there_and_fit_their_line(some: Rules):
    assert len(timers(some)) == len(automatic_leave.RULES)
    line = time_line(some)
    assert all(0 <= lane.armed <= lane.goes <= 1 for lane in line.lanes)
    assert all(0 <= tick.x <= 1 for tick in line.ticks)
    assert 2 <= len(line.ticks) <= 7
    assert ("names" in {lane.timer.key for lane in line.lanes}) == some.names_on


def test_a_timer_is_a_sentence_and_a_place_on_the_line():
    [names, *_] = timers(Rules())
    assert names.sentence == (
        "From 5 minutes after the start of the recording on, the bot leaves when everyone still "
        "there has a notetaker's name for 10 seconds."
    )
    line = time_line(Rules())
    assert line.length_s == 1650
    assert [(lane.timer.key, lane.armed_percent, lane.goes_percent) for lane in line.lanes] == [
        ("names", "18.182%", "18.788%"),
        ("events", "18.182%", "18.788%"),
        ("silence", "72.727%", "90.909%"),
    ]
    assert [tick.label for tick in line.ticks] == [
        "0 s",
        "5 min",
        "10 min",
        "15 min",
        "20 min",
        "25 min",
    ]


@given(st.integers(0, 10**9))
def test_what_is_said_of_a_length_of_time_is_read_back(seconds):
    assert seconds_of(short(seconds)) == seconds


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("90 min", 5400),
        (" 2 Hours ", 7200),
        ("1.5h", 5400),
        ("1 h 30 min", 5400),
        ("45 s", 45),
        ("90", 5400),
        ("", None),
        ("soon", None),
        ("-5 min", None),
        ("1 min 2 h", None),
        ("1e3", None),
    ],
)
def test_a_length_of_time_is_read_as_people_write_it(written, seconds):
    assert seconds_of(written) == seconds
