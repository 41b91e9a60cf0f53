"""What people fill in: sending a bot, narrowing the list, the names of notetakers."""

import re
import uuid
import zoneinfo
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q

from bots import formats as catalogue
from bots import policy
from bots.lifecycle import PLATFORMS, Outcome
from bots.models import Participant, Team
from bots.models.bot import BotQuerySet
from bots.recall import meeting_urls

BOT_NAME = "Meeting Notetaker"
RETENTIONS = {
    "24": "1 day",
    "168": "7 days",
    "720": "30 days",
    "8760": "1 year",
    "forever": "Until someone deletes it",
    "none": "Not at all: only live streams and webhooks",
}
_TOPIC = re.compile(
    r"\bTopic:[ \t]*(\S.*?)[ \t]*(?=[\r\n]|\bTime:|\bJoin\b|https?://|\Z)", re.IGNORECASE
)
# A blank inside of a number, as Zoom writes its own.
_SPOKEN = re.compile(r"(?<=\d)[ \u00a0](?=\d)")
# The wish's words for its fields, where the form has others.
FIELDS = {"bot_name": "name"}


def zone(name: str) -> zoneinfo.ZoneInfo:
    """The time zone that a browser named; UTC where it named none that we know."""
    try:
        return zoneinfo.ZoneInfo(name or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")


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


class SendForm(forms.Form):
    """A meeting link and how its bot shall behave; `wish` is what becomes of it."""

    token = forms.UUIDField(widget=forms.HiddenInput, initial=new_token)
    tz = forms.CharField(required=False, widget=forms.HiddenInput)
    meeting_url = forms.CharField(
        label="Meeting link",
        strip=True,
        max_length=20_000,
        error_messages={"required": "Paste the link of the meeting."},
    )
    title = forms.CharField(label="Title", required=False, max_length=200)
    name = forms.CharField(label="Bot name", max_length=100, initial=BOT_NAME, required=False)
    team = forms.ModelChoiceField(Team.objects.none(), label="Team", empty_label=None)
    join = forms.ChoiceField(
        label="When to join",
        choices=[("now", "Now"), ("later", "At a time")],
        initial="now",
        required=False,
    )
    join_at = forms.DateTimeField(label="Time to join", required=False)
    start_on = forms.ChoiceField(
        label="Start recording",
        choices=list(catalogue.STARTS.items()),
        initial="participant_join",
        required=False,
    )
    formats = forms.MultipleChoiceField(
        label="Formats",
        choices=[(each.key, each.label) for each in catalogue.FORMATS],
        initial=sorted(catalogue.DEFAULTS),
        required=False,
    )
    transcript = forms.ChoiceField(
        label="Transcript",
        choices=[("", "None"), *((each.key, each.label) for each in catalogue.TRANSCRIBERS)],
        initial="recallai_streaming",
        required=False,
    )
    language = forms.ChoiceField(
        label="Spoken language",
        choices=list(catalogue.LANGUAGES.items()),
        initial="auto",
        required=False,
    )
    rtmp_url = forms.CharField(label="RTMP address", required=False, max_length=2000)
    layout = forms.ChoiceField(
        label="Picture",
        choices=[("", "As the formats need it"), *catalogue.LAYOUTS.items()],
        required=False,
    )
    retention = forms.ChoiceField(
        label="Recall keeps it for",
        choices=list(RETENTIONS.items()),
        initial="168",
        required=False,
    )

    def __init__(self, *args: Any, teams: list[Team], now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.teams, self.now = teams, now
        field = self.fields["team"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Team.objects.filter(pk__in=[team.pk for team in teams])
        field.choices = [(team.pk, team.name) for team in teams]
        field.required = False
        if teams:
            self.initial.setdefault("team", teams[0].pk)
        for name in self.errors if self.is_bound else ():
            if name in self.fields:
                self.fields[name].widget.attrs |= {
                    "aria-invalid": "true",
                    "aria-describedby": f"id_{name}-error",
                }

    @property
    def is_altered(self) -> bool:
        """Whether one of the folded options was filled in or is wrong, so that it must show."""
        hidden = set(self.fields) - {"meeting_url", "token", "tz"}
        return self.is_bound and bool(hidden & (set(self.errors) | set(self.changed_data)))

    @property
    def chosen_formats(self) -> set[str]:
        return {str(key) for key in self["formats"].value() or ()}

    def clean_name(self) -> str:
        return str(self.cleaned_data["name"]).strip() or BOT_NAME

    def clean_team(self) -> Team:
        team = self.cleaned_data["team"]
        return team or self.teams[0]

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
            data["join_at"] = local.astimezone(UTC)
        else:
            data["join_at"] = None
        if not self.errors:
            found = policy.problems(self.wish(), self.link.platform, now=self.now)
            for name, sentence in found.items():
                self.add_error(FIELDS.get(name, name), sentence)
        return data

    def wish(self) -> policy.Wish:
        """What was filled in, as the policy reads it; only for a form whose fields are clean."""
        data = self.cleaned_data
        return policy.Wish(
            meeting_url=data["meeting_url"],
            bot_name=data["name"],
            join_at=data["join_at"],
            formats=frozenset(data["formats"]) if self._was_unfolded else catalogue.DEFAULTS,
            transcript=data["transcript"],
            language=data["language"] or "auto",
            layout=data["layout"],
            start_on=data["start_on"] or "participant_join",
            # An address without its format was left over when the format was unticked.
            rtmp_url=data["rtmp_url"] if "video_mixed_flv" in data["formats"] else "",
            retention=_retention(data["retention"] or "168"),
            notetaker_names=tuple(data["team"].notetaker_names),
        )

    @property
    def _was_unfolded(self) -> bool:
        """A link sent alone (the bookmarklet, another page) says nothing of formats."""
        return self.add_prefix("start_on") in self.data


def _retention(choice: str) -> policy.Retention:
    if choice == "none":
        return None
    return "forever" if choice == "forever" else {"type": "timed", "hours": int(choice)}


class FilterForm(forms.Form):
    """What narrows the list of earlier bots; anything senseless narrows nothing."""

    q = forms.CharField(label="Search", required=False, max_length=200)
    platform = forms.ChoiceField(label="Platform", required=False)
    outcome = forms.ChoiceField(
        label="Outcome",
        choices=[("", "Any outcome"), *((each, each.label) for each in Outcome if each)],
        required=False,
    )
    team = forms.TypedChoiceField(label="Team", required=False, coerce=int, empty_value=None)
    since = forms.DateField(label="From", required=False)
    until = forms.DateField(label="To", required=False)
    tz = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, teams: list[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels: dict[str, str] = {}
        for key, platform in PLATFORMS.items():
            labels.setdefault(platform.label, key)
        platforms = [(key, label) for label, key in labels.items()]
        self._set("platform", [("", "Any platform"), *platforms])
        self._set("team", [("", "Any team"), *((team.pk, team.name) for team in teams)])

    def _set(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @property
    def is_narrow(self) -> bool:
        """Whether anything is filtered out."""
        self.is_valid()
        return any(value for name, value in self.cleaned_data.items() if name != "tz")

    @property
    def is_backwards(self) -> bool:
        """Whether the first day is after the last, so that nothing can be found."""
        self.is_valid()
        since, until = (self.cleaned_data.get(name) for name in ("since", "until"))
        return bool(since and until and since > until)

    def narrow(self, bots: BotQuerySet) -> BotQuerySet:
        """The bots that match everything which was filled in sensibly."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        here = zone(given.get("tz", ""))
        if text := given.get("q"):
            bots = bots.filter(_mentions(text))
        if platform := given.get("platform"):
            label = PLATFORMS[platform].label
            bots = bots.filter(
                platform__in=[key for key, each in PLATFORMS.items() if each.label == label]
            )
        if outcome := given.get("outcome"):
            bots = bots.filter(outcome=outcome)
        if team := given.get("team"):
            bots = bots.filter(team=team)
        if since := given.get("since"):
            bots = bots.filter(met_at__gte=datetime.combine(since, time(), here))
        if until := given.get("until"):
            bots = bots.filter(met_at__lt=datetime.combine(until, time(), here) + timedelta(days=1))
        return bots


def _mentions(text: str) -> Q:
    """Bots whose title, name or link holds these words, or that somebody of that name was with."""
    words = Q(title__icontains=text) | Q(name__icontains=text) | Q(meeting_url__icontains=text)
    sender = [f"sent_by__{name}__icontains" for name in ("username", "first_name", "last_name")]
    for name in sender:
        words |= Q(**{name: text})
    there = Participant.objects.filter(bot=OuterRef("pk"), name__icontains=text)
    return words | Q(Exists(there))


def split_names(text: str) -> list[str]:
    """Names from a pasted list: one a line, or parted by commas or semicolons."""
    parts = text.replace(";", "\n").replace(",", "\n").splitlines()
    return [" ".join(part.split()) for part in parts if part.strip()]
