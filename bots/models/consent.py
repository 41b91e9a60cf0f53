"""The question whether a meeting may be recorded: one for a bot, and what people answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models

from bots.lifecycle.consents import Says, Stage
from bots.models.bot import Bot
from bots.models.meeting import Participant


class ConsentQuerySet(models.QuerySet["Consent"]):
    def of_policy(self, bot: Bot, rules: Any, *, now: datetime) -> None:
        """Write for a bot that is sent under rules of a policy that ask for consent."""
        self.create(
            bot=bot,
            needs=rules.consent_by,
            question=rules.consent_ask,
            yes=list(rules.consent_yes),
            no=list(rules.consent_no),
            no_does=rules.consent_no_does,
            created_at=now,
        )
        bot.consent_stage = Stage.WAITING
        Bot.objects.filter(pk=bot.pk).update(consent_stage=Stage.WAITING)

    def renew(self, bot: Bot, rules: Any, *, asks: bool, now: datetime) -> None:
        """Write anew for a scheduled bot that is of another version of its policy now."""
        self.filter(bot=bot).delete()
        if asks:
            self.of_policy(bot, rules, now=now)
        elif bot.consent_stage:
            bot.consent_stage = Stage.NONE
            Bot.objects.filter(pk=bot.pk).update(consent_stage=Stage.NONE)


class Consent(models.Model):
    """What one bot asks before it records, as its policy said it when it was sent.

    `Bot.consent_stage` tells how far it is, `Bot.consent_due_at` when to look again.
    """

    bot = models.OneToOneField(Bot, models.CASCADE, related_name="consent")
    needs = models.CharField(max_length=20)
    question = models.TextField()
    yes = models.JSONField(default=list)
    no = models.JSONField(default=list)
    no_does = models.CharField(max_length=20)
    created_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    # The last time, which may be for those who came later.
    said_at = models.DateTimeField(null=True)
    # When something of the meeting was heard while nothing was recorded: Recall need not tell it.
    heard_at = models.DateTimeField(null=True)
    met_at = models.DateTimeField(null=True)
    # Whoever came since is asked, too: Recall's numbers of those who were.
    asked = models.JSONField(default=list, editable=False)
    # How many orders it has given, which makes each of them another one.
    orders = models.PositiveIntegerField(default=0, editable=False)
    # The last refusal that was obeyed, by its id.
    obeyed = models.PositiveBigIntegerField(null=True, editable=False)
    deletes = models.BooleanField(default=False)

    objects = ConsentQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Consent to record {self.bot}"


class ConsentAnswer(models.Model):
    """One answer: who, when, by which message; append-only. An operator's word has `by` alone."""

    consent = models.ForeignKey(Consent, models.CASCADE, related_name="answers")
    participant = models.ForeignKey(Participant, models.SET_NULL, null=True, related_name="+")
    name = models.TextField(blank=True, default="")
    is_host = models.BooleanField(default=False)
    says = models.CharField(max_length=10, choices=[(str(each), str(each)) for each in Says])
    text = models.TextField(blank=True, default="")
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            # What Recall tells twice is one answer.
            models.UniqueConstraint(
                fields=["consent", "participant", "at", "says"], name="consent_answer_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.says}"
