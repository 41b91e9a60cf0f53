"""Phases: what each of Recall's codes means for where a bot is in its life."""

from itertools import permutations

import pytest

from bots import lifecycle
from bots.lifecycle import Phase, platform_label, waiting_limit


@pytest.mark.parametrize(
    ("code", "recording_status", "expected"),
    [
        ("", "", Phase.JOINING),
        ("ready", "", Phase.JOINING),
        ("joining_call", "", Phase.JOINING),
        ("in_waiting_room", "", Phase.WAITING),
        ("in_call_not_recording", "", Phase.IN_CALL),
        ("in_call_not_recording", "processing", Phase.IN_CALL),
        ("in_call_not_recording", "paused", Phase.PAUSED),
        ("recording_permission_denied", "", Phase.IN_CALL),
        ("recording_permission_allowed", "", Phase.IN_CALL),
        ("in_call_recording", "", Phase.RECORDING),
        ("in_call_recording", "processing", Phase.RECORDING),
        ("in_call_recording", "paused", Phase.PAUSED),
        ("call_ended", "paused", Phase.PROCESSING),
        ("done", "paused", Phase.FINISHED),
        ("fatal", "", Phase.FAILED),
        ("recording_done", "", Phase.PROCESSING),
        ("media_expired", "", Phase.FINISHED),
        ("in_the_lobby_bar", "", Phase.UNKNOWN),
        ("IN_CALL_RECORDING", "paused", Phase.UNKNOWN),
    ],
)
def test_it_reads_a_code(code: str, recording_status: str, expected: Phase) -> None:
    assert lifecycle.phase(code, recording_status) is expected


def test_it_is_scheduled_until_it_joins() -> None:
    assert lifecycle.phase("", scheduled=True) is Phase.SCHEDULED
    assert lifecycle.phase("ready", scheduled=True) is Phase.SCHEDULED
    assert lifecycle.phase("joining_call", scheduled=True) is Phase.JOINING


def test_it_waits_when_permission_is_asked_from_the_waiting_room() -> None:
    denied = "recording_permission_denied"
    assert lifecycle.phase(denied, sub_code="zoom_bot_in_waiting_room") is Phase.WAITING
    assert lifecycle.phase(denied, sub_code="zoom_host_not_present") is Phase.IN_CALL


def test_it_is_leaving_only_while_it_is_live() -> None:
    assert lifecycle.phase("in_call_recording", leaving=True) is Phase.LEAVING
    assert lifecycle.phase("in_call_recording", "paused", leaving=True) is Phase.LEAVING
    assert lifecycle.phase("call_ended", leaving=True) is Phase.PROCESSING
    assert lifecycle.phase("done", leaving=True) is Phase.FINISHED


def test_it_knows_which_phases_are_live_and_which_are_over() -> None:
    live = [each for each in Phase if each.is_live]
    assert live == [
        Phase.JOINING,
        Phase.WAITING,
        Phase.IN_CALL,
        Phase.RECORDING,
        Phase.PAUSED,
        Phase.LEAVING,
    ]
    assert [each for each in Phase if each.is_over] == [Phase.FINISHED, Phase.FAILED]


def test_it_gives_every_phase_a_word_a_mark_and_a_colour() -> None:
    assert len({each.label for each in Phase}) == len(Phase)
    assert all(each.icon and each.colour for each in Phase)


@pytest.mark.parametrize(
    "code",
    [
        "recording_permission_allowed",
        "participant_in_waiting_room",
        "breakout_room_entered",
        "breakout_room_left",
        "breakout_room_opened",
        "breakout_room_closed",
        "recording_done",
        "media_expired",
        "analysis_done",
        "analysis_failed",
    ],
)
def test_it_is_not_moved_by_what_only_informs(code: str) -> None:
    assert not lifecycle.moves(code)
    assert not lifecycle.supersedes(code, current="in_call_recording")


def test_it_stays_over_whatever_comes_later() -> None:
    assert lifecycle.supersedes("done", current="call_ended")
    assert lifecycle.supersedes("fatal", current="done")
    assert not lifecycle.supersedes("done", current="fatal")
    assert not lifecycle.supersedes("in_call_recording", current="done")
    assert not lifecycle.supersedes("new_code", current="fatal")
    assert lifecycle.supersedes("new_code", current="in_call_recording")


def test_it_orders_what_happened_at_one_instant() -> None:
    life = ["joining_call", "in_waiting_room", "in_call_not_recording", "in_call_recording"]
    for mixed in permutations(life):
        assert sorted(mixed, key=lifecycle.rank) == life
    end = ["call_ended", "recording_done", "done", "fatal"]
    for mixed in permutations(end):
        assert sorted(mixed, key=lifecycle.rank) == end
    assert lifecycle.rank("new_code") < lifecycle.rank("ready")


def test_it_ends_with_done_or_fatal_only() -> None:
    assert lifecycle.is_terminal("done")
    assert lifecycle.is_terminal("fatal")
    assert not lifecycle.is_terminal("call_ended")
    assert not lifecycle.is_terminal("")


def test_it_knows_whose_patience_ends_first_at_the_door() -> None:
    assert waiting_limit("google_meet") == (600, "Google Meet")
    assert waiting_limit("google_meet", timeout_s=300) == (300, "The bot")
    assert waiting_limit("microsoft_teams") == (1200, "The bot")
    assert waiting_limit("microsoft_teams", timeout_s=3600) == (1800, "Microsoft Teams")
    assert waiting_limit("zoom", timeout_s=7200) == (7200, "The bot")
    assert waiting_limit("holodeck") == (1200, "The bot")


def test_it_names_platforms_and_takes_new_ones_as_they_come() -> None:
    assert platform_label("microsoft_teams_live") == "Microsoft Teams"
    assert platform_label("holo_deck") == "Holo deck"
