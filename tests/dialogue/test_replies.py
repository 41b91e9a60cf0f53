"""Answers as a meeting's chat takes them."""

from hypothesis import given
from hypothesis import strategies as st

from bots.dialogue import replies
from bots.lifecycle import chats


def test_a_short_answer_is_one_message():
    assert replies.messages(" **Yes**, we __did__. ", platform="zoom") == (["Yes, we did."], False)


def test_a_long_one_is_cut_at_sentences_for_google_meet():
    sentence = "This is what was said about the budget of next year. "
    found, left_out = replies.messages(sentence * 15, platform="google_meet")
    assert len(found) == 2
    assert not left_out
    assert all(len(each) <= 500 and each.endswith(".") for each in found)


def test_what_is_far_too_long_ends_with_a_sign():
    found, left_out = replies.messages("word " * 1000, platform="google_meet")
    assert len(found) == replies.MOST_MESSAGES
    assert left_out
    assert found[-1].endswith("…")


def test_where_bots_cannot_write_nothing_is_written():
    assert replies.messages("Hello", platform="webex") == ([], False)
    assert replies.messages("  ", platform="zoom") == ([], False)


@given(st.text(max_size=3000), st.sampled_from(["google_meet", "zoom", "microsoft_teams"]))
def test_any_answer_fits_and_is_never_empty(text, platform):
    limit = chats.chat_of(platform).limit
    found, _ = replies.messages(text, platform=platform)
    assert all(0 < len(each) <= limit and each.strip() for each in found)
    assert bool(found) == bool(replies.plain(text))
