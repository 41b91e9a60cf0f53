"""What a stream says, word for word: server-sent events, with what a page can show at once."""

import json
import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.template.loader import render_to_string

from bots import agreement
from bots.feed import News
from bots.models import Bot

logger = logging.getLogger(__name__)

RETRY_MS = 1500
# News that has an event of its own.
TOPICS = ("said",)
# So many open pages of a workspace may ask at once for what changed. Where there are more, they
# take turns, each so long, for the answers come from the same process as these words.
AT_ONCE = 10
TURN_MS, MOST_TURNS_MS = 120, 60_000

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]
HEAD = f"retry: {RETRY_MS}\n\n"


class Standing(NamedTuple):
    """How a bot stands: `mark` is its phase as HTML, alike for everybody who may see the bot;
    `since` is when it came to that, where a clock ticks on from there."""

    team_id: int
    mark: str
    since: datetime | None


def standings(pks: Iterable[int]) -> dict[int, Standing]:
    """How those bots stand, by key, by one question; none of those that are gone.

    Raises what the database raises, and nothing else: pages can do without.
    """
    bots = Bot.objects.filter(pk__in=set(pks)).only(
        "team_id", "phase", "phase_at", "consent_stage", "cancelled_at"
    )
    found = {}
    for bot in bots:
        try:
            since = bot.phase_at if bot.is_live else None
            found[bot.pk] = Standing(bot.team_id, mark(bot), since)
        except Exception:  # such as a phase of a newer release's
            logger.exception("How bot %s stands cannot be drawn", bot.pk)
    return found


def mark(bot: Bot) -> str:
    """A bot's phase as pages show it."""
    context = {"bot": bot, "covers": agreement.is_chat_alone(bot)}
    return render_to_string("_standing.html", context).strip()


def change(news: News, standing: Standing | None = None, *, viewers: int = 1) -> str:
    """The event that something changed.

    Of a bot whose standing is known, with what a page shows of that before it asks for more. Where
    many look on, with the time within which they ask.
    """
    told: dict[str, Any] = {"bot": news.bot_id}
    # By now it may be another team's, whose bots not everybody sees who hears this.
    if standing is not None and standing.team_id == news.team_id:
        told["mark"] = standing.mark
        if standing.since is not None:
            told["since"] = standing.since.isoformat()
    name = news.topic if news.topic in TOPICS else "change"
    return f"id: {news.cursor}\n{_event(name, told | _turns(viewers))}"


def reload(*, viewers: int = 1) -> str:
    """The event that a page is to be asked for anew, all of it."""
    return _event("reload", _turns(viewers))


def _turns(viewers: int) -> dict[str, int]:
    within_ms = min(max(viewers - AT_ONCE, 0) * TURN_MS, MOST_TURNS_MS)
    return {"within_ms": within_ms} if within_ms else {}


def _event(name: str, told: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(told)}\n\n"


BEAT = _event("beat", {})
