"""A stretch of a film: how people type its ends, and the words that were said in it alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.moments import seconds_of, within, without_names
from bots.transcripts import Line


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0:00", 0), ("2:05", 125), (" 1:02:05 ", 3725), ("125", 125), ("90:00", 5400),
        ("1:05.5", 65.5), ("", None), ("2:65", None), ("1:65:00", None), ("-1:00", None),
        ("soon", None), ("1:", None), ("1e9", None), ("9" * 40, None), ("٢:٠٥", 125),
    ],
)  # fmt: skip
def test_places_are_typed_as_people_write_them(text, seconds):
    assert seconds_of(text) == seconds


def said(*lines, start_s=10, end_s=20):
    return [(e.text, e.start_s, e.end_s) for e in within(lines, start_s, end_s)]


def test_what_was_said_inside_is_told_from_the_beginning_of_the_moment():
    assert said(Line("Ann", "Hello there", 12, 14)) == [("Hello there", 2, 4)]


def test_what_was_said_before_and_after_is_not():
    assert said(Line("Ann", "a", 0, 9), Line("Ann", "b", 20, 25), Line("Ann", "c", None, 3)) == []


def test_a_line_that_goes_beyond_is_cut():
    secret = "one two three four five six seven eight nine ten"
    assert said(Line("Ann", secret, 5, 15)) == [("… six seven eight nine ten", 0, 5)]
    assert said(Line("Ann", secret, 15, 25)) == [("one two three four five …", 5, 10)]
    assert said(Line("Ann", secret, 0, 40)) == [("… three four five …", 0, 10)]


def test_a_line_without_an_end_counts_where_it_begins():
    assert said(Line("Ann", "Hello", 12, None), Line("Ann", "Bye", 9, None)) == [("Hello", 2, 2)]


@given(st.integers(1, 30), st.floats(0, 100), st.floats(0, 60), st.floats(0, 100), st.floats(1, 50))
def test_no_word_of_another_time_is_told(count, starts_s, lasts_s, start_s, long_s):
    """Every word that is shown has its share of the line's time inside the moment."""
    words = " ".join(f"w{n}" for n in range(count))
    for line in within(
        [Line("Ann", words, starts_s, starts_s + lasts_s)], start_s, start_s + long_s
    ):
        for word in line.text.replace("…", "").split():
            middle = starts_s + (int(word[1:]) + 0.5) * lasts_s / count
            assert start_s <= middle <= start_s + long_s
        assert 0 <= line.start_s <= line.end_s <= long_s + 1e-9


def test_without_names_people_are_numbered_as_they_first_spoke():
    lines = [Line(name, "x", n, n) for n, name in enumerate(["Ann", "Bo", "Ann", "Cy"])]
    assert [e.speaker for e in without_names(lines)] == [
        "Speaker 1", "Speaker 2", "Speaker 1", "Speaker 3",
    ]  # fmt: skip
