"""Every example of Recall's webhook catalogue is understood."""

import json
from datetime import UTC

import pytest

from bots.recall.types import MEDIA_KINDS
from bots.recall.webhooks import parse

from .conftest import SHARED, Unlike, catalogue, validate_event

# Parametrised by name, so that each example is a test of its own wherever the catalogue exists.
NAMES = sorted(catalogue()) if SHARED.exists() else ["all"]

# Their schemas require a key that their own examples do not have.
AT_ODDS_WITH_ITSELF = {"sdk_upload.complete", "sdk_upload.uploading"}


def examples(name: str) -> list[dict]:
    schemas = catalogue()
    return schemas[name]["examples"]


@pytest.mark.parametrize("name", NAMES)
def test_it_reads_every_example(name):
    for example in examples(name):
        if name not in AT_ODDS_WITH_ITSELF:
            validate_event(example)
        event = parse(json.dumps(example).encode())
        data = example["data"]
        status = data.get("data") or data.get("status") or {}

        assert event.name == name == example["event"]
        assert event.raw == example
        assert event.family != "unknown"
        assert event.code == status.get("code", "")
        assert event.sub_code == (status.get("sub_code") or None)
        assert event.bot_id == ((data.get("bot") or {}).get("id") or data.get("bot_id"))
        assert event.recording_id == (data.get("recording") or {}).get("id")
        assert event.legacy == name.startswith(("bot.status_change", "bot.log", "bot.output_log"))
        if name != "calendar.update":
            assert event.at.tzinfo is UTC
        if event.family in MEDIA_KINDS:
            assert event.artifact_id == data[event.family]["id"]
        if event.legacy is False and status:
            assert name == f"{event.family}.{event.code}"


def test_the_catalogue_is_the_whole_one():
    assert len(catalogue()) == 53


@pytest.mark.parametrize(
    "body",
    [
        {"event": "bot.done", "data": {}},
        {"event": "bot.done", "data": {"data": {"code": "done"}, "bot": {"id": "b"}}},
        {"event": "calendar.update", "data": {"calendar_id": 7}},
        {"event": "bot.breakout_room_entered", "data": {"bot": {"id": "b", "metadata": {}}}},
    ],
)
def test_its_judge_finds_faults(body):
    with pytest.raises(Unlike):
        validate_event(body)


def test_its_judge_accepts_an_event_newer_than_the_catalogue():
    status = {
        "code": "breakout_room_entered",
        "sub_code": None,
        "updated_at": "2026-01-01T00:00:00Z",
    }
    bot = {"id": "b", "metadata": {}}
    validate_event(
        {"event": "bot.breakout_room_entered", "data": {"data": status, "bot": bot, "room": {}}}
    )
