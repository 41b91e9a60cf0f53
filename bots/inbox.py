"""Push: a delivery in, a status change out, in one transaction."""

import logging
import uuid
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from bots import realtime, sync
from bots.models import (
    Bot,
    Delivery,
    Forgotten,
    News,
    Recording,
    Tombstone,
    WebhookSecret,
    Workspace,
)
from bots.models.delivery import PARKED_AFTER
from bots.models.writes import Writes
from bots.recall import errors, types, webhooks

logger = logging.getLogger(__name__)

State = Delivery.State

# One note of a refused request in five minutes is enough, or strangers could fill the disk.
REFUSAL_EVERY = timedelta(minutes=5)
# A burst of webhooks about one bot makes one look at Recall.
BURST = timedelta(seconds=1)
UNMATCHED_FOR = timedelta(days=7)
# That a secret is in use is written down no more often.
USE_NOTED_EVERY = timedelta(minutes=1)
# That webhooks come is: it is one row, at which all of a workspace would queue.
LAST_NOTED_EVERY = timedelta(seconds=1)


def keep(
    workspace: Workspace,
    verified: webhooks.Verified,
    secret: WebhookSecret,
    body: bytes,
    *,
    now: datetime,
) -> Delivery:
    """Keep a request that `secret` signed, and let its bot observe what it says, in one
    transaction.

    A request that comes again changes nothing, unless it could not be observed the first time:
    then it is tried anew. An error while observing is kept with the delivery, never raised: Recall
    can't mend it by sending again.
    """
    with transaction.atomic():
        try:
            with transaction.atomic():
                delivery = Delivery.objects.create(
                    workspace=workspace,
                    message_id=verified.message_id[:200],
                    body=body,
                    received_at=now,
                    state=State.KEPT,
                )
        except IntegrityError:
            delivery = _again(workspace, verified.message_id[:200], now)
        else:
            _observe(delivery, now)
        # Last, because until the end of the transaction all webhooks of the workspace wait here.
        mark_alive(workspace, now)
        mark_used(secret, now)
    return delivery


def _again(workspace: Workspace, message_id: str, now: datetime) -> Delivery:
    """A delivery that is known already: counted, and observed if that has not been done yet."""
    known = Delivery.objects.filter(workspace=workspace, message_id=message_id)
    known.update(repeats=F("repeats") + 1)
    # Locked by that update: of several repeats at once, the first observes.
    delivery = known.get()
    if delivery.state in Delivery.UNFINISHED:
        _observe(delivery, now)
    return delivery


def mark_alive(workspace: Workspace, now: datetime) -> None:
    """That webhooks come, once a second."""
    last = workspace.last_delivery_at
    if last is None or abs(now - last) >= LAST_NOTED_EVERY:
        Workspace.objects.filter(pk=workspace.pk).update(last_delivery_at=now)
        workspace.last_delivery_at = now


def mark_used(secret: WebhookSecret, now: datetime) -> None:
    """That this secret signs them, once a minute."""
    last = secret.last_used_at
    if last is None or now - last >= USE_NOTED_EVERY:
        WebhookSecret.objects.filter(pk=secret.pk).update(last_used_at=now)
        secret.last_used_at = now


def retry(pk: int, *, now: datetime) -> Delivery | None:
    """Try a delivery again that failed or whose bot was unknown; None if it isn't due."""
    if not Delivery.objects.claim(pk, now):
        return None
    delivery = Delivery.objects.select_related("workspace").get(pk=pk)
    if delivery.state == State.UNMATCHED:
        _fetch_unknown(delivery, now)
    else:
        _observe_anew(delivery, now)
    return delivery


def replay(delivery: Delivery, *, now: datetime) -> Delivery:
    """Let a delivery be observed once more, whatever became of it before."""
    delivery.attempts = 0
    _observe_anew(delivery, now)
    return delivery


