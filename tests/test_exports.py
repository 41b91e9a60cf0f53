"""What was said, taken along: every file is read back by whoever reads such files."""

import csv
import io
import json
import re

import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots import transcripts
from bots.transcripts import LONGEST_S, WIDE, Line

SENTENCE = "We ship the import page on Monday, and Jonas splits the two slow tests until then. "
LINES = [
    Line("Priya Nair", "Good morning <all> & everyone --> hello", 1.5, 3.0),
    Line("Jun", (SENTENCE * 3).strip(), 10.0, 31.0),
    Line("=cmd()", "=1+1", 40.0, 41.0),
    Line("Jun", "slowly spoken words here", 50.0, 80.0),
    Line("Somebody", "without a moment", None, None),
    Line("Jun", "und für 日本", 3725.5, None),
]


def read(ending):
    _, write = transcripts.WRITERS[ending]
    return write(LINES)


@pytest.mark.parametrize("ending", ["srt", "vtt"])
def test_captions_are_read_back_whole(ending):
    cues = pysubs2.SSAFile.from_string(read(ending), format_=ending)
    assert all(0 <= cue.start < cue.end for cue in cues)
    assert all(a.end <= b.start for a, b in zip(cues, list(cues)[1:], strict=False))
    said = re.sub(r"\\N", " ", " ".join(cue.text for cue in cues))
    for word in (SENTENCE * 3).split():
        assert word in said
    assert cues[0].start == 1500
    assert cues[-1].start == 3_725_500


@pytest.mark.parametrize("ending", ["srt", "vtt"])
def test_no_caption_is_longer_than_one_can_read(ending):
    for cue in pysubs2.SSAFile.from_string(read(ending), format_=ending):
        assert cue.duration <= LONGEST_S * 1000 + 1
        rows = cue.text.split("\\N")
        assert len(rows) <= 2
        assert sum(len(row) for row in rows) <= 2 * WIDE + 8


def test_times_within_a_line_are_shared_out_by_its_letters():
    cues = [c for c in pysubs2.SSAFile.from_string(read("srt"), format_="srt")
            if 10_000 <= c.start < 31_000]  # fmt: skip
    assert (cues[0].start, cues[-1].end) == (10_000, 31_000)
    assert all(a.end == b.start for a, b in zip(cues, cues[1:], strict=False))


def test_every_caption_says_who_speaks():
    assert all(cue.text.startswith(("Priya Nair: ", "Jun: ", "=cmd(): "))
               for cue in pysubs2.SSAFile.from_string(read("srt"), format_="srt"))  # fmt: skip
    voices = re.findall(r"<v (.*?)>", read("vtt"))
    assert set(voices) == {"Priya Nair", "Jun", "=cmd()"}


def test_json_is_read_back():
    assert [Line(**row) for row in json.loads(read("json"))] == LINES


def test_csv_is_read_back_and_calculates_nothing():
    rows = list(csv.DictReader(io.StringIO(read("csv"))))
    assert len(rows) == len(LINES)
    assert (rows[0]["start"], rows[0]["start_s"], rows[0]["speaker"]) == (
        "00:00:01.500", "1.5", "Priya Nair",
    )  # fmt: skip
    assert (rows[2]["speaker"], rows[2]["text"]) == ("'=cmd()", "'=1+1")
    assert rows[4]["start"] == ""
    assert [row["text"].lstrip("'") for row in rows] == [line.text for line in LINES]


WORDS = st.text("abcé,.日", min_size=1, max_size=12)


@given(words=st.lists(WORDS, min_size=1, max_size=80), seconds=st.floats(0, 90))
def test_whatever_is_said_no_word_is_lost(words, seconds):
    line = Line("Jun", " ".join(words), 1.0, 1.0 + seconds)
    cues = list(transcripts._cues([line]))
    assert " ".join(cue.text for cue in cues).split() == line.text.split()
    assert all(cue.end_s > cue.start_s for cue in cues)
    for cue in cues:
        is_one_word = len(cue.text.split()) == 1
        assert is_one_word or cue.end_s - cue.start_s <= LONGEST_S + 0.01
        assert is_one_word or len(cue.text) <= 2 * WIDE + 1
