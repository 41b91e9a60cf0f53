"""A scheduled bot follows its policy over real HTTP: the sandbox keeps all that it was told."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from bots import actions, orders, policy, scheduled
from bots.models import Order, PolicyVersion
from bots.sandbox.models import Bot as TheirBot
from tests.world import make_workspace

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "sandbox"])
NOT_CHANGED = ("meeting_url", "join_at")


@pytest.fixture
def team(live_server, settings):
    settings.RECALL_BASE_URL = live_server.url + "/sandbox/{region}"
    return make_workspace(api_key="sandbox_us-west-2_updates").default_team


def carry_out(order: Order) -> Order:
    orders.carry_out(order.pk, clock=timezone.now)
    order.refresh_from_db()
    return order


def test_it_keeps_all_that_a_change_says(team):
    save = partial(PolicyVersion.objects.save_team, team, by=None, now=timezone.now())
    join_at = (timezone.now() + timedelta(hours=2)).replace(microsecond=0)
    ask = policy.Ask(meeting_url="https://acme.zoom.us/j/84335626851", join_at=join_at)
    bot = actions.send(team, ask, by=None, token="form", now=timezone.now())
    assert carry_out(bot.orders.get()).state == "accepted"
    save(
        {
            "formats": ["audio_mixed_mp3"],
            "transcript": "",
            "silence_for_s": 77,
            "bot_name": "Sales Notetaker",
            "join_message": "Hello",
        }
    )
    [order] = scheduled.update(team, None, timezone.now()).orders
    assert carry_out(order).state == "confirmed"
    bot.refresh_from_db()
    theirs = TheirBot.objects.get()
    kept = theirs.config | {"metadata": theirs.metadata}
    changed = {name: value for name, value in bot.request.items() if name not in NOT_CHANGED}
    assert holds(kept, changed)
    assert (kept["bot_name"], kept["chat"]["on_bot_join"]["message"]) == (
        "Sales Notetaker",
        "Hello",
    )
    assert (theirs.join_at, theirs.url) == (join_at, bot.meeting_url)
    assert bot.join_at == join_at
    # And back: what the next policy does not say any more is gone.
    save({})
    [order] = scheduled.update(team, None, timezone.now()).orders
    assert carry_out(order).state == "confirmed"
    theirs.refresh_from_db()
    assert theirs.config["chat"] is None
    assert theirs.config["recording_config"]["audio_mixed_mp3"] is None
    assert theirs.config["recording_config"]["video_mixed_mp4"] is not None


def holds(kept, said) -> bool:
    """Whether all that was said is kept; the sandbox adds what Recall adds by itself."""
    if isinstance(kept, dict) and isinstance(said, dict):
        return all(name in kept and holds(kept[name], said[name]) for name in said)
    return kept == said
