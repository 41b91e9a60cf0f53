"""The form of a share link: for whom, what of the recording, how long."""

import unicodedata
from typing import Any

from django import forms

from bots.models import Share
from bots.moments import seconds_of
from bots.shares import LONGEST_MOMENT_S, Wish

USUAL_DAYS = 7
WHOLE, MOMENT = "whole", "moment"
NO_PLACE = "Type a place in the film as minutes and seconds, such as 2:05."


class PlaceField(forms.CharField):
    """A place in a film as people type it, cleaned to seconds; None where nothing stands."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"autocomplete": "off", "inputmode": "numeric", "placeholder": "0:00"}
        widget = forms.TextInput(attrs=attrs)
        super().__init__(required=False, max_length=20, widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        written = super().clean(value)
        if not written:
            return None
        seconds = seconds_of(written)
        if seconds is None:
            raise forms.ValidationError(NO_PLACE)
        return seconds


class ShareForm(forms.Form):
    """What somebody wants to show. `total_s`: how long the recording is, 0 where nobody knows."""

    label = forms.CharField(
        label="For whom",
        max_length=Share.LABEL,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Acme, for review"}),
        error_messages={"required": "Say for whom the link is, so that you know it again."},
    )
    what = forms.ChoiceField(
        label="What they see",
        choices=[(WHOLE, "The whole recording"), (MOMENT, "A moment of it")],
        initial=WHOLE,
    )
    start = PlaceField(label="From")
    end = PlaceField(label="To")
    film = forms.BooleanField(label="Film and sound", required=False, initial=True)
    words = forms.BooleanField(label="Transcript", required=False, initial=True)
    names = forms.BooleanField(label="People's names", required=False)

    def __init__(self, data: Any = None, *, most_days: int, total_s: float, has_film: bool) -> None:
        self.total_s = total_s
        super().__init__(data, prefix="share")
        whole = f"Type a whole number of days, from 1 to {most_days}."
        self.fields["days"] = forms.IntegerField(
            label="Days until it ends",
            min_value=1,
            max_value=most_days,
            initial=min(USUAL_DAYS, most_days),
            error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), whole),
        )
        if not has_film:
            self.fields["film"].disabled = True
            self.fields["film"].initial = False

    def clean_label(self) -> str:
        # Without what no eye sees: it stands in lists and in the audit log.
        label = "".join(c for c in self.cleaned_data["label"] if unicodedata.category(c) != "Cf")
        if not label.strip():
            raise forms.ValidationError(self.fields["label"].error_messages["required"])
        return " ".join(label.split())

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not given.get("film") and not given.get("words"):
            self.add_error("film", "Show the film, the transcript, or both.")
        if given.get("what") != MOMENT:
            # What was typed for a moment that nobody wants cannot be wrong.
            for name in ("start", "end"):
                self.errors.pop(name, None)
            return given
        start, end = given.get("start"), given.get("end")
        for name, place in (("start", start), ("end", end)):
            if place is None and name not in self.errors:
                self.add_error(name, NO_PLACE)
        if start is None or end is None:
            return given
        if self.total_s and start >= self.total_s:
            self.add_error("start", "The recording is over by then.")
        elif end - start < 1:
            self.add_error("end", "The moment must end a second or more after it begins.")
        elif end - start > LONGEST_MOMENT_S:
            minutes = LONGEST_MOMENT_S // 60
            self.add_error(
                "end", f"A moment has {minutes} minutes at most. Share the whole recording instead."
            )
        return given

    @property
    def wish(self) -> Wish:
        """What was asked for, once the form is valid."""
        given = self.cleaned_data
        is_moment = given["what"] == MOMENT
        end = given["end"] if is_moment else None
        return Wish(
            label=given["label"],
            days=given["days"],
            shows_film=given["film"],
            shows_words=given["words"],
            shows_names=given["names"],
            start_s=given["start"] if is_moment else None,
            end_s=min(end, self.total_s) if end is not None and self.total_s else end,
        )
