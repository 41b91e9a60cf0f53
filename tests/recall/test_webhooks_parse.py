"""Bodies become events: current, legacy, unheard of, and odd."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.recall.webhooks import Unreadable, parse

AT = datetime(2025, 1, 29, 23, 49, 58, 570998, tzinfo=UTC)
STAMP = "2025-01-29T23:49:58.570998+00:00"


def event(name, **data):
    return parse(json.dumps({"data": data, "event": name}).encode())


def changed(code, sub_code=None, **more):
    return {"code": code, "sub_code": sub_code, "updated_at": STAMP, **more}


def test_it_reads_a_bot_event():
    found = event(
        "bot.call_ended",
        data=changed("call_ended", "bot_received_leave_call"),
        bot={"id": "b1", "metadata": {"team": "sales", "none": None}},
    )
    assert (found.family, found.bot_id, found.code, found.sub_code, found.at) == (
        "bot",
        "b1",
        "call_ended",
        "bot_received_leave_call",
        AT,
    )
    assert found.metadata == {"team": "sales"}
    assert not found.legacy


@pytest.mark.parametrize("bot", [None, {"id": "b1"}])
def test_it_reads_a_recording_event_with_and_without_a_bot(bot):
    error = {"code": "INTERNAL_ERROR", "message": "It broke."}
    found = event(
        "recording.failed",
        data=changed("failed", "internal_error", error=error),
        recording={"id": "r1"},
        bot=bot,
    )
    assert (found.family, found.recording_id, found.code) == ("recording", "r1", "failed")
    assert found.bot_id == (bot and "b1")
    assert found.error == error


def test_it_reads_an_artifact_event():
    found = event(
        "transcript.done",
        data=changed("done", ""),
        transcript={"id": "t1"},
        recording={"id": "r1"},
        bot={"id": "b1"},
    )
    assert (found.family, found.artifact_id, found.recording_id) == ("transcript", "t1", "r1")
    assert found.sub_code is None


def test_it_reads_the_legacy_status_change():
    found = event(
        "bot.status_change",
        bot_id="b1",
        status={
            "code": "fatal",
            "sub_code": "meeting_not_found",
            "message": "No such meeting.",
            "created_at": STAMP,
            "recording_id": "r1",
        },
    )
    assert (found.family, found.code, found.sub_code) == ("bot", "fatal", "meeting_not_found")
    assert (found.bot_id, found.recording_id, found.at) == ("b1", "r1", AT)
    assert (found.message, found.legacy) == ("No such meeting.", True)


def test_it_reads_the_oldest_status_change():
    found = event("bot.status_change", bot_id="b1", status={"code": "done", "created_at": STAMP})
    assert (found.code, found.sub_code, found.message) == ("done", None, "")


@pytest.mark.parametrize("name", ["bot.log", "bot.output_log"])
def test_it_takes_no_log_for_a_status(name):
    found = event(name, bot_id="b1", log={"level": "info", "message": "Hm.", "created_at": STAMP})
    assert (found.family, found.code, found.message, found.at) == ("log", "", "Hm.", AT)
    assert found.legacy


@pytest.mark.parametrize(
    "name",
    [
        "participant_events.join",
        "participant_events.chat_message",
        "transcript.data",
        "transcript.partial_data",
        "transcript.provider_data",
        "audio_mixed_raw.data",
        "video_separate_png.data",
        "bot.transcription",
        "bot.chat_message",
        "bot.participant_in_waiting_room",
    ],
)
def test_it_takes_nothing_said_in_the_call_for_a_status(name):
    found = event(name, data={"words": []}, bot={"id": "b1"})
    assert (found.family, found.code, found.bot_id) == ("realtime", "", "b1")


@pytest.mark.parametrize(
    ("name", "family", "code"),
    [
        ("bot.breakout_room_entered", "bot", "breakout_room_entered"),
        ("bot.brand_new", "bot", "brand_new"),
        ("recording.brand_new", "recording", "brand_new"),
        ("sdk_upload.recording_started", "sdk_upload", "recording_started"),
        ("calendar.update", "calendar", ""),
        ("slack.huddle_state", "slack", ""),
        ("slack_team.active", "slack_team", ""),
        ("hologram.done", "unknown", ""),
        ("bot", "unknown", ""),
        ("...", "unknown", ""),
    ],
)
def test_it_reads_a_name_without_data(name, family, code):
    found = parse(json.dumps({"event": name, "new_key": [1]}).encode())
    assert (found.name, found.family, found.code) == (name, family, code)
    assert found.raw["new_key"] == [1]


def test_it_reads_when_a_calendar_changed():
    found = event("calendar.sync_events", calendar_id="c1", last_updated_ts=STAMP)
    assert (found.family, found.at, found.bot_id) == ("calendar", AT, None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"null",
        b"7",
        b'"x"',
        b"{}",
        b'{"event": null}',
        b'{"event": 7}',
        b'{"event": "\\u0000 "}',
        b'{"event":' * 50_000,
        b"[" * 100_000,
        b'{"event": "bot.done", "data": ' + b"[" * 200 + b"]" * 200 + b"}",
    ],
)
def test_it_says_why_it_can_read_nothing(body):
    with pytest.raises(Unreadable) as caught:
        parse(body)
    assert caught.value.sentence.startswith("The body ")


def test_it_keeps_nothing_that_a_database_refuses():
    found = parse(
        rb'{"event":"bot.do\u0000ne","data":{"data":{"code":"do\u0000ne","x":NaN,"y":1e999},'
        rb'"bot":{"id":"b\u00001","metadata":{"a\u0000":"\ud800"}}}}'
    )
    assert (found.name, found.code, found.bot_id) == ("bot.done", "done", "b1")
    assert found.metadata == {"a": "\ufffd"}
    assert found.raw["data"]["data"] == {"code": "done", "x": None, "y": None}


def test_it_keeps_words_short():
    found = event("bot." + "x" * 5000, data=changed("y" * 5000, "z" * 5000), bot={"id": "i" * 999})
    lengths = [len(each) for each in (found.name, found.code, found.sub_code, found.bot_id)]
    assert lengths == [200] * 4


odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["data", "bot", "id", "status", "code", "recording", "log", "error"]),
            inner,
        )
    ),
    max_leaves=15,
)
names = st.sampled_from(["bot.done", "bot.status_change", "transcript.done", "bot.log", "new.one"])


@given(names, odd)
def test_it_reads_every_event_whatever_its_data(name, data):
    found = parse(json.dumps({"event": name, "data": data}).encode())
    assert found.name == name
    assert found.bot_id is None or isinstance(found.bot_id, str)
