"""The engine: what each scenario makes Recall say."""

from typing import Any

import pytest

from bots.sandbox import scenarios
from bots.sandbox.call import Command
from bots.sandbox.play import Choices, Guest, play
from bots.sandbox.room import Intervention
from bots.sandbox.story import Story
from bots.sandbox.tempo import Tempo

START = 1_800_000_000.0
DAY = 86_400.0
CONFIG: dict[str, Any] = {
    "video_mixed_mp4": {},
    "participant_events": {},
    "transcript": {"provider": {"recallai_streaming": {}}},
    "start_recording_on": "participant_join",
}


def story(
    scenario: str = "ordinary",
    *,
    platform: str = "google_meet",
    commands: tuple[Command, ...] = (),
    hands: tuple[Intervention, ...] = (),
    until: float = DAY,
    choices: Choices | None = None,
    guest: Guest | None = None,
) -> Story:
    return play(
        scenarios.script(scenario, platform=platform, key="test"),
        guest or Guest(START, recording_config=CONFIG),
        tempo=Tempo.steady(start=START),
        until=START + until,
        commands=commands,
        interventions=hands,
        choices=choices or Choices(),
    )


def codes(told: Story) -> list[str]:
    return [status.code for status in told.statuses]


JOINED = ["joining_call", "in_waiting_room", "in_call_not_recording", "in_call_recording"]
OUT = ["call_ended", "recording_done", "done"]


@pytest.mark.parametrize(
    ("scenario", "said", "why"),
    [
        ("ordinary", [*JOINED, *OUT], "call_ended_by_host"),
        (
            "never admitted",
            ["joining_call", "in_waiting_room", "call_ended", "done"],
            "timeout_exceeded_waiting_room",
        ),
        (
            "denied",
            ["joining_call", "in_waiting_room", "call_ended", "done"],
            "bot_kicked_from_waiting_room",
        ),
        ("kicked", [*JOINED, *OUT], "bot_kicked_from_call"),
        ("host ends early", [*JOINED, *OUT], "call_ended_by_host"),
        ("nobody comes", [*JOINED[:3], "call_ended", "done"], "timeout_exceeded_noone_joined"),
        (
            "only notetakers",
            [*JOINED, *OUT],
            "timeout_exceeded_only_bots_detected_using_participant_events",
        ),
        ("everyone leaves", [*JOINED, *OUT], "timeout_exceeded_everyone_left"),
        ("silence", [*JOINED, *OUT], "timeout_exceeded_silence_detected"),
        ("wrong password", ["joining_call", "fatal"], "meeting_password_incorrect"),
        ("crash", [*JOINED, "fatal"], "bot_errored"),
        ("quick", [*JOINED, *OUT], "call_ended_by_host"),
        (
            "unheard of",
            [*JOINED, "in_call_summarising", *OUT],
            "call_ended_by_full_moon",
        ),
        (
            "breakout",
            [*JOINED]
            + [f"breakout_room_{what}" for what in ("opened", "entered", "left", "closed")]
            + OUT,
            "call_ended_by_host",
        ),
        ("time cap", [*JOINED, *OUT], "call_ended_by_platform_max_length"),
    ],
)
def test_it_says_what_the_scenario_promises(scenario: str, said: list[str], why: str) -> None:
    told = story(scenario)
    assert codes(told) == said
    assert next(s.sub_code for s in told.statuses if s.code in ("call_ended", "fatal")) == why
    assert told.finished


def test_it_asks_before_it_records_on_zoom() -> None:
    assert codes(story(platform="zoom"))[1:4] == [
        "in_call_not_recording",
        "recording_permission_allowed",
        "in_call_recording",
    ]


def test_it_goes_when_recording_is_denied() -> None:
    told = story("permission denied", platform="zoom")
    assert told.statuses[-2].sub_code == "timeout_exceeded_recording_permission_denied"
    assert told.takes == []


def test_it_records_when_asking_again_helps() -> None:
    again = tuple(Command(at, "request_recording_permission") for at in (10.0, 20.0))
    told = story("permission denied", platform="zoom", commands=again)
    assert codes(told)[2:6] == [
        "recording_permission_denied",
        "recording_permission_denied",
        "recording_permission_allowed",
        "in_call_recording",
    ]


def test_it_pauses_and_goes_on_with_the_same_recording() -> None:
    told = story(commands=(Command(60, "pause_recording"), Command(90, "resume_recording")))
    assert [kind for _, _, kind in told.takes[0].pieces] == ["recorded", "paused", "recorded"]
    assert [s.code for s in told.takes[0].statuses] == [
        "processing",
        "paused",
        "processing",
        "done",
    ]
    assert len(told.takes) == 1


def test_it_keeps_one_recording_for_each_start() -> None:
    told = story(
        commands=(
            Command(60, "stop_recording"),
            Command(90, "start_recording", {"start_recording_on": "call_join"} | CONFIG),
        )
    )
    assert [take.status.code for take in told.takes] == ["done", "done"]


@pytest.mark.parametrize(("keeps", "code"), [(False, "deleted"), (True, "done")])
def test_it_overwrites_a_running_recording(keeps: bool, code: str) -> None:
    told = story(
        commands=(Command(60, "start_recording", CONFIG),), choices=Choices(keeps_overwritten=keeps)
    )
    assert [take.status.code for take in told.takes] == [code, "done"]


def test_it_leaves_a_command_out_of_state_without_effect() -> None:
    assert codes(story(commands=(Command(60, "resume_recording"),))) == codes(story())


def test_it_says_recording_done_first_if_asked() -> None:
    told = story(choices=Choices(recording_done_first=True))
    assert codes(told)[-3:] == ["recording_done", "call_ended", "done"]


def test_it_can_be_admitted_and_thrown_out_by_hand() -> None:
    hands = (Intervention(30, "admit"), Intervention(60, "kick"))
    told = story("never admitted", hands=hands)
    assert codes(told) == [*JOINED, *OUT]
    assert told.statuses[4].sub_code == "bot_kicked_from_call"


def test_it_is_called_back_before_it_joins() -> None:
    told = play(
        scenarios.script("ordinary", platform="google_meet", key="test"),
        Guest(START, recording_config=CONFIG),
        tempo=Tempo.steady(start=START),
        until=START + 60,
        commands=(Command(-200, "leave_call"),),
    )
    assert codes(told) == ["call_ended", "done"]


def test_it_remembers_the_same_after_being_written_down() -> None:
    told = story(commands=(Command(60, "pause_recording"), Command(90, "resume_recording")))
    assert Story.read(told.written()) == told


def test_three_hours_hold_thirty_thousand_words() -> None:
    told = story("three hours")
    heard = sum(len(words.text.split()) for words in told.words)
    assert 29_000 < heard < 34_000
    take = told.takes[0]
    assert (take.completed_at or 0) - take.started_at == pytest.approx(3 * 3600, abs=30)
