"""A small world to test in: workspaces, bots, and webhooks as Recall would sign them."""

import itertools
import json
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeVar

from django.db import connections

from bots import intake
from bots.models import Bot, Delivery, Workspace
from bots.recall import meeting_urls, webhooks

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LINK = "https://meet.google.com/abc-defg-hij"
_numbers = itertools.count(1)
T = TypeVar("T")


def at(seconds: float) -> datetime:
    """That many seconds after the world began."""
    return NOW + timedelta(seconds=seconds)


def make_workspace(slug: str = "acme", *, secret: str = SECRET, **fields: Any) -> Workspace:
    workspace = Workspace.objects.create(
        slug=slug,
        name=slug.title(),
        api_key=fields.pop("api_key", f"sandbox_us-west-2_{slug}"),
        **fields,
    )
    workspace.teams.create(name="Sales")
    if secret:
        workspace.secrets.create(secret=secret)
    return workspace


def make_bot(workspace: Workspace, *, link: str = LINK, **fields: Any) -> Bot:
    found = meeting_urls.find(link)
    values: dict[str, Any] = {
        "team": workspace.default_team,
        "recall_id": uuid.uuid4(),
        "name": "Acme Notetaker",
        "title": "Weekly review",
        "meeting_url": found.url,
        "meeting_key": found.key,
        "platform": found.platform,
        "created_at": NOW,
    }
    return Bot.objects.create(workspace=workspace, **{**values, **fields})


def status_event(bot: Bot, code: str, when: datetime, *, sub_code: str | None = None) -> bytes:
    """The body of `bot.<code>`."""
    return event(
        f"bot.{code}",
        {
            "data": {"code": code, "sub_code": sub_code, "updated_at": when.isoformat()},
            "bot": {"id": str(bot.recall_id), "metadata": {}},
        },
    )


def recording_event(
    bot: Bot, recording_id: str, status: str, when: datetime, *, sub_code: str | None = None
) -> bytes:
    """The body of `recording.<status>`."""
    return event(
        f"recording.{status}",
        {
            "data": {"code": status, "sub_code": sub_code, "updated_at": when.isoformat()},
            "recording": {"id": recording_id, "metadata": {}},
            "bot": {"id": str(bot.recall_id), "metadata": {}},
        },
    )


def event(name: str, data: dict[str, Any]) -> bytes:
    return json.dumps({"event": name, "data": data}).encode()


def signed(
    body: bytes,
    *,
    when: datetime = NOW,
    secret: str = SECRET,
    message_id: str = "",
    family: Literal["webhook", "svix"] = "webhook",
) -> dict[str, str]:
    """The headers that Recall would send with that body."""
    return webhooks.sign(
        body,
        secret=secret,
        message_id=message_id or f"msg_{next(_numbers)}",
        at=when,
        family=family,
    )


def deliver(
    workspace: Workspace,
    body: bytes,
    *,
    when: datetime = NOW,
    now: datetime | None = None,
    **signing: Any,
) -> Delivery:
    """Let a webhook come that is signed at `when`, and is heard then or at `now`."""
    return receive(workspace, signed(body, when=when, **signing), body, now=now or when)


def receive(
    workspace: Workspace, headers: Mapping[str, str], body: bytes, *, now: datetime
) -> Delivery:
    """Let these bytes come to the workspace's address; raises why they are refused."""
    [answer] = intake.take([intake.Knock(workspace.webhook_token, headers, body)], now=now)
    if answer.refusal is not None:
        raise answer.refusal
    assert answer.delivery is not None, f"{answer.status} {answer.sentence}"
    return answer.delivery


def elsewhere(work: Callable[[], T]) -> "Future[T]":
    """Begin `work` in a thread with connections of its own; returns once it is done or stuck."""

    def alone() -> T:
        try:
            return work()
        finally:
            connections.close_all()

    pool = ThreadPoolExecutor(1)
    begun = pool.submit(alone)
    pool.shutdown(wait=False)
    wait([begun], timeout=0.2)
    return begun
