"""The forms of alerts: what a person wants to hear of, what a team calls too long, its chats."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.forms import BoundField

from bots import outgoing
from bots.alarms import KINDS, OF_A_TEAM, Kind, Reach, Rules
from bots.audience import Choices, Ways

OF_A_BOT = [(Reach.OFF, "Off"), (Reach.MINE, "My bots"), (Reach.ALL, "All of the team")]
OF_ALL = [(Reach.OFF, "Off"), (Reach.ALL, "On")]
CHANNELS = ("page", "mail")


class ChoicesForm(forms.Form):
    """For each kind, how far somebody hears of it in the page and by mail."""

    def __init__(
        self,
        *args: Any,
        choices: Choices,
        kinds: Sequence[Kind],
        team_id: int | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = list(kinds)
        for kind in self.kinds:
            ways = choices.of(kind, team_id)
            for channel in CHANNELS:
                self.fields[f"{channel}-{kind}"] = forms.ChoiceField(
                    choices=OF_ALL if team_id is None else OF_A_BOT,
                    initial=getattr(ways, channel),
                    label=f"{KINDS[kind].label}, {CHANNEL_WORDS[channel]}",
                    error_messages={"invalid_choice": "Choose one of the list."},
                )

    @property
    def rows(self) -> Iterator[tuple[Any, BoundField, BoundField]]:
        """Each kind with its two fields, as the table shows them."""
        for kind in self.kinds:
            yield KINDS[kind], self[f"page-{kind}"], self[f"mail-{kind}"]

    @property
    def ways(self) -> dict[Kind, Ways]:
        """What was chosen; of a form that is valid."""
        chosen = self.cleaned_data
        return {
            kind: Ways(Reach(chosen[f"page-{kind}"]), Reach(chosen[f"mail-{kind}"]))
            for kind in self.kinds
        }


CHANNEL_WORDS = {"page": "in the page", "mail": "by mail"}


class RulesForm(forms.Form):
    """What a team calls too long."""

    waiting_min = forms.IntegerField(
        label="Waiting to be let in (minutes)",
        min_value=1,
        max_value=120,
        initial=Rules().waiting_min,
    )
    silent_min = forms.IntegerField(
        label="In the call and not recording (minutes)",
        min_value=1,
        max_value=240,
        initial=Rules().silent_min,
    )
    expiring_h = forms.IntegerField(
        label="Before Recall deletes a recording (hours)",
        min_value=1,
        max_value=24 * 14,
        initial=Rules().expiring_h,
    )


class AddressForm(forms.Form):
    """A chat's incoming webhook, and which alerts go there."""

    name = forms.CharField(
        label="Name",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "#sales-meetings"}),
        error_messages={"required": "Name it, so that people know where it leads."},
    )
    url = forms.CharField(
        label="Address of the incoming webhook",
        max_length=outgoing.LONGEST_URL,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "placeholder": "https://hooks.slack.com/services/…"}
        ),
        error_messages={"required": "Paste the address that the chat gave you."},
    )
    kinds = forms.MultipleChoiceField(
        label="Alerts",
        choices=[(kind, KINDS[kind].label) for kind in OF_A_TEAM],
        initial=[kind for kind in OF_A_TEAM if KINDS[kind].slack],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one kind of alert."},
    )

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"]).strip()
        try:
            outgoing.check(url)
        except outgoing.Refused as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return url


class AlertFilter(forms.Form):
    """Which alerts of the list are shown."""

    kind = forms.ChoiceField(
        choices=[("", "All kinds"), *((kind, KINDS[kind].label) for kind in Kind)],
        required=False,
        label="Kind",
    )

    @property
    def chosen(self) -> str:
        """The kind, or "" for all and for words that name none."""
        return str(self.cleaned_data.get("kind", "")) if self.is_valid() else ""
