"""An assistant in its meeting: sees whose turn it is, asks its responder, says and does what comes.

Each look asks once and writes what came of it in one transaction, so that a worker that is killed
costs one question, never a second answer.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.db import transaction

from bots import actions, agreement, overhearing, responders
from bots.dialogue import prompts, replies, tools, turns
from bots.dialogue.terms import Call, Reply, Said, Tool
from bots.lifecycle import Action, Phase, chats
from bots.models import AssistantSession, AssistantTurn, Bot
from bots.responders import asked

logger = logging.getLogger(__name__)

# Longer than a question may take, so that only a dead worker loses it.
LEASE = timedelta(seconds=asked.TOTAL_S + 20)
# So often it may use tools before it has to answer.
MOST_ROUNDS = 4
# So many turns are read at most; what is handed on is limited by letters.
MOST_TURNS = 400
AGAIN = timedelta(seconds=5)
# What comes too late is no answer any more.
TOO_LATE = timedelta(minutes=2)
DRAFTED_EVERY_S = 1.0
SPENT = "It has used what it may use in one meeting, and says nothing more."

Clock = Callable[[], datetime]
Kind = AssistantTurn.Kind
State = AssistantSession.State


@dataclass(frozen=True, slots=True)
class _Question:
    """What the responder is asked: an answer to turn number `n`, or (None) the closing summary."""

    n: int | None
    said: list[Said]
    tools: list[Tool]


def look(pk: int, *, clock: Clock) -> bool:
    """Look at a session that is due, and do what comes next; whether the responder was asked.

    Never raises for what a responder or Recall answers.
    """
    now = clock()
    if not AssistantSession.objects.claim(pk, now, LEASE):
        return False
    held_until = now + LEASE
    with transaction.atomic():
        found = _held(pk)
        if found is None:
            return False  # it went with its bot
        session, bot = found
        question = _next(session, bot, now)
        if question is None:
            _settle(session, bot, now)
            return False
        session.save()
    reply: Reply | None = None
    problem, again = "", False
    try:
        assert session.assistant is not None
        responder = responders.responder(session.assistant.settings)
        reply = responder.respond(
            question.said, tools=question.tools, told=_drafting(session.pk, bot, clock)
        )
    except responders.Failed as why:
        problem, again = str(why), why.again
    except Exception:
        logger.exception("The responder of session %s broke off", pk)
        problem = "The responder broke off."
    with transaction.atomic():
        found = _held(pk)
        if found is None:
            return True
        session, bot = found
        if session.lease_until != held_until:
            logger.warning("An answer in session %s came back too late", pk)
            return True
        if reply is not None:
            session.spend(reply.tokens_in, reply.tokens_out, is_guess=reply.is_guess)
            session.problem = ""
        _take(session, bot, question, reply, problem, again, clock())
        _settle(session, bot, clock())
    return True


def _held(pk: int) -> tuple[AssistantSession, Bot] | None:
    """The session and its bot, which nobody else moves in this transaction; None: both are gone."""
    held = Bot.objects.filter(assistant_session=pk).select_related("team", "workspace").hold()
    if not held:
        return None
    session = AssistantSession.objects.select_related("assistant").get(pk=pk)
    return session, held[0]


def _next(session: AssistantSession, bot: Bot, now: datetime) -> _Question | None:
    """What is to be asked now, if anything. The bot is held."""
    turn = overhearing.open_turn(session)
    is_leaving = bot.is_over or bot.phase in (Phase.LEAVING, Phase.PROCESSING)
    if turn is not None and (
        is_leaving
        or turns.is_over(began_at=turn.began_at, heard_at=turn.heard_at, text=turn.text, now=now)
    ):
        overhearing.end(session, bot, turn, now)
    if is_leaving:
        return _close(session, bot, now)
    if session.state != State.LISTENING or session.assistant is None:
        return None
    if session.answering is None:
        pending = session.turns.filter(
            kind=Kind.SAID, is_for_us=True, ended_at__isnull=False, n__gt=session.answered
        )
        last = pending.order_by("n").last()
        if last is None:
            return None
        session.answering, session.rounds = last.n, 0
    if session.is_spent:
        _note(session, SPENT, now)
        session.state, session.answering, session.problem = State.SILENCED, None, SPENT
        return None
    return _Question(
        n=session.answering,
        said=[_instructions(session, bot), *prompts.conversation(_turns(session))],
        tools=_tools(session, bot) if session.rounds < MOST_ROUNDS else [],
    )


def _close(session: AssistantSession, bot: Bot, now: datetime) -> _Question | None:
    """The meeting is over: sum up what was said, if anything was."""
    if session.state == State.CLOSED:
        return None
    heard = session.turns.filter(kind=Kind.SAID)
    if session.assistant is None or session.is_spent or not heard.exists():
        session.state, session.closed_at = State.CLOSED, now
        return None
    session.state, session.answering = State.CLOSING, None
    session.rounds += 1
    return _Question(
        n=None, said=[_instructions(session, bot), *prompts.closing(_turns(session))], tools=[]
    )


def _take(
    session: AssistantSession,
    bot: Bot,
    question: _Question,
    reply: Reply | None,
    problem: str,
    again: bool,
    now: datetime,
) -> None:
    """Write what came of a question. The bot is held, and the session is still ours."""
    session.draft = ""
    if question.n is None:
        if reply is None and again and session.rounds < MOST_ROUNDS:
            session.problem = problem
            return
        session.state, session.closed_at = State.CLOSED, now
        session.summary = reply.text if reply is not None and not reply.refused else ""
        session.problem = problem or ("" if session.summary else "It would not sum this up.")
        bot.tell(now)
        return
    if session.state != State.LISTENING:
        return  # somebody silenced it meanwhile
    session.rounds += 1
    turn = session.turns.get(n=question.n)
    if reply is None:
        is_fresh = now - (turn.ended_at or turn.began_at) < TOO_LATE
        if again and is_fresh and session.rounds < MOST_ROUNDS:
            session.problem = problem
            return
        _note(session, f"No answer: {problem}", now)
        session.problem = problem
        _done(session)
    elif reply.refused:
        _note(session, "The responder would not answer that.", now)
        _done(session)
    elif now - (turn.ended_at or turn.began_at) > TOO_LATE and not reply.calls:
        _note(session, "The answer came too late, and was not said.", now)
        _done(session)
    else:
        _use(session, bot, turn, reply, now)
    bot.tell(now)


def _use(
    session: AssistantSession, bot: Bot, turn: AssistantTurn, reply: Reply, now: datetime
) -> None:
    """Say the answer, and carry out the tools that are allowed."""
    assistant = session.assistant
    assert assistant is not None
    calls = reply.calls if session.rounds <= MOST_ROUNDS else ()
    if reply.text:
        _say(session, bot, turn, reply, now, with_calls=bool(calls))
    if not calls:
        _done(session)
        return
    session.turn(
        Kind.CALLED,
        now,
        text=reply.text,
        ended_at=now,
        calls=[{"id": each.id, "name": each.name, "arguments": each.arguments} for each in calls],
    )
    for number, call in enumerate(calls):
        came = _carry_out(session, bot, call, number, now)
        session.turn(Kind.CAME, now, ended_at=now, text=came, call_id=call.id[:200])


def _say(
    session: AssistantSession,
    bot: Bot,
    turn: AssistantTurn,
    reply: Reply,
    now: datetime,
    *,
    with_calls: bool,
) -> None:
    """Into the chat; where it was asked in private, to whoever asked."""
    if not with_calls:
        session.turn(Kind.ANSWERED, now, ended_at=now, speaker=session.name, text=reply.text)
    found, left_out = replies.messages(reply.text, platform=bot.platform)
    if not found:
        _note(session, "Its answer stands here alone: bots can't write in this chat.", now)
        return
    chat = chats.chat_of(bot.platform)
    is_private = turn.is_private and turn.participant is not None
    to = chats.EVERYONE
    if is_private and chat is not None and chat.to_some and turn.participant is not None:
        to = str(turn.participant.number)
    for number, message in enumerate(found):
        why_not = _order(
            session,
            bot,
            Action.SAY,
            {"message": message, "to": to, "pin": False},
            f"{turn.n}-{session.rounds}-{number}",
            now,
        )
        if why_not:
            _note(session, f"It could not be said: {why_not}", now)
            return
    if left_out or reply.cut:
        _note(session, "The answer was too long for the chat; its end was left out.", now)


def _carry_out(session: AssistantSession, bot: Bot, call: Call, number: int, now: datetime) -> str:
    """What came of a tool, as a sentence for the responder."""
    assistant = session.assistant
    assert assistant is not None
    try:
        deed = tools.deed(call, may=assistant.may, platform=bot.platform, pages=assistant.pages)
    except tools.NotAllowed as why_not:
        _note(session, f"It asked for “{call.name}”, and was refused: {why_not}", now)
        return f"Refused: {why_not}"
    if why_not_alone := agreement.left_to_people(bot, deed.action):
        return f"Not possible: {why_not_alone}"
    label = f"{session.answering}-{session.rounds}-tool-{number}"
    why_not_now = _order(session, bot, deed.action, dict(deed.body), label, now)
    return f"Not possible: {why_not_now}" if why_not_now else "Done."


def _order(
    session: AssistantSession,
    bot: Bot,
    action: Action,
    body: dict[str, object],
    label: str,
    now: datetime,
) -> str:
    """Order it in the assistant's name, once; why it cannot be, or ""."""
    try:
        actions.order(
            bot,
            action,
            by=None,
            now=now,
            token=f"session-{session.pk}-{label}",
            body=body,
            given_by=session.name,
            confirmed=True,
        )
    except actions.NotNow as why_not:
        return str(why_not)
    return ""


