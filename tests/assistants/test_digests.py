"""Summaries of recordings: asked for, made part by part, each point with its moment."""

import json
import uuid

import pytest

from bots import chores, digests
from bots.dialogue import summaries
from bots.models import Recording, RecordingSummary, Transcript
from tests.assistants.steps import make_assistant
from tests.responder import endpoint
from tests.world import NOW, at, make_bot

pytestmark = pytest.mark.django_db
ANSWER = json.dumps(
    {
        "summary": [{"text": "The budget rises.", "line": 0}],
        "actions": [{"text": "Tell Lyon", "who": "Ben", "line": 1}],
    }
)


@pytest.fixture
def recording(workspace):
    bot = make_bot(workspace)
    made = Recording.objects.create(
        workspace=workspace,
        bot=bot,
        recall_id=uuid.uuid4(),
        status="done",
        status_at=NOW,
        created_at=NOW,
    )
    lines = [
        {"speaker": "Ann", "start_s": 3.0, "end_s": 5.0, "text": "We raise the budget."},
        {"speaker": "Ben", "start_s": 12.5, "end_s": 14.0, "text": "I will tell Lyon."},
    ]
    Transcript.objects.keep(made, lines, now=NOW)
    return made


def works(row, seconds=0):
    """Work as the chore does as long as it is due then."""
    while row.pk in list(chores.CHORES["summaries"].due(at(seconds))):
        digests.work(row.pk, clock=lambda: at(seconds))
    row.refresh_from_db()
    return row


def test_each_point_leads_to_its_moment(workspace, recording, alice):
    with endpoint(ANSWER) as there:
        row = make_assistant(workspace, there.url, price_in=10)
        made = works(digests.ask(recording, row, by=alice, now=NOW))
    assert made.state == "done"
    found = summaries.Summary.read(made.points)
    assert [(p.text, p.at_s) for p in found.points] == [("The budget rises.", 3.0)]
    assert [(p.who, p.at_s) for p in found.actions] == [("Ben", 12.5)]
    assert (made.tokens_in, float(made.cost)) == (100, 0.001)
    assert "[1] 0:12 Ben: I will tell Lyon." in there.asked[0]["messages"][1]["content"]


def test_an_echo_sums_up_for_trying_out(workspace, recording, alice):
    made = works(digests.ask(recording, make_assistant(workspace), by=alice, now=NOW))
    assert summaries.Summary.read(made.points).actions[0].text == "I will tell Lyon."


def test_a_long_transcript_is_read_in_parts_and_joined(workspace, recording, alice, monkeypatch):
    monkeypatch.setattr(summaries, "PART_LETTERS", 10)
    monkeypatch.setattr(summaries.parts, "__kwdefaults__", {"letters": 10})
    with endpoint(ANSWER) as there:
        row = make_assistant(workspace, there.url)
        made = works(digests.ask(recording, row, by=alice, now=NOW))
    assert len(there.asked) == 3
    assert "Join them" in there.asked[2]["messages"][0]["content"]
    assert (made.state, made.of_parts, made.tokens_in) == ("done", 2, 300)


def test_what_one_meeting_may_cost_is_not_gone_beyond(workspace, recording, alice, monkeypatch):
    monkeypatch.setattr(summaries, "PART_LETTERS", 10)
    monkeypatch.setattr(summaries.parts, "__kwdefaults__", {"letters": 10})
    with endpoint(ANSWER) as there:
        row = make_assistant(workspace, there.url, token_cap=150)
        made = works(digests.ask(recording, row, by=alice, now=NOW))
    assert len(there.asked) == 2
    assert (made.state, made.problem) == ("failed", digests.SPENT)
    assert made.tokens_in == 200


def test_what_fails_is_tried_again_and_then_says_why(workspace, recording, alice):
    with endpoint({"status": 503}, "I can't do that.", "Nor that.") as there:
        row = make_assistant(workspace, there.url)
        made = works(digests.ask(recording, row, by=alice, now=NOW))
        assert made.state == "waiting"
        works(made, 10)
        assert works(made, 30).state == "failed"
    assert len(there.asked) == digests.TRIES
    assert "not in the form" in made.problem
    assert made.tokens_in == 200, "what was answered is paid for"


def test_asked_twice_it_is_made_once_and_asked_again_it_is_made_anew(workspace, recording, alice):
    row = make_assistant(workspace)
    first = digests.ask(recording, row, by=alice, now=NOW)
    assert digests.ask(recording, row, by=alice, now=NOW).pk == first.pk
    works(first)
    again = digests.ask(recording, row, by=alice, now=at(60))
    assert again.pk != first.pk
    assert RecordingSummary.objects.count() == 1


def test_without_words_or_a_key_it_is_refused(workspace, recording, alice):
    with pytest.raises(digests.NotAsked, match="no such assistant"):
        digests.ask(recording, None, by=alice, now=NOW)
    row = make_assistant(workspace, "https://api.openai.com/v1")
    with pytest.raises(digests.NotAsked, match="API key"):
        digests.ask(recording, row, by=alice, now=NOW)
    Transcript.objects.all().delete()
    with pytest.raises(digests.NotAsked, match="no transcript"):
        digests.ask(recording, make_assistant(workspace, name="B"), by=alice, now=NOW)


def test_a_recording_that_goes_meanwhile_takes_its_summary_along(workspace, recording, alice):
    made = digests.ask(recording, make_assistant(workspace), by=alice, now=NOW)
    Transcript.objects.all().delete()
    assert works(made).state == "failed"
