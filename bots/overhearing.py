"""What an assistant hears of its meeting: speech and chat, put together into turns."""

import hashlib
from datetime import datetime

from bots import agreement
from bots.dialogue import turns
from bots.lifecycle import chats
from bots.models import AssistantSession, AssistantTurn, Bot, Participant
from bots.policy import names
from bots.recall import realtime

# Recall repeats what it was not thanked for at once.
REMEMBERED = 60
SAID = AssistantTurn.Kind.SAID


def hear(bot: Bot, heard: realtime.Heard, *, now: datetime) -> bool:
    """Take in what was told of a meeting in which an assistant takes part; whether it shows.

    In a transaction in which the bot is held; people who were erased are under a veil already.
    What the bot says itself is no turn of anybody's.
    """
    session = AssistantSession.objects.filter(bot=bot).first()
    who = heard.participant
    if session is None or not session.is_open or bot.is_over or agreement.is_ours(bot, who.name):
        return False
    if heard.kind == "partial":
        return _interrupt(session, bot, heard, now)
    text = heard.chat if heard.action == "chat_message" else heard.text
    if not text.strip() or _is_repeated(session, heard, text):
        return False
    person = None
    if who.id is not None:
        person, _ = Participant.objects.get_or_create(
            bot=bot, number=who.id, defaults=Participant.known(who)
        )
    speaker = who.name or (person.name if person else "")
    if heard.action == "chat_message":
        return _write(session, bot, heard, text, person, speaker, now)
    return _speak(session, bot, text, person, speaker, now)


def end(session: AssistantSession, bot: Bot, turn: AssistantTurn, now: datetime) -> None:
    """The turn is over: see whether it was meant for the assistant. The bot is held."""
    turn.ended_at = now
    turn.is_for_us = is_for_us(session, bot, turn)
    turn.save(update_fields=["ended_at", "is_for_us"])


def is_for_us(session: AssistantSession, bot: Bot, turn: AssistantTurn) -> bool:
    """Whether somebody spoke to the assistant: by its name, to it alone, or after it answered them.

    Other notetakers are never answered: two assistants would talk until one of them is spent.
    """
    assistant = session.assistant
    if assistant is None or _is_notetaker(bot, turn.speaker):
        return False
    if assistant.always_answers or turn.is_private:
        return True
    if turns.names(turn.text, [*assistant.called, session.name, bot.name]):
        return True
    last = session.turns.filter(kind=AssistantTurn.Kind.ANSWERED).order_by("n").last()
    if last is None:
        return False
    asker = session.turns.filter(kind=SAID, is_for_us=True, n__lt=last.n).order_by("n").last()
    same = asker is not None and (
        asker.participant_id == turn.participant_id and asker.speaker == turn.speaker
    )
    return turns.asks_for_more(
        answered_at=last.began_at, is_same_person=same, began_at=turn.began_at
    )


def open_turn(session: AssistantSession) -> AssistantTurn | None:
    """The turn of speech that may still grow."""
    return session.turns.filter(kind=SAID, ended_at=None).order_by("n").last()


def _write(
    session: AssistantSession,
    bot: Bot,
    heard: realtime.Heard,
    text: str,
    person: Participant | None,
    speaker: str,
    now: datetime,
) -> bool:
    """A chat message is a turn by itself, and interrupts nobody who speaks."""
    turn = session.turn(
        SAID,
        now,
        participant=person,
        speaker=speaker,
        text=text.strip(),
        in_chat=True,
        is_private=_is_to_us(bot, heard.sent_to),
    )
    end(session, bot, turn, now)
    if turn.is_for_us:
        session.wake(now)
    return True


def _speak(
    session: AssistantSession,
    bot: Bot,
    text: str,
    person: Participant | None,
    speaker: str,
    now: datetime,
) -> bool:
    turn = open_turn(session)
    if turn is not None and not _is_theirs(turn, person, speaker):
        end(session, bot, turn, now)
        session.wake(now)
        turn = None
    if turn is None:
        turn = session.turn(SAID, now, participant=person, speaker=speaker, text=text.strip())
    else:
        turn.text, turn.heard_at = f"{turn.text} {text.strip()}", now
        turn.save(update_fields=["text", "heard_at"])
    session.wake(turns.over_at(began_at=turn.began_at, heard_at=turn.heard_at))
    return True


def _interrupt(session: AssistantSession, bot: Bot, heard: realtime.Heard, now: datetime) -> bool:
    """Words that may still change say that somebody else has begun to speak, or goes on."""
    turn = open_turn(session)
    if turn is None or not heard.text:
        return False
    number = heard.participant.id
    theirs = turn.participant.number if turn.participant else None
    if number == theirs and (number is not None or heard.participant.name == turn.speaker):
        turn.heard_at = now  # they go on: nobody answers into that
        turn.save(update_fields=["heard_at"])
        return False
    end(session, bot, turn, now)
    session.wake(now)
    return True


def _is_theirs(turn: AssistantTurn, person: Participant | None, speaker: str) -> bool:
    if person is not None:
        return turn.participant_id == person.pk
    return turn.participant_id is None and turn.speaker == speaker


def _is_to_us(bot: Bot, sent_to: str) -> bool:
    """Whether a message went to the bot alone, as far as it says."""
    to = sent_to.strip()
    if not to or to in chats.RECIPIENTS:
        return False
    if to.casefold() == bot.name.casefold():
        return True
    ours = bot.participants.filter(name__iexact=bot.name).values_list("number", flat=True)
    return to.isascii() and to.isdecimal() and int(to[:12]) in set(ours)


def _is_notetaker(bot: Bot, speaker: str) -> bool:
    return bool(speaker) and bool(next(iter(names.matching(bot.team.notetaker_names, speaker)), ""))


def _is_repeated(session: AssistantSession, heard: realtime.Heard, text: str) -> bool:
    """Whether the same was heard before; it is remembered now."""
    at = heard.moment.at.isoformat() if heard.moment.at else ""
    told = f"{heard.recording_id}|{heard.participant.id}|{heard.start_s}|{at}|{text}"
    key = hashlib.blake2s(told.encode("utf-8", "replace"), digest_size=8).hexdigest()
    if key in session.recent:
        return True
    session.recent = [*session.recent, key][-REMEMBERED:]
    session.save(update_fields=["recent"])
    return False
