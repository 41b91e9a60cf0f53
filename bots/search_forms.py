"""The form that searches what was said: words, and who, which team and when."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from bots.models import Passage, Team
from bots.narrow_forms import NarrowForm


class SearchForm(NarrowForm):
    """Words, the speaker's name, the team and the days of the meetings."""

    speaker = forms.CharField(label="Speaker", required=False, max_length=200, strip=True)
    team = forms.TypedChoiceField(label="Team", required=False, coerce=int, empty_value=None)

    moment = "transcript__recording__created_at"

    def __init__(self, *args: Any, teams: list[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("team", [("", "Any team"), *((team.pk, team.name) for team in teams)])

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but words is asked."""
        return bool(self.given.keys() - {"q", "tz"})

    def narrow(self, passages: QuerySet[Passage]) -> QuerySet[Passage]:
        """Those that match everything which was filled in sensibly; the words are asked before."""
        given = self.given
        passages = passages.filter(self.between())
        if speaker := given.get("speaker"):
            passages = passages.filter(speaker__icontains=speaker)
        if team := given.get("team"):
            passages = passages.filter(transcript__recording__bot__team=team)
        return passages
