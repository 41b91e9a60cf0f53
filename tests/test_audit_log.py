"""The audit log: what is written with each deed, that nothing changes it, and how it is read."""

import csv
import io
import json
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from bots import csv_cells
from bots.models import AuditEvent, PolicyVersion, Recording, Role, Transcript, Verb
from bots.name_lists import NameList
from tests.world import NOW, at, make_bot, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_alice(client, alice):
    client.force_login(alice)
    return client


@pytest.fixture
def recording(workspace):
    bot = make_bot(workspace)
    made = Recording.objects.create(
        workspace=workspace, bot=bot, recall_id=uuid.uuid4(), status_at=NOW, created_at=NOW
    )
    Transcript.objects.keep(made, [{"text": "Hello"}], now=NOW)
    return made


def log(workspace):
    return list(workspace.audit_events.order_by("pk"))


def written(workspace, count=1, **said):
    for number in range(count):
        AuditEvent.objects.record(
            workspace,
            Verb.ORDERED,
            **{"by": None, "now": at(number), "what": f"Deed {number}", **said},
        )


def test_nothing_changes_what_stands_in_it(workspace, alice):
    written(workspace)
    [event] = log(workspace)
    event.what = "Nothing"
    for deed in (
        event.save,
        event.delete,
        AuditEvent.objects.all().delete,
        lambda: AuditEvent.objects.update(what="Nothing"),
        lambda: workspace.audit_events.all().update(what="Nothing"),
        lambda: AuditEvent._base_manager.update(what="Nothing"),
    ):
        with pytest.raises(TypeError, match="never changed"):
            deed()
    assert log(workspace)[0].what == "Deed 0"


def test_it_names_who_did_it_when_the_account_is_gone(workspace, alice):
    written(workspace, by=alice)
    workspace.memberships.all().delete()
    alice.delete()
    [event] = log(workspace)
    assert (event.by, event.by_name) == (None, "alice@example.com")


def test_a_saved_policy_is_one_line_whoever_stands_on_it(workspace, alice):
    workspace.teams.create(name="Research")
    versions = PolicyVersion.objects
    team = workspace.default_team
    versions.save_team(team, {"silence_for_s": 77}, by=alice, note="Quick", now=NOW)
    versions.save_default(workspace, {"silence_for_s": 99}, [], by=alice, now=NOW)
    versions.save_team(team, {}, by=alice, now=NOW, restored=1)
    told = [(e.verb, e.what, e.detail["note"], e.detail["restored"], e.by) for e in log(workspace)]
    assert told == [
        (Verb.POLICY_SAVED, "Sales, version 2", "Quick", None, alice),
        (Verb.POLICY_SAVED, "workspace default, version 2", "", None, alice),
        (Verb.POLICY_SAVED, "Sales, version 4", "", 1, alice),
    ]


def test_changed_names_are_told_with_what_came_and_went(workspace, alice):
    team = workspace.default_team
    shared = NameList(workspace, by=alice)
    shared.add(["Scribe One", "Scribe Two"], now=NOW)
    shared.remove("Scribe One", now=NOW)
    shared.remove("Scribe One", now=NOW)
    of_team = NameList(workspace, team, by=alice)
    of_team.exclude("Scribe Two", now=NOW)
    of_team.add(["Own Scribe"], now=NOW)
    of_team.include("Scribe Two", now=NOW)
    assert [(e.verb, e.what, e.detail) for e in log(workspace)] == [
        (Verb.NAMES_SAVED, "of the shared list", {"added": ["Scribe One", "Scribe Two"]}),
        (Verb.NAMES_SAVED, "of the shared list", {"removed": ["Scribe One"]}),
        (Verb.NAMES_SAVED, "of Sales", {"excluded": ["Scribe Two"]}),
        (Verb.NAMES_SAVED, "of Sales", {"added": ["Own Scribe"]}),
        (Verb.NAMES_SAVED, "of Sales", {"included": ["Scribe Two"]}),
    ]


