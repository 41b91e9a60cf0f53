"""What a request asks Recall to tell while the meeting runs."""

import pytest

from bots.policy import Wish, create_body, listening, start_body

LOW = {"recallai_streaming": {"mode": "prioritize_low_latency", "language_code": "en"}}
SLOW = {"recallai_streaming": {"mode": "prioritize_accuracy"}}


@pytest.mark.parametrize(
    ("provider", "wanted"),
    [
        (LOW, {"transcript.data", "transcript.partial_data"}),
        ({"meeting_captions": {}}, {"transcript.data", "transcript.partial_data"}),
        (SLOW, {"transcript.data"}),
        ({"recallai_streaming": {}}, {"transcript.data"}),
        ({"assembly_ai_v3_streaming": {}}, {"transcript.data"}),
        (None, set()),
    ],
)
def test_it_asks_for_the_words_that_there_are(provider, wanted):
    config = {"transcript": {"provider": provider} if provider else None}
    events = set(listening.endpoint(config)["events"])
    assert {name for name in events if name.startswith("transcript")} == wanted
    assert "participant_events.chat_message" in events


def test_it_asks_for_nothing_where_nothing_is_recorded_of_people_or_words():
    assert listening.endpoint({"transcript": None, "participant_events": None}) is None


def test_a_request_says_where_only_when_it_goes_out():
    wish = Wish(meeting_url="https://meet.google.com/abc-defg-hij", listens=True)
    [endpoint] = create_body(wish)["recording_config"]["realtime_endpoints"]
    assert endpoint["url"] == listening.PLACE
    assert endpoint["metadata"] == {"recalldash": "live"}
    silent = Wish(meeting_url="https://meet.google.com/abc-defg-hij")
    assert create_body(silent)["recording_config"]["realtime_endpoints"] == []


def test_a_start_listens_again_to_what_is_recorded_then():
    had = {"transcript": {"provider": SLOW}}
    had["realtime_endpoints"] = [listening.endpoint(had)]
    body = start_body(
        had, transcript="recallai_streaming", transcript_mode="prioritize_low_latency"
    )
    [endpoint] = body["realtime_endpoints"]
    assert "transcript.partial_data" in endpoint["events"]
    assert start_body({}, listens=True)["realtime_endpoints"][0]["url"] == listening.PLACE
    assert start_body({})["realtime_endpoints"] == []


@pytest.mark.parametrize(
    ("provider", "late"),
    [(LOW, False), (SLOW, True), ({"recallai_streaming": {}}, True), ({"x": {}}, False)],
)
def test_it_knows_when_words_come_late(provider, late):
    assert listening.is_late({"transcript": {"provider": provider}}) is late


@pytest.mark.parametrize("config", [None, {}, {"realtime_endpoints": None}, {"transcript": {}}])
def test_it_takes_configs_of_which_little_is_told(config):
    assert not listening.listens(config)
    assert listening.provider_of(config) == ""
