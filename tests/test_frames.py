"""What a stream says of a bot by itself: as pages show it, and no more than anybody may see."""

import json

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from bots import frames
from bots.feed import Cursor, News
from bots.models import Bot, Membership, Team
from tests.world import NOW, make_bot, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace():
    return make_workspace()


def read(frame):
    fields = dict(line.split(": ", 1) for line in frame.strip().splitlines())
    return fields["event"], json.loads(fields["data"])


def news(bot, **given):
    return News(Cursor(1, 2), bot.workspace_id, bot.pk, bot.team_id, **given)


def told(bot, **given):
    return read(frames.change(news(bot), frames.standings([bot.pk]).get(bot.pk), **given))


def test_it_says_how_a_bot_stands_and_since_when(workspace):
    bot = make_bot(workspace, phase="paused", phase_at=NOW)
    name, data = told(bot)
    assert name == "change"
    assert data["bot"] == bot.pk
    assert 'data-phase="paused"' in data["mark"]
    assert data["since"] == NOW.isoformat()


def test_pages_show_the_same_mark(workspace):
    bot = make_bot(workspace, phase="recording", consent_stage="listening", phase_at=NOW)
    person = get_user_model().objects.create_user("alice")
    Membership.objects.create(user=person, workspace=workspace, role="owner")
    browser = Client()
    browser.force_login(person)
    mark = frames.standings([bot.pk])[bot.pk].mark
    assert "Asking for consent" in mark
    assert f'data-standing="{bot.pk}">{mark}' in browser.get("/w/acme/").text
    Bot.objects.update(consent_stage="")
    mark = frames.standings([bot.pk])[bot.pk].mark
    assert "Recording" in mark
    for page in ("/w/acme/", f"/w/acme/bots/{bot.pk}/"):
        text = browser.get(page).text
        assert f'data-standing="{bot.pk}">{mark}' in text, page
        assert f'data-since="{bot.pk}"' in text, page


def test_the_clock_of_one_that_is_over_goes_on_from_nowhere(workspace):
    bot = make_bot(workspace, phase="finished", phase_at=NOW)
    assert "since" not in told(bot)[1]


def test_what_cannot_be_drawn_takes_nothing_from_others(workspace):
    odd, bot = make_bot(workspace, phase="of tomorrow"), make_bot(workspace, phase="recording")
    assert list(frames.standings([odd.pk, bot.pk])) == [bot.pk]


def test_a_cancelled_bot_says_so(workspace):
    bot = make_bot(workspace, phase="finished", cancelled_at=NOW)
    assert "Cancelled" in told(bot)[1]["mark"]


def test_it_says_nothing_of_a_bot_that_has_become_another_teams(workspace):
    """Whoever heard of it then may not see it now."""
    bot = make_bot(workspace, phase="recording")
    then = news(bot)
    hidden = Team.objects.create(workspace=workspace, name="Board")
    Bot.objects.update(team=hidden)
    assert read(frames.change(then, frames.standings([bot.pk])[bot.pk]))[1] == {"bot": bot.pk}


def test_it_says_nothing_of_a_bot_that_is_gone(workspace):
    bot = make_bot(workspace)
    Bot.objects.all().delete()
    assert frames.standings([bot.pk]) == {}


def test_few_ask_at_once_and_many_by_turns(workspace):
    bot = make_bot(workspace)
    assert "within_ms" not in told(bot, viewers=frames.AT_ONCE)[1]
    assert told(bot, viewers=frames.AT_ONCE + 100)[1]["within_ms"] == 100 * frames.TURN_MS
    assert told(bot, viewers=1_000_000)[1]["within_ms"] == frames.MOST_TURNS_MS


def test_whoever_loads_all_anew_takes_turns_too():
    assert read(frames.reload()) == ("reload", {})
    assert read(frames.reload(viewers=frames.AT_ONCE + 1)) == (
        "reload",
        {"within_ms": frames.TURN_MS},
    )


def test_many_bots_are_one_question(workspace, django_assert_num_queries):
    bots = [make_bot(workspace) for _ in range(3)]
    with django_assert_num_queries(1):
        assert len(frames.standings(bot.pk for bot in bots)) == 3
