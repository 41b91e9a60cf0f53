"""The forms that narrow the logs: webhooks that came, and calls to Recall that went out."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from bots.models import Call, Delivery, Lane
from bots.narrow_forms import NarrowForm
from bots.recall.reading import is_uuid


class LogForm(NarrowForm):
    """By words, days and a bot."""

    bot = forms.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput
    )


class DeliveryFilter(LogForm):
    """By what became of a delivery, the event it told of, its bot, its id and its day."""

    state = forms.ChoiceField(
        label="Result",
        choices=[
            ("", "Any result"),
            ("unfinished", "not done: failed, given up, unknown bot"),
            *Delivery.State.choices,
        ],
        required=False,
    )
    event = forms.CharField(
        label="Event",
        required=False,
        max_length=200,
        strip=True,
        widget=forms.TextInput(attrs={"placeholder": "Event: bot.done"}),
    )

    moment = "received_at"

    @property
    def choices(self) -> list[forms.BoundField]:
        return [self["state"], self["event"]]

    def narrow(self, deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
        given = self.given
        deliveries = deliveries.filter(self.between())
        if (state := given.get("state")) == "unfinished":
            deliveries = deliveries.filter(state__in=Delivery.UNFINISHED)
        elif state:
            deliveries = deliveries.filter(state=state)
        if event := given.get("event"):
            deliveries = deliveries.filter(event__istartswith=event)
        if bot := given.get("bot"):
            deliveries = deliveries.filter(bot=bot)
        if text := given.get("q"):
            words = Q(message_id=text) | Q(bot__title__icontains=text) | Q(error__icontains=text)
            if is_uuid(text):
                words |= Q(bot__recall_id=text)
            deliveries = deliveries.filter(words)
        return deliveries


STATUSES = {
    "ok": ("2xx, done", Q(status__range=(200, 299))),
    "refused": ("4xx, refused", Q(status__range=(400, 499))),
    "429": ("429, too many", Q(status=429)),
    "broken": ("5xx, broken", Q(status__gte=500)),
    "none": ("no answer", Q(status=None)),
}


class CallFilter(LogForm):
    """By operation, answer, for whom it was made, its bot, its path and its day."""

    endpoint = forms.ChoiceField(label="Operation", required=False)
    status = forms.ChoiceField(
        label="Answer",
        choices=[("", "Any answer"), *((key, label) for key, (label, _) in STATUSES.items())],
        required=False,
    )
    lane = forms.ChoiceField(
        label="For", choices=[("", "For anyone"), *Lane.choices], required=False
    )

    def __init__(self, *args: Any, endpoints: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("endpoint", [("", "Any operation"), *((name, name) for name in endpoints)])

    @property
    def choices(self) -> list[forms.BoundField]:
        return [self["endpoint"], self["status"], self["lane"]]

    def narrow(self, calls: QuerySet[Call]) -> QuerySet[Call]:
        given = self.given
        calls = calls.filter(self.between())
        for name in ("endpoint", "lane"):
            if value := given.get(name):
                calls = calls.filter(**{name: value})
        if status := given.get("status"):
            calls = calls.filter(STATUSES[status][1])
        if bot := given.get("bot"):
            calls = calls.filter(order__bot=bot)
        if text := given.get("q"):
            calls = calls.filter(Q(path__icontains=text) | Q(order__bot__title__icontains=text))
        return calls
