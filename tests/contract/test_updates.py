"""The change of a scheduled bot, held against Recall's own description."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bots import policy
from bots.deciding import changes
from bots.formats import FORMATS

from .conftest import Unlike, validate_request

PATH = "/api/v1/bot/4f2b1c1e-0c58-4c5e-9a2e-6f1df2f0b001/"
ASK = policy.Ask(
    meeting_url="https://acme.zoom.us/j/84335626851",
    join_at=datetime(2026, 11, 20, 14, tzinfo=UTC),
    metadata={"recalldash_order": "a", "recalldash_update": "b"},
)
CARRIED = {
    "variant": {"zoom": "web"},
    "zoom": {"user_email": "a@example.com"},
    "breakout_room": {"mode": "join_main_room"},
}
POLICIES: list[dict[str, Any]] = [
    {},
    {"join_message": "Hello", "join_message_to": "host", "bot_picture": "digest"},
    {"formats": [each.key for each in FORMATS], "rtmp_url": "rtmp://live.example/app/key"},
    {"formats": [], "transcript": "", "retention": "none", "names_on": False},
    {"recording_s": 3600, "everyone_left_after_s": 60, "retention": "forever"},
]


def request_under(own: dict[str, Any], *, like: dict[str, Any] | None = None) -> dict[str, Any]:
    version = policy.Version(number=1, team="Sales", own=own)
    meeting = policy.Meeting(platform="zoom", names=("fathom",), picture="/9gganBlZw==")
    ask = policy.Ask(
        meeting_url=ASK.meeting_url, join_at=ASK.join_at, metadata=ASK.metadata, like=like
    )
    return policy.decide(version, ask, meeting).create


@pytest.mark.parametrize("now", POLICIES)
@pytest.mark.parametrize("was", POLICIES)
def test_it_changes_a_bot_as_recall_takes_it(was, now):
    validate_request("PATCH", PATH, changes(request_under(was), request_under(now)))


def test_it_takes_away_as_recall_takes_it():
    body = changes(request_under({}, like=CARRIED), request_under({}))
    assert [name for name in CARRIED if body[name] is None] == list(CARRIED)
    validate_request("PATCH", PATH, body)


def test_its_judge_finds_faults_in_a_change():
    with pytest.raises(Unlike):
        validate_request("PATCH", PATH, {"bot_nam": "typo"})
