"""Alerts: what stood, who was told of it in the page, and the messages that carry it further."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from bots.alarms import KINDS, About, Kind, Reach, Rules
from bots.models.bot import Bot
from bots.models.fields import EncryptedTextField
from bots.models.recording import Recording
from bots.models.workspace import Membership, Team, Workspace, new_token

KIND = 30
# A whole choice: mails of alerts are off, whatever else is chosen.
EVERY_KIND = ""


class AlertQuerySet(models.QuerySet["Alert"]):
    def standing(self) -> "AlertQuerySet":
        """Those that are not over yet."""
        return self.filter(resolved_at=None)


class Alert(models.Model):
    """Something that stood once: a kind, about one subject, for the n-th time."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="alerts", db_index=False)
    # None for what is about the whole workspace.
    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="+")
    bot = models.ForeignKey(Bot, models.CASCADE, null=True, related_name="alerts")
    recording = models.ForeignKey(Recording, models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=KIND)
    # e.g. "bot:12", "recording:3", "workspace", "person:7"
    subject = models.CharField(max_length=60)
    occurrence = models.PositiveIntegerField(default=0)
    sentence = models.TextField()
    since = models.DateTimeField()
    raised_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "kind", "subject", "occurrence"], name="alert_once"
            ),
        ]
        indexes = [models.Index(fields=["raised_at"], name="alert_age")]

    def __str__(self) -> str:
        return f"{self.about.label if self.about else self.kind} ({self.subject})"

    @property
    def about(self) -> About | None:
        """The row of its kind; None for a kind of another release."""
        return KINDS.get(Kind(self.kind)) if self.kind in list(Kind) else None

    @property
    def is_over(self) -> bool:
        """Whether it stood for a while and does not any more."""
        return self.resolved_at is not None


def _closed_to(membership: Membership) -> list[str]:
    """The kinds that only people with a right hear of, which this one has not, or no more."""
    rights = [(kind, about.right) for kind, about in KINDS.items()]
    return [kind for kind, right in rights if right is not None and not membership.may(right)]


class HeardQuerySet(models.QuerySet["Heard"]):
    def seen_by(self, membership: Membership) -> "HeardQuerySet":
        """What this person was told in that workspace and may still see."""
        mine = self.filter(user_id=membership.user_id, workspace_id=membership.workspace_id)
        mine = mine.exclude(alert__kind__in=_closed_to(membership))
        hidden = membership.hidden_team_ids
        return mine.exclude(alert__team_id__in=hidden) if hidden else mine

    def unread(self) -> "HeardQuerySet":
        return self.filter(read_at=None)


