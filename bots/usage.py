"""How much a team uses: its bots at one time, and its bot-hours of a month."""

from datetime import UTC, datetime, timedelta

from django.db.models import Q

from bots.models import Bot, Team

# Bots that are due within this time of each other are counted as being there at once.
NEAR = timedelta(hours=1)


def bots_at(team: Team, join_at: datetime | None, *, now: datetime) -> int:
    """How many bots of the team are live now or, for a time to come, are due around it."""
    mine = Bot.objects.filter(workspace_id=team.workspace_id, team=team)
    if join_at is None or join_at <= now:
        return mine.live().count()
    present = mine.live() | mine.upcoming()
    return present.filter(met_at__gte=join_at - NEAR, met_at__lte=join_at + NEAR).count()


def hours_of_month(team: Team, *, now: datetime) -> float:
    """The hours that the team's bots have been at work since this month, in UTC, began."""
    month = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    worked = Bot.objects.filter(team=team, started_at__lt=now).filter(
        Q(ended_at=None) | Q(ended_at__gt=month)
    )
    seconds = sum(
        (min(ended or now, now) - max(started, month)).total_seconds()
        for started, ended in worked.values_list("started_at", "ended_at")
        if started is not None
    )
    return seconds / 3600