def _settle(session: AssistantSession, bot: Bot, now: datetime) -> None:
    """Let go of the session, and say when to look at it again."""
    session.lease_until, session.due_at = None, None
    turn = overhearing.open_turn(session)
    if session.state == State.CLOSING:
        session.due_at = now + AGAIN
    elif session.is_open and not bot.is_over:
        if session.state == State.LISTENING and session.answering is not None:
            session.due_at = now + AGAIN if session.problem else now
        elif session.state == State.LISTENING and _is_waited_for(session):
            session.due_at = now
        elif turn is not None:
            session.due_at = turns.over_at(began_at=turn.began_at, heard_at=turn.heard_at)
    session.save()


def _is_waited_for(session: AssistantSession) -> bool:
    pending = session.turns.filter(kind=Kind.SAID, is_for_us=True, ended_at__isnull=False)
    return session.assistant is not None and pending.filter(n__gt=session.answered).exists()


def _done(session: AssistantSession) -> None:
    session.answered, session.answering = session.answering or session.answered, None


def _note(session: AssistantSession, text: str, now: datetime) -> None:
    session.turn(Kind.NOTE, now, ended_at=now, text=text)


def _tools(session: AssistantSession, bot: Bot) -> list[Tool]:
    assistant = session.assistant
    if assistant is None or not asked.KINDS[assistant.kind].takes_tools:
        return []
    return tools.offered(assistant.may, platform=bot.platform, pages=assistant.pages)


def _instructions(session: AssistantSession, bot: Bot) -> Said:
    assistant = session.assistant
    return prompts.instructions(
        name=session.name,
        platform=bot.platform,
        instruction=assistant.instruction if assistant else "",
        text=session.text,
        title=bot.title,
    )


def _turns(session: AssistantSession) -> list[prompts.Turn]:
    """The talk so far; notes of ours are for people."""
    newest = session.turns.exclude(kind=Kind.NOTE).order_by("-n")[:MOST_TURNS]
    return [
        prompts.Turn(
            kind=row.kind,
            speaker=row.speaker,
            text=row.text,
            in_chat=row.in_chat,
            calls=tuple(Call(**each) for each in row.calls),
            call_id=row.call_id,
        )
        for row in reversed(newest)
    ]


def _drafting(pk: int, bot: Bot, clock: Clock) -> asked.Told:
    """Keeps the answer while it grows, so that a page can show it; no more than once a second."""
    last = monotonic() - DRAFTED_EVERY_S

    def told(text: str) -> None:
        nonlocal last
        if monotonic() - last < DRAFTED_EVERY_S:
            return
        last = monotonic()
        AssistantSession.objects.filter(pk=pk).update(draft=text)
        bot.tell(clock())

    return told
