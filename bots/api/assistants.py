"""Assistants by the API: which there are, and one sent into a meeting."""

import uuid

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Status

from bots import actions, assistants, tasks
from bots.api import states
from bots.api.auth import Bearer, caller, find_team
from bots.api.bots import KEY, order_token
from bots.api.problems import Problem
from bots.api.shapes import (
    AssistantShape,
    AssistantsShape,
    InitiateGiven,
    SentShape,
    SessionShape,
    also,
)
from bots.lifecycle import Action
from bots.models import Scope
from bots.recall import meeting_urls

router = Router(tags=["Assistants"])
SEND = Bearer(Scope.SEND)
EITHER = Bearer(Scope.SEND, Scope.READ)


@router.get(
    "/assistants/", auth=EITHER, response=also(200, AssistantsShape), url_name="api_assistants"
)
def list_assistants(request: HttpRequest) -> AssistantsShape:
    """All of the workspace, by name."""
    rows = caller(request).workspace.assistants.active()
    found = []
    for row in rows:
        lacks = assistants.lacks(row)
        found.append(AssistantShape(id=row.pk, name=row.name, is_ready=not lacks, lacks=lacks))
    return AssistantsShape(assistants=found)


@router.post("/initiate/", auth=SEND, response=also(201, SessionShape), url_name="api_initiate")
def initiate(
    request: HttpRequest, payload: InitiateGiven, key: str | None = KEY
) -> Status[SessionShape]:
    """Send an assistant into a meeting: a bot, and the session that speaks through it."""
    token = caller(request)
    team = find_team(token, payload.team)
    row = token.workspace.assistants.active().filter(pk=payload.assistant).first()
    try:
        session = assistants.initiate(
            row,
            team,
            meeting_url=payload.meeting_url,
            text=payload.text,
            bot_name=payload.bot_name or "",
            by=None,
            given_by=str(token),
            token=order_token(token, key) or str(uuid.uuid4()),
            now=timezone.now(),
        )
    except assistants.NotInitiated as why_not:
        raise Problem(400, "invalid", str(why_not)) from None
    except meeting_urls.NotALink as why_not:
        sentence = str(why_not)
        raise Problem(400, "invalid", sentence, fields=[("meeting_url", sentence)]) from None
    except actions.NotNow as why_not:
        raise Problem(409, "not_now", str(why_not)) from None
    bot = session.bot
    for order in bot.orders.filter(action=Action.SEND):
        tasks.wake_order(order)
    return Status(
        201,
        SessionShape(
            integration_id=payload.assistant,
            session_id=session.pk,
            bot=SentShape(
                id=bot.pk,
                recall_id=bot.recall_id,
                status=str(bot.phase),
                url=states.Links.of(request).page("bot", bot.workspace.slug, bot.pk),
            ),
        ),
    )
