"""The form that sends a bot, and what it makes of a pasted invitation."""

import re
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from django import forms
from django.http import QueryDict

from bots import deciding, policy
from bots import formats as catalogue
from bots.lifecycle import showing
from bots.models import PolicyVersion, Team
from bots.recall import meeting_urls
from bots.zones import zone

# A recording of a week is longer than any meeting.
MOST_MINUTES = 7 * 24 * 60
_TOPIC = re.compile(
    r"\bTopic:[ \t]*(\S.*?)[ \t]*(?=[\r\n]|\bTime:|\bJoin\b|https?://|\Z)", re.IGNORECASE
)
# A blank inside of a number, as Zoom writes its own.
_SPOKEN = re.compile(r"(?<=\d)[ \u00a0](?=\d)")
# The ask's words for its fields, where the form has others.
FIELDS = {"bot_name": "name", "recording_s": "minutes"}


def topic_of(text: str) -> str:
    """What a pasted invitation calls the meeting ("Topic: …"), or "". A field has no lines."""
    found = _TOPIC.search(text)
    return " ".join(found[1].split())[:200] if found else ""


def links_in(text: str) -> int:
    """How many different meetings a text has links of."""
    keys = set()
    for word in _SPOKEN.sub("", text[:20_000]).split()[:500]:
        if "/" in word:
            with suppress(meeting_urls.NotALink):
                link = meeting_urls.find(word)
                keys |= {link.key} if link.known else set()
    return len(keys)


def new_token() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Settled:
    """A choice that the policy does not leave to whoever sends a bot, in words, and whose word."""

    label: str
    value: str
    by: str
    errors: list[str]


class LinkForm(forms.Form):
    """A meeting link alone: all that most people ever fill in."""

    token = forms.UUIDField(widget=forms.HiddenInput, initial=new_token)
    tz = forms.CharField(required=False, widget=forms.HiddenInput)
    meeting_url = forms.CharField(
        label="Meeting link",
        strip=True,
        max_length=20_000,
        error_messages={"required": "Paste the link of the meeting."},
    )


