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
    parts = files.parts_list(told, clock, video=False, link=lambda i: f"https://x/{i}")
    assert {part["participant"]["id"] for part in parts} == {
        p["id"] for p in files.participants(told)
    }
    assert all(part["duration"] > 0 and "type" not in part for part in parts)
    assert parts[0]["download_url"] == "https://x/0"


def test_separate_video_is_cameras_and_shared_screens(told: Story) -> None:
    clock = files.Clock(told.takes[0], paused="black", until=START)
    parts = files.parts_list(told, clock, video=True, link=str)
    (screen,) = [part for part in parts if part["type"] == "screenshare"]
    assert screen["start_timestamp"]["relative"] == pytest.approx(0.3 * 2400 - 10.53)
    assert screen["duration"] == pytest.approx(0.25 * 2400)
    cameras = [part["participant"]["id"] for part in parts if part["type"] == "webcam"]
    events = files.participant_events(told, clock)
    assert sorted(cameras) == sorted(
        e["participant"]["id"] for e in events if e["action"] == "webcam_on"
    )


@pytest.mark.parametrize("paused", ["black", "cut"])
def test_a_part_holds_one_voice_for_as_long_as_it_says(told: Story, paused: Any) -> None:
    from bots.sandbox.media import length_s

    clock = files.Clock(told.takes[0], paused=paused, until=START)
    for video in (True, False):
        parts = files.parts(told, clock, video=video)
        listed = files.parts_list(told, clock, video=video, link=str)
        for part, row in zip(parts, listed, strict=True):
            script = files.script(told, told.takes[0], clock, part=part)
            length = length_s(pieces=script.pieces, paused=script.paused)
            assert length == pytest.approx(row["duration"], abs=0.001)
            names = {line.speaker for line in script.lines}
            assert names == (set() if part.shot == "screenshare" else {script.title})
            assert all(0 <= line.start_s <= line.end_s for line in script.lines)
            assert script.shot == (part.shot or "webcam")
    voices = {
        files.script(told, told.takes[0], clock, part=part).voice
        for part in files.parts(told, clock, video=False)
    }
    assert len(voices) > 2
