"""Words as they are heard while the meeting runs: joined, in order, once each."""

import uuid

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from bots import realtime
from bots.models import Passage, Recording, Transcript
from tests.world import NOW, make_bot, make_workspace


def a_recording(workspace=None):
    bot = make_bot(workspace or make_workspace())
    return Recording.objects.create(
        workspace=bot.workspace, bot=bot, recall_id=uuid.uuid4(), status_at=NOW, created_at=NOW
    )


@pytest.fixture
def recording(workspace):
    return a_recording(workspace)


def hear(recording, speaker, text, start_s, end_s):
    with transaction.atomic():
        return Transcript.objects.hear(
            recording,
            speaker=speaker,
            participant=None,
            start_s=start_s,
            end_s=end_s,
            text=text,
            now=NOW,
        )


def lines(recording):
    rows = Passage.objects.filter(transcript__recording=recording).order_by("n")
    return [(row.speaker, row.text) for row in rows]


def test_it_joins_what_one_person_says_without_a_break(recording):
    hear(recording, "Ann", "So let us", 1.0, 2.0)
    hear(recording, "Ann", "begin.", 2.4, 3.0)
    row = Passage.objects.get()
    assert (row.text, row.start_s, row.end_s) == ("So let us begin.", 1.0, 3.0)
    assert row.transcript.is_live


def test_it_begins_anew_after_a_pause_and_with_somebody_else(recording):
    hear(recording, "Ann", "Hello.", 1.0, 2.0)
    hear(recording, "Bob", "Hi.", 2.1, 2.4)
    hear(recording, "Bob", "Well.", 5.0, 5.5)
    assert lines(recording) == [("Ann", "Hello."), ("Bob", "Hi."), ("Bob", "Well.")]


def test_it_makes_no_passage_longer_than_sixty_words(recording):
    for n in range(7):
        hear(recording, "Ann", " ".join(["word"] * 10), n * 5.0, n * 5.0 + 4.9)
    assert [len(text.split()) for _, text in lines(recording)] == [60, 10]


def test_it_changes_nothing_where_words_come_again(recording):
    assert hear(recording, "Ann", "So let us", 1.0, 2.0)
    assert hear(recording, "Ann", "begin.", 2.4, 3.0)
    before = lines(recording)
    assert not hear(recording, "Ann", "So let us", 1.0, 2.0)
    assert not hear(recording, "Ann", "begin.", 2.4, 3.0)
    assert lines(recording) == before


def test_it_finds_a_place_for_what_comes_late(recording):
    hear(recording, "Ann", "First.", 1.0, 2.0)
    hear(recording, "Cem", "Third.", 9.0, 10.0)
    hear(recording, "Cem", "Fourth.", 19.0, 20.0)
    hear(recording, "Bob", "Second.", 5.0, 6.0)
    assert [text for _, text in lines(recording)] == ["First.", "Second.", "Third.", "Fourth."]
    assert list(Passage.objects.order_by("n").values_list("n", flat=True)) == [0, 1, 2, 3]


def test_it_takes_words_of_no_time(recording):
    hear(recording, "Ann", "Hello.", None, None)
    hear(recording, "Bob", "Hi.", None, None)
    assert not hear(recording, "Bob", "Hi.", None, None)
    assert lines(recording) == [("Ann", "Hello."), ("Bob", "Hi.")]


def test_live_words_give_way_to_what_recall_tells_afterwards(recording):
    hear(recording, "Ann", "Helo", 1.0, 2.0)
    file = recording.artifacts.create(kind="transcript", recall_id=uuid.uuid4(), status_at=NOW)
    Transcript.objects.keep(recording, [], now=NOW, artifact=file)
    realtime.give_way(recording)
    # A transcript without a word is no reason to lose what was heard.
    assert Transcript.objects.filter(artifact=None).exists()
    Transcript.objects.keep(recording, [{"text": "Hello"}], now=NOW, artifact=file)
    realtime.give_way(recording)
    assert [text for _, text in lines(recording)] == ["Hello"]


SAID = st.tuples(
    st.sampled_from(["Ann", "Bob"]), st.integers(0, 40), st.sampled_from(["yes", "no", "so it is"])
)


class AnyOrder(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(st.lists(SAID, max_size=8, unique_by=lambda each: each[1]), st.randoms())
    def test_it_keeps_every_word_once_in_order_of_time(self, fragments, random):
        recording = a_recording(make_workspace(f"w{uuid.uuid4().hex[:12]}"))
        come = [*fragments, *random.sample(fragments, len(fragments) // 2)]
        for who, second, text in come:
            hear(recording, who, text, float(second), second + 0.5)
        rows = list(Passage.objects.filter(transcript__recording=recording).order_by("n"))
        assert [row.start_s for row in rows] == sorted(row.start_s for row in rows)
        for who in ("Ann", "Bob"):
            heard = " ".join(row.text for row in rows if row.speaker == who).split()
            said = " ".join(text for name, _, text in fragments if name == who).split()
            assert sorted(heard) == sorted(said)
