"""Scheduled bots and a policy that changes: brought along with the save, later, or left."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bots import actions, policy
from bots.models import Bot, Order, PolicyVersion
from tests.views.test_policy import current, post, typed

HTMX = {"HX-Request": "true"}


@pytest.fixture
def address(team):
    return reverse("policy", args=["acme", team.pk])


@pytest.fixture
def waiting(team):
    """Two scheduled bots under version 1, which Recall has not been told of yet."""
    now = timezone.now()

    def send(title, hours, number):
        ask = policy.Ask(
            meeting_url=f"https://meet.google.com/aaa-aaaa-aa{number}",
            title=title,
            join_at=now + timedelta(hours=hours),
        )
        return actions.send(team, ask, by=None, token=f"form-{number}", now=now)

    return send("Board meeting", 2, "b"), send("Stand-up", 3, "c")


def test_a_save_brings_scheduled_bots_along(as_alice, team, address, waiting):
    page = as_alice.get(address).content.decode()
    assert "Update 2 scheduled bots" in page
    data = typed(current(team), bot_name="Acme Scribe", scheduled="update")
    text = post(as_alice, address, data, follow=True).content.decode()
    assert "Saved as version 2." in text
    assert "2 scheduled bots are being updated." in text
    for bot in waiting:
        bot.refresh_from_db()
        assert (bot.policy.number, bot.name) == (2, "Acme Scribe")
    assert "earlier version" not in text


def test_a_save_leaves_them_as_they_are(as_alice, as_vera, team, address, waiting):
    data = typed(current(team), bot_name="Acme Scribe")
    text = post(as_alice, address, data, follow=True).content.decode()
    assert {bot.policy.number for bot in waiting} == {1}
    assert "2 scheduled bots carry an earlier version" in text
    assert "Board meeting" in text
    looked = as_vera.get(address).content.decode()
    assert "2 scheduled bots carry an earlier version" in looked
    assert "Update 2 bots" not in looked
    as_alice.post(f"{address}scheduled/")
    for bot in waiting:
        bot.refresh_from_db()
        assert bot.policy.number == 2
    piece = as_alice.get(f"{address}scheduled/", headers=HTMX).content.decode()
    assert 'id="scheduled"' in piece
    assert "<html" not in piece
    assert "earlier version" not in piece


def test_the_default_brings_along_all_teams(as_alice, workspace, team, waiting):
    address = reverse("policy_default", args=["acme"])
    default = PolicyVersion.objects.default(workspace)
    post(as_alice, address, typed(default, bot_name="Everybody's", scheduled="update"))
    for bot in waiting:
        bot.refresh_from_db()
        assert (bot.policy.team, bot.policy.number, bot.name) == (team, 2, "Everybody's")


def test_it_reports_those_that_stay(as_alice, team, address, waiting):
    near, _ = waiting
    near.orders.update(state=Order.State.WAITING, in_doubt=True)
    data = typed(current(team), bot_name="Acme Scribe", scheduled="update")
    text = post(as_alice, address, data, follow=True).content.decode()
    assert "1 scheduled bot is being updated." in text
    assert "“Board meeting” stays as it was: Recall may have taken it already" in text
    assert "1 scheduled bot carries an earlier version" in text


def test_operators_bring_nobody_along(as_bob, team, address, waiting):
    assert as_bob.post(f"{address}scheduled/").status_code == 403
    assert as_bob.get(f"{address}scheduled/").status_code == 302


def test_it_asks_nothing_where_no_bot_is_scheduled(as_alice, team, address, a_bot):
    a_bot("joining_call", "in_call_recording")
    assert "scheduled bot" not in as_alice.get(address).content.decode()


def test_it_says_how_many_join_too_soon(as_alice, team, address, waiting):
    near, _ = waiting
    Bot.objects.filter(pk=near.pk).update(join_at=timezone.now() + timedelta(minutes=5))
    text = as_alice.get(address).content.decode()
    assert "Update 1 scheduled bot; 1 joins within ten minutes and stays" in text


def test_a_restored_version_tells_of_scheduled_bots(as_alice, team, address, waiting):
    post(as_alice, address, typed(current(team), bot_name="Acme Scribe"))
    text = as_alice.post(f"{address}history/1/restore/", follow=True).content.decode()
    assert "Scheduled bots keep theirs until they are updated" in text
