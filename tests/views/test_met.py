"""From a meeting into the notetaker names, and out of them."""

from datetime import timedelta

import pytest
from django.urls import reverse

from bots.models import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def met(a_bot):
    """A meeting with Ann, who spoke, Scribe, who stayed on in silence, and OtterPilot."""
    bot = a_bot("in_call_recording", ("call_ended", ""), "done", recorded=True)
    recording = bot.recordings.get()
    workspace = bot.workspace
    workspace.notetaker_names = ["otter"]
    workspace.save()
    start = recording.started_at

    def did(name, number, *deeds):
        person = bot.participants.create(number=number, name=name)
        for action, second in deeds:
            recording.participant_events.create(
                participant=person, action=action, offset_s=second,
                at=start + timedelta(seconds=second), text="Hi" * ("chat" in action),
            )  # fmt: skip

    did("Ann", 1, ("join", 0), ("speech_on", 1), ("speech_off", 2), ("leave", 3))
    did("Scribe", 2, ("join", 0), ("leave", 120))
    did("OtterPilot", 3, ("join", 0))
    did(bot.name, 4, ("chat_message", 2))
    return bot


def url(bot):
    return reverse("bot_notetaker", args=["acme", bot.pk])


def page(client, bot):
    return client.get(reverse("recording", args=["acme", bot.recordings.get().pk]))


def test_it_says_why_and_offers_it_to_leads_alone(as_alice, as_bob, met):
    text = page(as_alice, met).content.decode()
    assert "Joined, never spoke or shared, and stayed" in text
    assert "Add to notetaker names" in text
    assert "Not a notetaker" in text
    assert "Our bot" in text
    assert "Add to notetaker names" not in page(as_bob, met).content.decode()


def test_it_adds_a_name_and_says_whom_it_matches(as_alice, met):
    recording = met.recordings.get()
    answer = as_alice.post(url(met), {"add": "Scribe", "from": recording.pk}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("recording", args=["acme", recording.pk])
    met.team.refresh_from_db()
    assert met.team.added_names == ["Scribe"]
    text = answer.content.decode()
    assert "In past meetings it matches Scribe." in text
    assert "“Scribe” is among the notetaker names" in text


def test_it_leaves_an_entry_out(as_alice, met):
    answer = as_alice.post(url(met), {"not": "otter"}, follow=True)
    met.team.refresh_from_db()
    assert met.team.excluded_names == ["otter"]
    assert "does without “otter” from now on" in answer.content.decode()


def test_it_says_so_where_a_name_is_there_already(as_alice, met):
    for _ in range(2):
        answer = as_alice.post(url(met), {"add": "Scribe"}, follow=True)
    assert "already" in answer.content.decode()


def test_it_is_for_leads_of_the_team(as_bob, as_charlie, met, client, member, workspace):
    assert as_bob.post(url(met), {"add": "Scribe"}).status_code == 403
    assert as_charlie.post(url(met), {"add": "Scribe"}).status_code == 404
    lead = member("leo", Role.LEAD, workspace)
    client.force_login(lead)
    assert client.post(url(met), {"add": "Scribe"}).status_code == 302
