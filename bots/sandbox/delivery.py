"""Webhooks on their way: signed, on Recall's retry schedule, and as troubled as was asked for.

https://docs.recall.ai/docs/bot-status-change-events and https://docs.recall.ai/docs/faq-webhooks
"""

import json
import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock
from typing import Any, Literal

import httpx
from django.conf import settings
from django.db import connections, transaction
from django.db.models import Q
from django.utils import timezone

from bots.recall import webhooks

from .database import ALIAS
from .models import Attempt, Message, Workspace

logger = logging.getLogger(__name__)

TIMEOUT_S = 15.0
RETRIES_S = (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 36000.0)
LEASE = timedelta(seconds=45)
GIVES_UP = timedelta(days=5)
AT_ONCE = 64
MOST_LOOKED_AT = 1000


def written(body: dict[str, Any]) -> str:
    """The bytes that are signed and sent, as text."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def first_due(workspace: Workspace, key: str, *, at: datetime) -> datetime | None:
    """When a new message is first sent; None if it is dropped on request."""
    options = workspace.options
    share = int.from_bytes(sha256(key.encode()).digest()[:4], "big") / 2**32
    if share < options["drop"]:
        return None
    late = options["delay_s"] + share * options["shuffle_s"]
    return at + timedelta(seconds=late)


class Senders:
    """Threads that deliver, a few for each address: a slow receiver holds up nobody else."""

    def __init__(self, client: httpx.Client, *, threads: int = 64, each: int = 6) -> None:
        self.client = client
        self.each = each
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="webhook")
        self._busy: Counter[int] = Counter()
        self._lock = Lock()

    def full(self) -> list[int]:
        """The endpoints that have to finish something first."""
        with self._lock:
            return [pk for pk, busy in self._busy.items() if busy >= self.each]

    def begin(self, message: Message) -> None:
        with self._lock:
            self._busy[message.endpoint_id] += 1
        self._pool.submit(self._send, message)

    def stop(self) -> None:
        """Begin nothing more; what is under way is given up with the process."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def wait(self) -> None:
        """Begin nothing more, and come back when all is sent."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _send(self, message: Message) -> None:
        try:
            _send(message, self.client, timezone.now)
        except Exception:
            logger.exception("A webhook could not be sent")
        finally:
            with self._lock:
                self._busy[message.endpoint_id] -= 1
            connections[ALIAS].close()


def deliver(
    now: datetime,
    *,
    client: httpx.Client | None = None,
    senders: Senders | None = None,
    workspace: Workspace | None = None,
) -> int:
    """Send what is due; each message is claimed by one sender. Returns how many were begun."""
    full = senders.full() if senders else []
    messages = _claimed(now, workspace, at_most=senders.each if senders else AT_ONCE, full=full)
    for message in messages:
        if senders is None:
            _send(message, client, lambda: now)
        else:
            senders.begin(message)
    return len(messages)


def _claimed(
    now: datetime, workspace: Workspace | None, *, at_most: int, full: list[int]
) -> list[Message]:
    """Due messages that are ours to send now, at most so many for each endpoint."""
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - LEASE)
    with transaction.atomic(using=ALIAS):
        due = Message.objects.filter(
            free, due_at__lte=now, delivered_at=None, endpoint__disabled_at=None
        ).exclude(endpoint__in=full)
        if workspace is not None:
            due = due.filter(endpoint__workspace=workspace)
        chosen: dict[int, list[Message]] = {}
        for message in due.select_related("endpoint__workspace").order_by("due_at", "created_at")[
            :MOST_LOOKED_AT
        ]:
            mine = chosen.setdefault(message.endpoint_id, [])
            if len(mine) < at_most and not message.endpoint.workspace.options["webhooks_paused"]:
                mine.append(message)
        rows = [message for mine in chosen.values() for message in mine]
        Message.objects.filter(pk__in=[message.pk for message in rows]).update(claimed_at=now)
    return rows


def _send(message: Message, client: httpx.Client | None, clock: Callable[[], datetime]) -> None:
    workspace = message.endpoint.workspace
    twice = workspace.options["double"]
    status, error = _post(message, client, clock())
    if twice:
        _post(message, client, clock())
    _record(message, status, error, clock())


def _post(message: Message, client: httpx.Client | None, at: datetime) -> tuple[int | None, str]:
    workspace = message.endpoint.workspace
    body = message.body.encode()
    family: Literal["webhook", "svix"]
    family = "svix" if workspace.options["headers"] == "svix" else "webhook"
    headers = {"Content-Type": "application/json", "User-Agent": "Svix-Webhooks/1.0 (sandbox)"}
    if workspace.secrets:
        headers |= webhooks.sign(
            body, secret=workspace.secrets, message_id=message.pk, at=at, family=family
        )
    try:
        if client is not None:
            response = client.post(message.endpoint.url, content=body, headers=headers)
        else:
            response = httpx.post(
                message.endpoint.url, content=body, headers=headers, timeout=TIMEOUT_S
            )
    except (httpx.HTTPError, httpx.InvalidURL) as e:
        return None, f"{type(e).__name__}: {e}"[:500]
    return response.status_code, ""


def _record(message: Message, status: int | None, error: str, now: datetime) -> None:
    endpoint = message.endpoint
    ok = status is not None and 200 <= status < 300
    message.tries += 1
    message.claimed_at = None
    if ok:
        message.delivered_at, message.due_at = now, None
        endpoint.failing_since = None
    else:
        message.due_at = _next_try(endpoint.workspace, message.tries, now)
        endpoint.failing_since = endpoint.failing_since or now
        if now - endpoint.failing_since >= GIVES_UP:
            endpoint.disabled_at = now
    with transaction.atomic(using=ALIAS):
        Attempt.objects.create(message=message, at=now, status=status, error=error)
        message.save(update_fields=["tries", "claimed_at", "delivered_at", "due_at"])
        endpoint.save(update_fields=["failing_since", "disabled_at"])


def _next_try(workspace: Workspace, tries: int, now: datetime) -> datetime | None:
    if tries > len(RETRIES_S):
        return None
    speed = workspace.options["retry_speed"] or float(settings.SANDBOX_SPEED) or 1.0
    return now + timedelta(seconds=RETRIES_S[tries - 1] / speed)
