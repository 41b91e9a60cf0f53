"""A person is erased from every table."""

import json
from dataclasses import replace

import pytest
from django.apps import apps
from django.db import models

from bots import audit_export, erasing_people, impersonal, personal, tasks
from bots.audit_shown import Line
from bots.models import (
    AuditEvent,
    Forgotten,
    KeptFile,
    Leftover,
    Participant,
    Passage,
    PersonErasure,
)
from bots.models.forgotten import ERASED_PERSON, ERASED_WORDS
from tests.erasing.conftest import JANE, MAIL, begin, erase, filled, tables_with
from tests.world import NOW, at, make_bot, make_workspace

pytestmark = pytest.mark.django_db


def test_her_name_stands_in_no_table_afterwards(workspace, everywhere):
    planted = tables_with(JANE, MAIL)
    parts = {
        f"{part.model._meta.model_name}.{field}" for part in personal.PARTS for field in part.fields
    }
    assert parts - planted <= {
        "artifact.format", "participant.platform", "participantevent.sent_to",
        "erasure.answer", "erasure.counts", "bot.failure",
    }  # fmt: skip

    erase(workspace)

    # The log is never changed: it is shown without the name.
    assert tables_with(JANE, MAIL, "zebulona") == {"auditevent.what", "auditevent.detail"}


def test_copies_of_what_was_said_go_and_films_stay(workspace, everywhere):
    erase(workspace)

    states = dict(KeptFile.objects.values_list("kind", "state"))
    assert states == {"transcript": "deleted", "video_mixed": "kept"}
    assert list(Leftover.objects.values_list("path", flat=True)) == ["1/ab/transcript"]


@pytest.mark.parametrize("told", [{"text": f"Thanks, {JANE}"}, {"sent_to": JANE}])
def test_a_copy_of_a_chat_goes_where_she_was_only_written_of(workspace, bot, told):
    recording = filled(bot, "Eve Else", "")
    recording.transcripts.all().delete()
    writer = bot.participants.get(name="Bob Other")
    recording.participant_events.create(participant=writer, action="chat", at=NOW, **told)
    KeptFile.objects.create(
        workspace=workspace, recording=recording, created_at=NOW, due_at=NOW,
        kind="participant_events", path="1/ab/events", state="kept",
    )  # fmt: skip

    erase(workspace)

    assert KeptFile.objects.get().state == "deleted"


def test_every_field_with_words_says_what_erasing_does_to_it():
    handled = {
        (part.model._meta.label_lower, field) for part in personal.PARTS for field in part.fields
    }
    unsaid, said = [], set()
    for model in apps.get_models(include_auto_created=True):
        label = model._meta.label_lower
        if model._meta.app_label in impersonal.APPS_KEPT:
            continue
        kept = impersonal.KEPT.get(label, {})
        for field in model._meta.concrete_fields:
            if not holds_words(field):
                continue
            if "*" in kept or field.name in kept:
                said |= {(label, "*"), (label, field.name)}
            elif (label, field.name) not in handled:
                unsaid.append(f"{label}.{field.name}")
    assert unsaid == []
    promised = {(label, name) for label, kept in impersonal.KEPT.items() for name in kept}
    assert promised - said == set()  # nothing is said of a field that is not there


def holds_words(field):
    return isinstance(
        field,
        models.CharField | models.TextField | models.JSONField | models.BinaryField
        | models.FileField,
    )  # fmt: skip


def test_a_new_field_with_words_would_be_missed(monkeypatch):
    kept = dict(impersonal.KEPT)
    kept.pop("bots.team")
    monkeypatch.setattr(impersonal, "KEPT", kept)
    with pytest.raises(AssertionError, match="bots.team.name"):
        test_every_field_with_words_says_what_erasing_does_to_it()


def test_with_others_words_left_alone_nothing_else_keeps_her_name(workspace, everywhere):
    erase(workspace, in_texts=False)

    left = {"auditevent.what", "auditevent.detail", "passage.text"}
    assert tables_with(JANE, MAIL) == left
    assert Passage.objects.get(text__contains=JANE).speaker == "Bob Other"


def test_what_others_said_stays_but_for_the_name(workspace, bot, recording):
    erase(workspace)

    said = {(p.speaker, p.text) for p in Passage.objects.all()}
    assert said == {
        (ERASED_PERSON, ERASED_WORDS),
        ("Bob Other", f"Thanks, {ERASED_PERSON}, fine."),
    }
    her = Participant.objects.get(name=ERASED_PERSON)
    assert (her.email, her.platform) == ("", "")
    assert set(her.events.values_list("action", "text")) == {("join", ""), ("chat_message", "")}


def test_her_words_can_stay_without_her_name(workspace, recording):
    erase(workspace, keeps_words=True)

    assert Passage.objects.get(speaker=ERASED_PERSON).text == "My own secret words"


def test_words_of_others_are_left_alone_where_that_is_chosen(workspace, recording):
    erase(workspace, in_texts=False)

    assert Passage.objects.get(speaker="Bob Other").text == f"Thanks, {JANE}, fine."


