"""Rows of bots that are over: drawn once, and anew as soon as they would show something else."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from bots.models import Bot, Membership, Team
from bots.views import past_rows
from tests.world import NOW, make_bot, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh():
    past_rows._drawn.cache_clear()


@pytest.fixture
def workspace():
    return make_workspace()


@pytest.fixture
def bot(workspace):
    return make_bot(workspace, title="Weekly", phase="finished", outcome="recorded")


def browser(workspace, name="alice", role="owner"):
    client = Client()
    user = get_user_model().objects.create_user(name)
    Membership.objects.create(user=user, workspace=workspace, role=role)
    client.force_login(user)
    return client


def times_drawn():
    return past_rows._drawn.cache_info().misses


def test_what_many_see_alike_is_drawn_once(workspace, bot):
    texts = {browser(workspace, f"p{n}").get("/w/acme/?q=Weekly").text.count("Weekly</a>")
             for n in range(3)}  # fmt: skip
    assert texts == {1}
    assert times_drawn() == 1


CHANGES = {
    "title": ({"title": "Fortnightly"}, "Fortnightly</a>"),
    "name": ({"name": "Scribe <1>"}, "Scribe &lt;1&gt;"),
    "outcome": ({"outcome": "never_admitted"}, "Never admitted</span>"),
    "platform": ({"platform": "zoom"}, 'aria-label="Zoom"'),
    "length": ({"started_at": NOW, "ended_at": NOW + timedelta(seconds=75)}, "1:15"),
    "day": ({"met_at": NOW + timedelta(days=1)}, f"{NOW + timedelta(days=1):%Y-%m-%d}"),
    "cancelled": ({"cancelled_at": NOW, "join_at": NOW}, "would have joined"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen_at_once(workspace, bot, change):
    fields, shown = CHANGES[change]
    client = browser(workspace)
    assert shown not in client.get("/w/acme/").text
    Bot.objects.update(**fields)
    assert shown in client.get("/w/acme/").text


def test_its_sender_and_its_team_are_named_as_they_are_called_now(workspace, bot):
    client = browser(workspace)
    alice = get_user_model().objects.get()
    Bot.objects.update(sent_by=alice)
    assert "· alice<" in client.get("/w/acme/").text
    get_user_model().objects.update(username="alicia")
    # One team is not named, two are.
    assert "· alicia<" in client.get("/w/acme/").text
    Team.objects.create(workspace=workspace, name="Research")
    team = workspace.default_team
    assert f"· {team} · alicia<" in client.get("/w/acme/").text
    Team.objects.filter(pk=team.pk).update(name="Sales & more")
    assert "· Sales &amp; more · alicia<" in client.get("/w/acme/").text


def test_it_keeps_no_more_than_so_many():
    assert past_rows._drawn.cache_info().maxsize == past_rows.MOST_KEPT
