"""What people fill in to keep copies, and for how long."""

from collections.abc import Sequence
from typing import Any

from django import forms

from bots.keeping import LONGEST_DAYS, Piece


def _days(label: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=1,
        max_value=LONGEST_DAYS,
        error_messages={
            "invalid": "Type a whole number of days, or nothing for no end.",
            "min_value": "At least one day, or nothing for no end.",
            "max_value": "A hundred years are the most; leave it empty for no end.",
        },
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "placeholder": "no end"}),
    )


class KeepForm(forms.Form):
    """Which files, and for how many days after the recording."""

    pieces = forms.MultipleChoiceField(
        required=True,
        error_messages={
            "required": "Choose what to keep.",
            "invalid_choice": "One of these is not there any more. Look again, and choose anew.",
        },
    )
    days = _days("Keep for days")

    def __init__(self, *args: Any, offered: Sequence[Piece], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = {piece.key: piece for piece in offered}
        self.fields["pieces"].choices = [  # type: ignore[attr-defined]
            (key, piece.label) for key, piece in self.offered.items()
        ]

    @property
    def chosen(self) -> list[Piece]:
        return [self.offered[key] for key in self.cleaned_data["pieces"]]


class UntilForm(forms.Form):
    """For how many days from now on, or for ever."""

    days = _days("Days from now")
