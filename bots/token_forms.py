"""The form of a token of the API: what for, what it may do, in which teams, how long."""

import unicodedata
from datetime import datetime, timedelta
from typing import Any, Final

from django import forms

from bots.models import ApiToken, Membership, Scope
from bots.people_forms import TeamsField

# What each scope opens, as whoever makes a token reads it.
SCOPES: Final = {
    Scope.READ: "Read: list bots, their state, recordings' status, and what came of orders.",
    Scope.STEER: "Steer: write into the chat; pause, resume, start and stop recording; share a web "
    "page as screen; leave.",
    Scope.SEND: "Send assistants: into any meeting that the policy allows.",
}
DAYS: Final = (("30", "30 days"), ("90", "90 days"), ("365", "A year"), ("", "Until it is revoked"))


class TokenForm(forms.Form):
    """What somebody wants a token for."""

    name = forms.CharField(
        label="What it is for",
        max_length=ApiToken.NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "CRM sync"}),
        error_messages={"required": "Say what the token is for, so that you know it again."},
    )
    days = forms.ChoiceField(label="It counts for", choices=DAYS, required=False, initial="365")
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=[(str(scope), sentence) for scope, sentence in SCOPES.items()],
        widget=forms.CheckboxSelectMultiple,
        initial=[str(Scope.READ)],
        error_messages={"required": "Choose what it may do."},
    )
    teams = TeamsField()

    def __init__(self, *args: Any, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = self.fields["teams"]
        assert isinstance(teams, forms.ModelMultipleChoiceField)
        teams.queryset = by.workspace.teams.active().order_by("pk")

    def clean_name(self) -> str:
        name = " ".join(str(self.cleaned_data["name"]).split())
        # It is said in lists, timelines and the audit log: what can't be seen makes look-alikes.
        if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs") for letter in name):
            raise forms.ValidationError("This name has characters in it that nobody can see.")
        return name

    def wish(self, now: datetime) -> dict[str, Any]:
        """What was asked for, as `api_tokens.make` takes it; once the form is valid."""
        given = self.cleaned_data
        days = given["days"]
        return {
            "name": given["name"],
            "scopes": [Scope(word) for word in given["scopes"]],
            "teams": list(given["teams"]) or None,
            "expires_at": now + timedelta(days=int(days)) if days else None,
        }
