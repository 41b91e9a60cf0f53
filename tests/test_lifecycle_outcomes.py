"""Outcomes: what came of a bot, which is not its status."""

import pytest

from bots.lifecycle import Outcome, outcome

IN = [("joining_call", ""), ("in_call_not_recording", "")]
RECORDING = [*IN, ("in_call_recording", "")]
WAITING = [("joining_call", ""), ("in_waiting_room", "")]


def ended(sub_code: str) -> list[tuple[str, str]]:
    return [("call_ended", sub_code), ("done", "")]


@pytest.mark.parametrize(
    ("history", "recorded", "expected"),
    [
        ([*RECORDING, *ended("call_ended_by_host")], True, Outcome.RECORDED),
        ([*RECORDING, *ended("bot_received_leave_call")], True, Outcome.RECORDED),
        ([*RECORDING, *ended("timeout_exceeded_everyone_left")], True, Outcome.RECORDED),
        ([*RECORDING, ("done", "")], True, Outcome.RECORDED),
        ([*RECORDING, *ended("bot_kicked_from_call")], True, Outcome.IN_PART),
        ([*RECORDING, *ended("timeout_exceeded_in_call_recording")], True, Outcome.IN_PART),
        ([*RECORDING, ("fatal", "bot_errored")], True, Outcome.IN_PART),
        ([*RECORDING, *ended("timeout_exceeded_noone_joined")], True, Outcome.NOBODY_CAME),
        ([*WAITING, *ended("timeout_exceeded_waiting_room")], False, Outcome.NEVER_ADMITTED),
        (
            [*WAITING, *ended("call_ended_by_platform_waiting_room_timeout")],
            False,
            Outcome.NEVER_ADMITTED,
        ),
        ([*WAITING, *ended("bot_kicked_from_waiting_room")], False, Outcome.NEVER_ADMITTED),
        ([*WAITING, *ended("bot_received_leave_call")], False, Outcome.NEVER_ADMITTED),
        ([*WAITING, *IN, *ended("bot_received_leave_call")], False, Outcome.NOTHING_RECORDED),
        ([*IN, *ended("bot_kicked_from_call")], False, Outcome.REMOVED),
        ([*IN, *ended("timeout_exceeded_noone_joined")], False, Outcome.NOBODY_CAME),
        ([*IN, *ended("timeout_exceeded_only_bots_in_call")], False, Outcome.ONLY_BOTS),
        ([*IN, *ended("call_ended_by_host")], False, Outcome.NOTHING_RECORDED),
        ([*IN, *ended("something_new")], False, Outcome.NOTHING_RECORDED),
        ([*IN, ("done", "")], False, Outcome.NOTHING_RECORDED),
        ([("fatal", "meeting_not_found")], False, Outcome.FAILED),
        ([("fatal", ""), ("done", "")], False, Outcome.FAILED),
    ],
)
def test_it_comes_to(history: list[tuple[str, str]], recorded: bool, expected: Outcome) -> None:
    assert outcome(history, recorded) is expected
    assert outcome(reversed(history), recorded) is expected


def test_it_has_none_before_it_is_over() -> None:
    assert outcome([], False) is Outcome.NONE
    assert outcome([*RECORDING, ("call_ended", "call_ended_by_host")], True) is Outcome.NONE


def test_it_tells_a_failed_file_from_a_whole_recording() -> None:
    history = [*RECORDING, *ended("call_ended_by_host")]
    assert outcome(history, True, True) is Outcome.IN_PART
    assert outcome(history, False, True) is Outcome.FAILED


def test_it_tells_an_empty_room_from_a_meeting_that_ended_among_bots() -> None:
    reason = "timeout_exceeded_only_bots_detected_using_participant_names"
    history = [*RECORDING, *ended(reason)]
    assert outcome(history, True) is Outcome.RECORDED
    assert outcome(history, True, people_seen=True) is Outcome.RECORDED
    assert outcome(history, True, people_seen=False) is Outcome.ONLY_BOTS


def test_it_is_green_only_when_there_is_a_whole_recording() -> None:
    assert [each for each in Outcome if each.colour == "green"] == [Outcome.RECORDED]
    assert outcome([*IN, ("done", "")], False).colour != "green"
