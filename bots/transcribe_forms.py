"""The form that asks for a transcript after the meeting: by whom, and in which language."""

from typing import Any

from django import forms

from bots import formats


class TranscribeForm(forms.Form):
    """Recall's own transcription unless another is chosen."""

    provider = forms.ChoiceField(
        label="Transcribed by", choices=list(formats.LATER_TRANSCRIBERS.items())
    )
    language = forms.ChoiceField(
        label="Spoken language", choices=list(formats.LANGUAGES.items()), required=False
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        language = cleaned.get("language") or "auto"
        if cleaned.get("provider") not in (None, "recallai_async") and language != "auto":
            self.add_error(
                "language",
                "Only Recall's transcription can be told the language here; the others recognise "
                "it, or go by their own settings.",
            )
        return cleaned

    def as_provider(self) -> dict[str, Any]:
        """The `provider` of Create Transcript, with what it is told of the language."""
        name = self.cleaned_data["provider"]
        language = self.cleaned_data["language"] or "auto"
        settings: dict[str, dict[str, Any]] = {
            "recallai_async": {"language_code": language},
            "assembly_ai_async": {"language_detection": True},
            "deepgram_async": {"detect_language": True},
        }
        return {name: settings.get(name, {})}
