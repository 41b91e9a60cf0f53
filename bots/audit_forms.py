"""The form that narrows the audit log."""

from typing import Any

from django import forms
from django.db.models import Q

from bots.models import Membership, Verb
from bots.models.audit import AuditQuerySet
from bots.narrow_forms import NarrowForm

KINDS = ("bot", "recording", "team", "membership", "invitation", "policyversion", "workspace",
         "webhooksecret", "delivery", "batch", "apitoken")  # fmt: skip


class AuditForm(NarrowForm):
    """By words, person, deed, day and the one thing that it was done to."""

    by = forms.TypedChoiceField(label="Person", required=False, coerce=int, empty_value=None)
    verb = forms.ChoiceField(
        label="What", required=False, choices=[("", "Anything"), *Verb.choices]
    )
    # "bot:12": what was done to that one thing.
    of = forms.RegexField(
        rf"^({'|'.join(KINDS)}):[0-9]{{1,18}}$", required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = membership.workspace.memberships.select_related("user").order_by("user__email")
        choices = [(each.user_id, each.user.email or each.user.get_username()) for each in members]
        self.offer("by", [("", "Anybody"), *choices])

    @property
    def is_of_one(self) -> bool:
        """Whether it is narrowed to one thing."""
        return "of" in self.given

    def narrow(self, events: AuditQuerySet) -> AuditQuerySet:
        """The events that match everything which was filled in sensibly."""
        given = self.given
        events = events.filter(self.between())
        if text := given.get("q"):
            events = events.filter(Q(what__icontains=text) | Q(by_name__icontains=text))
        if person := given.get("by"):
            events = events.filter(by=person)
        if verb := given.get("verb"):
            events = events.filter(verb=verb)
        if of := given.get("of"):
            kind, _, pk = of.partition(":")
            events = events.about(kind, int(pk))
        return events
