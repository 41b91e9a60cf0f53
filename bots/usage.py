"""How much a team uses: its bots at one time, and its bot-hours of a month."""

from datetime import UTC, datetime, timedelta

from django.db.models import Q

from bots.lifecycle import Action
from bots.models import Bot, Order, Team

# Bots that are due within this time of each other are counted as being there at once.
NEAR = timedelta(hours=1)
# The last moment that has such a time after it.
_LAST = datetime.max.replace(tzinfo=UTC) - NEAR


def bots_at(team: Team, join_at: datetime | None, *, now: datetime, but: int = 0) -> int:
    """How many bots of the team are in meetings at that time, now for None; `but` is left out.

    Those that are due around it count, and those that are live when it is near.
    """
    mine = Bot.objects.filter(workspace_id=team.workspace_id, team=team).exclude(pk=but)
    at = max(join_at or now, now)
    first, last = at - NEAR, min(at, _LAST) + NEAR
    due = mine.upcoming().filter(met_at__gte=first, met_at__lte=last)
    there = set(due.values_list("pk", flat=True))
    # Those that are being moved there, too: their time is another until Recall has taken it.
    moves = Order.objects.open().filter(bot__in=mine.upcoming(), action=Action.RESCHEDULE)
    for bot, moved_to in moves.values_list("bot", "body__join_at"):
        if first <= datetime.fromisoformat(moved_to) <= last:
            there.add(bot)
    live = mine.live() if at <= now + NEAR else mine.live().filter(met_at__gte=at - NEAR)
    return len(there) + live.count()


def hours_of_month(team: Team, join_at: datetime | None = None, *, now: datetime) -> float:
    """The hours that the team's bots have been at work in the month, in UTC, of that time or now.

    Of a month that has not begun none are used.
    """
    at = max(join_at or now, now).astimezone(UTC)
    month = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    if month > now:
        return 0.0
    worked = Bot.objects.filter(team=team, started_at__lt=now).filter(
        Q(ended_at=None) | Q(ended_at__gt=month)
    )
    seconds = sum(
        (min(ended or now, now) - max(started, month)).total_seconds()
        for started, ended in worked.values_list("started_at", "ended_at")
        if started is not None
    )
    return seconds / 3600
