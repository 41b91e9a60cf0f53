"""Orders: what a person told a bot to do, from the click to the status that confirms it."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q

from bots import lifecycle
from bots.lifecycle import Action, showing
from bots.models.bot import Bot
from bots.models.called import called
from bots.models.fields import WORD
from bots.models.indexes import where_set
from bots.models.lane import Lane
from bots.recall.errors import NoFreeBot

# How long an order may wait before carrying it out would surprise people more than an error.
PATIENCE = {
    Action.SEND: timedelta(minutes=15),
    Action.LEAVE: timedelta(minutes=10),
    Action.CANCEL: timedelta(minutes=10),
    # Nobody stands in a meeting and waits, and Recall takes only a few in a minute.
    Action.TRANSCRIBE: timedelta(minutes=15),
    # It surprises nobody later, and nobody shall have to think of it again.
    Action.DELETE: timedelta(hours=24),
}
DEFAULT_PATIENCE = timedelta(seconds=60)
# An accepted order whose status does not come is looked up.
LOOK_AFTER = timedelta(seconds=8)
# How long the status that confirms an order may take from Recall's answer.
PROOF = timedelta(seconds=30)
UNCONFIRMED = (
    "Recall accepted this, but nothing shows that it happened. Look at the bot, then try again."
)


def new_key() -> str:
    return str(uuid.uuid4())


def replaced_by(leave: "Order", *, in_doubt: bool) -> str:
    """What people read of an order that a leave has overtaken.

    `in_doubt`: an attempt ended in silence, so that Recall may have done it before.
    """
    sentence = f"Replaced: {leave.giver} told the bot to leave."
    return f"{sentence} It may or may not have happened before." if in_doubt else sentence


class OrderQuerySet(models.QuerySet["Order"]):
    def open(self) -> "OrderQuerySet":
        return self.filter(state__in=Order.OPEN)

    def accepted(self) -> "OrderQuerySet":
        """What Recall has taken, and what was not seen to be carried out yet."""
        return self.filter(state=Order.State.ACCEPTED)

    def due(self, now: datetime) -> "OrderQuerySet":
        """What a worker may take up: waiting for its time, or left behind by a dead worker."""
        return self.filter(
            Q(state=Order.State.WAITING, due_at__lte=now)
            | Q(state=Order.State.SENDING, lease_until__lte=now)
        )

    def claim(self, pk: int, now: datetime, lease: timedelta) -> bool:
        """Take one for this worker, if it is due and no other order of that bot is under way."""
        with transaction.atomic():
            # One worker at a time for each bot: two that take two orders must see each other.
            Bot.objects.filter(orders=pk).hold()
            order = self.filter(pk=pk).due(now).first()
            if order is None:
                return False
            others = Order.objects.filter(bot_id=order.bot_id).exclude(pk=pk)
            if others.filter(state=Order.State.SENDING, lease_until__gt=now).exists():
                return False
            # Those that a dead worker left go first, too, or they would follow their successor.
            unsent = others.filter(state__in=[Order.State.WAITING, Order.State.SENDING])
            if order.action != Action.LEAVE and unsent.filter(pk__lt=pk).exists():
                return False
            self.filter(pk=pk).update(
                state=Order.State.SENDING,
                lease_until=now + lease,
                attempts=models.F("attempts") + 1,
                in_doubt=True,
            )
        return True

    def renew(self, order: "Order", until: datetime) -> bool:
        """Hold on to an order until then; False when another worker has taken it up meanwhile."""
        mine = self.filter(pk=order.pk, state=Order.State.SENDING, attempts=order.attempts)
        return bool(mine.update(lease_until=until))

    def unconfirmed(self) -> "OrderQuerySet":
        """What Recall accepted and nothing shows yet; a sent bot may be quiet for days."""
        return self.filter(state=Order.State.ACCEPTED).exclude(action=Action.SEND)


class Order(models.Model):
    """Something a person or a rule told a bot to do."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        SENDING = "sending", "being sent"
        ACCEPTED = "accepted", "accepted by Recall"
        CONFIRMED = "confirmed", "done"
        REFUSED = "refused", "refused"
        EXPIRED = "expired", "expired"
        SUPERSEDED = "superseded", "superseded"

    OPEN = (State.WAITING, State.SENDING, State.ACCEPTED)

    bot = models.ForeignKey(Bot, models.CASCADE, related_name="orders")
    action = models.CharField(max_length=20)
    # What goes with it: the exact Start Recording body, the new `join_at` …
    body = models.JSONField(default=dict, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Who gave it where no person did, as the beginning of a sentence: "A command on the server".
    given_by = models.CharField(max_length=200, blank=True, default="", editable=False)
    # Whether the person was told that it overwrites what is being recorded.
    may_overwrite = models.BooleanField(default=False)
    # The form that it came from; the same form sent twice is the same order.
    token = models.CharField(max_length=64, default=new_key, editable=False)

    # Whether it is one of many that were ordered at once: single clicks go before it.
    is_bulk = models.BooleanField(default=False, editable=False)

    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    key = models.CharField(max_length=64, default=new_key, editable=False)
    # How often a worker took it up to send it; also what tells one worker's turn from the next.
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    # When the key was first used: Recall remembers it for an hour from then.
    first_sent_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Set from before a call until its answer: whether Recall may have acted without our knowing.
    in_doubt = models.BooleanField(default=False)
    error = models.TextField(blank=True, default="")
    error_code = models.CharField(max_length=WORD, blank=True, default="")

    objects = OrderQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(fields=["bot", "token"], name="order_once"),
            # Two clicks on one form that arrive together make one bot.
            models.UniqueConstraint(fields=["token"], condition=Q(action="send"), name="send_once"),
            models.UniqueConstraint(
                fields=["bot", "action"],
                # But of these there may be several on their way: see `lifecycle.SEVERAL`.
                condition=Q(state__in=["waiting", "sending", "accepted"])
                & ~Q(action__in=["hide", "play", "say", "show"]),
                name="order_open_once",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_at"], name="order_due"),
            where_set("finished_at", name="order_finished"),
        ]

    def __str__(self) -> str:
        if self.action not in list(Action):
            return self.action
        action = Action(self.action)
        return showing.in_words(action, self.body) or action.label

    @property
    def giver(self) -> str:
        """Whoever gave it, by the name that people know."""
        if self.by is None:
            return self.given_by or "A rule"
        return called(self.by)

    @property
    def lane(self) -> Lane:
        """Which share of Recall's limits its calls count against."""
        return Lane.BULK if self.is_bulk else Lane.CLICK

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def waits_for_a_bot(self) -> bool:
        """Whether it waits because Recall had no free bot, and for no other reason."""
        return self.state == self.State.WAITING and self.error == NoFreeBot.sentence

    def is_free(self, now: datetime) -> bool:
        """Whether no living worker has it: it waits, or was left behind by a dead one."""
        if self.state == self.State.SENDING:
            return self.lease_until is not None and self.lease_until <= now
        return self.state == self.State.WAITING

    def settle(self, bot: Bot, recording: Any, *, now: datetime) -> bool:
        """Close this accepted order if the bot's state says what became of it; say whether."""
        action = Action(self.action)
        is_out = bot.gone_at is not None or lifecycle.confirms(Action.LEAVE, bot.code)
        # A status from before the click confirms nothing; clocks may differ a little.
        since = self.created_at - timedelta(seconds=3)
        status = bot.recording_status
        is_fresh = recording is not None and recording.status_at >= since
        if status != "paused" and not is_fresh:
            status = ""
        is_news = is_fresh or (bot.code_at is not None and bot.code_at >= since)
        if action is Action.SEND or is_out:
            is_news = True  # said of no other order than this, or true for ever
        if is_news and lifecycle.confirms(action, bot.code, status):
            self.finish(self.State.CONFIRMED, now=now)
        elif action is Action.SEND:
            return False
        elif is_out:
            gone = "The bot was gone before this was seen to happen."
            self.finish(self.State.SUPERSEDED, now=now, error=gone)
        elif now > max(self.expires_at, (self.answered_at or now) + PROOF):
            self.finish(self.State.EXPIRED, now=now, error=UNCONFIRMED)
        else:
            return False
        return True

    def finish(self, state: str, *, now: datetime, error: str = "", code: str = "") -> None:
        """Close the order; an error is the sentence that people read."""
        self.state, self.error, self.error_code = state, error, code
        self.finished_at, self.lease_until = now, None
        self.save(update_fields=["state", "error", "error_code", "finished_at", "lease_until"])
