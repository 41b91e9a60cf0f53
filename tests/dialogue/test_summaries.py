"""Summaries: asked for in parts, read back tolerantly, each point with its moment."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.dialogue import summaries
from bots.dialogue.summaries import Line

LINES = [Line(0, "Ann", "We raise the budget.", 3.0), Line(1, "Ben", "I will tell Lyon.", 12.5)]


def test_a_question_holds_each_line_with_its_number():
    asked = summaries.question(LINES, title="Review")
    assert "[0] 0:03 Ann: We raise the budget.\n[1] 0:12 Ben: I will tell Lyon." in asked[1].text
    assert "Review" in asked[1].text


def test_points_are_linked_to_their_moments():
    answer = {
        "summary": [{"text": "The budget rises.", "line": 0}],
        "actions": [{"text": "Tell Lyon", "who": "Ben", "line": 1}],
    }
    found = summaries.read(f"Here it is:\n```json\n{json.dumps(answer)}\n```", LINES)
    assert [(p.text, p.at_s) for p in found.points] == [("The budget rises.", 3.0)]
    assert [(p.who, p.text, p.at_s) for p in found.actions] == [("Ben", "Tell Lyon", 12.5)]
    assert summaries.Summary.read(found.as_json()) == found


@pytest.mark.parametrize("line", [7, -1, "1", None, 1.5, True, [0]])
def test_a_line_that_is_not_there_loses_its_moment_alone(line):
    found = summaries.read(json.dumps({"summary": [{"text": "x", "line": line}]}), LINES)
    assert [(p.text, p.line, p.at_s) for p in found.points] == [("x", None, None)]


@pytest.mark.parametrize(
    "text", ["", "I can't.", "[]", "{}", '{"summary": 5}', '{"summary": [{"line": 1}]}', "{]"]
)
def test_an_answer_without_a_point_is_none(text):
    with pytest.raises(summaries.NotASummary):
        summaries.read(text, LINES)


_KEYS = st.sampled_from(["summary", "actions", "text", "line", "who"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.text() | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(_KEYS, inner),
)


@given(st.text(max_size=300) | _JSON.map(json.dumps))
def test_no_answer_breaks_it(text):
    try:
        found = summaries.read(text, LINES)
    except summaries.NotASummary:
        return
    assert found.points or found.actions


def test_a_long_transcript_is_asked_for_in_parts():
    lines = [Line(n, "Ann", "word " * 20, float(n)) for n in range(50)]
    found = summaries.parts(lines, letters=1000)
    assert len(found) > 1
    assert [line for part in found for line in part] == lines
    assert summaries.parts([]) == []