def test_an_opened_recording_is_noted_once_an_hour(as_alice, workspace, alice, recording):
    url = f"/w/acme/recordings/{recording.pk}/"
    for path in (url, url, f"{url}?transcript=1"):
        assert as_alice.get(path).status_code == 200
    as_alice.get(f"{url}transcript/", headers={"HX-Request": "true"})
    [event] = log(workspace)
    assert (event.verb, event.by, event.kind, event.target_id) == (
        Verb.RECORDING_OPENED,
        alice,
        "recording",
        recording.pk,
    )
    later = timezone.now() + timedelta(minutes=61)
    said = {"by": alice, "now": later, "target": recording, "within": timedelta(hours=1)}
    AuditEvent.objects.record_once(workspace, Verb.RECORDING_OPENED, **said)
    assert len(log(workspace)) == 2


def test_every_download_is_noted_with_what_was_taken(as_alice, workspace, alice, recording):
    for ending in ("txt", "srt", "txt"):
        url = f"/w/acme/recordings/{recording.pk}/transcript.{ending}"
        assert as_alice.get(url).status_code == 200
    assert as_alice.get(f"/w/acme/recordings/{recording.pk}/people.json").status_code == 404
    assert [(e.verb, e.detail["file"]) for e in log(workspace)] == [
        (Verb.RECORDING_DOWNLOADED, f"transcript.{ending}") for ending in ("txt", "srt", "txt")
    ]


@pytest.mark.parametrize("role", [role for role in Role.values if role not in ("owner", "admin")])
def test_only_admins_read_it(client, member, workspace, role):
    client.force_login(member("somebody", role, workspace))
    assert client.get("/w/acme/audit/").status_code == 403
    assert client.post("/w/acme/audit/audit.csv").status_code == 403
    assert log(workspace) == []


def test_each_line_is_a_sentence_with_a_way_to_what_it_is_about(as_alice, alice, workspace):
    bot = make_bot(workspace, title="Board <b>meeting</b>")
    AuditEvent.objects.record(workspace, Verb.BOT_SENT, by=alice, now=NOW, target=bot)
    member = workspace.memberships.get(user=alice)
    AuditEvent.objects.record(
        workspace, Verb.ROLE_CHANGED, by=None, now=NOW, target=member, what="bob@example.com",
        detail={"from": "operator", "to": "lead"},
    )  # fmt: skip
    PolicyVersion.objects.save_team(
        workspace.default_team, {"silence_for_s": 77}, by=alice, now=NOW, note="Too long"
    )
    text = as_alice.get("/w/acme/audit/").content.decode()
    words = " ".join(text.split())
    assert "<strong>alice@example.com</strong> sent a bot" in words
    assert f'<a href="/w/acme/bots/{bot.pk}/">Board &lt;b&gt;meeting&lt;/b&gt;</a>' in words
    assert "<strong>recalldash</strong> changed the role of" in words
    assert "from Operator to Team lead" in words
    assert f"/w/acme/policy/{workspace.default_team.pk}/history/2/" in words
    assert "note “Too long”" in words
    assert "<b>meeting" not in text


def test_a_line_about_what_has_no_page_is_a_sentence_all_the_same(as_alice, workspace, recording):
    for kind in ("planet", "policyversion", "bot", ""):
        AuditEvent.objects.create(
            workspace=workspace, at=NOW, verb=Verb.ORDERED, kind=kind, what=f"Odd {kind}", detail={}
        )
    AuditEvent.objects.create(workspace=workspace, at=NOW, verb="of.tomorrow", what="Odd verb")
    text = as_alice.get("/w/acme/audit/").content.decode()
    assert text.count("Odd ") == 5


def test_pages_turn_without_losing_or_repeating_a_line(as_alice, workspace):
    written(workspace, 120)
    url, seen = "/w/acme/audit/", []
    while url:
        page = as_alice.get(url).context["page"]
        seen += [event.what for event in page.rows]
        url = page.after and f"/w/acme/audit/?after={page.after}"
    assert seen == [f"Deed {number}" for number in reversed(range(120))]


def test_a_place_that_was_made_up_is_none(as_alice, workspace):
    for place in ("1", "abc", "WyJ4IiwxXQ:1", "\0"):
        assert as_alice.get("/w/acme/audit/", {"after": place}).status_code == 400


