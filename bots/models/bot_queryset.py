"""Bots by the many: who sees which, which are live, and held so that nobody else moves them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from bots.lifecycle import Phase
from bots.models.workspace import Membership

if TYPE_CHECKING:
    from bots.models.bot import Bot

LIVE_PHASES = tuple(str(phase) for phase in Phase if phase.is_live)
OVER_PHASES = tuple(str(phase) for phase in Phase if phase.is_over)


# What `observe()` reads anew, and what of that is on a page.
SHOWN = frozenset({"code", "sub_code", "phase", "phase_at", "outcome", "recording_status"})
SETTLED = (*sorted(SHOWN), "code_at", "started_at", "ended_at")


class BotQuerySet(models.QuerySet["Bot"]):
    def seen_by(self, membership: Membership) -> BotQuerySet:
        """The bots of the workspace, without those of teams that show them to members only."""
        mine = self.filter(workspace_id=membership.workspace_id)
        hidden = membership.hidden_team_ids
        return mine.exclude(team_id__in=hidden) if hidden else mine

    def live(self) -> BotQuerySet:
        return self.filter(phase__in=LIVE_PHASES)

    def upcoming(self) -> BotQuerySet:
        return self.filter(phase=Phase.SCHEDULED)

    def earlier(self) -> BotQuerySet:
        return self.exclude(phase__in=[*LIVE_PHASES, Phase.SCHEDULED])

    def hold(self) -> list[Bot]:
        """These bots, which nobody else may move in this transaction.

        First of all in it, against deadlocks.
        """
        return list(self.select_for_update(of=("self",)))

    def update_in_order(self, **fields: Any) -> int:
        """`update()` of many at once, held in the order in which webhooks hold many."""
        with transaction.atomic():
            held = self.order_by("pk").select_for_update(of=("self",), no_key=True)
            pks = list(held.values_list("pk", flat=True))
            return self.model.objects.filter(pk__in=pks).update(**fields)

    def newest_first(self) -> BotQuerySet:
        return self.order_by("-met_at", "-pk")
