"""Rules of ours by which a bot leaves: reckoned anew as it moves, carried out once, taken back."""

from datetime import UTC, datetime, timedelta

import pytest

from bots import actions, chores, leave_rules, policy
from bots.leave_rules import Wish
from bots.lifecycle import Action, LeaveWhen
from bots.lifecycle.leave_rules import met_at
from bots.models import AuditEvent, Bot, LeaveRule, Order, PolicyVersion
from tests.orders.steps import send
from tests.world import NOW, at, deliver, elsewhere, make_bot, status_event

MINUTE = timedelta(minutes=1)
IN = ("in_call_not_recording", at(10))
RECORDS = ("in_call_recording", at(20))
STOPS = ("in_call_not_recording", at(30))
NO = ("recording_permission_denied", at(15))


@pytest.mark.parametrize(
    ("when", "steps", "is_paused", "met"),
    [
        (LeaveWhen.JOINED, [], False, None),
        (LeaveWhen.JOINED, [("joining_call", at(5)), ("in_waiting_room", at(8))], False, None),
        (LeaveWhen.JOINED, [IN, RECORDS], False, at(70)),
        (LeaveWhen.JOINED, [RECORDS], False, at(80)),
        (LeaveWhen.RECORDING, [IN], False, None),
        (LeaveWhen.RECORDING, [IN, RECORDS], False, at(80)),
        # A second recording does not start it over.
        (LeaveWhen.RECORDING, [RECORDS, STOPS, ("in_call_recording", at(40))], False, at(80)),
        (LeaveWhen.NOT_RECORDING, [IN], False, at(70)),
        (LeaveWhen.NOT_RECORDING, [IN, NO], False, at(70)),
        (LeaveWhen.NOT_RECORDING, [IN, RECORDS], False, None),
        (LeaveWhen.NOT_RECORDING, [IN, RECORDS, STOPS], False, at(90)),
        (LeaveWhen.NOT_RECORDING, [IN, RECORDS, STOPS], True, None),
        (LeaveWhen.DENIED, [IN], False, None),
        (LeaveWhen.DENIED, [IN, NO], False, at(75)),
        (LeaveWhen.DENIED, [IN, NO, ("recording_permission_denied", at(18))], False, at(75)),
        (LeaveWhen.DENIED, [IN, NO, ("recording_permission_allowed", at(18))], False, None),
        (LeaveWhen.DENIED, [IN, NO, RECORDS], False, None),
        (LeaveWhen.DENIED, [IN, NO, ("a_code_of_tomorrow", at(18))], False, at(75)),
    ],
)  # fmt: skip
def test_it_is_met_when_it_says(when, steps, is_paused, met):
    assert met_at(when, MINUTE, None, steps, is_paused=is_paused) == met


def test_a_time_of_day_waits_for_nothing_else():
    assert met_at(LeaveWhen.AT, MINUTE, at(500), []) == at(500)


pytestmark = pytest.mark.django_db


@pytest.fixture
def bot(workspace):
    return make_bot(workspace)


def told(bot, code, seconds):
    deliver(bot.workspace, status_event(bot, code, at(seconds)), when=at(seconds))
    bot.refresh_from_db()


def set_rule(bot, when, by=None, now=NOW, token="form-1", **wish):
    return leave_rules.add(bot, Wish(when, **wish), by=by, token=token, now=now)


def looked_at(rule, seconds):
    leave_rules.look(rule.pk, now=at(seconds))
    rule.refresh_from_db()
    return rule


def leaves(bot):
    return list(bot.orders.filter(action=Action.LEAVE))


def test_it_waits_for_what_is_to_come_and_then_for_its_time(bot, alice):
    rule = set_rule(bot, LeaveWhen.JOINED, by=alice, after_s=60)
    assert (rule.met_at, rule.due_at) == (None, None)
    told(bot, "in_call_not_recording", 10)
    rule.refresh_from_db()
    assert rule.due_at == at(10)  # it is looked at, because the bot has moved
    assert looked_at(rule, 11).met_at == at(70)
    assert not leaves(bot)
    assert looked_at(rule, 70).state == LeaveRule.State.ORDERED
    [order] = leaves(bot)
    assert rule.order == order
    assert (order.by, order.giver) == (None, "The rule “leave 1 min after it joined”")


