"""The form that narrows a list, by words and days: what all such forms share."""

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Q

from bots.zones import midnight, zone


class NarrowForm(forms.Form):
    """Words and days; anything senseless narrows nothing."""

    q = forms.CharField(label="Search", required=False, max_length=200, strip=True)
    since = forms.DateField(label="From", required=False)
    until = forms.DateField(label="To", required=False)
    tz = forms.CharField(required=False, widget=forms.HiddenInput)

    # The column that says when.
    moment = "at"

    @property
    def given(self) -> dict[str, Any]:
        """What was filled in sensibly."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def is_narrow(self) -> bool:
        """Whether anything is filtered out."""
        return bool(self.given.keys() - {"tz"})

    @property
    def is_backwards(self) -> bool:
        """Whether the first day is after the last, so that nothing can be found."""
        since, until = self.given.get("since"), self.given.get("until")
        return bool(since and until and since > until)

    def between(self) -> Q:
        """The days, in the viewer's zone."""
        here = zone(self.given.get("tz", ""))
        found = Q()
        if since := self.given.get("since"):
            found &= Q(**{f"{self.moment}__gte": midnight(since, here)})
        if until := self.given.get("until"):
            end = midnight(until, here) + timedelta(days=1)
            found &= Q(**{f"{self.moment}__lt": end})
        return found

    def offer(self, name: str, choices: list[Any]) -> None:
        """What there is to choose from in one of the fields."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
