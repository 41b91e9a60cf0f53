"""What every open page of a workspace should say about its bots right now."""

import zlib
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, prefetch_related_objects
from django.db.models.functions import Coalesce

from bots import lifecycle
from bots.actions import TAKEN_BACK
from bots.lifecycle import Action, Phase
from bots.models import Bot, Membership, Order
from bots.models.bot_queryset import LIVE_PHASES, BotQuerySet
from bots.models.looked_up import has

LATELY = timedelta(minutes=10)
# What a browser was told and has dismissed: the keys of notices, parted by dots.
DISMISSED = "dismissed"
# More than anyone can watch; a workspace with more of them is told about the nearest ones.
MOST = 300


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence about one bot, and how bad it is: "darkred", "amber" or "green".

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


@dataclass(frozen=True, slots=True)
class Watched:
    """The bots that a workspace's pages speak of: `present` ones, and those `over` lately.

    `present`: live and upcoming, live ones first, each with its newest open order's action as
    `pending`, or None; `steered` says "start" or "stop" when a person last did so.
    `over`: failed within the last ten minutes, or told to leave by this person and ready since
    then, newest first.
    """

    present: list[Bot]
    over: list[Bot]


def watched(membership: Membership, *, now: datetime) -> Watched:
    """Both by one question, for every page asks for both."""
    orders = Order.objects.filter(bot=OuterRef("pk")).order_by("-pk")
    steered = orders.filter(
        action__in=[Action.START, Action.STOP],
        state__in=[Order.State.ACCEPTED, Order.State.CONFIRMED],
    )
    seen = Bot.objects.seen_by(membership)
    # Each of the two goes by its own index, and neither crowds out the other. Around them by keys
    # alone: of a workspace that is named once more, SQLite walks all history.
    present = Bot.objects.filter(pk__in=_present(seen)).values("pk")
    over = Bot.objects.filter(pk__in=_over_lately(seen, membership, now)).values("pk")
    bots = (
        Bot.objects.filter(pk__in=present.union(over, all=True))
        .select_related("sent_by")
        .annotate(
            pending=Subquery(orders.open().values("action")[:1]),
            steered=Subquery(steered.values("action")[:1]),
        )
    )
    found = sorted(bots, key=lambda bot: (bot.met_at, bot.pk))
    return Watched(
        present=sorted((b for b in found if not b.is_over), key=lambda bot: not bot.is_live),
        over=[bot for bot in reversed(found) if bot.is_over],
    )


def _present(seen: BotQuerySet) -> QuerySet[Bot, Any]:
    here = seen.filter(phase__in=[*LIVE_PHASES, Phase.SCHEDULED])
    # By an expression, or SQLite walks all history in this order, past the index of phases.
    return here.order_by(Coalesce("met_at", "created_at"), "pk").values("pk")[:MOST]


def _over_lately(seen: BotQuerySet, membership: Membership, now: datetime) -> QuerySet[Bot, Any]:
    told = Order.objects.filter(
        bot=OuterRef("pk"),
        action=Action.LEAVE,
        by=membership.user_id,
        state=Order.State.CONFIRMED,
    )
    return (
        # Only what is over has an end.
        seen.filter(ended_at__gt=now - LATELY)
        .filter(Q(phase=Phase.FAILED) | has(told))
        # Somebody meant it.
        .exclude(failure=TAKEN_BACK)
        # By an expression, as above.
        .order_by(Coalesce("met_at", "created_at").desc(), "-pk")
        .values("pk")[:5]
    )


def of_workspace(
    watched: Watched,
    *,
    now: datetime,
    but: int | None = None,
    dismissed: Container[str] = (),
) -> list[Notice]:
    """What to say about the bots that failed lately, whose end is awaited, or that are present.

    Nothing about the bot `but`, whose page is open, and nothing that was `dismissed` (keys).
    """
    ready = [bot for bot in watched.over if bot.phase == Phase.FINISHED]
    prefetch_related_objects(ready, "recordings__artifacts")
    found = [_notice(bot, now) for bot in [*watched.over, *watched.present] if bot.pk != but]
    return [notice for notice in found if notice is not None and notice.key not in dismissed]


def _notice(bot: Bot, now: datetime) -> Notice | None:
    phase = Phase(bot.phase)
    if phase is Phase.FINISHED:
        return _ready(bot)
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


def _ready(bot: Bot) -> Notice:
    """That what it brought home can be used now, and how much that is."""
    files = [
        artifact
        for recording in bot.recordings.all()
        for artifact in recording.artifacts.all()
        if artifact.status == "done"
    ]
    if not files:
        return Notice(bot, "It has left and all is processed; nothing was recorded.", "green")
    many = "1 file is" if len(files) == 1 else f"{len(files)} files are"
    return Notice(bot, f"It has left and all is processed: {many} ready.", "green")


def _starts_by_hand(bot: Bot) -> bool:
    return bool(bot.recording_config.get("start_recording_on") == "manual")
