"""The form that narrows the list of earlier bots."""

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q

from bots.lifecycle import PLATFORMS, Outcome
from bots.models import Participant, Team
from bots.models.bot import BotQuerySet
from bots.zones import midnight, zone


class FilterForm(forms.Form):
    """What narrows the list of earlier bots; anything senseless narrows nothing."""

    q = forms.CharField(label="Search", required=False, max_length=200)
    platform = forms.ChoiceField(label="Platform", required=False)
    outcome = forms.ChoiceField(
        label="Outcome",
        choices=[("", "Any outcome"), *((each, each.label) for each in Outcome if each)],
        required=False,
    )
    team = forms.TypedChoiceField(label="Team", required=False, coerce=int, empty_value=None)
    since = forms.DateField(label="From", required=False)
    until = forms.DateField(label="To", required=False)
    tz = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, teams: list[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels: dict[str, str] = {}
        for key, platform in PLATFORMS.items():
            labels.setdefault(platform.label, key)
        platforms = [(key, label) for label, key in labels.items()]
        self._set("platform", [("", "Any platform"), *platforms])
        self._set("team", [("", "Any team"), *((team.pk, team.name) for team in teams)])

    def _set(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @property
    def is_narrow(self) -> bool:
        """Whether anything is filtered out."""
        self.is_valid()
        return any(value for name, value in self.cleaned_data.items() if name != "tz")

    @property
    def is_backwards(self) -> bool:
        """Whether the first day is after the last, so that nothing can be found."""
        self.is_valid()
        since, until = (self.cleaned_data.get(name) for name in ("since", "until"))
        return bool(since and until and since > until)

    def narrow(self, bots: BotQuerySet) -> BotQuerySet:
        """The bots that match everything which was filled in sensibly."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        here = zone(given.get("tz", ""))
        if text := given.get("q"):
            bots = bots.filter(_mentions(text))
        if platform := given.get("platform"):
            label = PLATFORMS[platform].label
            bots = bots.filter(
                platform__in=[key for key, each in PLATFORMS.items() if each.label == label]
            )
        if outcome := given.get("outcome"):
            bots = bots.filter(outcome=outcome)
        if team := given.get("team"):
            bots = bots.filter(team=team)
        if since := given.get("since"):
            bots = bots.filter(met_at__gte=midnight(since, here))
        if until := given.get("until"):
            bots = bots.filter(met_at__lt=midnight(until, here) + timedelta(days=1))
        return bots


def _mentions(text: str) -> Q:
    """Bots whose title, name or link holds these words, or that somebody of that name was with."""
    words = Q(title__icontains=text) | Q(name__icontains=text) | Q(meeting_url__icontains=text)
    sender = [f"sent_by__{name}__icontains" for name in ("username", "first_name", "last_name")]
    for name in sender:
        words |= Q(**{name: text})
    there = Participant.objects.filter(bot=OuterRef("pk"), name__icontains=text)
    return words | Q(Exists(there))
