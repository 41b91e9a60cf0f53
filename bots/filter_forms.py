"""The form that narrows the list of earlier bots."""

from typing import Any

from django import forms
from django.db.models import OuterRef, Q

from bots.lifecycle import PLATFORMS, Outcome
from bots.models import Participant, Team
from bots.models.bot_queryset import BotQuerySet
from bots.models.looked_up import has
from bots.narrow_forms import NarrowForm


class FilterForm(NarrowForm):
    """By words, platform, outcome, team and the day that it was for."""

    platform = forms.ChoiceField(label="Platform", required=False)
    outcome = forms.ChoiceField(
        label="Outcome",
        choices=[("", "Any outcome"), *((each, each.label) for each in Outcome if each)],
        required=False,
    )
    team = forms.TypedChoiceField(label="Team", required=False, coerce=int, empty_value=None)

    moment = "met_at"

    def __init__(self, *args: Any, teams: list[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels: dict[str, str] = {}
        for key, platform in PLATFORMS.items():
            labels.setdefault(platform.label, key)
        platforms = [(key, label) for label, key in labels.items()]
        self.offer("platform", [("", "Any platform"), *platforms])
        self.offer("team", [("", "Any team"), *((team.pk, team.name) for team in teams)])

    def narrow(self, bots: BotQuerySet) -> BotQuerySet:
        """The bots that match everything which was filled in sensibly."""
        given = self.given
        bots = bots.filter(self.between())
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
        return bots


def _mentions(text: str) -> Q:
    """Bots whose title, name or link holds these words, or that somebody of that name was with."""
    words = Q(title__icontains=text) | Q(name__icontains=text) | Q(meeting_url__icontains=text)
    sender = [f"sent_by__{name}__icontains" for name in ("username", "first_name", "last_name")]
    for name in sender:
        words |= Q(**{name: text})
    there = Participant.objects.filter(bot=OuterRef("pk"), name__icontains=text)
    return words | Q(has(there))
