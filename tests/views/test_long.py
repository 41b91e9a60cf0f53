"""A page that has much to show: fifty thousand words, all of them there, within a moment."""

import time

import pytest
from django.urls import reverse
from django.utils import timezone

from bots.models import Transcript

LINES, WORDS = 2_000, 25
QUICK_S = 3.0


@pytest.fixture
def long_talk(a_bot):
    """Two thousand turns of twenty-five words; each names its number."""
    bot = a_bot("in_call_recording", "call_ended", "done", recorded=True)
    recording = bot.recordings.get()
    lines = [
        {
            "speaker": f"Person {n % 7}",
            "start_s": n * 10.0,
            "end_s": n * 10.0 + 9,
            "text": f"word{n} " + "talk " * (WORDS - 1),
            "participant_id": n % 7,
        }
        for n in range(LINES)
    ]
    Transcript.objects.create(recording=recording, lines=lines, fetched_at=timezone.now())
    recording.details_at = timezone.now()
    recording.save()
    return recording


def test_a_day_of_talk_is_shown_within_a_moment(client, bob, long_talk):
    client.force_login(bob)
    url = reverse("recording", args=["acme", long_talk.pk]) + "?transcript=1"
    client.get(url)  # templates are read once
    began = time.monotonic()
    answer = client.get(url)
    took_s = time.monotonic() - began
    assert answer.status_code == 200
    html = answer.content.decode()
    assert "word0 " in html
    assert took_s < QUICK_S
    # Not much more than what was said.
    assert len(html) < 15 * LINES * WORDS * len("talk ")
    assert f"word{LINES - 1} " in html
