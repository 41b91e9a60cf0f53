"""The form that narrows the audit log."""

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Q

from bots.models import Membership, Verb
from bots.models.audit import AuditQuerySet
from bots.zones import midnight, zone

KINDS = ("bot", "recording", "team", "membership", "invitation", "policyversion", "workspace",
         "webhooksecret", "delivery", "batch")  # fmt: skip


class AuditForm(forms.Form):
    """What narrows the log; anything senseless narrows nothing."""

    q = forms.CharField(label="Search", required=False, max_length=200)
    by = forms.TypedChoiceField(label="Person", required=False, coerce=int, empty_value=None)
    verb = forms.ChoiceField(
        label="What", required=False, choices=[("", "Anything"), *Verb.choices]
    )
    since = forms.DateField(label="From", required=False)
    until = forms.DateField(label="To", required=False)
    # "bot:12": what was done to that one thing.
    of = forms.RegexField(
        rf"^({'|'.join(KINDS)}):[0-9]{{1,18}}$", required=False, widget=forms.HiddenInput
    )
    tz = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = membership.workspace.memberships.select_related("user").order_by("user__email")
        choices = [(each.user_id, each.user.email or each.user.get_username()) for each in members]
        person = self.fields["by"]
        assert isinstance(person, forms.ChoiceField)
        person.choices = [("", "Anybody"), *choices]

    @property
    def is_narrow(self) -> bool:
        """Whether anything is filtered out."""
        self.is_valid()
        return any(value for name, value in self.cleaned_data.items() if name != "tz")

    @property
    def is_of_one(self) -> bool:
        """Whether it is narrowed to one thing."""
        self.is_valid()
        return bool(self.cleaned_data.get("of"))

    def narrow(self, events: AuditQuerySet) -> AuditQuerySet:
        """The events that match everything which was filled in sensibly."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        here = zone(given.get("tz", ""))
        if text := given.get("q"):
            events = events.filter(Q(what__icontains=text) | Q(by_name__icontains=text))
        if person := given.get("by"):
            events = events.filter(by=person)
        if verb := given.get("verb"):
            events = events.filter(verb=verb)
        if since := given.get("since"):
            events = events.filter(at__gte=midnight(since, here))
        if until := given.get("until"):
            events = events.filter(at__lt=midnight(until, here) + timedelta(days=1))
        if of := given.get("of"):
            kind, _, pk = of.partition(":")
            events = events.about(kind, int(pk))
        return events
