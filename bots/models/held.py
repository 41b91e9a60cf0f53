"""Many bots held at once, with all that observing asks of them, in few queries."""

from collections.abc import Collection
from functools import cache

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Exists, OuterRef, Prefetch, prefetch_related_objects
from django.db.transaction import TransactionManagementError

from bots.models.bot import Bot
from bots.models.bot_queryset import SETTLED
from bots.models.forgotten import Forgotten
from bots.models.history import histories
from bots.models.order import Order
from bots.models.prepared import Prepared
from bots.models.recording import Recording

# What `observe_held()` asks of a bot, but where something seldom is the case.
_OBSERVED = (
    *("id", "workspace_id", "team_id", "recall_id", "join_at", "created_at", "failure"),
    *("cancelled_at", "gone_at", "has_leave_rules", "consent_stage", "is_assisted"),
    *("refresh_due_at", *SETTLED),
)


def hold_whole(
    workspace_ids: Collection[int], recall_ids: Collection[str], *more: str
) -> list[Bot]:
    """Those bots, which nobody else may move in this transaction, as `observe_held()` wants them.

    First of all in it and in one order, against deadlocks. `more` are other fields that are to be
    read with them. Raises TransactionManagementError outside of any transaction.
    """
    if not connections[DEFAULT_DB_ALIAS].in_atomic_block:
        # Django itself would say so only where it makes the text.
        raise TransactionManagementError("Bots are held in a transaction.")
    columns = _columns(more)
    bots = []
    for row in _held(more).rows(workspace_ids, recall_ids):
        bot = Bot.from_db(DEFAULT_DB_ALIAS, columns, row[: len(columns)])
        bot.has_recordings, bot.has_accepted, bot.is_veiled = row[len(columns) :]
        bots.append(bot)
    told = histories([bot.pk for bot in bots])
    for bot in bots:
        bot.known_history = told[bot.pk]
    prefetch_related_objects([b for b in bots if b.has_recordings], "recordings__artifacts")
    open_orders = Prefetch("orders", Order.objects.accepted(), to_attr="accepted_orders")
    prefetch_related_objects([b for b in bots if b.has_accepted], open_orders)
    return bots


@cache
def _columns(more: tuple[str, ...]) -> list[str]:
    wanted = {*_OBSERVED, *more}
    return [f.attname for f in Bot._meta.concrete_fields if f.attname in wanted]


@cache
def _held(more: tuple[str, ...]) -> Prepared:
    has_recordings = Exists(Recording.objects.filter(bot=OuterRef("pk")))
    has_accepted = Exists(Order.objects.accepted().filter(bot=OuterRef("pk")))
    is_veiled = Exists(Forgotten.objects.filter(workspace=OuterRef("workspace_id")))
    return Prepared(
        lambda workspace_ids, recall_ids: (
            Bot.objects.filter(workspace_id__among=workspace_ids, recall_id__among=recall_ids)
            .order_by("pk")
            .select_for_update(of=("self",))
            .values_list(*_columns(more), has_recordings, has_accepted, is_veiled)
        )
    )
