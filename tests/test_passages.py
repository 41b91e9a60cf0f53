"""What was said becomes pieces that can be read: cut at sentences and silences, never in a word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots import passages
from bots.passages import MOST_WORDS
from bots.recall import downloads


def words(text, *, start_s=0.0, each_s=0.5, silence_after=None):
    """The JSON of spoken words, one every half second; a silence (s) after some of them."""
    at, found = start_s, []
    for word in text.split():
        stamps = [{"relative": at}, {"relative": at + each_s}]
        found.append({"text": word, "start_timestamp": stamps[0], "end_timestamp": stamps[1]})
        at += each_s + (silence_after or {}).get(word, 0)
    return found


def cut(*spoken, name="Ann"):
    told = [{"participant": {"id": 1, "name": name}, "words": each} for each in spoken]
    return list(passages.pieces(downloads.transcript(told)))


def test_a_monologue_is_cut_where_sentences_end():
    sentence = "one two three four five six seven eight nine ten eleven twelve."
    found = cut(words(" ".join([sentence] * 10)))
    assert [len(piece.text.split()) for piece in found] == [24] * 5
    assert all(piece.text.endswith("twelve.") for piece in found)
    assert (found[0].start_s, found[0].end_s) == (0.0, 12.0)
    assert (found[1].start_s, found[1].end_s) == (12.0, 24.0)


def test_a_short_turn_stays_whole():
    [piece] = cut(words("Yes. No. Well, perhaps."))
    assert piece.text == "Yes. No. Well, perhaps."


def test_where_no_sentence_ends_it_is_cut_at_the_longest_silence():
    text = " ".join(f"w{n}" for n in range(70))
    found = cut(words(text, silence_after={"w44": 1.0, "w39": 0.7}))
    assert [piece.text.split()[0] for piece in found] == ["w0", "w45"]


def test_a_long_silence_ends_a_piece():
    found = cut(words("before it after it", silence_after={"it": 4.0}))
    assert [piece.text for piece in found] == ["before it", "after it"]


def test_a_caption_is_never_cut_in_two():
    captions = [" ".join(["talk"] * length) for length in (90, 10, 10)]
    stamps = [{"text": text, "start_timestamp": {"relative": n}} for n, text in enumerate(captions)]
    assert [piece.text for piece in cut(stamps)] == [captions[0], " ".join(captions[1:])]


def test_it_stands_words_without_times():
    untimed = [{"text": f"w{n}", "start_timestamp": None} for n in range(150)]
    found = cut(untimed)
    assert " ".join(piece.text for piece in found).split() == [f"w{n}" for n in range(150)]
    assert {(piece.start_s, piece.end_s) for piece in found} == {(None, None)}
    assert max(len(piece.text.split()) for piece in found) <= MOST_WORDS


@pytest.mark.parametrize("mark", ["。", "؟", "।", '."', "?!"])
def test_it_knows_sentences_of_other_languages(mark):
    text = " ".join([*["w"] * 24, f"w{mark}", "next"])
    assert len(cut(words(text))) == 2


SPOKEN = st.lists(
    st.tuples(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
        st.floats(0, 8) | st.none(),
    ),
    max_size=200,
)


@given(SPOKEN)
def test_nothing_is_lost_and_nothing_is_too_long(spoken):
    at, told = 0.0, []
    for text, gap in spoken:
        at += gap or 0.0
        stamp = None if gap is None else {"relative": at}
        told.append({"text": text, "start_timestamp": stamp, "end_timestamp": stamp})
    found = cut(told)
    all_words = [word for each in downloads.transcript([{"words": told}])[0].words
                 for word in each.text.split()]  # fmt: skip
    assert [word for piece in found for word in piece.text.split()] == all_words
    for piece in found:
        assert len(piece.text.split()) <= MOST_WORDS


def test_what_was_said_within_a_long_turn_stands_in_it():
    def piece(text, start_s):
        return passages.Piece(downloads.Participant.read({"name": "Ann"}), text, start_s, None)

    told = [piece("a", 0.0), piece("b", 20.0), piece("b2", None), piece("c", 40.0), piece("d", 10)]
    assert [each.text for each in passages.in_order(told)] == ["a", "d", "b", "b2", "c"]
