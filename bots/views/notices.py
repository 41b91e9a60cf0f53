"""What every open page of a workspace should say about its bots right now."""

import zlib
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from bots import lifecycle
from bots.actions import TAKEN_BACK
from bots.lifecycle import Action, Phase
from bots.models import Bot, Membership, Order
from bots.models.bot import LIVE_PHASES

FAILED_LATELY = timedelta(minutes=10)
# What a browser was told and has dismissed: the keys of notices, parted by dots.
DISMISSED = "dismissed"
# More than anyone can watch; a workspace with more of them is told about the nearest ones.
MOST = 300


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence about one bot, and how bad it is: "darkred" or "amber".

    `key` is the same as long as it is about the same trouble of the same bot.
    """

    bot: Bot
    sentence: str
    tone: str

    @property
    def key(self) -> str:
        # Recall's words are an open set and a key stands in a cookie: no more than their sum.
        said = zlib.crc32(f"{self.bot.phase} {self.bot.code} {self.bot.sub_code}".encode())
        return f"{self.bot.pk}-{said:08x}"


def present(membership: Membership) -> list[Bot]:
    """The live and the upcoming bots, live ones first, each with its newest open order.

    `pending` is that order's action or None; `steered` says "start" or "stop" when a person
    last did so.
    """
    orders = Order.objects.filter(bot=OuterRef("pk")).order_by("-pk")
    steered = orders.filter(
        action__in=[Action.START, Action.STOP],
        state__in=[Order.State.ACCEPTED, Order.State.CONFIRMED],
    )
    bots = (
        Bot.objects.seen_by(membership)
        .filter(phase__in=[*LIVE_PHASES, Phase.SCHEDULED])
        .select_related("team", "sent_by")
        .annotate(
            pending=Subquery(orders.open().values("action")[:1]),
            steered=Subquery(steered.values("action")[:1]),
        )
        # By an expression, or SQLite walks all history in this order, past the index of phases.
        .order_by(Coalesce("met_at", "created_at"), "pk")[:MOST]
    )
    return sorted(bots, key=lambda bot: not bot.is_live)


def failed_lately(membership: Membership, *, now: datetime) -> list[Bot]:
    """The bots that failed within the last ten minutes, the newest first."""
    return list(
        Bot.objects.seen_by(membership)
        .filter(phase=Phase.FAILED, ended_at__gt=now - FAILED_LATELY)
        # Somebody meant it.
        .exclude(failure=TAKEN_BACK)
        .newest_first()[:5]
    )


def of_workspace(
    membership: Membership,
    here: list[Bot],
    *,
    now: datetime,
    but: int | None = None,
    dismissed: Container[str] = (),
) -> list[Notice]:
    """What to say about the bots that are `here` and those that failed lately.

    Nothing about the bot `but`, whose page is open, and nothing that was `dismissed` (keys).
    """
    bots = [*failed_lately(membership, now=now), *here]
    found = [_notice(bot, now) for bot in bots if bot.pk != but]
    return [notice for notice in found if notice is not None and notice.key not in dismissed]


def _notice(bot: Bot, now: datetime) -> Notice | None:
    phase = Phase(bot.phase)
    sentence = bot.failure or lifecycle.notice(
        phase,
        bot.code,
        bot.sub_code,
        (now - bot.phase_at).total_seconds(),
        platform=bot.platform,
        on_purpose=getattr(bot, "steered", None) == Action.STOP or _starts_by_hand(bot),
    )
    if not sentence:
        return None
    return Notice(bot, sentence, "darkred" if phase is Phase.FAILED else "amber")


def _starts_by_hand(bot: Bot) -> bool:
    config = bot.config.get("recording_config") or bot.request.get("recording_config") or {}
    return bool(config.get("start_recording_on") == "manual")
