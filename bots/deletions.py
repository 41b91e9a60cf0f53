"""Deleting what was recorded, at Recall and here; and a bot with everything."""

from collections import Counter
from datetime import datetime
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from bots import actions, removal
from bots.actions import NotNow
from bots.lifecycle import Action, Phase
from bots.models import AuditEvent, Bot, Delivery, Erasure, Order, Recording, Tombstone, Verb
from bots.recall import types

What = Erasure.What

DELETED: Final = "Recall deleted it."
DELETED_BEFORE: Final = "Recall had deleted it before."
NEVER_THERE: Final = "Recall never had it."
_RUNS: Final = "This recording still runs. It can be deleted once it has ended."
_NOT_READY: Final = (
    "Recall is still preparing what was recorded. It can be deleted once the files are ready."
)
_UNDER_WAY: Final = "Something else of this bot is being deleted. Delete this once that is done."
_ERASED: Final = "It is deleted already, at Recall and here."


def meant(bot: Bot, recording: Recording | None) -> QuerySet[Recording]:
    """The recordings that are to go: one, or all of the bot's."""
    return bot.recordings.filter(pk=recording.pk) if recording else bot.recordings.all()


def reason_against(bot: Bot, recording: Recording | None, what: str, *, now: datetime) -> str:
    """Why this can't be deleted now, as a sentence, or ""."""
    if bot.erasures.filter(done_at=None, order__state__in=Order.OPEN).exists():
        return _UNDER_WAY
    recordings = list(meant(bot, recording))
    if what != What.BOT and recordings and all(each.erased_at for each in recordings):
        return _ERASED
    if what != What.BOT and not recordings:
        return "This bot has recorded nothing."
    if any(each.status in ("processing", "paused") for each in recordings) and not bot.is_over:
        if bot.phase == Phase.PROCESSING:
            return _NOT_READY
        if recording is not None:
            return _RUNS
    if _is_gone(bot, recordings):
        return "" if bot.is_over else actions.reason_against(bot, Action.DELETE, now=now)
    return actions.reason_against(bot, Action.DELETE, now=now)


def _is_gone(bot: Bot, recordings: list[Recording]) -> bool:
    """Whether Recall holds nothing of it any more, so that there is nothing to be said to it."""
    return (
        bot.gone_at is not None
        or bot.recall_id is None
        or bot.cancelled_at is not None
        or (bool(recordings) and all(each.status == "deleted" for each in recordings))
    )


def ask(
    bot: Bot,
    recording: Recording | None,
    what: str,
    *,
    here: bool,
    by: User | None,
    token: str,
    now: datetime,
    bulk: bool = False,
) -> Erasure:
    """Have it deleted at Recall and, with `here`, what is kept of it; the same form is one deed.

    What is kept here goes when Recall has taken the order; at once where Recall has nothing of it.
    Raises NotNow with the reason.
    """
    with transaction.atomic():
        bot = hold(bot.pk)
        known = Erasure.objects.filter(order__bot=bot, order__token=token).first()
        if known is not None:
            return known
        if why_not := reason_against(bot, recording, what, now=now):
            raise NotNow(why_not)
        receipt = Erasure(
            workspace=bot.workspace,
            bot=bot,
            recording=recording,
            what=what,
            is_here=here or what == What.BOT,
            by=by,
            by_name=(by.email or by.get_username()) if by else "",
            asked_at=now,
        )
        recordings = list(meant(bot, recording))
        if _is_gone(bot, recordings):
            receipt.save()
            never = bot.recall_id is None or bot.cancelled_at is not None
            _finish(receipt, NEVER_THERE if never else DELETED_BEFORE, now)
            return receipt
        body = {"recording": str(recording.recall_id)} if recording else {}
        receipt.order = actions.order(
            bot,
            Action.DELETE,
            by=by,
            now=now,
            token=token,
            body=body,
            bulk_patience=actions.PATIENCE[Action.DELETE] if bulk else None,
        )
        receipt.save()
    return receipt


def hold(bot_id: int) -> Bot:
    """A bot that nobody else may move in this transaction, after its deliveries, as ever.

    Their bodies go with what was recorded.
    """
    list(Delivery.objects.select_for_update(no_key=True).filter(bot=bot_id).values_list("pk"))
    [bot] = Bot.objects.filter(pk=bot_id).select_related("workspace", "team").hold()
    return bot


def carried_out(order: Order, answer: types.Bot | None, now: datetime, *, before: bool) -> bool:
    """Recall has taken the order, or has nothing of it (`before`): our own side follows.

    In a transaction in which the bot is held. False where the bot itself is gone with it.
    """
    receipt = Erasure.objects.filter(order=order).select_related("bot", "recording").first()
    if receipt is None:
        return True
    _finish(receipt, DELETED_BEFORE if before else DELETED, now)
    return receipt.what != What.BOT


def _finish(receipt: Erasure, answer: str, now: datetime) -> None:
    bot, what = receipt.bot, receipt.what
    assert bot is not None  # held, so that nobody else can have deleted it
    gone: Counter[str] = Counter()
    for recording in meant(bot, receipt.recording):
        gone[removal.AT_RECALL] += removal.mark_deleted(recording, now=now)
        if receipt.is_here:
            gone.update(removal.erase(recording, now=now))
    receipt.counts = {one: number for one, number in gone.items() if number}
    receipt.answer, receipt.done_at = answer, now
    receipt.save(update_fields=["counts", "answer", "done_at"])
    _note(receipt, bot, now)
    if what == What.BOT:
        _bury(bot, now)
    else:
        bot.tell(now)


def _note(receipt: Erasure, bot: Bot, now: datetime) -> None:
    whole = receipt.what == What.BOT
    AuditEvent.objects.record(
        bot.workspace,
        Verb.BOT_DELETED if whole else Verb.RECORDINGS_DELETED,
        by=receipt.by,
        now=now,
        target=receipt.recording or bot,
        # Of what is gone the log says no more than what kind of thing it was.
        what=f"a bot of {bot.team}" if whole else str(bot),
        detail={
            "recall": receipt.answer,
            "gone": removal.in_words(receipt.counts),
            "also_here": receipt.is_here,
        },
    )


def _bury(bot: Bot, now: datetime) -> None:
    """Delete a bot with all that hangs on it; what comes of it later finds a tombstone."""
    if bot.recall_id is not None:
        Tombstone.objects.get_or_create(
            workspace_id=bot.workspace_id, recall_id=bot.recall_id, defaults={"at": now}
        )
    for delivery in Delivery.objects.filter(bot=bot).exclude(state=Delivery.State.ERASED):
        delivery.blank()
    bot.tell(now)
    bot.delete()
