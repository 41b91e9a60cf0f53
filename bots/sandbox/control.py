"""The vendor's own dashboard for scripts: sandbox-only calls, opened by the same key.

Everything here is one verb of `direct.py`; `docs/sandbox.md` shows each by example.
"""

import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from . import clock, delivery, direct, lines
from .api import answers, keys
from .api.answers import Answer, Refused
from .models import Message, Workspace, as_json

Body = dict[str, Any]
SHOWN = 500
ROOMS_SHOWN = 20


@csrf_exempt
@login_not_required
def enter(request: HttpRequest, region: str, path: str) -> HttpResponseBase:
    """Answer one call to `/sandbox/<region>/control/<path>`."""
    now = timezone.now()
    try:
        workspace = keys.known(request, region, now=now)
        if workspace is None:
            raise keys.refusal(request, "GET, POST, PUT, DELETE")
        noun, _, rest = path.strip("/").partition("/")
        handler = _HANDLERS.get((request.method or "", noun))
        if handler is None:
            raise answers.not_found()
        body = json.loads(request.body) if request.body.strip() else {}
        if not isinstance(body, dict):
            raise direct.NotPossible("The body is a JSON object.")
        return Answer(200, handler(workspace, rest, body, now)).response()
    except Refused as refused:
        return refused.answer.response()
    except (direct.NotPossible, ValueError, TypeError, KeyError) as e:
        return Answer(400, {"code": "not_possible", "detail": str(e)}).response()


def _show_workspace(workspace: Workspace, rest: str, body: Body, now: datetime) -> Body:
    return {
        "region": workspace.region,
        "name": workspace.name,
        "webhooks": [
            {"url": e.url, "events": e.events, "disabled": e.disabled_at is not None}
            for e in workspace.endpoints.all()
        ],
        "secrets": workspace.secrets,
        "settings": workspace.settings,
    }


def _set_workspace(workspace: Workspace, rest: str, body: Body, now: datetime) -> Body:
    """`{webhook_url | webhook_urls | webhooks, secret | secrets, settings}`, all optional."""
    webhooks = body.get("webhooks")
    if webhooks is None and "webhook_urls" in body:
        webhooks = [{"url": url} for url in body["webhook_urls"]]
    if webhooks is None and "webhook_url" in body:
        webhooks = [{"url": body["webhook_url"]}] if body["webhook_url"] else []
    secrets = body.get("secrets", [body["secret"]] if body.get("secret") else None)
    direct.set_up(workspace, webhooks=webhooks, secret_list=secrets, settings=body.get("settings"))
    return _show_workspace(workspace, rest, body, now)


def _add_fault(workspace: Workspace, rest: str, body: Body, now: datetime) -> Body:
    fault = direct.add_fault(workspace, body)
    return {"id": fault.pk, "kind": fault.kind, "remaining": fault.remaining}


def _clear_faults(workspace: Workspace, rest: str, body: Body, now: datetime) -> Body:
    return {"removed": workspace.faults.all().delete()[0]}


def _webhooks(workspace: Workspace, rest: str, body: Body, now: datetime) -> Body:
    direct.trouble_webhooks(workspace, body)
    return _show_workspace(workspace, rest, body, now)


def _rooms(workspace: Workspace, rest: str, body: Body, now: datetime) -> Body:
    if rest:
        return direct.scene(direct.find_room(workspace, rest), now=now)
    rooms = workspace.rooms.order_by("-started_at")[:ROOMS_SHOWN]
    return {"rooms": [direct.scene(room, now=now) for room in rooms]}


def _intervene(workspace: Workspace, rest: str, body: Body, now: datetime) -> Body:
    """`{"do": "talk", "name": …, "text": …}`, or `{"do": "speed", "speed": 60}`."""
    room = direct.find_room(workspace, rest)
    asked = dict(body)
    verb = asked.pop("do", "")
    if verb == "speed":
        direct.set_speed(room, float(asked["speed"]), now=now)
    else:
        direct.intervene(room, verb, now=now, **asked)
    return direct.scene(room, now=now)


def _advance(workspace: Workspace, rest: str, body: Body, now: datetime) -> Body:
    """`{seconds, room?}`: without a room, every meeting that is on or still to begin."""
    if "room" in body:
        rooms = [direct.find_room(workspace, str(body["room"]))]
    else:
        live = workspace.bots.filter(frozen_code="", deleted_at=None).values_list("room", flat=True)
        rooms = list(workspace.rooms.filter(pk__in=live))
    seconds = float(body["seconds"])
    settled = [direct.advance(room, seconds, now=now) for room in rooms]
    wait = max((at - timezone.now()).total_seconds() for at in settled) if settled else 0.0
    time.sleep(min(max(wait, 0.0), 2.0))
    return {"rooms": len(rooms)} | _deliver(workspace, rest, body, timezone.now())


def _deliver(workspace: Workspace, rest: str, body: Body, now: datetime) -> Body:
    """Run the clock once, now."""
    told = clock.tell(now, workspace=workspace)
    delivered = delivery.deliver(now, workspace=workspace)
    return {"told": told, "delivered": delivered + lines.deliver(now, workspace=workspace)}


def _calls(workspace: Workspace, rest: str, body: Body, now: datetime) -> Body:
    columns = ["pk", "at", "method", "path", "query", "slug", "key_name"]
    columns += ["idempotency_key", "body", "status"]
    calls = workspace.calls.order_by("-pk")[:SHOWN]
    return {"calls": [as_json(call, columns) for call in reversed(calls)]}


def _messages(workspace: Workspace, rest: str, body: Body, now: datetime) -> Body:
    messages = Message.objects.filter(endpoint__workspace=workspace).order_by("-created_at", "-pk")
    rows = []
    for message in reversed(messages.prefetch_related("attempts")[:SHOWN]):
        columns = ["id", "event", "created_at", "due_at", "delivered_at", "tries"]
        attempts = [as_json(a, ["at", "status", "error"]) for a in message.attempts.all()]
        row = as_json(message, columns)
        rows.append(row | {"body": json.loads(message.body), "attempts": attempts})
    return {"messages": rows}


_HANDLERS: dict[tuple[str, str], Callable[[Workspace, str, Body, datetime], Body]] = {
    ("GET", "workspace"): _show_workspace,
    ("PUT", "workspace"): _set_workspace,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "webhooks"): _webhooks,
    ("GET", "rooms"): _rooms,
    ("POST", "rooms"): _intervene,
    ("POST", "advance"): _advance,
    ("POST", "deliver"): _deliver,
    ("GET", "calls"): _calls,
    ("GET", "messages"): _messages,
}