def test_it_is_narrowed_by_person_verb_day_words_and_thing(as_alice, alice, workspace, recording):
    written(workspace, 3)
    AuditEvent.objects.record(
        workspace, Verb.BOT_SENT, by=alice, now=at(86_400), target=recording.bot
    )
    AuditEvent.objects.record(
        workspace, Verb.RECORDING_DOWNLOADED, by=alice, now=at(90_000), target=recording
    )

    def found(**given):
        return len(as_alice.get("/w/acme/audit/", given).context["lines"])

    assert found() == 5
    assert found(by=alice.pk) == 2
    assert found(verb="bot.sent") == 1
    assert found(q="deed 1") == 1
    assert found(since="2026-11-21") == 2
    assert found(until="2026-11-20") == 3
    assert found(of=f"bot:{recording.bot.pk}") == 2
    assert found(of=f"recording:{recording.pk}") == 1
    for odd in ({"by": "x"}, {"by": 10**30}, {"verb": "x"}, {"since": "x"}, {"of": "user:1"},
                {"of": "bot:x"}, {"q": "\0"}, {"tz": "Mars/Base"}):  # fmt: skip
        assert found(**odd) == 5, odd
    assert found(until="9999-12-31", tz="America/Lima") == 5
    assert found(since="0001-01-01", tz="Asia/Tokyo") == 5


def test_it_tells_nothing_of_another_workspace(as_alice, workspace, charlie):
    theirs = make_workspace("initech")
    bot = make_bot(theirs)
    AuditEvent.objects.record(theirs, Verb.BOT_SENT, by=charlie, now=NOW, target=bot)
    for given in ({}, {"of": f"bot:{bot.pk}"}, {"by": charlie.pk}, {"q": "charlie"}):
        assert as_alice.get("/w/acme/audit/", given).context["lines"] == []
    body = b"".join(as_alice.post("/w/acme/audit/audit.jsonl", {}).streaming_content)
    assert body == b""


FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠x", " =1",
    '"=1', "'=1", "\ufeff=1",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula(text):
    assert csv_cells.safe(text) == f"'{text}"
    [[cell, other]] = csv.reader(io.StringIO(csv_cells.line([text, 'a "b", c']), newline=""))
    assert (cell, other) == (f"'{text}", 'a "b", c')


@pytest.mark.parametrize("value", ["Weekly review", "", None, 12, "a=b", "x@example.com", "1-2"])
def test_other_cells_stay_as_they_are(value):
    assert csv_cells.safe(value) == ("" if value is None else str(value))


def test_lines_end_as_the_standard_says():
    assert csv_cells.line(["a", 'b"c']) == '"a","b""c"\r\n'


@pytest.mark.parametrize("what", ["=HYPERLINK(1)", 'Quote " and, comma', "Line\nbreak", "Ünï 日本"])
def test_it_is_taken_along_as_csv(as_alice, alice, workspace, what):
    written(workspace, by=alice, what=what, detail={"x": "=1"})
    answer = as_alice.post("/w/acme/audit/audit.csv")
    assert answer["Content-Type"] == "text/csv"
    assert answer["Content-Disposition"].startswith('attachment; filename="audit-acme-')
    text = b"".join(answer.streaming_content).decode()
    head, row = csv.reader(io.StringIO(text, newline=""))
    assert head == ["at", "by", "verb", "kind", "id", "what", "detail"]
    assert row[1:3] == ["alice@example.com", "order.given"]
    assert row[5].lstrip("'") == what
    assert json.loads(row[6]) == {"x": "=1"}
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)


def test_it_is_taken_along_as_lines_of_json_as_far_as_it_is_narrowed(as_alice, alice, workspace):
    written(workspace, 3)
    written(workspace, by=alice, what="Mine")
    answer = as_alice.post("/w/acme/audit/audit.jsonl", {"by": alice.pk, "q": "mine"})
    rows = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    assert [(row["what"], row["by"], row["verb"]) for row in rows] == [
        ("Mine", "alice@example.com", "order.given")
    ]
    noted = log(workspace)[-1]
    assert (noted.verb, noted.what, noted.by) == (Verb.AUDIT_EXPORTED, "JSONL", alice)
    assert noted.detail == {"filters": {"q": "mine", "by": str(alice.pk)}}


def test_it_is_taken_along_in_no_other_way(as_alice, workspace):
    assert as_alice.post("/w/acme/audit/audit.xlsx").status_code == 404
    assert as_alice.get("/w/acme/audit/audit.csv").status_code == 405
    assert log(workspace) == []
