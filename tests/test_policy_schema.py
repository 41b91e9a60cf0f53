"""Whatever a person may wish, both bodies are valid by Recall's own published schemas."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.formats import BY_KEY, LANGUAGES, LAYOUTS, STARTS, TRANSCRIBER_BY_KEY
from bots.policy import LeaveRules, Wish, create_body, problems, start_body, summary

OPENAPI = Path(__file__).resolve().parents[2] / "shared" / "recall-api" / ("openapi-2025-11.json")
PLATFORMS = ["", "zoom", "google_meet", "microsoft_teams", "webex", "goto_meeting"]

pytestmark = pytest.mark.skipif(
    not OPENAPI.exists(), reason="Recall's schema (openapi-2025-11.json) is not beside the project"
)


@cache
def schemas() -> dict[str, Any]:
    return json.loads(OPENAPI.read_text())["components"]["schemas"]


def plain(schema: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema for a request: nullable, read-only and discriminators resolved."""
    if isinstance(schema, list):
        return [plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    answer = {key: plain(value) for key, value in schema.items() if key != "properties"}
    if "properties" in schema:
        writable = {
            key: value
            for key, value in schema["properties"].items()
            if not (isinstance(value, dict) and value.get("readOnly"))
        }
        answer["properties"] = {key: plain(value) for key, value in writable.items()}
        required = [key for key in schema.get("required", []) if key in writable]
        answer.pop("required", None)
        if required:
            answer["required"] = required
    if "discriminator" in schema:
        name = schema["discriminator"]["propertyName"]
        mapping = schema["discriminator"]["mapping"]
        answer = {
            "required": [name],
            "properties": {name: {"enum": list(mapping)}},
            "allOf": [
                {"if": {"properties": {name: {"const": kind}}}, "then": {"$ref": ref}}
                for kind, ref in mapping.items()
            ],
        }
    if answer.pop("nullable", False):
        return {"anyOf": [{"type": "null"}, answer]}
    return answer


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    components = {key: plain(value) for key, value in schemas().items()}
    checker = jsonschema.FormatChecker()
    return jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": {"schemas": components}},
        format_checker=checker,
    )


# Start Recording is not in the published document: its page lists the same fields, less `manual`.
START_ON = {"call_join", "participant_join", "participant_speak"}


def check_create(body: dict[str, Any]) -> None:
    validator("Bot").validate(body)
    assert set(body) <= set(schemas()["Bot"]["properties"])
    assert set(body["recording_config"]) == set(schemas()["BotRecordingConfig"]["properties"])
    assert set(body["automatic_leave"]) <= set(schemas()["AutomaticLeave"]["properties"])


def check_start(body: dict[str, Any]) -> None:
    validator("BotRecordingConfig").validate(body)
    assert set(body) == set(schemas()["BotRecordingConfig"]["properties"])
    assert body["start_recording_on"] in START_ON


formats = st.frozensets(st.sampled_from(sorted(BY_KEY)))
texts = st.text(max_size=20)
metadata = st.dictionaries(texts, st.text(max_size=600), max_size=3)
seconds = st.integers(30, 10_000)
wishes = st.builds(
    Wish,
    meeting_url=st.just("https://meet.google.com/abc-defg-hij"),
    bot_name=st.text(min_size=1, max_size=100),
    join_at=st.none() | st.datetimes(datetime(2026, 1, 1), timezones=st.just(UTC)),
    formats=formats,
    transcript=st.sampled_from(["", *TRANSCRIBER_BY_KEY]),
    language=st.sampled_from(sorted(LANGUAGES)),
    layout=st.sampled_from(["", *LAYOUTS]),
    start_on=st.sampled_from(sorted(STARTS)),
    rtmp_url=st.sampled_from(["", "rtmp://live.example/key"]),
    retention=st.none()
    | st.just("forever")
    | st.integers(1, 10_000).map(lambda hours: {"type": "timed", "hours": hours}),
    notetaker_names=st.lists(texts, max_size=4).map(tuple),
    metadata=metadata,
    leave=st.builds(
        LeaveRules,
        waiting_room_s=seconds,
        everyone_left_after_s=st.none() | seconds,
        recording_s=st.none() | seconds,
        names_after_s=seconds,
        names_for_s=seconds,
    ),
)


@settings(max_examples=60, deadline=None)
@given(wish=wishes, platform=st.sampled_from(PLATFORMS))
def test_it_creates_by_the_schema(wish: Wish, platform: str) -> None:
    body = create_body(wish, platform=platform)
    check_create(body)
    assert summary(body).endswith(".")
    assert all(sentence.endswith(".") for sentence in problems(wish, platform).values())


endpoints = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["webhook", "websocket"]),
            "url": st.just("https://hooks.example/live"),
            "events": st.lists(st.sampled_from(["transcript.data", "participant_events.join"])),
        },
        optional={"id": texts, "metadata": metadata, "status": st.just({"code": "running"})},
    ),
    max_size=3,
)
artifacts = st.none() | st.fixed_dictionaries({}, optional={"metadata": metadata, "id": texts})
returned = st.none() | st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(BY_KEY, artifacts),
        "transcript": st.none()
        | st.fixed_dictionaries(
            {"provider": st.just({"meeting_captions": {}})},
            optional={"id": texts, "metadata": metadata, "diarization": st.none()},
        ),
        "realtime_endpoints": endpoints,
        "retention": st.sampled_from([None, {"type": "forever"}, {"type": "timed", "hours": 9}]),
        "video_mixed_layout": st.sampled_from(sorted(LAYOUTS)),
        "start_recording_on": st.sampled_from([*STARTS, "on_full_moon"]),
        "include_bot_in_recording": st.none() | st.just({"audio": True}),
        "metadata": metadata,
        "id": texts,
    },
)


@settings(max_examples=60, deadline=None)
@given(config=returned, chosen=st.none() | formats)
def test_it_starts_by_the_schema(
    config: dict[str, Any] | None, chosen: frozenset[str] | None
) -> None:
    body = start_body(config, formats=chosen)
    check_start(body)
    assert start_body(body) == body


@settings(max_examples=30, deadline=None)
@given(wish=wishes)
def test_it_starts_as_it_was_created(wish: Wish) -> None:
    config = create_body(wish)["recording_config"]
    started = start_body(config)
    check_start(started)
    start_on = "call_join" if wish.start_on == "manual" else wish.start_on
    assert started == config | {"start_recording_on": start_on}


@pytest.mark.parametrize(
    "change",
    [
        {"start_recording_on": "later"},
        {"retention": {"type": "timed", "hours": 0}},
        {"retention": {"type": "sometimes"}},
        {"video_mixed_mp4": True},
        {"realtime_endpoints": [{"type": "webhook", "events": ["video_mixed_flv.data"]}]},
        {"transcript": {}},
    ],
)
def test_it_would_notice_a_body_that_the_schema_refuses(change: dict[str, Any]) -> None:
    body = start_body(None) | change
    with pytest.raises(jsonschema.ValidationError):
        validator("BotRecordingConfig").validate(body)