def test_it_is_carried_out_once_however_often_it_is_looked_at(bot):
    rule = set_rule(bot, LeaveWhen.AT, at=at(30))
    for seconds in (30, 31, 500):
        looked_at(rule, seconds)
    LeaveRule.objects.update(state=LeaveRule.State.WAITING, due_at=at(501))  # as from a backup
    looked_at(rule, 502)
    assert len(leaves(bot)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_look_at_once_make_one_order(bot):
    rule = set_rule(bot, LeaveWhen.AT, at=at(30))
    works = [elsewhere(lambda: leave_rules.look(rule.pk, now=at(30))) for _ in range(2)]
    made = [work.result(timeout=20) for work in works]
    assert len([order for order in made if order]) == 1
    assert Order.objects.filter(action=Action.LEAVE).count() == 1


def test_the_sweep_finds_it(bot):
    rule = set_rule(bot, LeaveWhen.JOINED, after_s=60)
    told(bot, "in_call_recording", 1)
    assert "rules of leaving" in chores.wanted(at(2))
    chores.do("rules of leaving")
    rule.refresh_from_db()
    assert rule.state == LeaveRule.State.ORDERED  # the clock on the wall is later than in the test


def test_a_bot_knows_whether_it_has_any(bot):
    assert not bot.has_leave_rules
    set_rule(bot, LeaveWhen.JOINED, after_s=60)
    assert Bot.objects.get(pk=bot.pk).has_leave_rules


def test_it_ends_in_peace_when_the_bot_leaves_before(bot):
    rule = set_rule(bot, LeaveWhen.JOINED, after_s=600)
    told(bot, "in_call_recording", 1)
    told(bot, "call_ended", 20)
    told(bot, "done", 30)
    looked_at(rule, 31)
    assert (rule.state, rule.why) == (LeaveRule.State.LAPSED, "The bot had left before.")
    assert not leaves(bot)


def test_somebody_who_was_quicker_is_no_second_order(bot, alice):
    rule = set_rule(bot, LeaveWhen.AT, at=at(30))
    first = actions.order(bot, Action.LEAVE, by=alice, now=at(29), confirmed=True)
    looked_at(rule, 30)
    assert (rule.state, rule.order) == (LeaveRule.State.ORDERED, first)
    assert leaves(bot) == [first]


def test_a_bot_that_recall_has_not_taken_yet_is_waited_for(bot):
    Bot.objects.filter(pk=bot.pk).update(recall_id=None)
    rule = set_rule(bot, LeaveWhen.AT, at=at(30))
    looked_at(rule, 30)
    assert (rule.state, rule.due_at) == (LeaveRule.State.WAITING, at(40))


def test_it_can_be_taken_back_until_it_is_met(bot, alice):
    rule = set_rule(bot, LeaveWhen.AT, by=alice, at=at(30))
    assert leave_rules.take_back(rule, by=alice, now=at(1))
    assert not leave_rules.take_back(rule, by=alice, now=at(2))
    looked_at(rule, 31)
    assert not leaves(bot)
    assert (rule.state, rule.ended_by) == (LeaveRule.State.TAKEN_BACK, alice)
    verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["leave_rule.set", "leave_rule.taken_back"]


def test_the_same_form_twice_is_one_rule(bot, alice):
    assert set_rule(bot, LeaveWhen.AT, at=at(30)) == set_rule(bot, LeaveWhen.AT, at=at(30))
    assert LeaveRule.objects.count() == 1


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish(LeaveWhen.AT, at=NOW), "That time is over."),
        (Wish(LeaveWhen.AT), "That time is over."),
    ],
)
def test_it_says_why_not(bot, wish, said):
    with pytest.raises(actions.NotNow, match=said):
        leave_rules.add(bot, wish, by=None, token="x", now=NOW)


