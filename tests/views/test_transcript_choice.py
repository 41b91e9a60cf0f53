"""Which of a recording's transcripts is shown, and what an odd address makes of it."""

import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bots.models import Recording, Transcript
from tests.views.test_transcript import HTMX, find, numbers, talk, url_of


@pytest.fixture
def recording(a_bot) -> Recording:
    return a_bot("in_call_recording", "call_ended", "done", recorded=True).recordings.get()


@pytest.fixture
def certain(recording):
    """`certain(count, minutes)`: a transcript that Recall made, so long ago."""

    def make(count, minutes=0):
        made_at = timezone.now() - timedelta(minutes=minutes)
        artifact = recording.artifacts.create(
            kind="transcript", status="done", status_at=made_at,
            recall_id=f"00000000-0000-4000-8000-{minutes:012}",
        )  # fmt: skip
        return talk(recording, count, artifact=artifact, made_at=made_at)

    return make


def test_one_without_words_hides_none_that_has_some(as_vera, recording, certain):
    old, empty = certain(3, minutes=9), certain(0)
    page = as_vera.get(url_of(recording)).content.decode()
    assert numbers(page) == [0, 1, 2]
    assert Transcript.objects.best(recording) == old
    found = as_vera.get(reverse("search", args=["acme"]), {"q": "line2"}).content.decode()
    assert "line2" in found.split("search-hits")[1]
    page = as_vera.get(url_of(recording), {"of": empty.pk}).content.decode()
    assert "Nothing was said, or nothing was understood." in page
    assert f"?of={old.pk}#transcript" in page


def test_live_words_that_are_all_there_is_are_shown(as_vera, recording, certain):
    certain(0)
    talk(recording, 2)
    page = as_vera.get(url_of(recording)).content.decode()
    assert numbers(page) == [0, 1]
    assert "Live words" in page


def test_a_page_with_live_words_hears_that_certain_ones_have_come(as_vera, recording, certain):
    live = talk(recording, 2)
    url = url_of(recording, "transcript_state", live.pk)
    assert url in as_vera.get(url_of(recording)).content.decode()
    assert "A newer transcript" not in as_vera.get(url, headers=HTMX).content.decode()
    live.delete()
    certain(2)
    told = as_vera.get(url, headers=HTMX)
    assert told.status_code == 200
    assert "A newer transcript is here." in told.content.decode()
    assert "hx-trigger" not in told.content.decode()


def test_a_moment_may_have_many_digits_and_links_have_two(as_vera, recording):
    talk(recording, 3)
    Transcript.objects.get().passages.filter(n=1).update(start_s=12.899999618530273)
    page = as_vera.get(url_of(recording), {"t": "12.899999618530273"}).content.decode()
    assert re.search(r'id="said-1"[^>]*aria-current="true"', page)
    assert "?t=12.90#transcript" in page


def test_a_line_of_which_nobody_knows_when_can_be_found(as_vera, recording):
    shown = talk(recording, 3)
    shown.passages.filter(n=1).update(start_s=None)
    places = re.search(r'data-hits="(.*?)"', find(as_vera, recording, shown, "line1"))[1]
    assert json.loads(places) == [1]


def test_behind_its_end_it_is_shown_from_its_beginning(as_vera, recording):
    talk(recording, 3)
    page = as_vera.get(url_of(recording), {"n": "99999"}).content.decode()
    assert numbers(page) == [0, 1, 2]
    assert "Nothing was said" not in page


@pytest.mark.parametrize("speaker", ["\0", "Jun\0", "a" * 5000])
def test_an_odd_speaker_is_nobody(as_vera, recording, speaker):
    shown = talk(recording, 3)
    url = url_of(recording, "transcript_lines", shown.pk)
    for address in (url_of(recording), url):
        assert as_vera.get(address, {"speaker": speaker}, headers=HTMX).status_code == 200


def test_one_that_was_ordered_and_never_came_is_not_called_unordered(as_vera, recording):
    recording.artifacts.filter(kind="transcript").delete()
    recording.bot.config = {"recording_config": {}}
    recording.bot.save()
    page = as_vera.get(url_of(recording)).content.decode()
    assert "No transcript was asked for" in page
    provider = {"transcript": {"provider": {"recallai_streaming": {}}}}
    recording.bot.config = {"recording_config": provider}
    recording.bot.save()
    page = as_vera.get(url_of(recording)).content.decode()
    assert "A transcript was ordered, but Recall made none." in page
