"""The Bots page: the send field, what is live, what is to come, and what was."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from bots import agreement, batches, controls
from bots.filter_forms import FilterForm
from bots.forms import LinkForm
from bots.lifecycle import Action, Phase
from bots.models import Bot, Membership, Order, Team
from bots.views import paging, past_rows
from bots.views.access import find_membership
from bots.views.context import Shell
from bots.views.shell import show

ON_A_PAGE = 25
# Those that are wanted in a hurry; the bot's own page has them all.
QUICK = (Action.PAUSE, Action.RESUME, Action.LEAVE, Action.CANCEL)


@dataclass(frozen=True, slots=True)
class Row:
    """A live or upcoming bot with the buttons that stand in its row, and what is said about it.

    `order` is the order to send it, where that waits for another attempt; `may_choose` says
    whether it can be chosen to leave together with others.
    """

    bot: Bot
    buttons: list[controls.Button]
    may_steer: bool
    about: str
    order: Order | None = None

    @property
    def may_choose(self) -> bool:
        return self.may_steer and self.bot.is_live and self.bot.phase != Phase.LEAVING

    @property
    def covers(self) -> bool:
        """Whether what Recall calls a recording is the chat alone."""
        return agreement.is_chat_alone(self.bot)


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything of one workspace; htmx gets the lists alone."""
    membership = find_membership(request, slug)
    if request.session.get("workspace") != slug:
        request.session["workspace"] = slug
    now = timezone.now()
    frame = Shell(request)
    seen_teams = membership.seen_teams
    filters = FilterForm(request.GET, teams=seen_teams)
    try:
        earlier = paging.turn(
            filters.narrow(Bot.objects.seen_by(membership).earlier()).select_related("sent_by"),
            request.GET.get("after", ""),
            by=("-met_at", "-pk"),
            size=ON_A_PAGE,
        )
    except paging.NotOurs as refusal:
        return render(request, "400.html", {"reason": str(refusal)}, status=400)
    _know_teams([*frame.present, *earlier.rows], seen_teams)
    names_teams = len(seen_teams) > 1
    waiting = _waiting(frame.present)
    rows = [
        Row(
            bot,
            _buttons(bot, membership, now=now),
            membership.operates(bot.team_id),
            past_rows.about(bot, names_team=names_teams),
            waiting.get(bot.pk),
        )
        for bot in frame.present
    ]
    live = [row for row in rows if row.bot.is_live and row.order is None]
    leaving = any(getattr(row.bot, "pending", "") == Action.LEAVE for row in rows)
    context: dict[str, Any] = {
        "membership": membership,
        "form": LinkForm(),
        # Their policy is read, and they are drawn, when somebody unfolds them.
        "folded": True,
        "shell": frame,
        "now": now,
        "live": live,
        "choosable": sum(row.may_choose for row in live) > 1,
        "queue": [row for row in rows if row.order is not None],
        "queue_is_full": all(order.waits_for_a_bot for order in waiting.values()),
        "upcoming": [row for row in rows if not row.bot.is_live and row.order is None],
        "batch": batches.recent(membership, now) if leaving else None,
        "earlier": earlier,
        "past": past_rows.drawn(earlier.rows, slug=slug, names_teams=names_teams),
        "filters": filters,
        "teams_matter": names_teams,
        "here": request.get_full_path(),
        "query": paging.filters_of(request),
    }
    return show(request, "bots.html", "rows", context)


def _know_teams(bots: list[Bot], teams: list[Team]) -> None:
    """Give each bot its team, of those that were read already."""
    known = {team.pk: team for team in teams}
    for bot in bots:
        if bot.team_id in known:
            bot.team = known[bot.team_id]


def _waiting(bots: list[Bot]) -> dict[int, Order]:
    """By bot, the orders to send one that were tried and wait for their next attempt."""
    unsent = [bot.pk for bot in bots if bot.recall_id is None]
    if not unsent:
        return {}
    sends = Order.objects.filter(bot__in=unsent, action=Action.SEND, state=Order.State.WAITING)
    return {order.bot_id: order for order in sends.exclude(error="")}


def _buttons(bot: Bot, membership: Membership, *, now: datetime) -> list[controls.Button]:
    if not membership.operates(bot.team_id):
        return []
    pending = getattr(bot, "pending", None)
    under_way = [Action(pending)] if pending else []
    buttons = controls.buttons(
        Phase(bot.phase),
        under_way=under_way,
        join_at=bot.join_at,
        now=now,
        at_recall=bot.recall_id is not None,
    )
    quick = (*QUICK, Action.START) if bot.phase == Phase.IN_CALL else QUICK
    return [button for button in buttons if button.action in quick]