def test_no_rule_for_one_that_has_left(a_bot):
    bot = a_bot("in_call_recording", "call_ended", "done")
    with pytest.raises(actions.NotNow, match="has left"):
        set_rule(bot, LeaveWhen.JOINED, after_s=60)


def test_no_time_before_a_scheduled_bot_joins(workspace):
    bot = make_bot(workspace, phase="scheduled", join_at=at(3600))
    with pytest.raises(actions.NotNow, match="joins later"):
        set_rule(bot, LeaveWhen.AT, at=at(1800))


def test_there_is_an_end_to_rules(bot):
    for number in range(leave_rules.MOST):
        set_rule(bot, LeaveWhen.AT, at=at(30 + number), token=f"form-{number}")
    with pytest.raises(actions.NotNow, match="at most 10"):
        set_rule(bot, LeaveWhen.AT, at=at(90), token="one-more")


def of_policy(team, **own):
    """The rules of a bot that is sent now under a policy that says this."""
    PolicyVersion.objects.save_team(team, own, by=None, now=NOW)
    bot = send(team.workspace, token=f"form-{own}")
    return [(rule.when, rule.after_s, rule.at, rule.met_at) for rule in bot.leave_rules.all()]


def test_a_policy_gives_its_bots_what_recall_has_no_words_for(team):
    assert of_policy(team) == []
    assert of_policy(team, stay_s=1800) == [("joined", 1800, None, None)]


@pytest.mark.parametrize(
    ("clock", "where", "comes"),
    [
        ("12:30", "UTC", datetime(2026, 11, 20, 12, 30, tzinfo=UTC)),
        ("12:00", "UTC", datetime(2026, 11, 21, 12, 0, tzinfo=UTC)),  # it is that late: tomorrow
        ("18:30", "Europe/Berlin", datetime(2026, 11, 20, 17, 30, tzinfo=UTC)),
        ("06:00", "Asia/Tokyo", datetime(2026, 11, 20, 21, 0, tzinfo=UTC)),
    ],
)
def test_a_policys_time_of_day_is_the_next_one_there(team, clock, where, comes):
    [(when, _, at, _)] = of_policy(team, leave_at=clock, leave_at_zone=where)
    assert (when, at) == ("at", comes)


def test_a_bot_that_is_moved_leaves_on_its_new_day(team):
    PolicyVersion.objects.save_team(team, {"leave_at": "18:00"}, by=None, now=NOW)
    bot = send(team.workspace)
    [rule] = bot.leave_rules.all()
    Bot.objects.filter(pk=bot.pk).update(phase="scheduled", join_at=NOW + timedelta(days=3))
    LeaveRule.objects.update(due_at=rule.at)
    leave_rules.look(rule.pk, now=rule.at)
    rule.refresh_from_db()
    comes = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
    assert (rule.state, rule.at, rule.due_at) == (LeaveRule.State.WAITING, comes, comes)
    assert not leaves(bot)


@pytest.mark.parametrize(
    ("own", "name"),
    [
        ({"stay_s": 5}, "stay_s"),
        ({"stay_s": 10**8}, "stay_s"),
        ({"leave_at": "25:00"}, "leave_at"),
        ({"leave_at": "noon"}, "leave_at"),
        ({"leave_at_zone": "Middle/Earth"}, "leave_at_zone"),
        ({"leave_at_zone": "../../etc/passwd"}, "leave_at_zone"),
    ],
)
def test_what_makes_no_sense_in_a_policy_is_said(own, name):
    assert name in policy.rule_problems(policy.Rules(**own))


def test_what_a_policy_fixes_only_leads_take_back(team, bob, alice):
    PolicyVersion.objects.save_team(team, {"stay_s": 1800, "may_length": False}, by=None, now=NOW)
    [rule] = send(team.workspace).leave_rules.all()
    operator, owner = bob.memberships.get(), alice.memberships.get()
    assert not leave_rules.may_take_back(rule, operator)
    assert leave_rules.may_take_back(rule, owner)
