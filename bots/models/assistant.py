"""Assistants of a workspace, the meetings they take part in, and what was said there."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from bots.dialogue import tools
from bots.models.bot import Bot
from bots.models.fields import EncryptedTextField
from bots.models.indexes import where_set
from bots.models.meeting import Participant
from bots.models.workspace import Workspace, new_token
from bots.responders import KINDS, Settings

MILLION = 1_000_000


class AssistantQuerySet(models.QuerySet["Assistant"]):
    def active(self) -> AssistantQuerySet:
        return self.filter(archived_at=None)


class Assistant(models.Model):
    """Somebody who takes part in meetings through a bot: what for, who answers, what it may do.

    `may` are words of `dialogue.tools.LABELS`, `pages` the only addresses it can share. `called`
    are the words that it answers to; none: its name. Prices are for a million tokens, in whatever
    currency the cap is.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="assistants")
    # Never changed: the key below is bound to it.
    ref = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    name = models.CharField(max_length=100)
    instruction = models.TextField(blank=True, default="")
    called = models.JSONField(default=list, blank=True)
    always_answers = models.BooleanField(default=False)

    kind = models.CharField(
        max_length=20, choices=[(word, kind.label) for word, kind in KINDS.items()]
    )
    base_url = models.TextField(blank=True, default="")
    model = models.CharField(max_length=200, blank=True, default="")
    chatbot = models.CharField(max_length=200, blank=True, default="")
    api_key = EncryptedTextField(blank=True, default="", bound_to="ref")

    may = models.JSONField(default=list, blank=True)
    pages = models.JSONField(default=list, blank=True)
    token_cap = models.PositiveIntegerField(default=200_000)
    price_in = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    price_out = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    cost_cap = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)

    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = AssistantQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "name"],
                condition=Q(archived_at=None),
                name="assistant_name_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def settings(self) -> Settings:
        """How its responder is asked."""
        return Settings(
            kind=self.kind,
            key=self.api_key,
            base_url=self.base_url,
            model=self.model,
            bot=self.chatbot,
        )

    @property
    def tools_in_words(self) -> list[str]:
        return [tools.LABELS[word] for word in self.may if word in tools.LABELS]

    def cost(self, tokens_in: int, tokens_out: int) -> Decimal:
        """What so many tokens cost, as far as prices are known."""
        paid = tokens_in * (self.price_in or Decimal(0)) + tokens_out * (self.price_out or 0)
        return paid / MILLION

    def is_spent(self, tokens: int, cost: Decimal) -> bool:
        """Whether that is all that may be used in one meeting, or for the summary of one."""
        if self.token_cap and tokens >= self.token_cap:
            return True
        return self.cost_cap is not None and cost >= self.cost_cap


class SessionQuerySet(models.QuerySet["AssistantSession"]):
    def due(self, now: datetime) -> SessionQuerySet:
        """Those to be looked at that are in nobody's hands."""
        return self.filter(due_at__lte=now).filter(Q(lease_until=None) | Q(lease_until__lte=now))

    def claim(self, pk: int, now: datetime, lease: timedelta) -> bool:
        """Take one for this worker."""
        return bool(self.due(now).filter(pk=pk).update(lease_until=now + lease))


