"""What people answer to the question whether they may be recorded: heard, kept and counted."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from bots.lifecycle import Action, Phase
from bots.lifecycle.consents import Says, Stage, Verdict, Voter, answer, judge
from bots.models import Bot, Consent, ConsentAnswer, Participant
from bots.models.called import called
from bots.policy import names
from bots.recall import realtime

_UNASKED: Final = (
    "This bot records once the people in the call agree. Only a person can vouch for them, on the "
    "bot's page."
)
_REFUSED: Final = "Somebody refused to be recorded; only people undo that."
_CHAT_ALONE: Final = "What is recorded now is the chat alone, by which people are asked to agree."


def hear(bot: Bot, heard: realtime.Heard, *, now: datetime) -> bool:
    """Take in what was told of a meeting in which people are asked; whether a page shows it.

    In a transaction in which the bot is held; people who were erased are under a veil already.
    """
    consent = Consent.objects.filter(bot=bot).first()
    number = heard.participant.id
    if consent is None or bot.is_over or number is None:
        return False
    if bot.phase == Phase.IN_CALL and consent.heard_at is None:
        consent.heard_at = now
        consent.save(update_fields=["heard_at"])
    if heard.kind != "deed" or is_ours(bot, heard.participant.name):
        return False
    person, _ = Participant.objects.get_or_create(
        bot=bot, number=number, defaults=Participant.known(heard.participant)
    )
    person.learn(heard.participant)
    is_here = heard.action != "leave"
    moved = person.is_here is not is_here
    if moved:
        person.is_here = is_here
        person.save(update_fields=["is_here"])
    said = answer(heard.chat, yes=consent.yes, no=consent.no) if heard.chat else None
    if said is not None:
        moved |= _keep(consent, person, said, heard, now)
    if moved:
        bot.want_consent(now)
    return moved


def verdict(consent: Consent, bot: Bot) -> Verdict:
    """What the answers of those come to who are there, as far as Recall tells.

    An operator's word takes the place of all that were given before it.
    """
    said: dict[int | None, Says] = {}
    vouched = False
    for each in consent.answers.all():
        if each.says == Says.CONFIRMED:
            said, vouched = {}, True
        else:
            said[each.participant_id] = Says(each.says)
    voters = [Voter(str(each), each.is_host, said.get(each.pk)) for each in people_here(bot)]
    judged = judge(consent.needs, voters)
    if vouched and not judged.refused:
        return Verdict(is_met=True, agreed=judged.agreed)
    return judged


def people_here(bot: Bot) -> list[Participant]:
    """Who is in the call as far as it is told, without our bot and without known notetakers."""
    entries = bot.team.notetaker_names
    here = bot.participants.filter(is_here=True).order_by("number")
    return [
        each
        for each in here
        if not is_ours(bot, each.name) and not next(iter(names.matching(entries, each.name)), "")
    ]


def is_ours(bot: Bot, name: str) -> bool:
    """Whether that is the bot itself: it is told of what it writes, without a mark."""
    return bool(name) and name.casefold() == bot.name.casefold()


def is_chat_alone(bot: Bot) -> bool:
    """Whether Recall says that it records, and it is the chat alone."""
    return bot.consent_stage == Stage.LISTENING and bot.phase == Phase.RECORDING


def left_to_people(bot: Bot, action: Action) -> str:
    """Why neither a program nor an assistant can order that where people are asked, or ""."""
    if action is Action.START and bot.consent_stage not in ("", Stage.GIVEN):
        return _UNASKED
    if action is Action.RESUME and bot.consent_stage == Stage.DECLINED:
        return _REFUSED
    if action in (Action.PAUSE, Action.STOP) and is_chat_alone(bot):
        return _CHAT_ALONE
    return ""


def record(consent: Consent) -> Iterator[list[str]]:
    """Who agreed, when and by which message, as rows of a table; the first one is its head."""
    yield ["When (UTC)", "Who", "Host", "Answer", "Message", "Confirmed by"]
    for each in consent.answers.select_related("by"):
        by = called(each.by) if each.by else ""
        yield [
            each.at.isoformat(timespec="seconds"),
            "" if each.by else each.name,
            "yes" if each.is_host else "",
            each.says,
            each.text,
            by,
        ]


def _keep(
    consent: Consent, person: Participant, said: Says, heard: realtime.Heard, now: datetime
) -> bool:
    _, made = ConsentAnswer.objects.get_or_create(
        consent=consent,
        participant=person,
        at=heard.moment.at or now,
        says=said,
        defaults={"name": str(person), "is_host": person.is_host, "text": heard.chat[:1000]},
    )
    return made
