"""Documents behind the links: times fit the file, with pauses cut out and with pauses kept."""

from typing import Any

import pytest

from bots.sandbox import files
from bots.sandbox.call import Command
from bots.sandbox.story import Story

from .test_play import START, story

PAUSED = (Command(100, "pause_recording"), Command(160, "resume_recording"))


@pytest.fixture
def told() -> Story:
    return story(commands=PAUSED)


def words(told: Story, paused: Any) -> list[dict[str, Any]]:
    clock = files.Clock(told.takes[0], paused=paused, until=START)
    return [word for turn in files.transcript(told, clock) for word in turn["words"]]


def test_it_counts_the_pause_where_it_is_black(told: Story) -> None:
    relative = [word["start_timestamp"]["relative"] for word in words(told, "black")]
    pause, resume = (end - START - 10.53 for end in (START + 100.6, START + 160.6))
    assert relative == sorted(relative)
    assert not [at for at in relative if pause < at < resume]
    assert max(relative) > 2000


def test_it_leaves_the_pause_out_where_it_is_cut(told: Story) -> None:
    black, cut = words(told, "black"), words(told, "cut")
    assert [word["text"] for word in black] == [word["text"] for word in cut]
    lost = {
        round(b["start_timestamp"]["relative"] - c["start_timestamp"]["relative"], 3)
        for b, c in zip(black, cut, strict=True)
    }
    assert lost == {0.0, 60.0}
    assert [word["start_timestamp"]["absolute"] for word in black] == [
        word["start_timestamp"]["absolute"] for word in cut
    ]


@pytest.mark.parametrize("paused", ["black", "cut"])
def test_its_times_are_places_in_the_film(told: Story, paused: Any) -> None:
    clock = files.Clock(told.takes[0], paused=paused, until=START)
    script = files.script(told, told.takes[0], clock)
    last = words(told, paused)[-1]["end_timestamp"]["relative"]
    from bots.sandbox.media import film_time_s, length_s

    length = length_s(pieces=script.pieces, paused=paused)
    at = max(line.end_s for line in script.lines)
    assert last <= length
    assert film_time_s(at, pieces=script.pieces, paused=paused) == pytest.approx(last, abs=0.01)


def test_it_tells_who_was_there_and_what_they_did(told: Story) -> None:
    clock = files.Clock(told.takes[0], paused="black", until=START)
    people = files.participants(told)
    events = files.participant_events(told, clock)
    assert people[0]["is_host"]
    assert [person["id"] for person in people] == [100 * n for n in range(1, len(people) + 1)]
    assert {"join", "leave", "speech_on", "speech_off", "webcam_on", "screenshare_on"} <= {
        event["action"] for event in events
    }
    chat = [event for event in events if event["action"] == "chat_message"]
    assert chat[0]["data"]["to"] == "everyone"
    assert not [
        event
        for event in events
        if event["action"].startswith("speech") and 90.07 < event["timestamp"]["relative"] < 150.07
    ]


def test_it_tells_how_long_each_stayed(told: Story) -> None:
    clock = files.Clock(told.takes[0], paused="black", until=START)
    parts = files.parts(told, clock, video=True, link=lambda person: f"https://x/{person}")
    assert {part["participant"]["id"] for part in parts} == {
        p["id"] for p in files.participants(told)
    }
    assert all(part["duration"] > 0 for part in parts)
    assert parts[0]["download_url"] == "https://x/100"
