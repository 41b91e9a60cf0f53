"""Orders: what each phase allows, why not, what is asked first, and what confirms."""

from datetime import UTC, datetime, timedelta

import pytest

from bots.lifecycle import (
    Action,
    Phase,
    allowed,
    cannot_move_to,
    confirms,
    needs_confirmation,
    scheduled_actions,
)

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)

LIVE = {Action.LEAVE}
THERE = LIVE | {Action.SAY, Action.ASK, Action.SHOW, Action.HIDE, Action.PLAY}
CAN = {
    Phase.SCHEDULED: {Action.RESCHEDULE, Action.UPDATE, Action.CANCEL},
    Phase.JOINING: LIVE,
    Phase.WAITING: LIVE,
    Phase.IN_CALL: THERE | {Action.START},
    Phase.RECORDING: THERE | {Action.PAUSE, Action.START, Action.STOP},
    Phase.PAUSED: THERE | {Action.RESUME, Action.START, Action.STOP},
    Phase.LEAVING: set(),
    Phase.PROCESSING: {Action.SEND, Action.DELETE},
    Phase.FINISHED: {Action.SEND, Action.DELETE},
    Phase.FAILED: {Action.SEND, Action.DELETE},
    Phase.UNKNOWN: LIVE,
}


@pytest.mark.parametrize("phase", Phase)
def test_it_allows_what_makes_sense_and_says_why_not(phase: Phase) -> None:
    answer = allowed(phase)
    assert set(answer) == set(Action) - {Action.TRANSCRIBE}
    assert {action for action, why in answer.items() if not why} == CAN[phase]
    assert all(why.endswith(".") for why in answer.values() if why)


@pytest.mark.parametrize(
    ("ahead_s", "possible"),
    [
        (3600, {Action.RESCHEDULE, Action.UPDATE, Action.CANCEL}),
        (601, {Action.RESCHEDULE, Action.UPDATE, Action.CANCEL}),
        (600, {Action.LEAVE}),
        (1, {Action.LEAVE}),
        (-60, {Action.LEAVE}),
    ],
)
def test_it_keeps_the_ten_minute_rule(ahead_s: int, possible: set[Action]) -> None:
    join_at = NOW + timedelta(seconds=ahead_s)
    answer = scheduled_actions(join_at, NOW)
    assert {action for action, why in answer.items() if not why} == possible
    whole = allowed(Phase.SCHEDULED, join_at=join_at, now=NOW)
    assert {action for action, why in whole.items() if not why} == possible
    assert bool(cannot_move_to(join_at, now=NOW)) == (ahead_s <= 600)


def test_it_ignores_the_schedule_of_a_bot_that_has_joined() -> None:
    answer = allowed(Phase.RECORDING, join_at=NOW + timedelta(hours=1), now=NOW)
    assert answer == allowed(Phase.RECORDING)


@pytest.mark.parametrize(
    ("phase", "safer"), [(Phase.RECORDING, Action.PAUSE), (Phase.PAUSED, Action.RESUME)]
)
def test_it_asks_before_overwriting_and_offers_the_safer_way(phase: Phase, safer: Action) -> None:
    asked = needs_confirmation(Action.START, phase)
    assert asked is not None
    assert asked.safer is safer
    warning = asked.warning.format(recorded="23 min")
    assert warning == "Starting again overwrites the 23 min recorded so far."
    assert allowed(phase)[safer] == ""


def test_it_asks_nothing_where_nothing_is_destroyed() -> None:
    assert needs_confirmation(Action.START, Phase.IN_CALL) is None
    for action in (Action.PAUSE, Action.RESUME, Action.STOP):
        assert needs_confirmation(action, Phase.RECORDING) is None
    assert needs_confirmation(Action.LEAVE, Phase.FINISHED) is None


def test_it_says_that_a_bot_cannot_come_back() -> None:
    asked = needs_confirmation(Action.LEAVE, Phase.RECORDING)
    assert asked is not None
    assert "cannot come back" in asked.warning


@pytest.mark.parametrize(
    ("action", "code", "recording_status", "expected"),
    [
        (Action.PAUSE, "in_call_not_recording", "paused", True),
        (Action.PAUSE, "in_call_recording", "paused", True),
        (Action.PAUSE, "in_call_not_recording", "processing", False),
        (Action.PAUSE, "call_ended", "paused", False),
        (Action.RESUME, "in_call_recording", "processing", True),
        (Action.RESUME, "in_call_recording", "paused", False),
        (Action.RESUME, "in_call_not_recording", "processing", False),
        (Action.START, "in_call_recording", "", True),
        (Action.START, "in_call_not_recording", "", False),
        (Action.STOP, "in_call_not_recording", "processing", True),
        (Action.STOP, "in_call_not_recording", "paused", False),
        (Action.STOP, "in_call_recording", "done", True),
        (Action.STOP, "in_call_recording", "processing", False),
        (Action.STOP, "call_ended", "", True),
        (Action.LEAVE, "call_ended", "", True),
        (Action.LEAVE, "done", "", True),
        (Action.LEAVE, "fatal", "", True),
        (Action.LEAVE, "in_call_not_recording", "", False),
        (Action.CANCEL, "call_ended", "", True),
        (Action.RESCHEDULE, "joining_call", "", False),
        (Action.SEND, "joining_call", "", True),
        (Action.SEND, "", "", False),
    ],
)
def test_it_is_confirmed_by_news(
    action: Action, code: str, recording_status: str, expected: bool
) -> None:
    assert confirms(action, code, recording_status) is expected


def test_it_has_words_for_every_order() -> None:
    for action in Action:
        assert action.pending.endswith("…")
        assert " " in action.label
        assert action.icon
