"""What Recall tells while a meeting runs: understood, kept for its page, and told to browsers."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from bots import agreement, overhearing, own_addresses, signatures
from bots.models import (
    Bot,
    Change,
    Ear,
    Forgotten,
    Participant,
    ParticipantEvent,
    Recording,
    Speaking,
    Transcript,
)
from bots.models.ear import NOBODY
from bots.models.forgotten import Veil
from bots.policy import listening
from bots.recall import downloads, realtime, webhooks

# Browsers are told no more often; they look once more when nothing was told for longer than this.
TOLD_EVERY = timedelta(seconds=1)
# That something was heard, or refused, is written down no more often.
NOTED_EVERY = timedelta(seconds=10)
REFUSAL_EVERY = timedelta(minutes=5)
_SIGNED = tuple(
    f"{family}-{part}" for family in webhooks.FAMILIES for part in ("id", "timestamp", "signature")
)


class NoSuchAddress(Exception):
    """No bot listens there, or not to this."""


def receive(token: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
    """Keep what one request tells of the bot whose address was called.

    What comes again changes nothing. Recall signs these requests only for a workspace that has a
    secret: without a signature it is the address that counts, with one the signature must be good.

    Raises NoSuchAddress, `webhooks.NotFromRecall`, `webhooks.Unreadable`, and
    `signatures.CannotVerify` where a secret can't be read.
    """
    pk = own_addresses.bot_of(token)
    if pk is None:
        raise NoSuchAddress
    if any(name in {key.lower() for key in headers} for name in _SIGNED):
        _verify(pk, headers, body, now)
    heard = realtime.parse(body)
    with transaction.atomic():
        held = Bot.objects.filter(pk=pk).hold()
        if not held or not _is_about(heard, held[0]):
            raise NoSuchAddress
        bot = held[0]
        ear, _ = Ear.objects.get_or_create(bot=bot)
        told = _keep(bot, heard, now) if heard.kind != "other" else False
        if bot.consent_stage or bot.is_assisted:
            veiled = _veiled(heard, Forgotten.objects.veil(bot.workspace_id, bot.recall_id))
            if bot.consent_stage:
                told |= agreement.hear(bot, veiled, now=now)
            if bot.is_assisted:
                told |= overhearing.hear(bot, veiled, now=now)
        _note(bot, ear, now, told=told)


def give_way(recording: Recording) -> None:
    """Let live words go once there are certain ones of that recording.

    The rule stands in docs/decisions/keeping.md.
    """
    if _has_certain_words(recording):
        Transcript.objects.filter(recording=recording, artifact=None).delete()


def note_endpoint(bot: Bot, event: webhooks.Event, at: datetime) -> bool:
    """Note that Recall gave up calling our address, or calls it; whether a page shows that.

    In a transaction in which the bot is held.
    """
    told = event.raw.get("data") or {}
    endpoint = told.get("realtime_endpoint") or {}
    if endpoint.get("metadata") != listening.MARK or event.code != "failed":
        return False
    error = event.error or {}
    words = [error.get("message"), error.get("code"), event.sub_code]
    why = next((each for each in words if isinstance(each, str) and each), "")
    known = Ear.objects.filter(bot=bot).first()
    if known is not None and known.failed_at is not None and known.failed_at >= at:
        return False
    Ear.objects.update_or_create(bot=bot, defaults={"failed_at": at, "failure": why[:1000]})
    return True


def _verify(pk: int, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    bot = Bot.objects.select_related("workspace").filter(pk=pk).first()
    if bot is None:
        raise NoSuchAddress
    try:
        signatures.verify(bot.workspace, headers, body, now=now)
    except webhooks.NotFromRecall as refusal:
        known = Ear.objects.filter(bot=bot).first()
        last = known.refused_at if known else None
        if last is None or now - last >= REFUSAL_EVERY:
            Ear.objects.update_or_create(
                bot=bot, defaults={"refused_at": now, "refusal": str(refusal)}
            )
        raise


def _is_about(heard: realtime.Heard, bot: Bot) -> bool:
    """Whether it tells of the bot whose address was called, as far as it says."""
    told = _uuid(heard.bot_id)
    return told is None or bot.recall_id is None or told == bot.recall_id


def _uuid(word: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(word) if word else None
    except ValueError:
        return None


def _keep(bot: Bot, heard: realtime.Heard, now: datetime) -> bool:
    """Keep it; whether a page shows anything else now."""
    number = heard.participant.id
    recording_id = _uuid(heard.recording_id)
    if recording_id is None:
        return False
    recording, _ = Recording.objects.hear(
        bot, recall_id=str(recording_id), status="", sub_code="", at=now
    )
    if recording.bot_id != bot.pk or not _may_keep(recording):
        return False
    heard = _veiled(heard, Forgotten.objects.veil(bot.workspace_id, bot.recall_id))
    if heard.kind == "partial":
        return _guess(bot, heard, now)
    person, news = _meet(bot, heard)
    if heard.kind == "deed":
        return (_keep_deed(recording, person, heard) if person else False) or news
    gone = Speaking.objects.filter(bot=bot, number=NOBODY if number is None else number).delete()
    news |= bool(gone[0])
    if not heard.text or _has_certain_words(recording):
        return news
    return news | Transcript.objects.hear(
        recording,
        speaker=heard.participant.name or (person.name if person else ""),
        participant=person,
        start_s=heard.start_s,
        end_s=heard.end_s,
        text=heard.text,
        now=now,
    )


def _may_keep(recording: Recording) -> bool:
    """Whether anything of that recording may be kept: what was deleted must not come back with a
    request that is late."""
    return recording.status != "deleted" and recording.erased_at is None


def _veiled(heard: realtime.Heard, veil: Veil) -> realtime.Heard:
    """What was heard, without the people who were erased."""
    if not veil:
        return heard
    who = heard.participant
    said = veil.words(who, heard.text) if heard.text else ""
    return replace(
        heard,
        participant=veil.person(who),
        words=heard.words if said == heard.text else _as_one(heard, said),
        chat="" if veil.silences(who.name, who.email) else veil.text(heard.chat),
        sent_to=veil.name(heard.sent_to),
    )


def _as_one(heard: realtime.Heard, said: str) -> tuple[downloads.Word, ...]:
    """Other words in the place of those that were heard, at the same time."""
    first, last = heard.words[0], heard.words[-1]
    return (downloads.Word(said, first.start, last.end),)


def _has_certain_words(recording: Recording) -> bool:
    """Whether a transcript that Recall made afterwards is here, with something in it."""
    certain = Transcript.objects.filter(recording=recording, artifact__isnull=False)
    return certain.filter(passages__isnull=False).exists()


def _meet(bot: Bot, heard: realtime.Heard) -> tuple[Participant | None, bool]:
    """Whoever it is about, with what is new of them, and whether anything was; None for nobody."""
    told = heard.participant
    if told.id is None:
        return None, False
    person, made = Participant.objects.get_or_create(
        bot=bot, number=told.id, defaults=Participant.known(told)
    )
    return person, made or person.learn(told)


def _keep_deed(recording: Recording, person: Participant, heard: realtime.Heard) -> bool:
    # What Recall tells afterwards is complete, and has taken the place of all of these.
    if recording.details_at is not None:
        return False
    if heard.action == "leave":
        Speaking.objects.filter(bot=recording.bot_id, number=person.number).delete()
    _, made = ParticipantEvent.objects.get_or_create(
        recording=recording,
        participant=person,
        action=heard.action,
        at=heard.moment.at,
        offset_s=heard.moment.relative_s,
        text=heard.chat,
        defaults={"sent_to": heard.sent_to},
    )
    return made


def _guess(bot: Bot, heard: realtime.Heard, now: datetime) -> bool:
    """Words that may still change: shown, and never kept for longer than they are shown."""
    number = NOBODY if heard.participant.id is None else heard.participant.id
    if not heard.text or bot.is_over:
        return False
    Speaking.objects.update_or_create(
        bot=bot,
        number=number,
        defaults={
            "speaker": heard.participant.name,
            "text": heard.text,
            "start_s": heard.start_s,
            "at": now,
        },
    )
    return True


def _note(bot: Bot, ear: Ear, now: datetime, *, told: bool) -> None:
    fresh = []
    if ear.heard_at is None or now - ear.heard_at >= NOTED_EVERY or ear.is_deaf:
        ear.heard_at = now
        fresh.append("heard_at")
    if told and (ear.told_at is None or not timedelta(0) <= now - ear.told_at < TOLD_EVERY):
        Change.tell(
            workspace_id=bot.workspace_id,
            bot_id=bot.pk,
            team_id=bot.team_id,
            topic="said",
            now=now,
        )
        ear.told_at = now
        fresh.append("told_at")
    if fresh:
        ear.save(update_fields=fresh)