def _observe_anew(delivery: Delivery, now: datetime) -> None:
    """Observe what was kept before, and write what became of it: both, or neither.

    Its row is held first, as it is when a webhook comes: a delivery before its bot.
    """
    with transaction.atomic():
        Delivery.objects.select_for_update(no_key=True).only("pk").get(pk=delivery.pk)
        _observe(delivery, now)


def _observe(delivery: Delivery, now: datetime) -> None:
    """Read the delivery and let its bot observe it; the outcome is written with the delivery.

    In a transaction in which the delivery's row is held.
    """
    # Where the bot is still unknown, the next look for it stays when it was to be.
    look_at = delivery.due_at if delivery.state == State.UNMATCHED else None
    if delivery.state == State.ERASED:
        return  # replayed, or come again: there is nothing in it any more
    delivery.due_at, delivery.error = None, ""
    try:
        event = webhooks.parse(bytes(delivery.body))
    except webhooks.Unreadable as error:
        delivery.state, delivery.error = State.UNREADABLE, str(error)
        delivery.settle()
        return
    delivery.event = event.name
    try:
        with transaction.atomic():
            delivery.state = _apply(delivery, event, now)
    except Exception as error:
        logger.exception("Delivery %s could not be observed", delivery.pk)
        _fail(delivery, f"{type(error).__name__}: {error}", now)
    if delivery.state == State.UNMATCHED:
        delivery.due_at = look_at or now
    delivery.settle()
    if delivery.state == State.ERASED or names_the_erased(delivery, delivery.bot):
        delivery.blank()


def names_the_erased(delivery: Delivery, bot: Bot | None) -> bool:
    """Whether its body holds the name of somebody who was erased from the meeting of its bot."""
    if bot is None:
        return False
    veil = Forgotten.objects.veil(delivery.workspace_id, bot.recall_id)
    return bool(veil) and veil.is_in(bytes(delivery.body))


def _apply(delivery: Delivery, event: webhooks.Event, now: datetime) -> str:
    """Let the bot observe what the event says; returns the state of the delivery."""
    bot_id = uuid_of(event.bot_id)
    if bot_id is None:
        return State.KEPT if event.family in _OF_THE_WORKSPACE else State.UNKNOWN
    known = Bot.objects.filter(workspace_id=delivery.workspace_id, recall_id=bot_id).hold()
    if not known:
        buried = Tombstone.objects.heard(delivery.workspace_id, bot_id)
        return State.ERASED if buried else State.UNMATCHED
    delivery.bot = known[0]
    return apply_to(known[0], delivery, event, now)


def apply_to(
    bot: Bot,
    delivery: Delivery,
    event: webhooks.Event,
    now: datetime,
    *,
    into: Writes | None = None,
) -> str:
    """Let a bot that is held observe what the event says of it; returns the delivery's state.

    With `into`, what it comes to is written by whoever flushes that.
    """
    recording_id, artifact_id = uuid_of(event.recording_id), uuid_of(event.artifact_id)
    if recording_id and bot.recordings.filter(recall_id=recording_id, erased_at__isnull=False):
        return State.ERASED
    # Where it names no time: when it came, which is the same when it is observed once more.
    at = event.at or delivery.received_at
    news: list[News] = []
    told = False
    state = State.OBSERVED
    if event.family == "bot" and event.code:
        news.append(News(event.code, at, event.sub_code or "", event.message))
    elif event.family == "recording" and recording_id:
        _, told = Recording.objects.hear(
            bot,
            recall_id=recording_id,
            status=event.code,
            sub_code=event.sub_code or "",
            at=at,
        )
    elif event.family in types.MEDIA_KINDS and recording_id and artifact_id:
        # It may be heard of before its recording is.
        recording, told = Recording.objects.hear(
            bot, recall_id=recording_id, status="", sub_code="", at=at
        )
        if recording.bot_id == bot.pk:
            told |= recording.hear_artifact(
                kind=event.family,
                recall_id=artifact_id,
                status=event.code,
                sub_code=event.sub_code or "",
                at=at,
            )
    else:
        if event.family == "realtime_endpoint":
            told = realtime.note_endpoint(bot, event, at)
        state = State.KEPT if event.family in _OF_THE_BOT | _OF_THE_WORKSPACE else State.UNKNOWN
    if recording_id:
        bot.forget_recordings()
    writes = Writes() if into is None else into
    bot.observe_held(
        news, source=Bot.Source.WEBHOOK, now=now, delivery=delivery, told=told, into=writes
    )
    wanted = bot.refresh_due_at
    if state == State.OBSERVED and (wanted is None or wanted > now + BURST):
        bot.refresh_due_at = now + BURST
        writes.bot(bot, ["refresh_due_at"])
    if into is None:
        writes.flush(now)
    return state


