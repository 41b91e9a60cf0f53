"""Consent on a bot's page: how far it is, who answered, an operator's word, the record as CSV."""

import pytest
from django.urls import reverse

from bots.lifecycle import Action
from bots.models import AuditEvent, Bot, Consent, PolicyVersion
from bots.policy import start_body
from tests.world import NOW, make_bot

pytestmark = pytest.mark.django_db


@pytest.fixture
def bot(workspace):
    bot = make_bot(workspace, phase="in_call")
    Consent.objects.of_policy(bot, PolicyVersion.objects.current(bot.team).pure.rules, now=NOW)
    Bot.objects.filter(pk=bot.pk).update(consent_stage="asking")
    Consent.objects.update(asked_at=NOW, heard_at=NOW)
    return bot


def page(client, bot):
    return client.get(reverse("bot", args=[bot.workspace.slug, bot.pk])).content.decode()


def says(bot, number, name, word, **fields):
    person = bot.participants.create(number=number, name=name, is_here=True, **fields)
    if word:
        bot.consent.answers.create(
            participant=person,
            name=name,
            is_host=person.is_host,
            says=word,
            text=f"{word}!",
            at=NOW,
        )
    return person


def test_it_says_how_far_it_is_and_who_answered(as_bob, bot):
    says(bot, 1, "Ann", "yes")
    says(bot, 2, "Ben", "")
    text = page(as_bob, bot)
    assert "Asking for consent: 1 agreed so far. Waiting for Ben." in text
    assert "<q>yes!</q>" in text
    assert "All agree: record" in text
    says(bot, 3, "Cy", "no")
    assert "Cy refused. Nothing is recorded until that changes." in page(as_bob, bot)


def test_a_viewer_reads_it_and_vouches_for_nobody(as_vera, bot):
    assert "All agree: record" not in page(as_vera, bot)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"consent_stage": "waiting"}, "Nothing is recorded before everyone who is there agrees."),
        ({"consent_stage": "given"}, "It is agreed: this meeting may be recorded."),
        ({"consent_stage": "declined"}, "Somebody refused."),
        ({"consent_stage": "asking", "phase": "finished"}, "It was not agreed to be recorded."),
    ],
)
def test_each_stage_has_its_sentence(as_bob, bot, changes, sentence):
    Bot.objects.filter(pk=bot.pk).update(**changes)
    assert sentence in page(as_bob, bot)


def test_what_records_the_chat_alone_is_not_called_a_recording(as_bob, bot):
    Bot.objects.filter(pk=bot.pk).update(consent_stage="listening", phase="recording")
    text = page(as_bob, bot)
    assert "Only the chat is taken down." in text
    assert "Pause recording" not in text
    assert "Leave meeting" in text
    listed = as_bob.get(reverse("bots", args=[bot.workspace.slug])).content.decode()
    assert "Asking for consent" in listed


def test_the_timeline_tells_a_recording_of_the_chat_from_another(as_bob, bot):
    alone = start_body(None, formats=frozenset({"participant_events"}))
    whole = start_body(None, formats=frozenset({"participant_events", "video_mixed_mp4"}))
    done = {"state": "confirmed", "created_at": NOW, "due_at": NOW, "expires_at": NOW}
    bot.orders.create(action=Action.START, token="1", body=alone, given_by="The question", **done)
    assert "The chat alone is taken down: no picture, no sound." in page(as_bob, bot)
    bot.orders.update(body=whole)
    assert "The chat alone is taken down" not in page(as_bob, bot)


def test_an_operators_word_records_and_is_kept(as_bob, bot):
    as_bob.post(reverse("consent", args=[bot.workspace.slug, bot.pk]))
    assert bot.orders.get().action == Action.START
    assert "Confirmed" in page(as_bob, bot)
    assert AuditEvent.objects.filter(verb="consent.confirmed").exists()


def test_where_nobody_is_asked_it_is_said(as_bob, workspace):
    other = make_bot(workspace, phase="in_call")
    address = reverse("consent", args=[workspace.slug, other.pk])
    assert "does not ask for consent" in as_bob.post(address, follow=True).content.decode()
    assert as_bob.get(f"{address[:-1]}.csv").status_code == 404


def test_the_record_is_taken_along(as_vera, bot):
    says(bot, 1, "=Ann()", "yes", is_host=True)
    answer = as_vera.get(reverse("consent_record", args=[bot.workspace.slug, bot.pk]))
    assert answer["Content-Disposition"] == f'attachment; filename="consent-{bot.pk}.csv"'
    head, row = answer.content.decode().splitlines()
    assert head.startswith('"When (UTC)","Who"')
    assert '"\'=Ann()","yes","yes","yes!",""' in row
    assert AuditEvent.objects.filter(verb="consent.exported").exists()
