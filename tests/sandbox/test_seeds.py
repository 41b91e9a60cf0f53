"""A demo workspace opens with two weeks of past meetings."""

from collections.abc import Callable
from pathlib import Path

import pytest

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