def test_somebody_of_her_name_elsewhere_is_left_alone(workspace, bot, recording):
    other = make_bot(workspace)
    filled(other, JANE, "")
    namesake = filled(make_bot(workspace), JANE, "another@quux.example")

    erase(workspace, left_out=[other.pk])

    assert set(other.participants.values_list("name", flat=True)) == {JANE, "Bob Other"}
    # Another address is another person.
    assert JANE in set(namesake.bot.participants.values_list("name", flat=True))
    assert not bot.participants.filter(name=JANE).exists()


def test_a_namesakes_track_in_the_same_meeting_keeps_its_name(workspace, bot, recording):
    people = [
        bot.participants.get(email=MAIL),
        bot.participants.create(number=7, name=JANE, email="another@quux.example"),
    ]
    for n, person in enumerate(people):
        recording.artifacts.first().tracks.create(n=n, name=JANE, participant=person)

    erase(workspace)

    names = recording.artifacts.first().tracks.order_by("n").values_list("name", flat=True)
    assert list(names) == [ERASED_PERSON, JANE]


def test_another_workspace_is_another_matter(workspace, recording):
    other = filled(make_bot(make_workspace("globex")))

    erase(workspace)

    assert other.bot.participants.filter(name=JANE).exists()
    assert not other.workspace.forgotten.exists()


def test_it_finds_her_by_any_case_and_beyond_ascii(workspace, bot):
    filled(bot, "Jürgen Ödön-Quux", "")

    job = erase(workspace, called=["JÜRGEN  ödön-quux"])

    assert job.counts["passage"] == 2
    assert tables_with("ödön", "\\u00f6d\\u00f6n") == set()


@pytest.mark.parametrize(
    ("stored", "called"),
    [
        ("Petra Großmann-Quux", "Petra Großmann-Quux"),
        ("Petra Großmann-Quux", "petra grossmann-quux"),
        ("PETRA GROSSMANN-QUUX", "Petra Großmann-Quux"),
        ("Ｐｅｔｒａ Ｑｕｕｘ", "Petra Quux"),
        ("Petra Quux", "Ｐｅｔｒａ Ｑｕｕｘ"),
    ],
)
def test_it_finds_letters_that_are_written_in_more_than_one_way(workspace, bot, stored, called):
    filled(bot, stored, "")

    erase(workspace, called=[called])

    assert not bot.participants.filter(name=stored).exists()
    assert tables_with(stored, json.dumps(stored)[1:-1]) == set()


def test_a_worker_that_was_killed_is_followed_by_another(workspace, everywhere, monkeypatch):
    monkeypatch.setattr(erasing_people, "STEP", 1)
    job = begin(workspace)
    PersonErasure.objects.claim(job.pk, NOW, NOW + erasing_people.LEASE)  # and dies
    assert not erasing_people.work(job.pk, clock=lambda: at(1), seconds=60)

    turns = 0
    later = at(61)
    while erasing_people.work(job.pk, clock=lambda: later, seconds=0):
        turns += 1

    assert turns > 10
    assert tables_with(JANE) == {"auditevent.what", "auditevent.detail"}


def test_it_breaks_off_where_another_worker_goes_on(workspace, everywhere, monkeypatch):
    job = begin(workspace)
    seen = []

    def stolen(row, veil, now):
        if not seen:
            PersonErasure.objects.filter(pk=job.pk).update(lease_until=at(500))
        seen.append(row)
        return {}

    [place] = [n for n, part in enumerate(personal.PARTS) if part.model is Passage]
    parts = list(personal.PARTS)
    parts[place] = replace(parts[place], erase=stolen)
    monkeypatch.setattr(erasing_people, "PARTS", tuple(parts))

    assert not erasing_people.work(job.pk, clock=lambda: at(1), seconds=60)
    job.refresh_from_db()
    assert (job.part, job.finished_at) == (place, None)


def test_the_sweep_takes_up_what_was_left(workspace, recording, monkeypatch):
    woken = []
    monkeypatch.setattr(tasks, "_wake", lambda task, **payload: woken.append(payload))
    job = begin(workspace)

    tasks.sweep()

    assert {"person_erasure_id": job.pk} in woken


def test_the_same_form_is_one_deed(workspace, recording):
    assert begin(workspace).pk == begin(workspace).pk


def test_the_names_go_with_the_job(workspace, recording):
    job = erase(workspace)

    assert (job.called, job.left_out) == ([], [])
    assert job.finished_at is not None
    assert "2 passages" in erasing_people.in_words(job)


@pytest.mark.parametrize("in_texts", [True, False])
def test_the_log_is_shown_and_exported_without_her(workspace, everywhere, in_texts):
    erase(workspace, in_texts=in_texts)
    veil = Forgotten.objects.veil(workspace.pk, all_meetings=True)
    events = list(AuditEvent.objects.all())

    lines = [Line(each, workspace.slug, veil) for each in events]
    shown = " ".join([*(f"{line.who} {line.what} {line.told}" for line in lines)])
    shown += "".join(audit_export.written(events, "csv", veil))
    shown += "".join(audit_export.written(events, "jsonl", veil))
    assert f"Talk with {ERASED_PERSON}" in shown
    assert "zebulona" not in shown.casefold()
