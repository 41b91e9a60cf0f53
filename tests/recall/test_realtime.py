"""What Recall tells while a meeting runs, in every shape in which it may come."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.recall import realtime
from bots.recall.webhooks import Unreadable

BOT, RECORDING = "0a1b2c3d-0000-4000-8000-000000000001", "0a1b2c3d-0000-4000-8000-000000000002"
ANN = {"id": 100, "name": "Ann", "is_host": True, "platform": "desktop", "extra_data": {}}


def event(name, data, **around):
    around = {"bot": {"id": BOT, "metadata": {}}, "recording": {"id": RECORDING}} | around
    return json.dumps({"event": name, "data": {"data": data, **around}}).encode()


def said(*words, **rest):
    return event("transcript.data", {"words": list(words), "participant": ANN}, **rest)


def word(text, start, end):
    return {"text": text, "start_timestamp": {"relative": start}, "end_timestamp": end}


def test_it_reads_words_with_their_speaker_and_time():
    heard = realtime.parse(said(word("Hello", 1.5, {"relative": 1.9}), word("all", 2.0, None)))
    assert (heard.kind, heard.text, heard.participant.name) == ("words", "Hello all", "Ann")
    assert (heard.bot_id, heard.recording_id) == (BOT, RECORDING)
    # The end of the last word is not known: it lasts at least until it began.
    assert (heard.start_s, heard.end_s) == (1.5, 2.0)


def test_it_reads_an_end_in_either_shape():
    whole = {"relative": 3.25, "absolute": "2026-11-20T12:00:03.25+00:00"}
    for end in ({"relative": 3.25}, whole):
        assert realtime.parse(said(word("Yes", 3, end))).end_s == 3.25


@pytest.mark.parametrize("spelled", ["2026-11-20T12:00:00Z", "2026-11-20T12:00:00+00:00"])
def test_it_reads_a_time_in_either_spelling(spelled):
    moment = {"absolute": spelled, "relative": 12.5}
    heard = realtime.parse(
        event("participant_events.join", {"participant": ANN, "timestamp": moment, "data": None})
    )
    assert (heard.kind, heard.action) == ("deed", "join")
    assert heard.moment.at == datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert heard.moment.relative_s == 12.5


def test_it_reads_a_caption_as_one_word():
    heard = realtime.parse(said(word("A whole caption,  as it stands", 4, None)))
    assert heard.text == "A whole caption, as it stands"


def test_it_tells_words_that_may_still_change():
    body = {"words": [word("Hel", 1, None)], "participant": ANN}
    assert realtime.parse(event("transcript.partial_data", body)).kind == "partial"


def test_it_reads_a_chat_message():
    told = {"participant": ANN, "data": {"text": "Hi", "to": "only_bot"}}
    heard = realtime.parse(event("participant_events.chat_message", told))
    assert (heard.action, heard.chat, heard.sent_to) == ("chat_message", "Hi", "only_bot")


@pytest.mark.parametrize(
    "participant", [None, {}, {"id": None}, {"id": 100}, {"id": "100", "name": 7}, "Ann"]
)
def test_it_takes_people_of_whom_little_is_told(participant):
    heard = realtime.parse(event("participant_events.update", {"participant": participant}))
    assert heard.participant.name == ""
    assert heard.participant.id in (100, None)


@pytest.mark.parametrize(
    "name", ["transcript.provider_data", "audio_mixed_raw.data", "made.up", "join", "transcript."]
)
def test_it_passes_over_what_it_keeps_nothing_of(name):
    assert realtime.parse(event(name, {"anything": [1]})).kind == "other"


def test_it_takes_an_action_that_is_new():
    heard = realtime.parse(event("participant_events.hand_raised", {"participant": ANN}))
    assert (heard.kind, heard.action) == ("deed", "hand_raised")


def test_it_takes_an_event_of_no_bot():
    assert realtime.parse(said(word("Hi", 0, None), bot=None)).bot_id is None


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"[]", b"7", b"{}", b'{"event": 7}', b"[" * 5000, b'{"event": ""}']
)
def test_it_refuses_what_is_no_event(body):
    with pytest.raises(Unreadable):
        realtime.parse(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(["transcript.data", "transcript.partial_data", "participant_events.join"])
PARTS = st.fixed_dictionaries({}, optional={"words": JSON, "participant": JSON, "timestamp": JSON})


@given(NAMES, PARTS | JSON, JSON)
def test_it_never_trips_over_what_is_inside(name, data, around):
    body = {"event": name, "data": {"data": data, "bot": around, "recording": around}}
    heard = realtime.parse(json.dumps(body).encode())
    assert heard.kind in ("words", "partial", "deed")
    assert "\0" not in heard.text + heard.participant.name + heard.chat