# Families that speak of the workspace, not of one bot: kept for whoever debugs.
_OF_THE_WORKSPACE = frozenset({"calendar", "sdk_upload", "slack", "slack_team"})
# Families that say nothing of where the bot is.
_OF_THE_BOT = frozenset({"realtime_endpoint", "log", "realtime", *types.MEDIA_KINDS})


def uuid_of(word: str | None) -> str | None:
    """An id of Recall's as it is kept; None for a word that is none."""
    try:
        return str(uuid.UUID(word)) if word else None
    except ValueError:
        return None


def _fail(delivery: Delivery, error: str, now: datetime) -> None:
    delivery.attempts += 1
    delivery.error = error
    if delivery.attempts >= PARKED_AFTER:
        delivery.state, delivery.due_at = State.PARKED, None
    else:
        delivery.state = State.FAILED
        delivery.due_at = now + timedelta(seconds=min(5 * 2**delivery.attempts, 3600))


def _fetch_unknown(delivery: Delivery, now: datetime) -> None:
    """Look up, with this workspace's own key, a bot that we had never heard of."""
    event = webhooks.parse(bytes(delivery.body))
    assert event.bot_id is not None  # or it would not be unmatched
    workspace = delivery.workspace
    if Tombstone.objects.stands_for(workspace.pk, uuid_of(event.bot_id)):
        _observe_anew(delivery, now)  # deleted meanwhile
        return
    if workspace.bots.filter(recall_id=uuid_of(event.bot_id)).exists():
        _observe_anew(delivery, now)  # another delivery has brought the bot in
        return
    if not sync.admitted(workspace, now):
        workspace.refresh_from_db(fields=["quiet_until"])
        delivery.due_at = workspace.quiet_until or now
        delivery.settle()
        return
    try:
        sync.fetch(workspace, event.bot_id, now=now)
    except errors.NotFound as error:
        delivery.attempts += 1
        delivery.error = error.sentence
        old = now - delivery.received_at > UNMATCHED_FOR
        delivery.due_at = (
            None if old else now + timedelta(seconds=min(30 * 2**delivery.attempts, 6 * 3600))
        )
        delivery.state = State.PARKED if old else State.UNMATCHED
        delivery.settle()
    except errors.RecallError as error:
        sync.note(workspace, error, now)
        delivery.error = error.sentence
        old = now - delivery.received_at > UNMATCHED_FOR
        delivery.due_at = None if old else now + timedelta(seconds=60)
        delivery.state = State.PARKED if old else State.UNMATCHED
        delivery.settle()
    except Exception as error:
        logger.exception("The bot of delivery %s could not be brought in", delivery.pk)
        _fail(delivery, f"{type(error).__name__}: {error}", now)
        delivery.settle()
    else:
        sync.welcomed(workspace, now)
        _observe_anew(delivery, now)


def mark_refused(workspace: Workspace, refusal: webhooks.NotFromRecall, now: datetime) -> None:
    """That one was refused and why, once in five minutes."""
    Workspace.objects.filter(pk=workspace.pk).filter(
        Q(last_refused_at=None) | Q(last_refused_at__lt=now - REFUSAL_EVERY)
    ).update(last_refused_at=now, last_refusal=str(refusal))
