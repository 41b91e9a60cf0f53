"""What the pages of notetaker names show: chips, doubts, hits and suggestions, in words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bots.models import Bot, Membership, Team
from bots.name_lists import Added, NameList, OwnName
from bots.policy import names
from bots.policy.common_names import warning
from bots.policy.names import Entry, Source
from bots.sightings import Hit, Past, Sighting, past

# As many as somebody reads before doing something about them.
MOST_SUGGESTIONS = 12
MOST_HITS = 40
# The newest meetings of a suggestion that are linked.
MOST_LINKS = 3


@dataclass(frozen=True, slots=True)
class Chip:
    """A name as it stands on the page. `take` is what its button posts, or "" for none.

    `given_by` are the policies, with their addresses, that call our own bots so.
    """

    name: str
    source: Source
    take: str = ""
    is_off: bool = False
    is_doubtful: bool = False
    given_by: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """The names that come from one place."""

    key: str
    chips: tuple[Chip, ...]

    @property
    def count(self) -> int:
        return sum(not chip.is_off for chip in self.chips)

    @property
    def off(self) -> int:
        return len(self.chips) - self.count


@dataclass(frozen=True, slots=True)
class Try:
    """A participant's name that somebody typed, with the entries that match it."""

    name: str
    found: tuple[tuple[Entry, names.Spot], ...]

    @property
    def spot(self) -> names.Spot:
        return self.found[0][1]


@dataclass(frozen=True, slots=True)
class Caught:
    """Somebody whom the list matches. `take` is what the button posts that ends it, or ""."""

    hit: Hit
    meeting: Bot | None
    take: str

    @property
    def reasons(self) -> list[str]:
        """What speaks against a bot, and in how many meetings they were."""
        seen = self.hit.who.meetings
        if not seen:
            return [*self.hit.why, "in no meeting yet"]
        return [*self.hit.why, f"seen in {seen} meeting{'s' if seen > 1 else ''}"]


@dataclass(frozen=True, slots=True)
class Suggested:
    """Somebody who is probably a notetaker; `add` is the name that would find them."""

    who: Sighting
    add: str
    meetings: tuple[Bot, ...]


@dataclass(slots=True)
class Said:
    """What to say about what was just done; `place` is where the removed name stood."""

    added: Added = field(default_factory=Added)
    notes: list[str] = field(default_factory=list)
    error: str = ""
    typed: str = ""
    removed: str = ""
    place: int = 0
    excluded: str = ""
    included: str = ""
    taken_back: list[str] = field(default_factory=list)


