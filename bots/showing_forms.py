"""The forms of what a bot shows and plays: a web page, a picture or a sound, checked at once."""

from typing import Any

from django import forms

from bots import pictures, sounds
from bots.lifecycle import showing
from bots.lifecycle.showing import Place, What
from bots.models import Picture, Sound, Workspace

LONGEST_NAME = 80
# What somebody is filling in is theirs while the page goes on.
_THEIRS = {"hx-morph-skip": True}


class ShowForm(forms.Form):
    """What the bot shall show, and where; `body()` of the order once it is valid.

    `what` is a page or a picture: a bot can show only one of both. `turn` counts what was shown
    before: the fields of the next one are others, and empty.
    """

    use_required_attribute = False

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        workspace: Workspace,
        what: What,
        turn: int = 0,
    ) -> None:
        super().__init__(data, files, auto_id=f"show-%s-{turn}")
        self.workspace, self.what = workspace, what
        self.fields["place"] = forms.ChoiceField(
            label="Where",
            choices=[(place.value, place.label) for place in Place],
            initial=Place.SCREEN.value,
            error_messages={
                "required": "Choose the screen or the camera.",
                "invalid_choice": "Choose the screen or the camera.",
            },
        )
        if what is What.PAGE:
            self.fields["url"] = forms.CharField(
                label="Web page address",
                required=False,
                widget=forms.TextInput(
                    attrs=_THEIRS
                    | {
                        "inputmode": "url",
                        "autocomplete": "off",
                        "autocapitalize": "off",
                        "spellcheck": "false",
                        "placeholder": "https://example.com/board",
                    }
                ),
            )
        else:
            self.fields["picture"] = _file("Picture", "image/jpeg", "Choose a picture to show.")
        _describe(self, self.content)

    @property
    def content(self) -> forms.BoundField:
        """The field of what is shown."""
        return self["url" if self.what is What.PAGE else "picture"]

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        if why_not := showing.address_problem(url):
            raise forms.ValidationError(why_not)
        return url

    def clean_picture(self) -> Picture:
        """The picture, kept at once, so that a refusal elsewhere does not lose it."""
        try:
            jpeg, width, height = pictures.read(self.cleaned_data["picture"])
        except pictures.NotAPicture as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return Picture.keep(self.workspace, jpeg, width=width, height=height)

    def body(self) -> dict[str, Any]:
        """`{"place": …, "what": "page", "url": …}`, or `"picture"` with its digest and name."""
        given = self.cleaned_data
        body: dict[str, Any] = {"place": given["place"], "what": self.what.value}
        if self.what is What.PAGE:
            return body | {"url": given["url"]}
        return body | {"picture": given["picture"].digest, "name": _name(self.files["picture"])}


class PlayForm(forms.Form):
    """The sound that the bot shall play; `body()` of the order once it is valid."""

    use_required_attribute = False

    def __init__(
        self, data: Any = None, files: Any = None, *, workspace: Workspace, turn: int = 0
    ) -> None:
        super().__init__(data, files, auto_id=f"play-%s-{turn}")
        self.workspace = workspace
        self.fields["sound"] = _file("Sound", "audio/mpeg", "Choose a sound to play.")
        _describe(self, self["sound"])

    def clean_sound(self) -> Sound:
        """The sound, kept at once."""
        try:
            mp3, lasts_s = sounds.read(self.cleaned_data["sound"])
        except sounds.NotASound as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return Sound.keep(self.workspace, mp3, lasts_s=lasts_s)

    def body(self) -> dict[str, Any]:
        """`{"sound": digest, "name": …}`."""
        return {"sound": self.cleaned_data["sound"].digest, "name": _name(self.files["sound"])}


def _file(label: str, accept: str, missing: str) -> forms.FileField:
    return forms.FileField(
        label=label,
        allow_empty_file=True,
        widget=forms.FileInput(attrs=_THEIRS | {"accept": accept}),
        error_messages={"required": missing, "invalid": missing, "missing": missing},
    )


def _describe(form: forms.Form, field: forms.BoundField) -> None:
    """Where what is wrong with the field stands, for a screen reader; it is empty at first."""
    form.fields[field.name].widget.attrs["aria-describedby"] = f"{field.auto_id}-error"


def _name(upload: Any) -> str:
    """The file's name as it stands in a sentence."""
    name = "".join(char for char in str(upload.name or "") if char.isprintable())
    return name[:LONGEST_NAME]
