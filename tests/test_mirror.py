"""What is kept of a bot as Recall returned it."""

import pytest

from bots.models import Bot

MANUAL = {"start_recording_on": "manual"}


@pytest.mark.parametrize(
    ("sent", "told", "so"),
    [
        ({}, {}, {}),
        ({"recording_config": MANUAL}, {}, MANUAL),
        ({}, {"recording_config": MANUAL}, MANUAL),
        (
            {"recording_config": MANUAL | {"video_mixed_layout": "audio_only"}},
            {"recording_config": {"start_recording_on": "call_join"}},
            {"start_recording_on": "call_join", "video_mixed_layout": "audio_only"},
        ),
        # Said to be off is said.
        (
            {"recording_config": {"video_mixed_mp4": {}}},
            {"recording_config": {"video_mixed_mp4": None}},
            {"video_mixed_mp4": None},
        ),
        ({"recording_config": MANUAL}, {"recording_config": None}, MANUAL),
        ({"recording_config": MANUAL}, {"recording_config": "a new word"}, MANUAL),
    ],
    ids=["unknown", "sent", "told", "told-over-sent", "off", "null", "odd"],
)
def test_a_bot_records_as_recall_has_it_and_else_as_it_was_sent(sent, told, so):
    assert Bot(request=sent, config=told).recording_config == so