class SendForm(LinkForm):
    """A meeting link and how its bot shall behave, as far as the team's policy leaves that open.

    `shown` is the version whose values the page showed. What was left as it was shown was not
    asked for: it follows the policy that is in force when the form comes back.
    """

    shown = forms.IntegerField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(label="Title", required=False, max_length=200)
    name = forms.CharField(label="Bot name", max_length=100, required=False)
    team = forms.ModelChoiceField(Team.objects.none(), label="Team", empty_label=None)
    join = forms.ChoiceField(
        label="When to join",
        choices=[("now", "Now"), ("later", "At a time")],
        initial="now",
        required=False,
    )
    join_at = forms.DateTimeField(label="Time to join", required=False)
    start_on = forms.ChoiceField(
        label="Start recording", choices=list(policy.STARTS_HERE.items()), required=False
    )
    shows = forms.ChoiceField(
        label="The bot can show",
        choices=[(str(key), label) for key, label in showing.SHOWS.items()],
        required=False,
    )
    minutes = forms.IntegerField(
        label="Longest recording, in minutes",
        min_value=1,
        max_value=MOST_MINUTES,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": "Give whole minutes."},
    )
    formats = forms.MultipleChoiceField(
        label="Formats",
        choices=[(each.key, each.label) for each in catalogue.FORMATS],
        required=False,
    )
    transcript = forms.ChoiceField(
        label="Transcript",
        choices=[("", "None"), *((each.key, each.label) for each in catalogue.TRANSCRIBERS)],
        required=False,
    )
    language = forms.ChoiceField(
        label="Spoken language", choices=list(catalogue.LANGUAGES.items()), required=False
    )
    transcript_mode = forms.ChoiceField(
        label="Transcription", choices=list(catalogue.TRANSCRIPT_MODES.items()), required=False
    )
    rtmp_url = forms.CharField(label="RTMP address", required=False, max_length=2000)
    layout = forms.ChoiceField(
        label="Picture",
        choices=[("", "As the formats need it"), *catalogue.LAYOUTS.items()],
        required=False,
    )

    ruling: deciding.Ruling | None = None

    def __init__(self, *args: Any, teams: list[Team], now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.teams, self.now = teams, now
        field = self.fields["team"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Team.objects.filter(pk__in=[team.pk for team in teams])
        field.choices = [(team.pk, team.name) for team in teams]
        field.required = False
        chosen = self.data.get(self.add_prefix("team"))
        self.for_team = next((team for team in teams if str(team.pk) == chosen), teams[0])
        self.version = PolicyVersion.objects.current(self.for_team)
        self.rules = self.version.pure.rules
        self.given = self._follow()
        for name in self.errors if self.is_bound else ():
            if name in self.fields:
                self.fields[name].widget.attrs |= {
                    "aria-invalid": "true",
                    "aria-describedby": f"id_{name}-error",
                }

    def _follow(self) -> set[str]:
        """Fill in what the policy says; returns the choices that were sent with the form."""
        values = _values(self.rules)
        single = {name: each[0] for name, each in values.items() if name != "formats"}
        filled = {**single, "formats": values["formats"], "team": self.teams[0].pk}
        self.initial = {**filled, "shown": self.version.pk, **self.initial}
        if not self.is_bound:
            return set()
        data = cast(QueryDict, self.data).copy()
        given = {name for name in values if name in data}
        if "transcript" in given:
            given.add("formats")  # Of which none may be ticked, and so none be sent.
        untouched = _values(self._shown().pure.rules)
        for name, each in values.items():
            sent = data.getlist(name)
            if name not in given or sorted(sent) == sorted(untouched[name]):
                data.setlist(name, each)
        self.was_shown = data.get("shown", "")
        data["shown"] = str(self.version.pk)
        data.setdefault("join", "now")
        data.setdefault("team", str(self.for_team.pk))
        self.data = data
        return given

    def _shown(self) -> PolicyVersion:
        """The version whose values stood on the page."""
        pk = self.data.get("shown", "")
        if not (pk.isdecimal() and pk.isascii() and len(pk) < 19) or pk == str(self.version.pk):
            return self.version
        known = PolicyVersion.objects.filter(workspace=self.for_team.workspace_id, pk=pk)
        return known.select_related("team", "base").first() or self.version

    @property
    def is_altered(self) -> bool:
        """Whether one of the folded options was filled in or is wrong, so that it must show."""
        hidden = set(self.fields) - {"meeting_url", "token", "tz", "shown"}
        return self.is_bound and bool(hidden & (set(self.errors) | set(self.changed_data)))

    @property
    def is_renewed(self) -> bool:
        """Whether the page shows the values of another version than the one in force."""
        return self.is_bound and self.was_shown not in ("", str(self.version.pk))

    @property
    def length_hint(self) -> str:
        """What counts where nothing is filled in."""
        limits = [each for each in (self.rules.recording_s, self.rules.longest_s) if each]
        said = policy.short(min(limits)) if limits else "no limit"
        return f"Left empty, the policy counts: {said}."

    @property
    def chosen_formats(self) -> set[str]:
        return {str(key) for key in self["formats"].value() or ()}

    @property
    def settled(self) -> dict[str, list[Settled]]:
        """What the policy fixes, by its switch: all that the page can only tell."""
        return {
            switch: [self._settled(switch, name) for name in names if self._is_told(name)]
            for switch, names in policy.CHOICES.items()
            if not getattr(self.rules, switch)
        }

    def _settled(self, switch: str, name: str) -> Settled:
        field = FIELDS.get(name, name)
        counts = policy.longest_s(self.rules) if name == "recording_s" else None
        value = policy.say(name, counts or getattr(self.rules, name))
        by = self.version.pure.origin_words(switch)
        return Settled(
            policy.LABELS[name], value, by, [str(each) for each in self.errors.get(field, ())]
        )

    def _is_told(self, name: str) -> bool:
        """Whether a fixed choice means anything, or was tried all the same."""
        if FIELDS.get(name, name) in self.errors:
            return True
        if name in ("language", "transcript_mode"):
            provider = catalogue.TRANSCRIBER_BY_KEY.get(self.rules.transcript)
            return provider is not None and provider.has_language
        # An RTMP address holds the key of a stream.
        return name != "rtmp_url"

    def clean_team(self) -> Team:
        team: Team | None = self.cleaned_data["team"]
        return team or self.for_team

    def clean_meeting_url(self) -> str:
        try:
            self.link = meeting_urls.find(self.cleaned_data["meeting_url"])
        except meeting_urls.NotALink as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return self.link.url

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        data["title"] = data.get("title") or topic_of(self.data.get("meeting_url", ""))
        if data.get("join") == "later" and not data.get("join_at"):
            if "join_at" not in self.errors:
                self.add_error("join_at", "Choose when the bot shall join.")
        elif data.get("join") == "later":
            local = data["join_at"].replace(tzinfo=zone(data.get("tz", "")))
            try:
                data["join_at"] = local.astimezone(UTC)
            except OverflowError:
                data["join_at"] = None
                self.add_error("join_at", "No calendar has this time. Choose another.")
        else:
            data["join_at"] = None
        if "meeting_url" in data:
            self.ruling = deciding.rule(self.for_team, self.ask(), now=self.now)
            decision = self.ruling.decision
            for name, sentence in {**decision.problems, **decision.fixed}.items():
                field = FIELDS.get(name, name)
                if field not in self.errors:
                    self.add_error(field if field in self.fields else None, sentence)
        return data

    def ask(self) -> policy.Ask:
        """What was filled in otherwise than the policy has it; of fields that are clean."""
        data = self.cleaned_data
        made: dict[str, Any] = {}
        for name in policy.SWITCH_OF:
            field = FIELDS.get(name, name)
            if field in self.given and field in data:
                made[name] = data[field]
        formats = frozenset(made.get("formats", self.rules.formats))
        if "formats" in made:
            made["formats"] = formats
        if "video_mixed_flv" not in formats and self.rules.may_formats:
            # An address without its format was left over when the format was unticked.
            made.pop("rtmp_url", None)
        if made.get("rtmp_url") == policy.stream(self.rules.rtmp_url):
            made.pop("rtmp_url", None)  # as it was shown: the policy's own
        if minutes := made.pop("recording_s", None):
            made["recording_s"] = minutes * 60
        for name in ("bot_name", "language", "transcript_mode", "start_on", "shows"):
            if not str(made.get(name, "")).strip():
                made.pop(name, None)
        asked = {
            name: value
            for name, value in made.items()
            if value != _comparable(name, getattr(self.rules, name))
        }
        return policy.Ask(
            meeting_url=data["meeting_url"],
            join_at=data.get("join_at"),
            title=data.get("title", ""),
            **asked,
        )


def _values(rules: policy.Rules) -> dict[str, list[str]]:
    """The choices of the form as a browser sends them when nobody touches them."""
    return {
        "name": [rules.bot_name],
        "start_on": [rules.start_on],
        "shows": [rules.shows],
        "minutes": [""],
        "formats": list(rules.formats),
        "transcript": [rules.transcript],
        "language": [rules.language],
        "transcript_mode": [rules.transcript_mode],
        # Without its key, which opens the stream to whoever reads it.
        "rtmp_url": [policy.stream(rules.rtmp_url)],
        "layout": [rules.layout],
    }


def _comparable(name: str, value: Any) -> Any:
    return frozenset(value) if name == "formats" else value
