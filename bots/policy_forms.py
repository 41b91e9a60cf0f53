"""The form of a recording policy: from rules to what a page shows, and back from what was typed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from bots import formats as catalogue
from bots import pictures, policy
from bots.lifecycle import platform_label, showing
from bots.models import Picture, PolicyVersion, Workspace

# What is typed into a number field beyond this is a slip of the hand.
LARGEST: Final = 10**9
ON: Final = "on"
NUMBERS: Final = (
    *(name for name in policy.LEAVE_FIELDS if name != "names_on"),
    "share_days", "keep_days", "most_bots", "longest_s", "hours_month",
)  # fmt: skip
OPTIONAL: Final = frozenset(
    {
        "everyone_left_after_s",
        "recording_s",
        "stay_s",
        "keep_days",
        "most_bots",
        "longest_s",
        "hours_month",
    }
)
SWITCHES: Final = (
    "separate_streams", "bot_audio", "names_on",
    "may_formats", "may_name", "may_show", "may_start", "may_length",
)  # fmt: skip
LINES: Final = ("blocked_domains", "title_words", "consent_yes", "consent_no")
# Lengths of time that nobody thinks of in seconds: written as "2 h" or "90 min".
SPELT: Final = frozenset({"recording_s", "longest_s", "stay_s"})
# Controls that a field of the rules has beside the one of its own name.
BESIDE: Final = {"retention": ("retention_hours",), "bot_picture": ("picture",)}
CHOICES: Final[dict[str, list[tuple[str, str]]]] = {
    "transcript": [*((e.key, e.label) for e in catalogue.TRANSCRIBERS), ("", "No transcript")],
    "language": list(catalogue.LANGUAGES.items()),
    "transcript_mode": list(catalogue.TRANSCRIPT_MODES.items()),
    "layout": [("", "As the formats need it"), *catalogue.LAYOUTS.items()],
    "screenshare": list(policy.SCREENSHARES.items()),
    "retention": [
        ("hours", "For a time"),
        ("forever", "Until someone deletes it"),
        ("none", "Not at all"),
    ],
    "shows": [(str(key), label) for key, label in showing.SHOWS.items()],
    "join_message_to": list(policy.RECIPIENTS.items()),
    "start_on": list(policy.STARTS_HERE.items()),
    "consent_by": list(policy.NEEDS.items()),
    "consent_no_does": list(policy.REFUSALS.items()),
    "shown_to": list(policy.AUDIENCES.items()),
    "share_links": list(policy.SHARERS.items()),
}
PLATFORMS: Final = [(key, platform_label(key)) for key in policy.ALLOWABLE]
# "" is a choice there.
FREE_CHOICES: Final = frozenset({"transcript", "layout"})


class SpanField(forms.CharField):
    """A length of time as people write it, cleaned to whole seconds; None where nothing stands."""

    def clean(self, value: Any) -> Any:
        written = super().clean(value)
        if not written:
            return None
        seconds = policy.seconds_of(written)
        if seconds is None:
            raise forms.ValidationError(
                "Type a length of time, such as 90 min or 2 h, or nothing for no limit."
            )
        if seconds > LARGEST:
            raise forms.ValidationError("This is too large.")
        return seconds


class PolicyForm(forms.Form):
    """What a policy says, of which `names` may be changed here.

    `rules` are those of the version that is being edited. After validation `typed` are the rules
    as typed, with the edited version's value where something typed makes no sense. A picture that
    is one is kept at once, so that a refusal elsewhere does not lose it.
    """

    after = forms.IntegerField(
        min_value=1,
        max_value=LARGEST - 1,
        widget=forms.HiddenInput,
        error_messages={"required": "This form came incomplete. Load the page and try again."},
    )
    note = forms.CharField(label="Note", required=False, max_length=PolicyVersion.NOTE)
    locks = forms.MultipleChoiceField(
        choices=[(section, section) for section in policy.LOCKABLE], required=False
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        files: MultiValueDict[str, UploadedFile] | None = None,
        *,
        rules: policy.Rules,
        names: Collection[str],
        number: int,
        locks: Collection[str] = (),
        workspace: Workspace,
    ) -> None:
        self.was, self.names, self.workspace = rules, frozenset(names), workspace
        self.typed = rules
        initial = {"after": number, "locks": sorted(locks)}
        super().__init__(data, files, initial=initial | _initial(rules))
        for name in policy.FIELDS:
            if name in self.names:
                self.fields |= {each: _field(each) for each in (name, *BESIDE.get(name, ()))}
        for name, field in self.fields.items():
            field.widget.attrs |= {"aria-describedby": f"said-{_rule_of(name)}"}
            if not field.widget.is_hidden:
                # Words come back while people type on; what they typed is theirs.
                field.widget.attrs["hx-morph-skip"] = True

    @property
    def locked(self) -> list[str]:
        """The sections whose lock is switched on here."""
        return [str(each) for each in self["locks"].value() or ()]

    def full_clean(self) -> None:
        super().full_clean()
        for name in self.errors if self.is_bound else ():
            if name in self.fields:
                self.fields[name].widget.attrs["aria-invalid"] = "true"

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        typed: dict[str, Any] = {}
        for name in self.names:
            if name == "bot_picture":
                typed[name] = self._picture(given)
            elif name == "retention":
                typed[name] = self._retention(given)
            elif name in given:
                typed[name] = _value(name, given[name])
        if "rtmp_url" in typed and "video_mixed_flv" not in typed.get("formats", ()):
            # Left over when the format was unticked.
            typed["rtmp_url"] = ""
        self.typed = replace(self.was, **typed)
        for name, sentence in policy.rule_problems(self.typed).items():
            if name not in self.fields:
                self.add_error(None, f"{policy.LABELS[name]}: {sentence}")
            elif name not in self.errors:
                self.add_error(name, sentence)
        return given

    def _retention(self, given: Mapping[str, Any]) -> int | str:
        kind = given.get("retention", "")
        if kind in ("forever", "none"):
            # An hour count that nobody reads cannot be wrong.
            self.errors.pop("retention_hours", None)
            return str(kind)
        hours = given.get("retention_hours")
        if kind and hours is None and "retention_hours" not in self.errors:
            self.add_error("retention", "Say for how many hours Recall keeps it.")
        for sentence in self.errors.pop("retention_hours", []):
            self.add_error("retention", sentence)
        return self.was.retention if hours is None else int(hours)

    def _picture(self, given: Mapping[str, Any]) -> str:
        """The digest of the picture that was chosen now or before, "" for none."""
        upload = given.get("picture")
        if upload:
            try:
                jpeg, width, height = pictures.read(upload)
            except pictures.NotAPicture as refusal:
                self.add_error("bot_picture", str(refusal))
                return self.was.bot_picture
            return Picture.keep(self.workspace, jpeg, width=width, height=height).digest
        digest = str(given.get("bot_picture") or "")
        known = self.workspace.pictures.filter(digest=digest)
        if digest and digest != self.was.bot_picture and not known.exists():
            self.add_error("bot_picture", "That picture is no longer here. Choose it again.")
            return self.was.bot_picture
        return digest


def control_values(name: str, value: Any) -> dict[str, list[str]]:
    """What the controls of a field hold when it has this value, as a browser would post it."""
    if name == "retention":
        if isinstance(value, str):
            return {"retention": [value]}
        return {"retention": ["hours"], "retention_hours": [str(value)]}
    if name == "bot_picture":
        return {"bot_picture": [value], "picture": []}
    if name in LINES:
        return {name: ["\n".join(value)]}
    if isinstance(value, bool):
        return {name: [ON] if value else []}
    if isinstance(value, tuple):
        return {name: list(value)}
    if name in SPELT and value is not None:
        return {name: [policy.short(value)]}
    return {name: ["" if value is None else str(value)]}


def posted(
    rules: policy.Rules, names: Collection[str], *, after: int, note: str, locks: Collection[str]
) -> QueryDict:
    """The form as a browser would post it with these rules."""
    data = QueryDict(mutable=True)
    data["after"], data["note"] = str(after), note
    data.setlist("locks", list(locks))
    for name in names:
        for control, values in control_values(name, getattr(rules, name)).items():
            data.setlist(control, values)
    return data


def _initial(rules: policy.Rules) -> dict[str, Any]:
    several = {"formats", "platforms", "keep"}
    found: dict[str, Any] = {}
    for name in policy.FIELDS:
        for control, values in control_values(name, getattr(rules, name)).items():
            if control in several:
                found[control] = values
            elif control in SWITCHES:
                found[control] = bool(values)
            elif control != "picture":
                found[control] = values[0]
    return found


def _rule_of(control: str) -> str:
    return next((name for name, beside in BESIDE.items() if control in beside), control)


def _field(name: str) -> forms.Field:
    """The form field of one control."""
    label = policy.LABELS.get(name, "")
    if name in CHOICES:
        return forms.ChoiceField(
            label=label, choices=CHOICES[name], required=name not in FREE_CHOICES
        )
    if name == "formats":
        choices = [(each.key, each.label) for each in catalogue.FORMATS]
        return forms.MultipleChoiceField(label=label, choices=choices, required=False)
    if name == "platforms":
        return forms.MultipleChoiceField(label=label, choices=PLATFORMS, required=False)
    if name == "keep":
        kinds = list(policy.KEEPABLE.items())
        return forms.MultipleChoiceField(label=label, choices=kinds, required=False)
    if name in SWITCHES:
        return forms.BooleanField(label=label, required=False)
    if name in SPELT:
        return SpanField(
            label=label,
            required=False,
            max_length=40,
            error_messages={"max_length": "This is too large."},
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )
    if name in NUMBERS or name == "retention_hours":
        return _number(name, label)
    if name in LINES:
        rows = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})
        return forms.CharField(label=label, required=False, widget=rows, max_length=20_000)
    if name == "picture":
        accepts = forms.FileInput(attrs={"accept": "image/jpeg"})
        return forms.FileField(
            label="Picture", required=False, widget=accepts, allow_empty_file=True
        )
    if name == "bot_picture":
        return forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    if name in ("join_message", "consent_ask"):
        rows = forms.Textarea(attrs={"rows": 2})
        return forms.CharField(label=label, required=False, widget=rows, max_length=20_000)
    if name == "leave_at":
        clock = forms.TimeInput(attrs={"type": "time"})
        return forms.CharField(label=label, required=False, max_length=5, widget=clock)
    return forms.CharField(label=label, required=False, max_length=2000)


# By how the name of a field ends; others count bots.
_UNITS: Final = {"_s": "seconds", "hours": "hours", "hours_month": "hours", "_days": "days"}


def _number(name: str, label: str) -> forms.IntegerField:
    unit = next((unit for end, unit in _UNITS.items() if name.endswith(end)), "bots")
    whole = f"Type a whole number of {unit}"
    whole += ", or nothing for no limit." if name in OPTIONAL else "."
    return forms.IntegerField(
        label=label,
        required=name not in OPTIONAL and name != "retention_hours",
        min_value=0,
        max_value=LARGEST,
        error_messages={
            "required": whole,
            "invalid": whole,
            "min_value": whole,
            "max_value": "This is too large.",
        },
    )


def _value(name: str, given: Any) -> Any:
    """A cleaned value as the rules have it."""
    if name == "formats":
        return policy.ordered(given)
    if name == "platforms":
        return tuple(key for key, _ in PLATFORMS if key in given)
    if name == "keep":
        return tuple(kind for kind in policy.KEEPABLE if kind in given)
    if name in LINES:
        return _lines(given, lower=name == "blocked_domains")
    if name in ("join_message", "consent_ask"):
        return str(given).replace("\r\n", "\n").strip()
    return given


def _lines(text: str, *, lower: bool) -> tuple[str, ...]:
    """One entry a line, each once whatever its case."""
    unique: dict[str, str] = {}
    for line in text.splitlines():
        if entry := " ".join(line.split()):
            unique.setdefault(entry.casefold(), entry.lower() if lower else entry)
    return tuple(unique.values())
