"""Assistants: made, changed, removed by admins; sent into meetings, silenced, let speak again."""

from dataclasses import replace
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from bots import actions, deciding, policy
from bots.dialogue import tools
from bots.lifecycle.showing import Shows
from bots.models import (
    Assistant,
    AssistantSession,
    AuditEvent,
    Bot,
    PolicyVersion,
    Team,
    Verb,
)
from bots.models.workspace import Workspace
from bots.responders import asked

MOST = 50
LONGEST_TEXT = 8000
State = AssistantSession.State


class NotInitiated(Exception):
    """Why an assistant is not sent, as a sentence."""


@transaction.atomic
def save(assistant: Assistant, *, by: User, now: datetime) -> Assistant:
    """Keep a new assistant, or changes of one. Raises NotInitiated where there are too many."""
    workspace = assistant.workspace
    made = assistant.pk is None
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    if made and workspace.assistants.active().count() >= MOST:
        raise NotInitiated(f"A workspace has {MOST} assistants at most. Remove one first.")
    if made:
        assistant.created_at = now
    assistant.save()
    verb = Verb.ASSISTANT_MADE if made else Verb.ASSISTANT_CHANGED
    AuditEvent.objects.record(
        workspace,
        verb,
        by=by,
        now=now,
        target=assistant,
        detail={"responder": assistant.kind, "may": assistant.may},
    )
    return assistant


@transaction.atomic
def remove(assistant: Assistant, *, by: User, now: datetime) -> None:
    """Take an assistant out of use, with its key; what it did stays."""
    taking_part = assistant.sessions.filter(state__in=[State.LISTENING, State.SILENCED])
    Bot.objects.filter(assistant_session__in=taking_part).order_by("pk").hold()
    assistant.archived_at = now
    assistant.api_key = ""
    assistant.save(update_fields=["archived_at", "api_key"])
    for session in taking_part.select_related("bot"):
        session.state = State.SILENCED
        session.problem = "Its assistant was removed."
        session.assistant = None
        session.save(update_fields=["state", "problem", "assistant"])
        session.bot.tell(now)
    AuditEvent.objects.record(
        assistant.workspace, Verb.ASSISTANT_REMOVED, by=by, now=now, target=assistant
    )


def lacks(assistant: Assistant) -> list[str]:
    """What it cannot take part without, in words."""
    problem = getattr(assistant.api_key, "problem", "")
    return [
        *asked.missing(assistant.settings),
        *([f"a readable key ({problem})"] if problem else []),
    ]


def initiate(
    assistant: Assistant | None,
    team: Team,
    *,
    meeting_url: str,
    text: str,
    bot_name: str = "",
    by: User | None,
    token: str,
    now: datetime,
    given_by: str = "",
) -> AssistantSession:
    """Send an assistant into a meeting: a bot, and the session that speaks through it.

    The same form (`token`) again is the same session. Raises NotInitiated for a missing assistant
    or key, `meeting_urls.NotALink` for a bad link, and actions.NotAllowed and NotNow as `send`.
    """
    if assistant is None or assistant.archived_at is not None:
        raise NotInitiated("There is no such assistant.")
    if not team.workspace.api_key:
        raise NotInitiated("This workspace is not connected to Recall: it has no API key.")
    if missing := lacks(assistant):
        raise NotInitiated(f"The assistant {assistant} lacks {' and '.join(missing)}.")
    if len(text) > LONGEST_TEXT:
        raise NotInitiated(f"The instruction has more than {LONGEST_TEXT} characters.")
    name = " ".join(bot_name.split())[:100] or assistant.name
    with transaction.atomic():
        ask = _ask(assistant, team, meeting_url, name)
        bot = actions.send(team, ask, by=by, token=token, now=now, given_by=given_by)
        known = AssistantSession.objects.filter(bot=bot).first()
        if known is not None:
            return known
        session = AssistantSession.objects.create(
            bot=bot,
            assistant=assistant,
            # What it is called in this meeting: a policy may have fixed the bot's name.
            name=name,
            text=text.strip(),
            opened_by=by,
            opened_at=now,
        )
        Bot.objects.filter(pk=bot.pk).update(is_assisted=True)
        AuditEvent.objects.record(
            team.workspace,
            Verb.ASSISTANT_SENT,
            by=by,
            now=now,
            target=bot,
            detail={"assistant": assistant.name} | ({"given_by": given_by} if given_by else {}),
        )
    return session


def _ask(assistant: Assistant, team: Team, meeting_url: str, name: str) -> policy.Ask:
    """A bot that hears what is said while it is said, and shows pages if its assistant may; as far
    as the policy leaves that open."""
    rules = PolicyVersion.objects.current(team).pure.rules
    ask = policy.Ask(meeting_url=meeting_url, bot_name=name)
    # Recall's own transcription hurries in English alone; the platform's captions, in any language.
    if rules.language == "en":
        ask = replace(
            ask,
            transcript="recallai_streaming",
            language="en",
            transcript_mode="prioritize_low_latency",
        )
    else:
        ask = replace(ask, transcript="meeting_captions")
    if tools.SHARE in assistant.may and assistant.pages:
        ask = replace(ask, shows=Shows.PAGES)
    return deciding.as_allowed(team, ask)


@transaction.atomic
def silence(session: AssistantSession, *, by: User, now: datetime) -> None:
    """It says and does nothing more, and goes on listening for its summary."""
    _switch(session, State.LISTENING, State.SILENCED, Verb.ASSISTANT_SILENCED, by=by, now=now)


@transaction.atomic
def let_speak(session: AssistantSession, *, by: User, now: datetime) -> None:
    """It answers again whatever is said from now on."""
    _switch(session, State.SILENCED, State.LISTENING, Verb.ASSISTANT_HEARD, by=by, now=now)


def _switch(
    session: AssistantSession, was: str, to: str, verb: Verb, *, by: User, now: datetime
) -> None:
    [bot] = Bot.objects.filter(pk=session.bot_id).hold()
    if session.assistant_id is None:
        return
    last = session.turns.order_by("n").last()
    changed = AssistantSession.objects.filter(pk=session.pk, state=was).update(
        state=to, answering=None, answered=last.n if last else 0, draft="", problem=""
    )
    if changed:
        AuditEvent.objects.record(bot.workspace, verb, by=by, now=now, target=bot)
        bot.tell(now)
