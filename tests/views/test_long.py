"""A page that has much to show: three hours of thirty thousand words, sent as they are read."""

import gzip
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from bots.models import Transcript
from bots.stretches import LINES

PASSAGES, WORDS = 1_500, 20
MOST_BYTES = 300_000


@pytest.fixture
def long_talk(a_bot):
    """Fifteen hundred passages of twenty words, none like another; each names its number."""
    bot = a_bot("in_call_recording", "call_ended", "done", recorded=True)
    recording = bot.recordings.get()
    lines = [
        {
            "speaker": f"Person {n % 7}",
            "start_s": n * 7.2,
            "end_s": n * 7.2 + 7,
            "text": " ".join(f"w{(n * WORDS + k) * 7919 % 99991:05}" for k in range(WORDS)),
        }
        for n in range(PASSAGES)
    ]
    return Transcript.objects.keep(recording, lines, now=timezone.now())


def sent(client, url, **query):
    """What goes over the wire for a page, and what it says."""
    answer = client.get(url, query, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert answer["Content-Encoding"] == "gzip"
    return answer.content, gzip.decompress(answer.content).decode()


@pytest.mark.parametrize("query", [{}, {"t": "9000"}, {"find": "w0"}])
def test_a_long_meeting_sends_little(as_vera, long_talk, query):
    url = reverse("recording", args=["acme", long_talk.recording_id])
    wire, html = sent(as_vera, url, **query)
    assert len(wire) < MOST_BYTES
    assert len(re.findall(r'id="said-\d+"', html)) <= LINES


def test_even_all_of_it_is_not_much(as_vera, long_talk):
    """Whoever reads it from the first line to the last has had all of it for less than that."""
    url = reverse("transcript_lines", args=["acme", long_talk.recording_id, long_talk.pk])
    pieces = [sent(as_vera, url, n=n)[0] for n in range(0, PASSAGES, LINES)]
    assert sum(len(piece) for piece in pieces) < MOST_BYTES


def test_no_word_has_an_element_of_its_own(as_vera, long_talk):
    url = reverse("transcript_lines", args=["acme", long_talk.recording_id, long_talk.pk])
    html = sent(as_vera, url, n=0)[1]
    assert html.count("<") < LINES * WORDS / 1.5