class Shown:
    """One page of names, as one member sees it.

    Past meetings are read when a template first asks for them: those that this person may see.
    """

    def __init__(
        self,
        given: NameList,
        membership: Membership,
        *,
        may_edit: bool,
        policy_url: Callable[[Team | None], str] = lambda team: "",
    ) -> None:
        self.given = given
        self.membership = membership
        self.may_edit = may_edit
        self.policy_url = policy_url

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        return self.given.entries

    @cached_property
    def names(self) -> list[str]:
        """The strings that count."""
        return [entry.name for entry in self.entries if not entry.is_off]

    @cached_property
    def groups(self) -> list[Group]:
        """What the team says, what it is given and what our own bots are called."""
        sources = (Source.TEAM, Source.SHARED, Source.OWN) if self.given.team else (Source.SHARED,)
        return [
            Group(source, tuple(self._chip(e) for e in self.entries if e.source == source))
            for source in sources
        ]

    @cached_property
    def short(self) -> list[tuple[OwnName, str]]:
        """Our own bots whose names are too short to be on the list, and where those are given."""
        if self.given.team is None:
            return []
        here = {name.casefold() for name in self.names}
        return [
            (own, self.policy_url(own.teams[0]))
            for own in self.given.own
            if not own.is_in and own.name.casefold() not in here
        ]

    @cached_property
    def doubts(self) -> list[str]:
        """What is wrong with names that somebody put on the list, a sentence for each."""
        said = []
        for entry in self.entries:
            if entry.is_off or entry.source is Source.OWN:
                continue
            if text := warning(entry.name):
                said.append(f"“{entry.name}” {text}")
            if shorter := names.covering(entry.name, self.names):
                said.append(f"“{entry.name}” adds nothing, as “{shorter}” finds it anyway.")
        return said

    def tried(self, name: str) -> Try | None:
        """Which entries match this participant, or None where nothing was typed."""
        name = " ".join(name.split())[:200]
        matching = set(names.matching(self.names, name))
        found = [e for e in self.entries if not e.is_off and e.name in matching]
        spots = tuple((entry, names.spot(entry.name, name)) for entry in found)
        return Try(name, spots) if name else None

    def notes(self, added: Added) -> list[str]:
        """What to say of names that were just added: what covers what, and whom they catch."""
        said = []
        for name in (*added.new, *added.back):
            if shorter := names.covering(name, self.names):
                said.append(f"“{name}” adds nothing, as “{shorter}” finds it anyway.")
            if longer := names.covered(name, self.names):
                quoted = ", ".join(f"“{each}”" for each in longer)
                verb = "add" if len(longer) > 1 else "adds"
                said.append(f"“{name}” also finds {quoted}, which {verb} nothing any more.")
            people = [hit for hit in self.past.hits([name]) if hit.why]
            if people:
                said.append(f"“{name}” also fits {_who(people)}.")
            elif text := warning(name):
                said.append(f"“{name}” {text}")
        return said

    @cached_property
    def past(self) -> Past:
        return past(self.given.workspace, but=self.membership.hidden_team_ids)

    @property
    def people_seen(self) -> int:
        """How many different names were seen."""
        return sum(bool(who.bots) for who in self.past.sightings)

    @cached_property
    def hits(self) -> list[Hit]:
        return self.past.hits(self.names)

    @property
    def likely_people(self) -> list[Caught]:
        return [self._caught(hit) for hit in self._doubtful[:MOST_HITS]]

    @property
    def more_people(self) -> int:
        return max(len(self._doubtful) - MOST_HITS, 0)

    @property
    def likely_bots(self) -> list[Caught]:
        return [self._caught(hit) for hit in self._expected[:MOST_HITS]]

    @property
    def more_bots(self) -> int:
        return max(len(self._expected) - MOST_HITS, 0)

    @property
    def bots_count(self) -> int:
        return len(self._expected)

    @property
    def people_count(self) -> int:
        return len(self._doubtful)

    @cached_property
    def suggestions(self) -> list[Suggested]:
        return [
            Suggested(
                who,
                name_to_add(who.name),
                tuple(self._bots[pk] for pk in who.bots[:MOST_LINKS] if pk in self._bots),
            )
            for who in self._suggested[:MOST_SUGGESTIONS]
        ]

    @property
    def more_suggestions(self) -> int:
        return max(len(self._suggested) - MOST_SUGGESTIONS, 0)

    @cached_property
    def _suggested(self) -> list[Sighting]:
        return self.past.suggestions(self.names, but=[own.name for own in self.given.own])

    @cached_property
    def _doubtful(self) -> list[Hit]:
        return [hit for hit in self.hits if hit.why]

    @cached_property
    def _expected(self) -> list[Hit]:
        return [hit for hit in self.hits if not hit.why]

    @cached_property
    def _bots(self) -> dict[int, Bot]:
        """The meetings that are linked, in one query."""
        wanted = {pk for who in self._suggested[:MOST_SUGGESTIONS] for pk in who.bots[:MOST_LINKS]}
        for hits in (self._doubtful, self._expected):
            wanted |= {pk for hit in hits[:MOST_HITS] for pk in hit.who.bots[:1]}
        return Bot.objects.seen_by(self.membership).in_bulk(wanted)

    def _chip(self, entry: Entry) -> Chip:
        return Chip(
            entry.name,
            entry.source,
            take=self._take(entry) if self.may_edit else "",
            is_off=entry.is_off,
            is_doubtful=not entry.is_off and bool(warning(entry.name)),
            given_by=self._given_by(entry) if entry.source is Source.OWN else (),
        )

    def _given_by(self, entry: Entry) -> tuple[tuple[str, str], ...]:
        own = next(each for each in self.given.own if each.name == entry.name)
        return tuple(
            (team.name if team else "workspace default", self.policy_url(team))
            for team in own.teams
        )

    def _take(self, entry: Entry) -> str:
        """What to post to have the entry gone or, where it is off, back."""
        if entry.source is Source.OWN:
            return ""
        if entry.is_off:
            return "include"
        return "exclude" if self.given.team and entry.source is Source.SHARED else "remove"

    def _caught(self, hit: Hit) -> Caught:
        entry = next(each for each in self.entries if each.name == hit.entry)
        meeting = self._bots.get(hit.who.bots[0]) if hit.who.bots else None
        return Caught(hit, meeting, self._take(entry) if self.may_edit and hit.why else "")


def name_to_add(name: str) -> str:
    """What finds a notetaker and its like: "Ada's MeetScribe" by "MeetScribe"."""
    _, _, rest = name.replace("’", "'").partition("'s ")
    rest = " ".join(rest.split())
    found = rest if rest and not warning(rest) else " ".join(name.split())
    return found[: names.LONGEST].rstrip()


def _who(people: Sequence[Hit]) -> str:
    """The likeliest, with why, and how many more: "Bob Abbott, who spoke in 3 meetings"."""
    first = people[0]
    more = len(people) - 1
    said = f"{first.who.name}, who {_joined(_personal(first))}"
    return f"{said}, and {more} more" if more else said


def _personal(hit: Hit) -> list[str]:
    """The reasons that go on after "who"."""
    seen = f"was seen in {len(hit.who.bots)} meeting{'s' if len(hit.who.bots) != 1 else ''}"
    return [why for why in hit.why if not why.startswith("“")] or [seen]


def _joined(words: Iterable[str]) -> str:
    *rest, last = words
    return f"{', '.join(rest)} and {last}" if rest else last
