"""A bot that Recall has not taken yet is told apart from those in meetings, wherever it stands."""

import pytest
from django.urls import reverse
from django.utils import timezone

from bots import actions, policy
from bots.models import Bot
from bots.recall.errors import NoFreeBot
from tests.world import LINK


@pytest.fixture
def unsent(workspace, bob) -> Bot:
    ask = policy.Ask(meeting_url=LINK, title="Kick-off")
    bot = actions.send(workspace.default_team, ask, by=bob, token="s", now=timezone.now())
    bot.orders.update(attempts=2, error=NoFreeBot.sentence)
    return bot


def live_count(response) -> str:
    page = response.content.decode()
    return page.split('id="live-count"')[1].split(">")[1].split("<")[0]


def test_it_does_not_count_as_live(as_bob, unsent, a_bot):
    assert live_count(as_bob.get("/w/acme/")) == ""
    a_bot("in_call_recording")
    assert live_count(as_bob.get("/w/acme/")) == "1"


def test_its_page_says_that_it_is_not_sent_and_not_that_it_joins(as_bob, unsent):
    page = as_bob.get(reverse("bot", args=["acme", unsent.pk])).content.decode()
    title = page.split('class="bot-title"')[1].split('class="headline"')[0]
    assert "Not sent yet" in title
    assert "Joining" not in title
