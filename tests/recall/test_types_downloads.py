"""Downloaded JSON is read as Recall writes it, and as it writes it on a bad day."""

from datetime import UTC, datetime

import pytest

from bots.recall import downloads
from bots.recall.downloads import Moment

ANN = {
    "id": 100,
    "name": "Ann",
    "is_host": True,
    "platform": "desktop",
    "extra_data": {"zoom": {"os": "mac"}},
    "email": None,
}
AT = {"absolute": "2025-06-01T10:00:05.000000+00:00", "relative": 5.25}
MOMENT = Moment(5.25, datetime(2025, 6, 1, 10, 0, 5, tzinfo=UTC))


def test_it_reads_participants():
    [ann, nobody] = downloads.participants([ANN, {"id": None, "name": None}])
    assert (ann.id, ann.name, ann.is_host, ann.email) == (100, "Ann", True, "")
    assert (nobody.id, nobody.name, nobody.is_host) == (None, "", False)


def test_it_reads_participant_events():
    said = {"text": "Hello", "to": "everyone"}
    [join, chat] = downloads.participant_events(
        [
            {"id": "e1", "action": "join", "participant": ANN, "timestamp": AT, "data": None},
            {"action": "chat_message", "participant": ANN, "timestamp": None, "data": said},
            {"action": None},
        ]
    )
    assert (join.id, join.action, join.participant.id, join.moment) == ("e1", "join", 100, MOMENT)
    assert (chat.action, chat.text, chat.to) == ("chat_message", "Hello", "everyone")
    assert chat.moment == Moment(None, None)


def test_it_reads_a_transcript():
    words = [
        {"text": "Good", "start_timestamp": AT, "end_timestamp": AT},
        {"text": "morning", "start_timestamp": {"relative": 6, "absolute": 17.0}},
    ]
    [said, nothing] = downloads.transcript(
        [
            {"participant": {"id": None, "name": "Speaker A"}, "words": words},
            {"participant": None, "words": None},
        ]
    )
    assert (said.participant.name, said.text) == ("Speaker A", "Good morning")
    assert (said.words[0].end, said.words[1].start) == (MOMENT, Moment(6.0, None))
    assert said.words[1].end is None
    assert nothing.words == ()


def test_it_reads_separate_parts():
    [part] = downloads.separate_parts(
        [
            {
                "id": "p1",
                "participant": ANN,
                "start_timestamp": AT,
                "duration": 12,
                "type": "webcam",
                "download_url": "https://s3/x",
            }
        ]
    )
    assert (part.type, part.duration_s, part.url) == ("webcam", 12.0, "https://s3/x")


@pytest.mark.parametrize(
    "read",
    [
        downloads.participants,
        downloads.participant_events,
        downloads.transcript,
        downloads.separate_parts,
    ],
)
@pytest.mark.parametrize("data", [None, {}, "x", 7, [], [None, 7, "x", []]])
def test_it_finds_nothing_in_junk(read, data):
    assert read(data) == ()
