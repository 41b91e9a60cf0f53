"""What is coming: whether each scheduled bot joins, and what speaks against it."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bots import actions, coming, policy
from bots.lifecycle import Action
from bots.models import Bot, PolicyVersion
from tests.world import NOW, at, make_bot

pytestmark = pytest.mark.django_db
HOUR = 3600


def send(team, seconds=HOUR, *, taken=True, title="Board", token="form-1"):
    ask = policy.Ask(
        meeting_url=f"https://meet.google.com/abc-defg-{token[-3:]}",
        join_at=at(seconds),
        title=title,
    )
    bot = actions.send(team, ask, by=None, token=token, now=NOW)
    if taken:
        bot.orders.update(state="confirmed")
        Bot.objects.filter(pk=bot.pk).update(recall_id=uuid.uuid4())
        bot.refresh_from_db()
    return bot


def outlook(bot, now=NOW):
    [(_, found)] = coming.outlooks([bot], now=now)
    return found


def test_what_recall_has_joins_and_may_be_changed_until_ten_minutes_before(team):
    bot = send(team)
    assert (outlook(bot).state, outlook(bot).sentence) == ("ready", coming.READY)
    assert outlook(bot, at(HOUR - 300)).sentence == coming.SOON


def test_what_waits_to_be_sent_says_for_what(team):
    bot = send(team, taken=False)
    assert outlook(bot).sentence == coming.BEING_SENT
    bot.orders.update(error="Recall has no free bot right now.")
    assert outlook(bot).sentence == "Recall has no free bot right now."
    assert outlook(bot).state == "waiting"


def test_what_recall_never_took_does_not_join(team):
    bot = send(team, taken=False)
    bot.orders.filter(action=Action.SEND).update(state="refused")
    assert (outlook(bot).state, outlook(bot).sentence) == ("stuck", coming.NEVER_SENT)


def test_what_the_policy_in_force_forbids_is_said_with_its_rule(team):
    bot = send(team, title="Board meeting")
    PolicyVersion.objects.save_team(team, {"title_words": ["board"]}, by=None, now=NOW)
    found = outlook(bot)
    assert found.state == "warned"
    assert found.sentence == coming.STANDS
    assert outlook(bot, at(HOUR - 300)).sentence == coming.STANDS_LATE
    assert "“board” in the title" in found.against[0]
    assert found.newer == PolicyVersion.objects.current(team).number


def test_a_bot_from_elsewhere_is_under_no_policy(workspace):
    bot = make_bot(workspace, phase="scheduled", join_at=at(HOUR), request={}, policy=None)
    assert outlook(bot).sentence == coming.NOT_KNOWN


def test_many_cost_no_more_queries_than_few(team):
    def cost(count):
        bots = Bot.objects.select_related("workspace", "team__workspace", "policy")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(list(coming.outlooks(bots, now=NOW))) == count
        return len(queries)

    send(team, token="f-aaa")
    few = cost(1)
    for word in ("bbb", "ccc", "ddd"):
        send(team, token=f"f-{word}")
    assert cost(4) == few
