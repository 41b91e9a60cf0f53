"""The form that narrows the list of recordings."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import OuterRef, Q, QuerySet

from bots.lifecycle import PLATFORMS, Outcome
from bots.models import Artifact, KeptFile, Membership, Participant, Recording, Team, Transcript
from bots.models.called import called
from bots.models.looked_up import has
from bots.narrow_forms import NarrowForm

# What is deleted within that time is deleted soon.
SOON = timedelta(days=2)
# What never is the outcome of something that was recorded.
_OF_BOTS = {Outcome.NONE, Outcome.NEVER_ADMITTED, Outcome.REMOVED, Outcome.NOTHING_RECORDED}


class RecordingsForm(NarrowForm):
    """By words, outcome, platform, team, who sent the bot, days, and three plain questions."""

    outcome = forms.ChoiceField(
        label="Outcome",
        choices=[
            ("", "Any outcome"),
            *((each, each.label) for each in Outcome if each not in _OF_BOTS),
        ],
        required=False,
    )
    platform = forms.ChoiceField(label="Platform", required=False)
    team = forms.TypedChoiceField(label="Team", required=False, coerce=int, empty_value=None)
    person = forms.TypedChoiceField(label="Sent by", required=False, coerce=int, empty_value=None)
    words = forms.BooleanField(label="Has a transcript", required=False)
    soon = forms.BooleanField(label="Deleted soon", required=False)
    failed = forms.BooleanField(label="Failed", required=False)

    moment = "created_at"

    def __init__(
        self, *args: Any, teams: list[Team], people: list[Membership], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        labels: dict[str, str] = {}
        for key, platform in PLATFORMS.items():
            labels.setdefault(platform.label, key)
        platforms = [(key, label) for label, key in labels.items()]
        self.offer("platform", [("", "Any platform"), *platforms])
        self.offer("team", [("", "Any team"), *((team.pk, team.name) for team in teams)])
        named = [(p.user_id, called(p.user)) for p in people]
        self.offer("person", [("", "Sent by anybody"), *sorted(named, key=lambda each: each[1])])

    @property
    def questions(self) -> list[forms.BoundField]:
        return [self["words"], self["soon"], self["failed"]]

    def narrow(self, recordings: QuerySet[Recording], *, now: datetime) -> QuerySet[Recording]:
        """The recordings that match everything which was filled in sensibly."""
        given = self.given
        found = Q(self.between())
        if text := given.get("q"):
            found &= _mentions(text)
        if outcome := given.get("outcome"):
            is_gone = _gone(now)
            found &= is_gone if outcome == Outcome.DELETED else Q(outcome=outcome) & ~is_gone
        if platform := given.get("platform"):
            label = PLATFORMS[platform].label
            keys = [key for key, each in PLATFORMS.items() if each.label == label]
            found &= Q(bot__platform__in=keys)
        if team := given.get("team"):
            found &= Q(bot__team=team)
        if person := given.get("person"):
            found &= Q(bot__sent_by=person)
        if given.get("words"):
            found &= Q(has(Transcript.objects.filter(recording=OuterRef("pk"))))
        if given.get("soon"):
            soon = Q(expires_at__gt=now, expires_at__lte=now + SOON) & ~Q(status="deleted")
            found &= soon & ~Q(_COPY)
        if given.get("failed"):
            broken = Artifact.objects.filter(recording=OuterRef("pk"), status="failed")
            found &= Q(outcome=Outcome.FAILED) | Q(status="failed") | Q(has(broken))
        return recordings.filter(found)


# A copy of the team's own stands in for what Recall has deleted.
_COPY = has(KeptFile.objects.playing().filter(recording=OuterRef("pk")))


def _gone(now: datetime) -> Q:
    """What Recall has deleted by now, whether it has said so or not, and nobody has a copy of."""
    expired = Q(expires_at__isnull=False, expires_at__lte=now)
    return (Q(status="deleted") | Q(outcome=Outcome.DELETED) | expired) & ~Q(_COPY)


def _mentions(text: str) -> Q:
    """Recordings of a bot of that title or name, or at which somebody of that name was."""
    there = Participant.objects.filter(bot=OuterRef("bot"), name__icontains=text)
    words = Q(bot__title__icontains=text) | Q(bot__name__icontains=text)
    return words | Q(has(there))
