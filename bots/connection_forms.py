"""The forms of the settings page: the connection to Recall and its webhook secret."""

from typing import Any

from django import forms

from bots.connection import REGIONS
from bots.recall import webhooks


class ConnectionForm(forms.Form):
    """A region and a key; an empty key keeps the one that is stored."""

    region = forms.ChoiceField(choices=list(REGIONS.items()), label="Region")
    api_key = forms.CharField(
        label="API key",
        required=False,
        strip=True,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, has_key: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_key = has_key

    def clean_api_key(self) -> str:
        key = str(self.cleaned_data["api_key"])
        if not key and not self.has_key:
            raise forms.ValidationError(
                "Paste the key from Recall's dashboard, under Developers, API Keys."
            )
        if not key.isascii() or any(letter.isspace() for letter in key):
            raise forms.ValidationError("A key has no spaces or line breaks in it. Paste it again.")
        return key


class SecretForm(forms.Form):
    """The secret that Recall signs its webhooks with."""

    secret = forms.CharField(
        label="Webhook secret",
        strip=True,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "placeholder": "whsec_…"}),
    )

    def clean_secret(self) -> str:
        secret = str(self.cleaned_data["secret"])
        if not webhooks.is_secret(secret):
            raise forms.ValidationError(
                "This is not a whole webhook secret. It begins with whsec_ and stands in Recall's "
                "dashboard, under Developers, API Keys & Secrets."
            )
        return secret
