"""Recall's defaults, what is read from a bot, and what Recall would not take."""

import pytest

from bots.recall.automatic_leave import MINIMUMS, Settings, Wait, problems

SEED = {
    "silence_detection": {"activate_after": 1200, "timeout": 300},
    "bot_detection": {
        "using_participant_events": {"activate_after": 300, "timeout": 10},
        "using_participant_names": {
            "matches": ["notetaker", "recorder"],
            "activate_after": 300,
            "timeout": 5,
        },
    },
}


@pytest.mark.parametrize("nothing", [None, {}])
def test_it_fills_in_recalls_defaults(nothing):
    assert Settings.read(nothing) == Settings(
        waiting_room_timeout=1200,
        noone_joined_timeout=1200,
        everyone_left_timeout=Wait(2, None),
        in_call_not_recording_timeout=3600,
        in_call_recording_timeout=None,
        recording_permission_denied_timeout=30,
        silence_detection=Wait(3600, 1200),
        using_participant_events=Wait(600, 1200),
        using_participant_names=None,
        matches=(),
    )


def test_it_reads_what_was_sent():
    settings = Settings.read(SEED)
    assert settings.silence_detection == Wait(300, 1200)
    assert settings.using_participant_events == Wait(10, 300)
    assert settings.using_participant_names == Wait(5, 300)
    assert settings.matches == ("notetaker", "recorder")


def test_it_keeps_the_events_rule_when_only_names_are_sent():
    names = {"bot_detection": {"using_participant_names": {"matches": ["x"]}}}
    assert Settings.read(names).using_participant_events == Wait(600, 1200)


def test_it_fills_in_half_a_rule():
    assert Settings.read({"silence_detection": {"timeout": 60}}).silence_detection == Wait(60, 1200)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (30, Wait(30)),
        ({"timeout": 30}, Wait(30)),
        ({"timeout": 30, "activate_after": None}, Wait(30)),
        ({"timeout": 30, "activate_after": 0}, Wait(30)),
        ({"timeout": 30, "activate_after": 5}, Wait(30, 5)),
        ("soon", Wait(2)),
    ],
)
def test_it_reads_both_forms_of_everyone_left(sent, read):
    assert Settings.read({"everyone_left_timeout": sent}).everyone_left_timeout == read


def test_it_takes_null_for_off():
    settings = Settings.read(
        {"silence_detection": None, "bot_detection": {"using_participant_events": None}}
    )
    assert settings.silence_detection is settings.using_participant_events is None


@pytest.mark.parametrize("junk", ["60", -1, True, float("nan"), 10**400, [], {}])
def test_it_reads_the_default_for_what_is_no_number_of_seconds(junk):
    assert Settings.read({"noone_joined_timeout": junk}).noone_joined_timeout == 1200
    assert Settings.read({"in_call_recording_timeout": junk}).in_call_recording_timeout is None
    assert Settings.read({"bot_detection": junk}) == Settings()


def test_it_does_not_match_everyone_by_a_blank():
    names = {"matches": ["", " ", "otter", 5], "timeout": 10, "activate_after": 1}
    sent = {"bot_detection": {"using_participant_names": names}}
    assert Settings.read(sent).matches == ("otter",)


@pytest.mark.parametrize(("field", "minimum"), MINIMUMS.items())
def test_it_names_a_value_under_the_minimum(field, minimum):
    def sent(value):
        for part in reversed(field.split(".")):
            value = {part: value}
        return value

    assert field not in problems(sent(minimum))
    assert "too short" in problems(sent(minimum - 1))[field]
    assert "whole number" in problems(sent("60"))[field]


def test_it_names_what_the_first_guide_asks_for_and_the_schema_refuses():
    assert list(problems(SEED)) == ["bot_detection.using_participant_names.timeout"]


def test_it_names_what_a_list_of_names_lacks():
    found = problems({"bot_detection": {"using_participant_names": {"matches": [""]}}})
    assert set(found) == {
        "bot_detection.using_participant_names.timeout",
        "bot_detection.using_participant_names.activate_after",
        "bot_detection.using_participant_names.matches",
    }


def test_it_finds_nothing_wrong_with_nothing():
    assert problems(None) == problems({}) == problems({"everyone_left_timeout": 5}) == {}
    assert problems({"everyone_left_timeout": -5}) != {}
