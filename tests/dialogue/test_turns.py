"""When somebody has finished, and whether they spoke to the assistant."""

import pytest

from bots.dialogue import turns
from tests.world import at


@pytest.mark.parametrize(
    ("text", "called", "is_named"),
    [
        ("Scribe, what did we decide?", ["Scribe"], True),
        ("Can the scribe tell us?", ["Scribe"], True),
        ("@Scribe help", ["Scribe"], True),
        ("We describe it", ["Scribe"], False),
        ("Meeting, scribe: note that", ["Meeting Scribe"], True),
        ("the meeting  scribe", ["Meeting Scribe"], True),
        ("the meeting", ["Meeting Scribe"], False),
        ("Écho, tu m'entends ?", ["écho"], True),
        ("C++ (beta) is here", ["C++ (beta)"], True),
        ("anything", ["", "  "], False),
    ],
)
def test_it_is_named_by_a_whole_word(text, called, is_named):
    assert turns.names(text, called) is is_named


def test_a_turn_ends_with_a_silence():
    turn = {"began_at": at(0), "heard_at": at(5), "text": "Well"}
    assert not turns.is_over(**turn, now=at(7.4))
    assert turns.is_over(**turn, now=at(7.5))
    assert turns.over_at(began_at=at(0), heard_at=at(5)) == at(7.5)


def test_nobody_is_waited_for_for_ever():
    assert turns.is_over(began_at=at(0), heard_at=at(90), text="and", now=at(90))
    assert turns.over_at(began_at=at(0), heard_at=at(89)) == at(90)
    assert turns.is_over(began_at=at(0), heard_at=at(1), text="x" * 4000, now=at(1))


def test_who_was_answered_may_go_on_for_a_while():
    asked = {"answered_at": at(10), "is_same_person": True}
    assert turns.asks_for_more(**asked, began_at=at(40))
    assert not turns.asks_for_more(**asked, began_at=at(41))
    assert not turns.asks_for_more(**asked, began_at=at(9))
    assert not turns.asks_for_more(answered_at=at(10), is_same_person=False, began_at=at(11))
    assert not turns.asks_for_more(answered_at=None, is_same_person=True, began_at=at(11))
