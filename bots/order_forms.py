"""The forms of the two orders that need more than a yes: start recording, and reschedule."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django import forms

from bots import conf, lifecycle, policy
from bots import formats as catalogue
from bots.zones import zone

AS_IT_IS = "as_it_is"
_FIXED = {
    "formats": "What is recorded",
    "transcript": "The transcript",
    "language": "The spoken language",
    "rtmp_url": "The RTMP address",
}


class StartForm(forms.Form):
    """What the recording shall hold. Prefilled from the bot, because Recall remembers nothing.

    `config` is the bot's `recording_config` as Recall returned it. Whatever the form does not
    ask is sent again as the bot has it; where the bot's `version` of its policy fixes what is
    recorded, that is everything.
    """

    formats = forms.MultipleChoiceField(
        choices=[(each.key, each.label) for each in catalogue.FORMATS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    transcript = forms.ChoiceField(label="Transcript", required=False)
    language = forms.ChoiceField(
        label="Spoken language", choices=list(catalogue.LANGUAGES.items()), required=False
    )
    rtmp_url = forms.CharField(
        label="RTMP address", max_length=2000, required=False, help_text="For live video only."
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        config: Mapping[str, Any] | None,
        platform: str,
        version: policy.Version | None = None,
    ) -> None:
        self.config = config
        self.platform = platform
        self.version = version
        had = catalogue.transcriber_of(config)
        transcript = ((config or {}).get("transcript") or {}).get("provider") or {}
        super().__init__(
            data,
            initial={
                "formats": sorted(catalogue.formats_of(config)),
                "transcript": AS_IT_IS if had else "",
                "language": (transcript.get(had) or {}).get("language_code") or "auto",
                "rtmp_url": _rtmp_url(config),
            },
        )
        kept = catalogue.TRANSCRIBER_BY_KEY.get(had)
        kept_label = f"As now: {kept.label if kept else had}"
        self.fields["transcript"].choices = [  # type: ignore[attr-defined]
            *([(AS_IT_IS, kept_label)] if had else []),
            ("", "No transcript"),
            *(
                (each.key, each.label)
                for each in catalogue.TRANSCRIBERS
                if platform not in each.not_on
            ),
        ]

    @property
    def fixed_by(self) -> str:
        """Whose policy fixes what is recorded: "Sales, version 7"; "" where it is left open."""
        if self.version is None or self.version.rules.may_formats:
            return ""
        return self.version.origin_words("may_formats")

    @property
    def groups(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """The catalogue by group, each format with whether it is ticked and why it can't be."""
        ticked = set(self["formats"].value() or [])
        return [
            (
                group,
                [
                    {
                        "format": each,
                        "ticked": each.key in ticked,
                        "missing": self.platform in each.not_on,
                    }
                    for each in members
                ],
            )
            for group, members in catalogue.groups().items()
        ]

    @property
    def summary(self) -> str:
        """What the bot records as it stands, in a few words: "video, transcript"."""
        ticked = set(self["formats"].value() or [])
        words = [each.label for each in catalogue.FORMATS if each.key in ticked]
        if self["transcript"].value():
            words.append("Transcript")
        return ", ".join(word[:1].lower() + word[1:] for word in words) or "nothing"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.fixed_by:
            return self._as_the_bot_has_it(cleaned)
        chosen = frozenset(cleaned.get("formats") or [])
        if "video_mixed_flv" not in chosen:
            # Left over when the format was unticked.
            cleaned["rtmp_url"] = ""
        found = policy.format_problems(
            chosen, self.platform, rtmp_url=cleaned.get("rtmp_url") or ""
        )
        transcript = cleaned.get("transcript") or ""
        if transcript != AS_IT_IS:
            found |= policy.transcript_problems(
                transcript, self.platform, language=cleaned.get("language") or "auto"
            )
        for field, sentence in found.items():
            self.add_error(field if field in self.fields else None, sentence)
        return cleaned

    def _as_the_bot_has_it(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """Refuse, at the field, what was chosen otherwise than the policy has it."""
        had = {name: self.get_initial_for_field(self.fields[name], name) for name in self.fields}
        for name, was in had.items():
            sent = cleaned.get(name)
            same = set(sent or ()) == set(was) if name == "formats" else sent == was
            # Of formats none may be ticked, and so none be sent.
            was_sent = name in self.data or (name == "formats" and "transcript" in self.data)
            if was_sent and name not in self.errors and not same:
                self.add_error(name, f"{_FIXED[name]} is fixed by {self.fixed_by}.")
        return had

    def body(self) -> dict[str, Any]:
        """The exact Start Recording request, with every option said."""
        listens = bool(conf.live_origin())
        if self.fixed_by:
            return policy.start_body(self.config, listens=listens)
        chosen = self.cleaned_data
        transcript = chosen["transcript"]
        return policy.start_body(
            self.config,
            formats=frozenset(chosen["formats"]),
            transcript=None if transcript == AS_IT_IS else transcript,
            language=chosen["language"] or "auto",
            rtmp_url=chosen["rtmp_url"],
            listens=listens,
        )


class RescheduleForm(forms.Form):
    """When the bot shall join instead, in the viewer's own zone."""

    join_at = forms.DateTimeField(
        label="New time",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    # The browser's zone; without JavaScript the time counts as UTC, and the page says so.
    zone = forms.CharField(widget=forms.HiddenInput, required=False, initial="UTC")

    def __init__(self, data: Mapping[str, Any] | None = None, *, now: datetime, **kwargs: Any):
        self.now = now
        super().__init__(data, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        local = cleaned.get("join_at")
        if local is None:
            return cleaned
        try:
            at = local.replace(tzinfo=zone(cleaned.get("zone") or "")).astimezone(UTC)
        except OverflowError:
            self.add_error("join_at", "No calendar has this time. Choose another.")
            return cleaned
        if sentence := lifecycle.cannot_move_to(at, now=self.now):
            self.add_error("join_at", sentence)
        cleaned["join_at"] = at
        return cleaned

    def body(self) -> dict[str, Any]:
        """The PATCH of a scheduled bot."""
        return {"join_at": self.cleaned_data["join_at"].isoformat().replace("+00:00", "Z")}


def _rtmp_url(config: Mapping[str, Any] | None) -> str:
    """Where the bot streams to now, "" when it does not."""
    for endpoint in (config or {}).get("realtime_endpoints") or []:
        if endpoint.get("type") == "rtmp":
            return endpoint.get("url") or ""
    return ""
