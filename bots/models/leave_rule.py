"""Rules of ours by which one bot leaves, each carried out once at most."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models

from bots import policy
from bots.lifecycle import LeaveWhen, leave_rules
from bots.models.bot import Bot
from bots.models.called import called
from bots.models.indexes import where_set
from bots.models.order import Order, new_key


class LeaveRuleQuerySet(models.QuerySet["LeaveRule"]):
    def due(self, now: datetime) -> "LeaveRuleQuerySet":
        """Those to be looked at: met by now, or their bot has moved."""
        return self.filter(due_at__lte=now)

    def waiting(self) -> "LeaveRuleQuerySet":
        return self.filter(state=LeaveRule.State.WAITING)

    def of_policy(self, bot: Bot, version: Any, *, now: datetime) -> None:
        """Write for a bot that is sent what its policy says and Recall has no words for."""
        wanted = policy.own_leave_rules(version.pure.rules, join_at=bot.join_at or now)
        for when, length_s, at in wanted:
            self.create(
                bot=bot,
                when=when,
                after_s=length_s,
                at=at,
                policy=version,
                created_at=now,
                due_at=now,
            )
        if wanted:
            Bot.objects.filter(pk=bot.pk).update(has_leave_rules=True)
            bot.has_leave_rules = True


class LeaveRule(models.Model):
    """When one bot is told to leave, by whom or which policy it was said, and what came of it."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        ORDERED = "ordered", "told the bot to leave"
        TAKEN_BACK = "taken_back", "taken back"
        LAPSED = "lapsed", "not needed any more"

    bot = models.ForeignKey(Bot, models.CASCADE, related_name="leave_rules")
    when = models.CharField(max_length=20)
    after_s = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # The version of a policy that says it, where no person did.
    policy = models.ForeignKey(
        "bots.PolicyVersion", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # The form that it came from; the same form sent twice is the same rule.
    token = models.CharField(max_length=64, default=new_key, editable=False)
    created_at = models.DateTimeField()

    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    # When it is met, as far as it is known.
    met_at = models.DateTimeField(null=True, blank=True)
    # When to look at it; null: when the bot moves next, or never again.
    due_at = models.DateTimeField(null=True, blank=True)
    order = models.ForeignKey(
        Order, models.SET_NULL, null=True, blank=True, related_name="leave_rules"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Why it came to nothing, as a sentence.
    why = models.TextField(blank=True, default="")

    objects = LeaveRuleQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(fields=["bot", "token"], name="leave_rule_once"),
        ]
        indexes = [
            where_set("due_at", name="leave_rule_due"),
        ]

    def __str__(self) -> str:
        return f"Leave {self.words}"

    @property
    def words(self) -> str:
        """The rule as the end of a sentence: "30 min after it joined"."""
        if self.when not in list(LeaveWhen):
            return self.when
        length = policy.short(self.after_s) if self.after_s else ""
        return leave_rules.in_words(LeaveWhen(self.when), length)

    @property
    def setter(self) -> str:
        """Whoever set it, by the name that people know; "" for a policy."""
        return called(self.by) if self.by else ""

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING

    def reckon(self, steps: Iterable[leave_rules.Step], *, is_paused: bool) -> datetime | None:
        """When it is met as things stand; None where nobody can know yet."""
        if self.when not in list(LeaveWhen):
            return None  # of another release
        after = timedelta(seconds=self.after_s)
        return leave_rules.met_at(LeaveWhen(self.when), after, self.at, steps, is_paused=is_paused)
