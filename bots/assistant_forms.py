"""The forms of assistants: what one is, and sending it into a meeting."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms

from bots import assistants, conf, outgoing
from bots.dialogue import tools
from bots.models import Assistant, Team
from bots.responders import KINDS

MOST_PAGES = 20
MOST_NAMES = 10
_LINES = {"rows": 2}


class AssistantForm(forms.Form):
    """Everything that an assistant is; `apply` puts it into a row. No key keeps the old one."""

    name = forms.CharField(
        label="Name",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Meeting Scribe"}),
        error_messages={"required": "Give it a name: its bots bear it in meetings."},
    )
    instruction = forms.CharField(
        label="Instruction",
        max_length=assistants.LONGEST_TEXT,
        required=False,
        widget=forms.Textarea(
            attrs={
                "rows": 5,
                "placeholder": "Answer questions about what was said. Keep track of action items.",
            }
        ),
    )
    called = forms.CharField(
        label="Also answers to",
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Scribe, Scribby"}),
    )
    always_answers = forms.BooleanField(
        label="Answer whatever is said, also when nobody speaks to it", required=False
    )
    kind = forms.ChoiceField(
        label="Answered by", choices=[(word, kind.label) for word, kind in KINDS.items()]
    )
    base_url = forms.CharField(
        label="Address",
        required=False,
        max_length=outgoing.LONGEST_URL,
        widget=forms.TextInput(attrs={"placeholder": KINDS["openai"].base_url}),
    )
    model = forms.CharField(
        label="Model",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    chatbot = forms.CharField(
        label="ChatBotKit bot",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    api_key = forms.CharField(
        label="API key",
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    may = forms.MultipleChoiceField(
        label="It may",
        required=False,
        choices=list(tools.LABELS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    pages = forms.CharField(
        label="Pages it can share", required=False, widget=forms.Textarea(attrs=_LINES)
    )
    token_cap = forms.IntegerField(
        label="Tokens in one meeting, at most", min_value=1000, max_value=50_000_000
    )
    price_in = forms.DecimalField(
        label="Price of a million tokens read",
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=4,
    )
    price_out = forms.DecimalField(
        label="Price of a million tokens written",
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=4,
    )
    cost_cap = forms.DecimalField(
        label="Cost of one meeting, at most",
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=4,
    )

    def __init__(self, data: Any = None, *, row: Assistant) -> None:
        self.row = row
        initial: dict[str, Any] = {
            name: getattr(row, name)
            for name in self.base_fields
            if name not in ("called", "pages", "api_key")
        }
        initial["kind"] = row.kind or "openai"
        initial["called"] = ", ".join(row.called)
        initial["pages"] = "\n".join(row.pages)
        super().__init__(data, initial=initial, auto_id="id_%s")

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        others = self.row.workspace.assistants.active().exclude(pk=self.row.pk)
        if others.filter(name=name).exists():
            raise forms.ValidationError("There is an assistant of that name already.")
        return name

    def clean_called(self) -> list[str]:
        words = (" ".join(each.split()) for each in self.cleaned_data["called"].split(","))
        found = list(dict.fromkeys(each for each in words if each))
        if len(found) > MOST_NAMES or any(len(each) < 3 for each in found):
            raise forms.ValidationError(
                f"At most {MOST_NAMES} names, each of three letters or more: shorter ones are "
                "heard in everything."
            )
        return found

    def clean_pages(self) -> list[str]:
        found = list(dict.fromkeys(self.cleaned_data["pages"].split()))
        if len(found) > MOST_PAGES:
            raise forms.ValidationError(f"{MOST_PAGES} pages at most, one in a line.")
        for each in found:
            try:
                outgoing.check(each)
            except outgoing.Refused as why:
                raise forms.ValidationError(f"{each}: {why}") from None
        return found

    def clean_base_url(self) -> str:
        given = str(self.cleaned_data["base_url"]).strip().rstrip("/")
        if given:
            try:
                outgoing.check(given, trusted=conf.responder_hosts())
            except outgoing.Refused as why:
                raise forms.ValidationError(str(why)) from None
        return given

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        kind, key = given.get("kind"), given.get("api_key")
        base_url = given.get("base_url")
        if kind in KINDS and not base_url and "base_url" not in self.errors:
            given["base_url"] = base_url = KINDS[kind].base_url
        moved = self.row.pk and (kind, base_url) != (self.row.kind, self.row.base_url)
        if moved and self.row.api_key and not key and kind != "echo":
            # A key is never sent to another address than the one that it was entered for.
            self.add_error("api_key", "Enter the key again: it goes to another address now.")
        if tools.SHARE in given.get("may", []) and not given.get("pages"):
            self.add_error("pages", "Name the pages that it may share, one in a line.")
        return given

    def apply(self) -> Assistant:
        """The row with what was typed; not saved."""
        given = self.cleaned_data
        for name, value in given.items():
            if name != "api_key":
                setattr(self.row, name, value)
        if given["api_key"]:
            self.row.api_key = given["api_key"].strip()
        elif given["kind"] == "echo":
            self.row.api_key = ""
        return self.row


class InitiateForm(forms.Form):
    """Into which meeting, and what for."""

    token = forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"invalid": "Reload the page."}
    )
    meeting_url = forms.CharField(
        label="Meeting link",
        max_length=20_000,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "placeholder": "https://meet.google.com/abc-defg-hij"}
        ),
        error_messages={"required": "Paste the link of the meeting."},
    )
    text = forms.CharField(
        label="Instruction for this meeting",
        max_length=assistants.LONGEST_TEXT,
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 3, "placeholder": "This is the weekly review. Note who promises what."}
        ),
    )
    bot_name = forms.CharField(
        label="Name in the meeting",
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    team = forms.TypedChoiceField(label="For team", coerce=int)

    def __init__(self, data: Any = None, *, assistant: Assistant, teams: Sequence[Team]) -> None:
        initial = {"token": uuid.uuid4(), "team": teams[0].pk if teams else None}
        super().__init__(data, initial=initial, auto_id="id_%s")
        self.teams = {team.pk: team for team in teams}
        field = self.fields["team"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(team.pk, team.name) for team in teams]
        self.fields["bot_name"].widget.attrs["placeholder"] = assistant.name

    @property
    def for_team(self) -> Team:
        """The team that was chosen; of a form that is valid."""
        return self.teams[self.cleaned_data["team"]]
