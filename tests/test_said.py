"""Looking for words in all that was said, on SQLite and on PostgreSQL alike."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots import said
from bots.models import Bot, Membership, Passage, Recording, Transcript
from bots.said import Term
from tests.world import NOW, make_bot, make_workspace

pytestmark = pytest.mark.django_db


def talk(bot: Bot, *lines: str, recording: Recording | None = None, **fields) -> Recording:
    if recording is None:
        recording = Recording.objects.create(
            workspace=bot.workspace,
            bot=bot,
            recall_id=uuid.uuid4(),
            status_at=NOW,
            created_at=NOW,
        )
    told = [
        {"speaker": "Ann", "start_s": n, "end_s": n + 1, "text": t} for n, t in enumerate(lines)
    ]
    Transcript.objects.keep(recording, told, now=NOW, **fields)
    return recording


def found(membership: Membership, text: str) -> set[str]:
    asked = said.terms(text)
    return set(said.passages(membership, asked).values_list("text", flat=True))


@pytest.fixture
def viewer(vera, workspace) -> Membership:
    return Membership.objects.get(user=vera, workspace=workspace)


LINES = (
    "The quarterly budget is fine.",
    "We don't have a budget for the café, said O'Brien.",
    "Version 3.5 of foo-bar ships on Monday; write to ann@example.com",
    "Über den Straßenbau 日本 budgetary",
)


@pytest.fixture
def spoken(workspace):
    return talk(make_bot(workspace), *LINES)


@pytest.mark.parametrize(
    ("text", "which"),
    [
        ("budget", {0, 1, 3}),
        ("budget fine", {0}),
        ("BUDGET FINE.", {0}),
        ('"budget" fine', {0}),
        ('"quarterly budget"', {0}),
        ('"budget quarterly"', set()),
        ('"quarterly budget', {0}),
        ("quart", {0}),
        ("quart fine", set()),
        ("don't", {1}),
        ("o'brien", {1}),
        ("café", {1}),
        ("über", {3}),
        ("3.5", {2}),
        ("foo-bar", {2}),
        ("foo-b", {2}),
        ("ann@example.com", {2}),
        ("(budget) fine!", {0}),
        ("budget & fine", {0}),
        ("NOT fine", set()),
        ("", set()),
        ("&&& || !", set()),
        ('""', set()),
    ],
)
def test_it_finds(viewer, spoken, text, which):
    assert found(viewer, text) == {LINES[n] for n in which}


@pytest.mark.parametrize(
    "text",
    [
        '"', "'", "\\", "*", "a*", "*a", "a:b", "a AND", "OR", "NEAR(a b)", "(", "a)", "-a", "^a",
        "{a", "a + b", "'a", "a'", "a\\", "\0", "a\0b", "%", "_", "<->", "a <-> b", "!a", "a:*",
        "text:a", "--", ";DROP TABLE bots_passage", "ä" * 5000, "a " * 5000, '"a" "b', "\ud83d",
    ],
)  # fmt: skip
def test_no_query_fails(viewer, spoken, text):
    text = text.encode("utf-8", "replace").decode()
    found(viewer, text)
    for line in LINES:
        said.marked(line, said.terms(text))
    said.inside(spoken.transcripts.get(), text)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_no_text_at_all_fails(viewer, spoken, text):
    found(viewer, text)
    said.marked(LINES[1], said.terms(text))


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("one two", [Term("one"), Term("two", is_open=True)]),
        ("one two ", [Term("one"), Term("two")]),
        ('one "two  three"', [Term("one"), Term("two three")]),
        ('"two three', [Term("two three")]),
        ("one -- two", [Term("one"), Term("two", is_open=True)]),
    ],
)
def test_it_reads_words_phrases_and_a_last_word_that_may_go_on(text, asked):
    assert said.terms(text) == asked


def test_it_finds_only_in_what_is_shown(viewer, workspace):
    """Of several transcripts of one recording the newest counts; what was heard live gives way."""
    bot = make_bot(workspace)
    recording = talk(bot, "budget heard live")
    assert found(viewer, "budget") == {"budget heard live"}
    for n, text in enumerate(["budget of the first", "budget of the second"]):
        artifact = recording.artifacts.create(
            kind="transcript", recall_id=uuid.uuid4(), status="done", status_at=NOW
        )
        made_at = NOW - timedelta(minutes=n)
        talk(bot, text, recording=recording, artifact=artifact, made_at=made_at)
    assert found(viewer, "budget") == {"budget of the first"}


def test_it_finds_only_what_this_person_may_see(viewer, workspace):
    hidden = workspace.teams.create(name="Board")
    talk(make_bot(workspace), "budget of all")
    talk(make_bot(workspace, team=hidden), "budget of the board")
    talk(make_bot(make_workspace("globex")), "budget of others")
    assert found(viewer, "budget") == {"budget of all", "budget of the board"}
    viewer.__dict__["hidden_team_ids"] = {hidden.pk}
    assert found(viewer, "budget") == {"budget of all"}


def test_it_forgets_what_is_gone_and_knows_what_is_changed(viewer, workspace):
    bot = make_bot(workspace)
    recording = talk(bot, "budget one", "budget two")
    passage = Passage.objects.get(text="budget one")
    passage.text = "changed one"
    passage.save()
    assert found(viewer, "budget") == {"budget two"}
    assert found(viewer, "changed") == {"changed one"}
    talk(bot, "said anew", recording=recording)
    assert found(viewer, "budget") == found(viewer, "changed") == set()
    recording.delete()
    assert found(viewer, "anew") == set()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the table of SQLite")
def test_the_index_fits_what_is_kept(spoken):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bots_passage_said(bots_passage_said, rank) VALUES('integrity-check', 1)"
        )


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the index of PostgreSQL")
def test_the_index_is_used(viewer, workspace):
    recording = talk(make_bot(workspace), "budget")
    Passage.objects.bulk_create(
        Passage(transcript=recording.transcripts.get(), n=n, text=f"word{n}")
        for n in range(1, 5000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE bots_passage")
    plan = said.passages(viewer, said.terms("word77 ")).explain()
    assert "bots_passage_said" in plan


def test_it_keeps_a_caption_however_long_it_is(viewer, workspace):
    talk(make_bot(workspace), "begins " + " ".join(f"w{n}" for n in range(300_000)))
    assert found(viewer, "begins")


def test_it_marks_what_was_found(spoken):
    shown = said.marked("The Budget, budgets; quarterly", said.terms('"the budget" quart'))
    assert [(m.text, m.is_hit) for m in shown] == [
        ("The Budget", True), (", budgets; ", False), ("quarterly", True),
    ]  # fmt: skip
    long = said.marked("w " * 300 + "budget here" + " w" * 300, said.terms("budget"))
    assert [m.is_hit for m in long] == [False, True, False]
    assert sum(len(m.text) for m in long) < 300
    assert (long[0].text[0], long[-1].text[-1]) == ("…", "…")


def test_inside_a_transcript_it_finds_what_is_typed_wherever_it_stands(spoken):
    transcript = spoken.transcripts.get()
    assert [hit.n for hit in said.inside(transcript, "UDGET")] == [0, 1, 3]
    assert [hit.n for hit in said.inside(transcript, "budget  IS")] == [0]
    assert [hit.n for hit in said.inside(transcript, "strassenbau")] == [3]
    [hit] = said.inside(transcript, "o'b")
    assert [(m.text, m.is_hit) for m in hit.marks][1] == ("O'B", True)
    assert said.inside(transcript, " ") == []


def test_it_finds_bots_by_title(viewer, workspace):
    make_bot(workspace, title="Board meeting Q3")
    make_bot(workspace, title="")
    names = [str(bot) for bot in said.bots(viewer, said.terms("q3 board"), most=5)]
    assert names == ["Board meeting Q3"]
    assert said.bots(viewer, [], most=5) == []
