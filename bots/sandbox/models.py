"""What was ordered in the sandbox, and what was sent and received; all else is computed from it."""

import re
import uuid
from datetime import UTC, datetime
from typing import Any

from django.db import models

from .options import Options

REGIONS = ("us-east-1", "us-west-2", "eu-central-1", "ap-northeast-1")
KEY = re.compile(rf"^sandbox_({'|'.join(REGIONS)})_([A-Za-z0-9][A-Za-z0-9._-]{{0,79}})$")


def new_message_id() -> str:
    return f"msg_{uuid.uuid4().hex}"


class Workspace(models.Model):
    """A Recall workspace in one region; any key `sandbox_<region>_<name>` opens its own."""

    region = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    secrets = models.JSONField(default=list)
    settings = models.JSONField(default=dict)
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["region", "name"], name="sandbox_one_workspace_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.name} in {self.region}"

    @property
    def key(self) -> str:
        return f"sandbox_{self.region}_{self.name}"

    @property
    def options(self) -> Options:
        return Options(self.settings)


class Endpoint(models.Model):
    """Where a workspace's webhooks go; no `events` means all of them."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="endpoints")
    url = models.TextField()
    events = models.JSONField(default=list)
    failing_since = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.url


class Room(models.Model):
    """One sitting of a meeting: which script is played, since when and how fast."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="rooms")
    link_key = models.TextField()
    url = models.TextField()
    platform = models.CharField(max_length=40)
    scenario = models.CharField(max_length=60)
    minutes = models.FloatField(null=True)
    started_at = models.DateTimeField()
    tempo = models.JSONField(default=list)
    interventions = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["workspace", "link_key", "-started_at"])]

    def __str__(self) -> str:
        return f"{self.scenario}: {self.link_key}"


class Bot(models.Model):
    """A bot as it was ordered. Once its story is over it is kept, so that lists are quick: `frozen`
    is what answers need, `memory` what only downloads do."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="bots")
    room = models.ForeignKey(Room, models.CASCADE, related_name="bots")
    config = models.JSONField()
    metadata = models.JSONField(default=dict)
    meeting_url = models.JSONField()
    url = models.TextField()
    platform = models.CharField(max_length=40)
    created_at = models.DateTimeField()
    join_at = models.DateTimeField(null=True)
    joins_at = models.DateTimeField()
    scheduled = models.BooleanField(default=False)
    deleted_at = models.DateTimeField(null=True)
    frozen = models.JSONField(null=True)
    memory = models.JSONField(null=True)
    frozen_code = models.CharField(max_length=80, blank=True)
    told_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=0)  # raised by whatever changes the story

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["workspace", "-created_at"]),
            models.Index(fields=["due_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.config.get('bot_name', 'bot')} in {self.url}"


class Order(models.Model):
    """A command to a bot, a deletion or a change of metadata; `kind` as in Recall's path."""

    bot = models.ForeignKey(Bot, models.CASCADE, related_name="orders")
    kind = models.CharField(max_length=60)
    body = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return self.kind


class Message(models.Model):
    """One webhook to one endpoint; `key` makes the same happening the same message."""

    id = models.CharField(primary_key=True, max_length=60, default=new_message_id, editable=False)
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="messages")
    bot = models.ForeignKey(Bot, models.CASCADE, null=True, related_name="messages")
    key = models.CharField(max_length=200)
    event = models.CharField(max_length=80)
    body = models.TextField()
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "key"], name="sandbox_said_once")
        ]
        indexes = [models.Index(fields=["due_at"])]

    def __str__(self) -> str:
        return self.event


class Line(models.Model):
    """A real-time endpoint of a recording, and how far it was told: what is sent is computed.

    `take` and `n` say which recording and which of its endpoints; `BEFORE` is no recording: what is
    told in the call before there is one. All messages before `sent_upto`
    (POSIX seconds) were sent, and so many of that very moment.
    """

    BEFORE = -1

    bot = models.ForeignKey(Bot, models.CASCADE, related_name="lines")
    take = models.IntegerField()
    n = models.PositiveIntegerField()
    url = models.TextField()
    events = models.JSONField(default=list)
    sent_upto = models.FloatField(default=0.0)
    sent_then = models.PositiveIntegerField(default=0)
    sent = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    failed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["take", "n"]
        constraints = [
            models.UniqueConstraint(fields=["bot", "take", "n"], name="sandbox_one_line_each")
        ]
        indexes = [models.Index(fields=["due_at"])]

    def __str__(self) -> str:
        return self.url


class Attempt(models.Model):
    """One try to deliver a message: the status that came back, or what went wrong."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    status = models.PositiveIntegerField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return str(self.status or self.error)


class Call(models.Model):
    """One call that reached the API, whatever became of it."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, null=True, related_name="calls")
    region = models.CharField(max_length=20)
    method = models.CharField(max_length=10)
    path = models.TextField()
    query = models.TextField(blank=True)
    slug = models.CharField(max_length=80, blank=True)
    key_name = models.CharField(max_length=90, blank=True)
    idempotency_key = models.TextField(blank=True)
    body = models.TextField(blank=True)
    counted = models.CharField(max_length=80, blank=True)
    status = models.PositiveIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["workspace", "counted", "at"])]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status or ''}".strip()


class IdempotencyRecord(models.Model):
    """The answer kept for a repeated key; without a status its first call is still running."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    key = models.TextField()
    path = models.TextField()
    method = models.CharField(max_length=10)
    begun_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)
    status = models.PositiveIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "key", "path", "method"], name="sandbox_one_answer_per_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.key}"


class Fault(models.Model):
    """Trouble on request for calls that match: see `api/faults.py` for the kinds."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="faults")
    method = models.CharField(max_length=10, blank=True)
    path = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20)
    options = models.JSONField(default=dict)
    remaining = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.kind} ×{self.remaining}"


def moment(wall: float) -> datetime:
    """POSIX seconds as an aware datetime."""
    return datetime.fromtimestamp(wall, UTC)


def as_json(row: models.Model, fields: list[str]) -> dict[str, Any]:
    """Those fields of a row, ready for JSON (times as ISO 8601)."""
    values = {name: getattr(row, name) for name in fields}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }
