"""Rows are held in one order: whatever two people do at once, neither of them fails for it."""

import pytest
from django.db import connection, transaction

from bots import actions, inbox, intake, people, policy, teams, verdicts
from bots.models import Bot, Membership, PolicyVersion, Workspace
from bots.recall import types
from tests.world import (
    LINK,
    NOW,
    elsewhere,
    make_bot,
    make_workspace,
    receive,
    signed,
    status_event,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
]
PATIENCE_S = 10


@pytest.fixture
def owner(alice, workspace):
    return Membership.objects.get(user=alice, workspace=workspace)


def send(team, token="form-1"):
    return actions.send(team, policy.Ask(meeting_url=LINK), by=None, token=token, now=NOW)


def test_a_bot_is_sent_while_somebody_changes_members(owner, team):
    PolicyVersion.objects.current(team)
    with people.doing(owner):
        sent = elsewhere(lambda: send(team))
        assert sent.result(PATIENCE_S).pk


def test_a_bot_is_observed_while_somebody_changes_members(owner, workspace):
    bot = make_bot(workspace)
    with people.doing(owner):
        told = elsewhere(lambda: bot.observe([], source=Bot.Source.SYNC, now=NOW, told=True))
        assert told.result(PATIENCE_S) == 0


def test_a_webhook_comes_again_while_it_is_tried_again(workspace, monkeypatch):
    """The one who tries again holds the delivery before the bot, as the one at the door does."""
    bot = make_bot(workspace)
    body = status_event(bot, "done", NOW)
    headers = signed(body, message_id="msg_same")
    with monkeypatch.context() as broken:
        broken.setattr(Bot, "observe_held", lambda *args, **kwargs: 1 / 0)
        delivery = receive(workspace, headers, body, now=NOW)
    observe, again = Bot.observe_held, []

    def meanwhile(self, *args, **kwargs):
        if not again:
            again.append(elsewhere(lambda: receive(workspace, headers, body, now=NOW)))
        return observe(self, *args, **kwargs)

    monkeypatch.setattr(Bot, "observe_held", meanwhile)
    assert inbox.retry(delivery.pk, now=delivery.due_at).state == "observed"
    assert again[0].result(PATIENCE_S).state == "observed"
    delivery.refresh_from_db()
    assert (delivery.state, delivery.repeats, bot.status_changes.count()) == ("observed", 1, 1)


def test_a_policy_is_saved_while_a_bot_is_sent(team, workspace):
    PolicyVersion.objects.current(team)
    hidden = {"shown_to": "team"}
    with transaction.atomic():
        bot = send(team)
        saved = elsewhere(lambda: PolicyVersion.objects.save_team(team, hidden, by=None, now=NOW))
    assert saved.result(PATIENCE_S).number == 2
    assert Bot.objects.filter(pk=bot.pk).exists()


def test_a_team_is_archived_while_a_bot_is_sent(owner, team, workspace):
    workspace.teams.create(name="Research")
    PolicyVersion.objects.current(team)
    with transaction.atomic():
        bot = send(team)
        archived = elsewhere(lambda: teams.archive(owner, team, now=NOW))
    archived.result(PATIENCE_S)
    team.refresh_from_db()
    assert (team.archived_at, Bot.objects.filter(pk=bot.pk).exists()) == (NOW, True)


def test_the_first_bot_of_a_team_is_sent_while_the_team_is_archived(owner, team, workspace):
    """The first version of a policy is written under the workspace's row, before the team's."""
    workspace.teams.create(name="Research")
    with people.doing(owner):
        sent = elsewhere(lambda: send(team))
        teams.archive(owner, team, now=NOW)
    with pytest.raises(actions.NotNow, match="archived"):
        sent.result(PATIENCE_S)


def test_a_bot_is_moved_while_its_team_is_archived(owner, team, workspace):
    workspace.teams.create(name="Research")
    bot = make_bot(workspace, team=team, join_at=NOW.replace(hour=20))
    bot.observe([], source=Bot.Source.SYNC, now=NOW)
    body = {"join_at": NOW.replace(hour=21).isoformat()}
    with people.doing(owner):
        moved = elsewhere(
            lambda: actions.order(bot, actions.Action.RESCHEDULE, by=None, now=NOW, body=body)
        )
        held = teams.Team.objects.select_for_update(no_key=True).get(pk=team.pk)
        assert held == team
    assert moved.result(PATIENCE_S).action == "reschedule"


def test_a_stranger_that_hears_a_webhook_is_joined_with_the_bot_that_was_sent(team, workspace):
    """A webhook brought the bot in first; another is being observed when its answer comes."""
    bot = send(team)
    order = bot.orders.get()
    stranger = make_bot(workspace)
    recall_id = str(stranger.recall_id)

    def take():
        with transaction.atomic():
            Bot.objects.filter(pk=bot.pk).hold()
            answer = types.Bot.read({"id": recall_id, "status_changes": [], "recordings": []})
            verdicts.accept(order, answer, NOW)

    with transaction.atomic():
        body = status_event(stranger, "joining_call", NOW)
        delivery = receive(workspace, signed(body), body, now=NOW)
        taken = elsewhere(take)
    taken.result(PATIENCE_S)
    delivery.refresh_from_db()
    bot.refresh_from_db()
    assert str(bot.recall_id) == recall_id
    assert not Bot.objects.filter(pk=stranger.pk).exists()
    assert delivery.bot == bot


def test_webhooks_of_several_workspaces_mark_them_in_one_order(workspace):
    """As two processes do who were told of the same workspaces in different orders."""
    rival = make_workspace("rival")
    knocks = []
    for each in (rival, workspace):
        body = status_event(make_bot(each), "joining_call", NOW)
        knocks.append(intake.Knock(each.webhook_token, signed(body), body))
    with transaction.atomic():
        held = Workspace.objects.select_for_update(no_key=True)
        held.get(pk=workspace.pk)
        taken = elsewhere(lambda: intake.take(knocks, now=NOW))
        Workspace.objects.select_for_update(no_key=True, nowait=True).get(pk=rival.pk)
    assert [answer.status for answer in taken.result(PATIENCE_S)] == [204, 204]


def test_many_bots_are_written_in_the_order_in_which_webhooks_hold_them(workspace):
    bots = [make_bot(workspace) for _ in range(2)]
    bots[0].want_lookout(NOW)  # and so lies behind the other one in the table
    with transaction.atomic():
        Bot.objects.filter(pk=bots[0].pk).hold()
        written = elsewhere(lambda: workspace.bots.update_in_order(alerts_due_at=None))
        Bot.objects.select_for_update(nowait=True).get(pk=bots[1].pk)
    assert written.result(PATIENCE_S) == 2
