"""What is coming: whether each scheduled bot will join, and what speaks against it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bots import deciding, lifecycle, policy
from bots.lifecycle import Action
from bots.models import Bot, Order, PolicyVersion
from bots.recall.meeting_urls import NotALink

State = Literal["ready", "waiting", "warned", "stuck"]
READY = "It joins at its time: Recall keeps a bot for it."
SOON = "It joins at its time. It is too late to change it; it can be told to leave."
BEING_SENT = "It is on its way to Recall."
NEVER_SENT = "It will not join: Recall never took it. Send another."
STANDS = "It joins all the same, because Recall has it: cancel it, or change the policy."
STANDS_LATE = "It joins all the same, and it is too late to cancel it: tell it to leave."
NOT_KNOWN = "It was sent from elsewhere, under no policy."


@dataclass(frozen=True, slots=True)
class Outlook:
    """`sentence` says whether the bot joins; `against` what the policy in force says against it;
    `newer` is the number of a version of the policy that it was not sent under, else None.
    `may_change`: Recall still moves or deletes it."""

    state: State
    sentence: str
    against: tuple[str, ...] = ()
    newer: int | None = None
    may_change: bool = False


def outlooks(bots: Iterable[Bot], *, now: datetime) -> Iterator[tuple[Bot, Outlook]]:
    """Each scheduled bot with what is to be expected of it, in few queries for all of them.

    Limits of use are judged when a bot is sent or moved, not here: the bot has its place.
    """
    rows = list(bots)
    sends = Order.objects.filter(bot__in=rows, action=Action.SEND).order_by("pk")
    last = {order.bot_id: order for order in sends}
    versions: dict[int, PolicyVersion] = {}
    for bot in rows:
        if bot.team_id not in versions:
            versions[bot.team_id] = PolicyVersion.objects.current(bot.team)
        yield bot, _outlook(bot, versions[bot.team_id], last.get(bot.pk), now)


def _outlook(bot: Bot, version: PolicyVersion, send: Order | None, now: datetime) -> Outlook:
    newer = version.number if bot.policy_id not in (None, version.pk) else None
    against = _against(bot, version)
    if bot.recall_id is None:
        if send is None or not send.is_open:
            return Outlook("stuck", NEVER_SENT, against, newer)
        return Outlook("waiting", send.error or BEING_SENT, against, newer)
    at_recall = lifecycle.allowed(lifecycle.Phase.SCHEDULED, join_at=bot.join_at, now=now)
    may_change = not at_recall[Action.RESCHEDULE]
    if against:
        return Outlook("warned", STANDS if may_change else STANDS_LATE, against, newer, may_change)
    if bot.policy_id is None:
        return Outlook("ready", NOT_KNOWN, (), newer, may_change)
    return Outlook("ready", READY if may_change else SOON, (), newer, may_change)


def _against(bot: Bot, version: PolicyVersion) -> tuple[str, ...]:
    try:
        meeting = deciding.place_of(deciding.asked(bot))
    except NotALink:
        return ()  # of another release
    return tuple(each.sentence for each in policy.refusals(version.pure, meeting))
