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
        ([*RECORDING, *ended("call_ended_by_host")], [Outcome.RECORDED], Outcome.RECORDED),
        ([*RECORDING, *ended("bot_received_leave_call")], [Outcome.RECORDED], Outcome.RECORDED),
        (
            [*RECORDING, *ended("timeout_exceeded_everyone_left")],
            [Outcome.RECORDED],
            Outcome.RECORDED,
        ),
        ([*RECORDING, ("done", "")], [Outcome.RECORDED], Outcome.RECORDED),
        ([*RECORDING, *ended("bot_kicked_from_call")], [Outcome.RECORDED], Outcome.IN_PART),
        (
            [*RECORDING, *ended("timeout_exceeded_in_call_recording")],
            [Outcome.RECORDED],
            Outcome.IN_PART,
        ),
        ([*RECORDING, ("fatal", "bot_errored")], [Outcome.RECORDED], Outcome.IN_PART),
        (
            [*RECORDING, *ended("timeout_exceeded_noone_joined")],
            [Outcome.RECORDED],
            Outcome.NOBODY_CAME,
        ),
        ([*WAITING, *ended("timeout_exceeded_waiting_room")], [], Outcome.NEVER_ADMITTED),
        (
            [*WAITING, *ended("call_ended_by_platform_waiting_room_timeout")],
            [],
            Outcome.NEVER_ADMITTED,
        ),
        ([*WAITING, *ended("bot_kicked_from_waiting_room")], [], Outcome.NEVER_ADMITTED),
        ([*WAITING, *ended("bot_received_leave_call")], [], Outcome.NEVER_ADMITTED),
        ([*WAITING, *IN, *ended("bot_received_leave_call")], [], Outcome.NOTHING_RECORDED),
        ([*IN, *ended("bot_kicked_from_call")], [], Outcome.REMOVED),
        ([*IN, *ended("timeout_exceeded_noone_joined")], [], Outcome.NOBODY_CAME),
        ([*IN, *ended("timeout_exceeded_only_bots_in_call")], [], Outcome.ONLY_BOTS),
        ([*IN, *ended("call_ended_by_host")], [], Outcome.NOTHING_RECORDED),
        ([*IN, *ended("something_new")], [], Outcome.NOTHING_RECORDED),
        ([*IN, ("done", "")], [], Outcome.NOTHING_RECORDED),
        ([*IN, ("done", "")], [Outcome.EMPTY], Outcome.EMPTY),
        ([*IN, ("done", "")], [Outcome.EMPTY, Outcome.RECORDED], Outcome.RECORDED),
        ([*IN, ("done", "")], [Outcome.DELETED, Outcome.EMPTY], Outcome.DELETED),
        ([*IN, ("done", "")], [Outcome.FAILED, Outcome.RECORDED], Outcome.IN_PART),
        ([*IN, *ended("bot_kicked_from_call")], [Outcome.EMPTY], Outcome.REMOVED),
        ([("fatal", "meeting_not_found")], [], Outcome.FAILED),
        ([("fatal", ""), ("done", "")], [], Outcome.FAILED),
    ],
)
def test_it_comes_to(
    history: list[tuple[str, str]], recorded: list[Outcome], expected: Outcome
) -> None:
    assert outcome(history, recorded) is expected
    assert outcome(reversed(history), recorded) is expected


def test_it_has_none_before_it_is_over() -> None:
    assert outcome([], []) is Outcome.NONE
    assert (
        outcome([*RECORDING, ("call_ended", "call_ended_by_host")], [Outcome.RECORDED])
        is Outcome.NONE
    )


def test_it_tells_a_failed_file_from_a_whole_recording() -> None:
    history = [*RECORDING, *ended("call_ended_by_host")]
    assert outcome(history, [Outcome.IN_PART]) is Outcome.IN_PART
    assert outcome(history, [Outcome.FAILED]) is Outcome.FAILED


def test_it_tells_an_empty_room_from_a_meeting_that_ended_among_bots() -> None:
    reason = "timeout_exceeded_only_bots_detected_using_participant_names"
    history = [*RECORDING, *ended(reason)]
    assert outcome(history, [Outcome.RECORDED]) is Outcome.RECORDED
    assert outcome(history, [Outcome.RECORDED], people_seen=True) is Outcome.RECORDED
    assert outcome(history, [Outcome.RECORDED], people_seen=False) is Outcome.ONLY_BOTS


def test_it_is_green_only_when_there_is_a_whole_recording() -> None:
    assert [each for each in Outcome if each.colour == "green"] == [Outcome.RECORDED]
    assert outcome([*IN, ("done", "")], [Outcome.EMPTY]).colour != "green"