class Heard(models.Model):
    """One alert in one person's list."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="heard")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    raised_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    objects = HeardQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "heard"
        constraints = [models.UniqueConstraint(fields=["alert", "user"], name="heard_once")]
        indexes = [
            models.Index(fields=["user", "workspace", "-raised_at", "-id"], name="heard_list"),
            models.Index(
                fields=["user", "workspace"], name="heard_unread", condition=Q(read_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.alert} for {self.user}"


class AlertChoice(models.Model):
    """What a person chose for one kind and one team (None: for what is about the workspace)."""

    REACHES = [(Reach.OFF, "Off"), (Reach.MINE, "My bots"), (Reach.ALL, "All of the team")]

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="alert_choices")
    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=KIND, blank=True)
    page = models.CharField(max_length=4, choices=REACHES)
    mail = models.CharField(max_length=4, choices=REACHES)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["membership", "team", "kind"], name="choice_once"),
            models.UniqueConstraint(
                fields=["membership", "kind"], condition=Q(team=None), name="choice_of_all_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind or 'all'} for {self.membership}"


class AlertRules(models.Model):
    """What a team calls too long; a team without a row goes by the defaults."""

    team = models.OneToOneField(Team, models.CASCADE, related_name="alert_rules")
    waiting_min = models.PositiveSmallIntegerField(default=Rules().waiting_min)
    silent_min = models.PositiveSmallIntegerField(default=Rules().silent_min)
    expiring_h = models.PositiveSmallIntegerField(default=Rules().expiring_h)

    class Meta:
        verbose_name_plural = "alert rules"

    def __str__(self) -> str:
        return f"alert rules of {self.team}"

    @property
    def rules(self) -> Rules:
        return Rules(self.waiting_min, self.silent_min, self.expiring_h)


class AlertAddress(models.Model):
    """An incoming webhook of a chat (Slack, Mattermost, Discord) that a team's alerts go to."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    team = models.ForeignKey(Team, models.CASCADE, related_name="alert_addresses")
    name = models.CharField(max_length=100)
    # Never changed: the address below is bound to it.
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    # Whoever knows it can write into that channel.
    url = EncryptedTextField(bound_to="token")
    kinds = models.JSONField(default=list)
    created_at = models.DateTimeField()
    # The chat takes no message before then.
    next_at = models.DateTimeField(null=True, editable=False)
    last_sent_at = models.DateTimeField(null=True, editable=False)
    # What went wrong the last time, in a sentence; "" when it went well.
    problem = models.TextField(blank=True, default="", editable=False)

    class Meta:
        verbose_name_plural = "alert addresses"

    def __str__(self) -> str:
        return self.name

    def turn(self, now: datetime, gap: timedelta) -> bool:
        """Take the next turn at this address, if it is time for one."""
        free = type(self).objects.filter(pk=self.pk).filter(Q(next_at=None) | Q(next_at__lte=now))
        return bool(free.update(next_at=now + gap))

    def wait_until(self, at: datetime) -> None:
        """Say nothing to it before then, nor earlier than what was asked for already."""
        type(self).objects.filter(pk=self.pk).filter(Q(next_at=None) | Q(next_at__lt=at)).update(
            next_at=at
        )


class MessageQuerySet(models.QuerySet["AlertMessage"]):
    def due(self, now: datetime) -> "MessageQuerySet":
        """What a worker may take up: waiting for its time, or left behind by a dead worker."""
        return self.filter(state__in=AlertMessage.OPEN, due_at__lte=now)

    def claim(self, pk: int, now: datetime, lease: timedelta) -> bool:
        """Take one for this worker; due again when the lease ends, if the worker dies."""
        return bool(
            self.filter(pk=pk)
            .due(now)
            .update(
                state=AlertMessage.State.SENDING,
                due_at=now + lease,
                attempts=models.F("attempts") + 1,
            )
        )


class AlertMessage(models.Model):
    """One mail, or one message to a chat, about one alert or many."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        SENDING = "sending", "being sent"
        SENT = "sent", "sent"
        DROPPED = "dropped", "not needed any more"
        GIVEN_UP = "given_up", "given up"

    OPEN = (State.WAITING, State.SENDING)

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    # A mail is for a person; a message for an address, about one kind.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+", db_index=False
    )
    address = models.ForeignKey(AlertAddress, models.CASCADE, null=True, related_name="messages")
    kind = models.CharField(max_length=KIND, blank=True, default="")
    alerts = models.ManyToManyField(Alert, related_name="messages")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField()
    # When it is to go out; while a worker has it, when another may take it up.
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            # What comes while one waits joins it.
            models.UniqueConstraint(
                fields=["user", "workspace"],
                condition=Q(state="waiting", address=None),
                name="mail_waits_once",
            ),
            models.UniqueConstraint(
                fields=["address", "kind"],
                condition=Q(state="waiting", user=None),
                name="message_waits_once",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_at"], name="message_due"),
            models.Index(fields=["user", "-sent_at"], name="mail_lately"),
            models.Index(fields=["created_at"], name="message_age"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"

    def keep(self, state: str, **fields: object) -> bool:
        """Write what became of this worker's turn; False where another has taken it up since."""
        mine = type(self).objects.filter(
            pk=self.pk, state=self.State.SENDING, attempts=self.attempts
        )
        self.state = state
        for name, value in fields.items():
            setattr(self, name, value)
        return bool(mine.update(state=state, **fields))
