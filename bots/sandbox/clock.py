"""The sandbox's clock: what has happened since becomes messages, and what is due is delivered."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx
from django.db import transaction

from . import delivery, ids, lines
from .database import ALIAS
from .models import Bot, Endpoint, Message, Workspace, moment
from .rooms import settle
from .story import Happening, Story

OVERLAP = timedelta(seconds=5)  # an order may be kept a moment after its time


def tick(
    now: datetime,
    *,
    client: httpx.Client | None = None,
    senders: delivery.Senders | None = None,
    runners: lines.Runners | None = None,
) -> int:
    """Turn what happened up to `now` into messages, then deliver what is due, in real time too.

    Returns the number of deliveries tried. With `senders` and `runners` they are only begun.
    """
    tell(now)
    sent = delivery.deliver(now, client=client, senders=senders)
    return sent + lines.deliver(now, client=client, runners=runners)


def tell(now: datetime, *, workspace: Workspace | None = None) -> int:
    """Messages for everything that happened up to `now`; each happening exactly once."""
    due = Bot.objects.filter(due_at__lte=now, deleted_at=None)
    if workspace is not None:
        due = due.filter(workspace=workspace)
    told = 0
    for pk in list(due.order_by("due_at").values_list("pk", flat=True)):
        with transaction.atomic(using=ALIAS):
            bots = Bot.objects.select_related("room", "workspace").defer("memory")
            bot = bots.filter(pk=pk, due_at__lte=now).first()
            if bot is not None:
                told += _tell(bot, now)
    return told


def _tell(bot: Bot, now: datetime) -> int:
    frozen = bot.frozen is not None
    story = settle(bot, now=now)
    since = (bot.told_at - OVERLAP).timestamp() if bot.told_at else 0.0
    news = [h for h in story.happenings if since < h.at <= now.timestamp()]
    if any(h.event in ("realtime_endpoint.running", "bot.in_call_not_recording") for h in news):
        lines.opened(bot, story, now=now)
    endpoints = [e for e in bot.workspace.endpoints.all() if e.disabled_at is None]
    messages = [
        message
        for endpoint in endpoints
        for happening in news
        if (message := _message(bot, story, endpoint, happening, now)) is not None
    ]
    Message.objects.bulk_create(messages, ignore_conflicts=True)
    bot.told_at = now
    changed = ["told_at", "due_at"]
    if not frozen and bot.frozen is not None:
        changed += ["frozen", "memory", "frozen_code"]
    bot.save(update_fields=changed)
    return len(messages)


def _message(
    bot: Bot, story: Story, endpoint: Endpoint, happening: Happening, now: datetime
) -> Message | None:
    if endpoint.events and happening.event not in endpoint.events:
        return None
    key = f"{bot.pk}/{happening.event}/{happening.take}/{happening.n}/{happening.at:.6f}"
    at = moment(happening.at)
    return Message(
        endpoint=endpoint,
        bot=bot,
        key=key,
        event=happening.event,
        body=delivery.written(payload(bot, story, happening)),
        created_at=at,
        due_at=delivery.first_due(bot.workspace, key, at=max(at, now)),
    )


def payload(bot: Bot, story: Story, happening: Happening) -> dict[str, Any]:
    """The webhook's body: https://docs.recall.ai/docs/bot-status-change-events and neighbours."""
    options = bot.workspace.options
    shift = _jitter(f"{bot.pk}{happening.event}{happening.at}", options["time_jitter_ms"])
    at = datetime.fromtimestamp(happening.at + shift, UTC)
    ending = "Z" if options["offset_style"] == "Z" else "+00:00"
    inner: dict[str, Any] = {
        "code": happening.code,
        "sub_code": happening.sub_code or options["empty_sub_code"],
        "updated_at": f"{at:%Y-%m-%dT%H:%M:%S.%f}{ending}",
    }
    if happening.event in ("bot.fatal", "bot.call_ended"):
        inner["sub_code"] = happening.sub_code or ""
    if happening.error:
        inner["error"] = happening.error
    about: dict[str, Any] = {"bot": {"id": str(bot.pk), "metadata": bot.metadata}}
    if happening.take is not None:
        take = story.takes[happening.take]
        about["recording"] = {"id": ids.made(bot.pk, take.n), "metadata": take.metadata}
        if happening.subject != "recording":
            parts: Iterable[dict[str, Any]] = [
                {"kind": a.kind, "n": a.n, "metadata": a.metadata} for a in take.artifacts
            ]
            if happening.subject == "realtime_endpoint":
                parts = [endpoint | {"kind": happening.subject} for endpoint in take.endpoints]
            metadata = next(
                part["metadata"]
                for part in parts
                if (part["kind"], part["n"]) == (happening.subject, happening.n)
            )
            about[happening.subject] = {
                "id": ids.made(bot.pk, take.n, happening.subject, happening.n),
                "metadata": metadata,
            }
    return {"event": happening.event, "data": {"data": inner, **about}}


def _jitter(seed: str, milliseconds: float) -> float:
    """The same small shift each time, up to that many milliseconds either way."""
    if not milliseconds:
        return 0.0
    share = int.from_bytes(sha256(seed.encode()).digest()[:4], "big") / 2**32
    return (share * 2 - 1) * milliseconds / 1000
