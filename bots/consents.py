"""Consent: asked for in the meeting's chat, and turned into starts, pauses and stops."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import transaction

from bots import actions, agreement, deletions, policy
from bots.lifecycle import Action, Phase, chats
from bots.lifecycle.consents import Says, Stage
from bots.models import AuditEvent, Bot, Consent, Erasure, Order, Verb
from bots.models.called import called
from bots.policy import listening

# A bot is told what it wrote itself: where it is not within this, nothing is told before a
# recording.
DEAF_AFTER: Final = timedelta(seconds=15)
# Those who come one after another are asked together.
NEWCOMERS_EVERY: Final = timedelta(seconds=20)
AGAIN: Final = timedelta(seconds=2)
DELETES_AGAIN: Final = timedelta(minutes=1)
DELETES_FOR: Final = timedelta(hours=24)
GIVEN_BY: Final = "The question for consent"
NOT_ASKED: Final = "This bot does not ask for consent."
TOO_LATE: Final = "The bot has left this meeting, or is leaving it."
NOT_THERE: Final = "The bot is not in the call yet."
_RECORDING_ACTIONS: Final = (Action.START, Action.STOP, Action.PAUSE, Action.RESUME)
# Recorded while nobody has agreed: what people do and write, nothing that can be seen or heard.
# https://docs.recall.ai/docs/receiving-chat-messages
_CHAT_ALONE: Final = {"retention": None, "start_recording_on": "call_join"}


def look(pk: int, *, now: datetime) -> Order | None:
    """See how far the question of that bot is and do what comes next; the order, if one was given.

    All of it is written together or not at all, so that whoever looks twice gives one order.
    """
    with transaction.atomic():
        [bot] = Bot.objects.filter(pk=pk).hold()
        if bot.consent_due_at is None or bot.consent_due_at > now:
            return None
        consent = Consent.objects.get(bot=bot)
        was, bot.consent_due_at = bot.consent_stage, None
        order = _next(consent, bot, now)
        consent.save()
        Bot.objects.filter(pk=pk).update(
            consent_stage=bot.consent_stage, consent_due_at=bot.consent_due_at
        )
        if bot.consent_stage != was:
            bot.tell(now)
    return order


def confirm(bot: Bot, *, by: User, now: datetime) -> Order | None:
    """An operator vouches for everybody: it is kept with their name, and recording starts.

    Raises actions.NotNow with the reason.
    """
    with transaction.atomic():
        [held] = Bot.objects.filter(pk=bot.pk).hold()
        consent = Consent.objects.filter(bot=held).first()
        if consent is None:
            raise actions.NotNow(NOT_ASKED)
        if why_not := reason_against(held):
            raise actions.NotNow(why_not)
        consent.answers.create(name=called(by), says=Says.CONFIRMED, at=now, by=by)
        AuditEvent.objects.record(
            held.workspace, Verb.CONSENT_CONFIRMED, by=by, now=now, target=held
        )
        held.want_consent(now)
        held.tell(now)
    return look(bot.pk, now=now)


def reason_against(bot: Bot) -> str:
    """Why nobody can vouch for the people in the call now, or ""."""
    phase = Phase(bot.phase)
    if bot.gone_at is not None or phase.is_over or phase in (Phase.LEAVING, Phase.PROCESSING):
        return TOO_LATE
    return "" if phase in (Phase.IN_CALL, Phase.RECORDING, Phase.PAUSED) else NOT_THERE


def _next(consent: Consent, bot: Bot, now: datetime) -> Order | None:
    """Do what comes next. The bot is held; it and `consent` are saved by whoever calls."""
    phase = Phase(bot.phase)
    if phase.is_over or phase in (Phase.LEAVING, Phase.PROCESSING) or bot.gone_at is not None:
        _delete(consent, bot, now)
        return None
    if phase not in (Phase.IN_CALL, Phase.RECORDING, Phase.PAUSED) or bot.recall_id is None:
        return None
    if bot.orders.open().filter(action__in=_RECORDING_ACTIONS).exists():
        bot.consent_due_at = now + AGAIN
        return None
    if consent.asked_at is None and phase is Phase.IN_CALL:
        _ask(consent, bot, now)
    if bot.consent_stage in (Stage.NONE, Stage.WAITING):
        bot.consent_stage = Stage.ASKING
    judged = agreement.verdict(consent, bot)
    if judged.is_met:
        return _begin(consent, bot, phase, now)
    if judged.refused:
        return _refused(consent, bot, phase, now)
    _ask_newcomers(consent, bot, now)
    if bot.consent_stage == Stage.GIVEN:
        return None
    if phase is Phase.IN_CALL:
        return _listen(consent, bot, now)
    if bot.consent_stage == Stage.ASKING and phase is Phase.RECORDING:
        _vouch_for_start(consent, bot)
        bot.consent_stage, consent.met_at = Stage.GIVEN, now
    return None


def _begin(consent: Consent, bot: Bot, phase: Phase, now: datetime) -> Order | None:
    """It is agreed: record, in whatever state the bot is."""
    was, bot.consent_stage = bot.consent_stage, Stage.GIVEN
    if was != Stage.GIVEN or consent.met_at is None:
        consent.met_at = now
    consent.deletes = consent.deletes and was != Stage.DECLINED
    if phase is Phase.PAUSED and was != Stage.DECLINED:
        return None  # a person paused it
    if phase is Phase.RECORDING and was != Stage.LISTENING:
        _ask_newcomers(consent, bot, now)
        return None
    if phase is Phase.IN_CALL and was == Stage.GIVEN:
        return None  # a person stopped it since
    if phase is Phase.PAUSED:
        order = _order(consent, bot, Action.RESUME, now)
    else:
        body = policy.start_body(as_sent(bot))
        order = _order(consent, bot, Action.START, now, body=body)
    if order is None:
        # It could not be ordered now: nothing is agreed to have begun.
        bot.consent_stage, bot.consent_due_at = was, now + AGAIN
    return order


def as_sent(bot: Bot) -> dict[str, Any] | None:
    """How it was to record; not as it may have been told to record the chat alone since."""
    config: dict[str, Any] | None = (bot.request or bot.config).get("recording_config")
    return config


def _refused(consent: Consent, bot: Bot, phase: Phase, now: datetime) -> Order | None:
    if bot.consent_stage == Stage.LISTENING or (
        bot.consent_stage == Stage.ASKING and phase is Phase.IN_CALL
    ):
        return _listen(consent, bot, now)  # nothing is recorded: they may still change their mind
    last = consent.answers.filter(says=Says.NO).order_by("pk").last()
    if phase is not Phase.RECORDING or last is None or last.pk == consent.obeyed:
        return None  # a person stopped it, or goes on in spite of a no that was obeyed once
    action = Action.PAUSE if consent.no_does == "pause" else Action.STOP
    order = _order(consent, bot, action, now)
    if order is None:
        bot.consent_due_at = now + AGAIN
        return None
    bot.consent_stage, consent.obeyed = Stage.DECLINED, last.pk
    consent.deletes |= consent.no_does == "delete"
    return order


def _listen(consent: Consent, bot: Bot, now: datetime) -> Order | None:
    """Where Recall tells nothing before a recording, have it record the chat, and that alone."""
    config = as_sent(bot) or {}
    can_hear = listening.listens(config) and config.get("participant_events", {}) is not None
    if not can_hear or consent.heard_at is not None or consent.asked_at is None:
        return None
    if bot.phase != Phase.IN_CALL:
        return None
    deaf_at = consent.asked_at + DEAF_AFTER
    if now < deaf_at:
        bot.consent_due_at = min(bot.consent_due_at or deaf_at, deaf_at)
        return None
    bot.consent_stage = Stage.LISTENING
    body = policy.start_body(
        _CHAT_ALONE,
        formats=frozenset({"participant_events"}),
        listens=True,
    )
    return _order(consent, bot, Action.START, now, body=body)


def _ask(consent: Consent, bot: Bot, now: datetime) -> None:
    """Write the question into the chat, where the bot can; whoever is here is asked by that."""
    consent.asked_at = consent.said_at = now
    consent.asked = [each.number for each in agreement.people_here(bot)]
    _say(consent, bot, consent.question, now)


def _ask_newcomers(consent: Consent, bot: Bot, now: datetime) -> None:
    """Ask those who came after the question and have not answered it; they may not see it."""
    answered = set(consent.answers.values_list("participant_id", flat=True))
    here = agreement.people_here(bot)
    new = [p for p in here if p.number not in consent.asked and p.pk not in answered]
    if consent.said_at is None or not new:
        return
    if now < consent.said_at + NEWCOMERS_EVERY:
        bot.consent_due_at = consent.said_at + NEWCOMERS_EVERY
        return
    consent.said_at = now
    consent.asked = [*consent.asked, *(each.number for each in new)]
    _say(consent, bot, consent.question, now)


def _say(consent: Consent, bot: Bot, text: str, now: datetime) -> None:
    if chats.chat_of(bot.platform) is not None:
        _order(consent, bot, Action.SAY, now, body={"message": text, "to": chats.EVERYONE})


def _vouch_for_start(consent: Consent, bot: Bot) -> None:
    """Somebody pressed Start before it was agreed: that is their word for everybody."""
    start = bot.orders.filter(action=Action.START, by__isnull=False).order_by("-pk").first()
    if start is not None and start.by is not None:
        consent.answers.create(
            name=called(start.by),
            says=Says.CONFIRMED,
            at=start.created_at,
            by=start.by,
        )


def _order(
    consent: Consent,
    bot: Bot,
    action: Action,
    now: datetime,
    *,
    body: dict[str, Any] | None = None,
) -> Order | None:
    consent.orders += 1
    try:
        return actions.order(
            bot,
            action,
            by=None,
            now=now,
            token=f"consent-{consent.pk}-{consent.orders}",
            body=body,
            given_by=GIVEN_BY,
            confirmed=True,
        )
    except actions.NotNow:
        return None  # the bot moves on: it is looked at again when it has


def _delete(consent: Consent, bot: Bot, now: datetime) -> None:
    """Somebody refused, and the policy has what was recorded deleted: once the bot is over."""
    if not consent.deletes or not Phase(bot.phase).is_over:
        return
    try:
        deletions.ask(
            bot,
            None,
            Erasure.What.MEDIA,
            here=True,
            by=None,
            token=f"consent-{consent.pk}-delete",
            now=now,
        )
    except actions.NotNow:
        if bot.recordings.exists() and now < (bot.ended_at or now) + DELETES_FOR:
            bot.consent_due_at = now + DELETES_AGAIN  # Recall is still at work on it
        return
    consent.deletes = False
