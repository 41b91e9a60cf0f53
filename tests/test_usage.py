"""What of a team's use counts: bots at one time, and hours since the month began."""

from datetime import UTC, datetime

import pytest

from bots import actions, deciding, usage
from bots.lifecycle import Action
from bots.models import Bot, Order, PolicyVersion
from tests.world import NOW, at, elsewhere, make_bot

pytestmark = pytest.mark.django_db
HOUR = 3600


@pytest.fixture
def sales(workspace):
    return workspace.default_team


def test_it_counts_the_bots_that_are_live_now(workspace, sales):
    other = workspace.teams.create(name="Research")
    make_bot(workspace, phase="recording")
    make_bot(workspace, phase="joining")
    make_bot(workspace, phase="finished")
    make_bot(workspace, phase="scheduled", join_at=at(2 * HOUR))
    make_bot(workspace, phase="recording", team=other)
    assert usage.bots_at(sales, None, now=NOW) == 2
    assert usage.bots_at(other, None, now=NOW) == 1


def test_it_counts_for_a_time_to_come_the_bots_due_within_an_hour_of_it(workspace, sales):
    for seconds in (0, HOUR, 2 * HOUR, 3 * HOUR, 3 * HOUR + 1):
        make_bot(workspace, phase="scheduled", join_at=at(seconds))
    make_bot(workspace, phase="finished", join_at=at(2 * HOUR))
    assert usage.bots_at(sales, at(2 * HOUR), now=NOW) == 3


def test_a_bot_that_is_due_soon_counts_for_one_that_is_sent_now(workspace, sales):
    make_bot(workspace, phase="scheduled", join_at=at(HOUR - 1))
    make_bot(workspace, phase="scheduled", join_at=at(HOUR + 1))
    assert usage.bots_at(sales, None, now=NOW) == 1


def test_a_bot_that_has_long_been_live_counts_for_one_that_is_due_soon(workspace, sales):
    long_there = make_bot(workspace, phase="recording", created_at=at(-2 * HOUR))
    assert usage.bots_at(sales, at(900), now=NOW) == 1
    assert usage.bots_at(sales, at(2 * HOUR), now=NOW) == 0
    assert usage.bots_at(sales, at(900), now=NOW, but=long_there.pk) == 0


def test_a_bot_that_is_being_moved_there_counts(workspace, sales):
    moved = make_bot(workspace, phase="scheduled", join_at=at(9 * HOUR))
    body = {"join_at": "2026-11-20T14:30:00Z"}
    actions.order(moved, Action.RESCHEDULE, by=None, now=NOW, body=body)
    assert usage.bots_at(sales, at(2 * HOUR), now=NOW) == 1
    assert usage.bots_at(sales, at(9 * HOUR), now=NOW) == 1
    assert usage.bots_at(sales, at(2 * HOUR), now=NOW, but=moved.pk) == 0
    assert usage.bots_at(sales, at(5 * HOUR), now=NOW) == 0


def worked(workspace, started: datetime, ended: datetime | None, **fields) -> None:
    bot = make_bot(workspace, **fields)
    Bot.objects.filter(pk=bot.pk).update(started_at=started, ended_at=ended)


def test_it_counts_the_hours_of_this_month_in_utc(workspace, sales):
    first = datetime(2026, 11, 1, tzinfo=UTC)
    other = workspace.teams.create(name="Research")
    worked(workspace, at(-2 * HOUR), at(-HOUR))  # 1 h
    worked(workspace, at(-1800), None)  # at work for half an hour
    worked(workspace, first - (NOW - at(-HOUR)), first + (NOW - at(-HOUR)))  # 1 h of its 2 h
    worked(workspace, datetime(2026, 10, 20, tzinfo=UTC), datetime(2026, 10, 21, tzinfo=UTC))
    worked(workspace, at(-2 * HOUR), at(-HOUR), team=other)
    make_bot(workspace)  # never began
    assert usage.hours_of_month(sales, now=NOW) == pytest.approx(2.5)


def test_a_bot_of_next_month_uses_none_of_this_months_hours(workspace, sales):
    worked(workspace, at(-2 * HOUR), at(-HOUR))
    worked(workspace, at(-1800), None)
    december = datetime(2026, 12, 1, tzinfo=UTC)
    assert usage.hours_of_month(sales, december, now=NOW) == 0
    assert usage.hours_of_month(sales, at(HOUR), now=NOW) == pytest.approx(1.5)
    assert usage.hours_of_month(sales, at(-30 * 24 * HOUR), now=NOW) == pytest.approx(1.5)


def test_a_bot_is_not_moved_into_a_month_whose_hours_are_used(workspace, sales):
    PolicyVersion.objects.save_team(sales, {"hours_month": 1}, by=None, now=NOW)
    worked(workspace, at(-2 * HOUR), at(-HOUR))
    december = make_bot(workspace, phase="scheduled", join_at=datetime(2026, 12, 1, tzinfo=UTC))
    assert deciding.against_moving(december, at(HOUR), now=NOW) == (
        "1 of 1 bot-hours are used this month. This is the rule “Bot-hours a month” of team "
        "Sales, version 2."
    )
    later = datetime(2026, 12, 2, tzinfo=UTC)
    assert deciding.against_moving(december, later, now=NOW) == ""
    # One that has its place in this month may come at another hour of it.
    november = make_bot(workspace, phase="scheduled", join_at=at(HOUR))
    assert deciding.against_moving(november, at(2 * HOUR), now=NOW) == ""


@pytest.mark.django_db(transaction=True)
def test_two_that_are_moved_to_one_time_at_once_overrun_no_limit(workspace, sales):
    PolicyVersion.objects.save_team(sales, {"most_bots": 1}, by=None, now=NOW)
    bots = [make_bot(workspace, phase="scheduled", join_at=at(hours * HOUR)) for hours in (20, 40)]
    body = {"join_at": "2026-11-20T14:30:00Z"}

    def move(bot: Bot) -> str:
        try:
            return str(actions.order(bot, Action.RESCHEDULE, by=None, now=NOW, body=body))
        except actions.NotNow as refusal:
            return str(refusal)

    both = [elsewhere(lambda bot=bot: move(bot)) for bot in bots]
    said = [each.result(20) for each in both]
    assert Order.objects.count() == 1
    assert sum("no more may be" in each for each in said) == 1
