"""Rows of bots that are over, each drawn once for everybody who is shown the same."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from bots.models import Bot

# About a kilobyte each, in the memory of one process.
MOST_KEPT = 2_000


class Past(NamedTuple):
    """All that such a row shows: two that are equal are drawn alike, whoever looks.

    `took` is how long it was at work, None where that is not known.
    """

    slug: str
    pk: int
    subject: str
    about: str
    platform: str
    phase: str
    outcome: str
    took: timedelta | None
    met_at: datetime
    join_at: datetime | None
    cancelled_at: datetime | None


def drawn(bots: Iterable[Bot], *, slug: str, names_teams: bool) -> list[SafeString]:
    """The rows of those bots of one workspace, whose senders, and teams if named, were read."""
    return [_drawn(_past(bot, slug, names_teams=names_teams)) for bot in bots]


def about(bot: Bot, *, names_team: bool) -> str:
    """What stands below its title: its name, its team where that matters, who sent it."""
    words = [bot.name]
    if names_team:
        words.append(str(bot.team))
    if bot.sent_by is not None:
        words.append(bot.sent_by.get_username())
    return " · ".join(words)


def _past(bot: Bot, slug: str, *, names_teams: bool) -> Past:
    return Past(
        slug=slug,
        pk=bot.pk,
        subject=bot.known_as,
        about=about(bot, names_team=names_teams),
        platform=bot.platform,
        phase=bot.phase,
        outcome=bot.outcome,
        took=bot.took,
        met_at=bot.met_at,
        join_at=bot.join_at,
        cancelled_at=bot.cancelled_at,
    )


@lru_cache(maxsize=MOST_KEPT)
def _drawn(past: Past) -> SafeString:
    return render_to_string("_past_row.html", {"row": past})