class AssistantSession(models.Model):
    """One assistant in one meeting. `text` is what it was told for this meeting alone."""

    class State(models.TextChoices):
        LISTENING = "listening", "taking part"
        SILENCED = "silenced", "silenced"
        CLOSING = "closing", "writing its summary"
        CLOSED = "closed", "over"

    bot = models.OneToOneField(Bot, models.CASCADE, related_name="assistant_session")
    assistant = models.ForeignKey(
        Assistant, models.SET_NULL, null=True, blank=True, related_name="sessions"
    )
    name = models.CharField(max_length=100)
    text = models.TextField(blank=True, default="")
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    state = models.CharField(max_length=10, choices=State.choices, default=State.LISTENING)
    # When to look at it; null: when something is heard, or the bot moves.
    due_at = models.DateTimeField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    # The turn that is being answered, and the last one that was; how often it was asked for that.
    answering = models.PositiveIntegerField(null=True, editable=False)
    answered = models.PositiveIntegerField(default=0, editable=False)
    rounds = models.PositiveIntegerField(default=0, editable=False)
    # What was heard last, by keys: Recall repeats itself.
    recent = models.JSONField(default=list, editable=False)

    # The answer as it grows, and why the last one came to nothing.
    draft = models.TextField(blank=True, default="")
    problem = models.TextField(blank=True, default="")
    summary = models.TextField(blank=True, default="")

    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=6, default=Decimal(0))
    is_guess = models.BooleanField(default=False)

    objects = SessionQuerySet.as_manager()

    class Meta:
        indexes = [
            where_set("due_at", name="session_due"),
        ]

    def __str__(self) -> str:
        return f"{self.name} in {self.bot}"

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.LISTENING, self.State.SILENCED)

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out

    @property
    def is_spent(self) -> bool:
        """Whether it has used what its assistant may use in one meeting."""
        return self.assistant is not None and self.assistant.is_spent(self.tokens, self.cost)

    def wake(self, at: datetime) -> None:
        """Have somebody look at it then, or earlier where that was meant already."""
        type(self).objects.filter(pk=self.pk).filter(Q(due_at=None) | Q(due_at__gt=at)).update(
            due_at=at
        )

    def spend(self, tokens_in: int, tokens_out: int, *, is_guess: bool) -> None:
        """Count what an answer took; it is saved by whoever calls."""
        self.tokens_in += tokens_in
        self.tokens_out += tokens_out
        self.is_guess |= is_guess
        if self.assistant is not None:
            self.cost += self.assistant.cost(tokens_in, tokens_out)

    def turn(self, kind: str, at: datetime, **more: Any) -> AssistantTurn:
        """Add a turn at the end. In a transaction in which the bot is held."""
        last = self.turns.aggregate(n=models.Max("n"))["n"] or 0
        return self.turns.create(n=last + 1, kind=kind, began_at=at, heard_at=at, **more)


class AssistantTurn(models.Model):
    """What somebody said, what was answered, what was done, or a note of ours; in order.

    `calls` are the tools that an answer asked for, `call_id` says which of them one `came` of.
    """

    class Kind(models.TextChoices):
        SAID = "said", "said"
        ANSWERED = "answered", "answered"
        CALLED = "called", "used a tool"
        CAME = "came", "what came of it"
        NOTE = "note", "note"

    session = models.ForeignKey(AssistantSession, models.CASCADE, related_name="turns")
    n = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    participant = models.ForeignKey(
        Participant, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    speaker = models.TextField(blank=True, default="")
    text = models.TextField(blank=True, default="")
    in_chat = models.BooleanField(default=False)
    # Written to the bot alone: so it is answered.
    is_private = models.BooleanField(default=False)
    is_for_us = models.BooleanField(default=False)
    calls = models.JSONField(default=list, blank=True)
    call_id = models.CharField(max_length=200, blank=True, default="")
    began_at = models.DateTimeField()
    heard_at = models.DateTimeField()
    # Null while more may come.
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["n"]
        constraints = [
            models.UniqueConstraint(fields=["session", "n"], name="assistant_turn_once"),
        ]

    def __str__(self) -> str:
        return f"{self.speaker or self.kind}: {self.text}"[:80]


class SummaryQuerySet(models.QuerySet["RecordingSummary"]):
    def due(self, now: datetime) -> SummaryQuerySet:
        return self.filter(due_at__lte=now)


class RecordingSummary(models.Model):
    """A summary of a recording with action items, as an assistant's responder made it.

    `points` is `dialogue.summaries.Summary.as_json()`; `parts` are those of the parts of a long
    transcript that were summed up so far.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "being made"
        DONE = "done", "made"
        FAILED = "failed", "failed"

    recording = models.OneToOneField("bots.Recording", models.CASCADE, related_name="digest")
    assistant = models.ForeignKey(
        Assistant, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=100)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    points = models.JSONField(default=dict, blank=True)
    parts = models.JSONField(default=list, editable=False)
    of_parts = models.PositiveIntegerField(default=0, editable=False)
    problem = models.TextField(blank=True, default="")
    tries = models.PositiveIntegerField(default=0, editable=False)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=6, default=Decimal(0))
    # When to go on with it: now, or when whoever is at it is taken for dead.
    due_at = models.DateTimeField(null=True, editable=False)

    objects = SummaryQuerySet.as_manager()

    class Meta:
        indexes = [
            where_set("due_at", name="summary_due"),
        ]

    def __str__(self) -> str:
        return f"Summary of {self.recording}"
