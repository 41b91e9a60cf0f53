"""The form of a rule of leaving: what it waits for, and how long or until when."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django import forms

from bots import policy
from bots.leave_rules import Wish
from bots.lifecycle import LeaveWhen
from bots.lifecycle.leave_rules import LONGEST_S
from bots.zones import zone

USUAL = "30 min"
_LENGTH = "Type a length of time, such as 30 min or 2 h."


class LeaveRuleForm(forms.Form):
    """A rule as somebody types it; `wish()` once it is valid."""

    when = forms.ChoiceField(
        label="The bot leaves",
        choices=[(each.value, each.label) for each in LeaveWhen],
        initial=LeaveWhen.JOINED,
    )
    length = forms.CharField(
        label="How long",
        required=False,
        max_length=40,
        initial=USUAL,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": _LENGTH},
    )
    at = forms.DateTimeField(
        label="When",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    # The browser's zone; without JavaScript the time counts as UTC, and the page says so.
    zone = forms.CharField(widget=forms.HiddenInput, required=False, initial="UTC")

    def __init__(self, data: Mapping[str, Any] | None = None, *, now: datetime) -> None:
        super().__init__(data, initial={"at": now.astimezone(UTC).replace(tzinfo=None)})

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if "when" not in given:
            return given
        when = LeaveWhen(given["when"])
        if not when.takes_length:
            given["at"] = self._moment(given)
        elif "length" not in self.errors:
            given["after_s"] = self._length(when, given.get("length") or "")
        return given

    def _length(self, when: LeaveWhen, written: str) -> int:
        if not written and not when.least_s:
            return 0
        seconds = policy.seconds_of(written)
        if seconds is None:
            self.add_error("length", _LENGTH)
        elif seconds < when.least_s:
            self.add_error("length", f"At least {policy.short(when.least_s)}.")
        elif seconds > LONGEST_S:
            self.add_error("length", f"At most {policy.short(LONGEST_S)}.")
        return seconds or 0

    def _moment(self, given: Mapping[str, Any]) -> datetime | None:
        # What stands in the field that does not count can't be wrong.
        self.errors.pop("length", None)
        local = given.get("at")
        if local is None:
            if "at" not in self.errors:
                self.add_error("at", "Choose a day and a time.")
            return None
        try:
            return local.replace(tzinfo=zone(given.get("zone") or "")).astimezone(UTC)
        except OverflowError:
            self.add_error("at", "No calendar has this time. Choose another.")
            return None

    def wish(self) -> Wish:
        """The rule that was typed."""
        given = self.cleaned_data
        when = LeaveWhen(given["when"])
        if not when.takes_length:
            return Wish(when, at=given["at"])
        return Wish(when, after_s=given["after_s"])
