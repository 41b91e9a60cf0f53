"""A demo workspace opens with two weeks of past meetings."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bots.policy.known_notetakers import NOTETAKER_NAMES
from bots.recall import downloads
from bots.recall.client import Recall
from bots.sandbox import options, scenarios
from bots.sandbox.links import meeting
from bots.sandbox.models import Message

from .conftest import Time

pytestmark = pytest.mark.django_db(databases=["default", "sandbox"])


def test_a_demo_workspace_has_a_past(
    client: Callable[..., Recall], time: Time, tick: Callable[[float], list[str]]
) -> None:
    bots = client("demo-7f3a").list_bots().results
    assert len(bots) >= 12
    assert all(bot.status_changes[-1].code in ("done", "fatal") for bot in bots)
    assert max(bot.status_changes[-1].at for bot in bots) < time.now
    assert {bot.raw["meeting_url"]["platform"] for bot in bots} == {
        "zoom",
        "google_meet",
        "microsoft_teams",
    }
    statuses = [recording.status for bot in bots for recording in bot.recordings]
    assert statuses.count("deleted") == 1
    assert 2 in [len(bot.recordings) for bot in bots]
    assert tick(3600) == []
    assert not Message.objects.exists()


def test_its_past_knows_a_notetaker_that_no_list_knows_and_a_person_whom_one_catches(
    client: Callable[..., Recall],
) -> None:
    """So that the workbench of notetaker names has something to show on first start."""
    met: dict[str, list[set[str]]] = {"MeetScribe": [], "Rosa Grainger": []}
    recall = client("demo-7f3a")
    for bot in recall.list_bots().results:
        for recording in bot.recordings:
            events = recording.media.get("participant_events")
            url = events and events.urls.get("participant_events_download_url")
            told = downloads.participant_events(recall.download_json(url)) if url else ()
            for name, seen in met.items():
                if did := {event.action for event in told if event.participant.name == name}:
                    seen.append(did)
    assert len(met["MeetScribe"]) == 3
    assert not any({"speech_on", "screenshare_on"} & did for did in met["MeetScribe"])
    # With two of them our bot stayed behind.
    assert sum("leave" not in did for did in met["MeetScribe"]) == 2
    assert len(met["Rosa Grainger"]) == 2
    assert all("speech_on" in did for did in met["Rosa Grainger"])
    lower = [name.casefold() for name in NOTETAKER_NAMES]
    assert not any(name in "meetscribe" for name in lower)
    assert [name for name in lower if name in "rosa grainger"] == ["grain"]


def test_its_past_shows_every_state_of_a_recording(
    client: Callable[..., Recall], time: Time, tick: Callable[[float], list[str]]
) -> None:
    recall = client("demo-7f3a")
    bots = recall.list_bots().results
    recordings = [recording for bot in bots for recording in bot.recordings]
    left = [
        (recording.expires_at - time.now).total_seconds() / 3600
        for recording in recordings
        if recording.expires_at and recording.status != "deleted"
    ]
    assert len([hours for hours in left if 2 <= hours <= 4]) == 1
    for artifacts in (recall.transcripts, recall.audio_separate):
        assert {"done", "failed"} <= {row.status for row in artifacts.list().results}
    longest = max(
        (recording for recording in recordings if recording.completed_at),
        key=lambda recording: recording.completed_at - recording.started_at,
    )
    assert (longest.completed_at - longest.started_at).total_seconds() > 10_700
    url = longest.media["transcript"].urls["download_url"]
    words = [word for turn in recall.download_json(url) for word in turn["words"]]
    assert len(words) > 29_000
    assert "recording.deleted" not in tick(0)
    time.pass_(4 * 3600)
    statuses = [r.status for bot in recall.list_bots().results for r in bot.recordings]
    assert statuses.count("deleted") == 2


def test_another_workspace_has_none(recall: Recall, time: Time) -> None:
    assert recall.list_bots().results == ()


@pytest.mark.parametrize("scenario", scenarios.SCENARIOS, ids=lambda scenario: scenario.name)
def test_each_scenario_has_a_link_on_every_platform(scenario: scenarios.Scenario) -> None:
    number = f"{scenario.number:02d}"
    for url in (
        f"https://meet.google.com/{scenario.code}",
        f"https://zoom.us/j/90000000{number}",
        f"https://teams.microsoft.com/meet/90000000000{number}?p=x",
        f"https://meet.goto.com/9000000{number}",
    ):
        assert scenarios.named(meeting(url).meeting_id) == scenario.name, url


def test_the_documentation_names_every_scenario_and_setting() -> None:
    text = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text()
    for scenario in scenarios.SCENARIOS:
        row = f"| `{scenario.code}` | `90000000{scenario.number:02d}` | {scenario.shows}"
        assert row in text, scenario.name
    assert [name for name in options.DEFAULTS if f"`{name}`" not in text] == []
