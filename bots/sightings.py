"""Who was seen in past meetings: whom a notetaker list takes for bots, and whom it lacks."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, Max, Min, OuterRef, Q

from bots.models import Bot, Participant, StatusChange, Workspace
from bots.models.called import called
from bots.policy import names

# What is older says little of the notetakers of today, and takes time to read.
MOST_MEETINGS = 2_000


@dataclass(slots=True)
class Sighting:
    """Everybody of one name, whatever its case, in the newest meetings of a workspace.

    `spoke`, `shared`, `hosted` and `kept` count meetings; `kept` are those in which our bot stayed
    with them after everybody active had left, together for `kept_s` seconds. `bots` are the ids
    of the bots that saw them, the newest first; a member whom none has seen has none.
    """

    name: str
    bots: list[int] = field(default_factory=list)
    spoke: int = 0
    shared: int = 0
    hosted: int = 0
    kept: int = 0
    kept_s: float = 0.0
    is_member: bool = False

    @property
    def meetings(self) -> int:
        return len(self.bots)

    @property
    def is_active(self) -> bool:
        return bool(self.spoke or self.shared)


@dataclass(frozen=True, slots=True)
class Hit:
    """Somebody whom a list takes for a notetaker: why that is doubtful, or nothing for a bot."""

    who: Sighting
    entry: str
    spot: names.Spot
    is_inside_word: bool
    why: tuple[str, ...]

    @property
    def weight(self) -> int:
        """How surely this is a person: 0 for nothing against a bot."""
        who = self.who
        certain = 8 * who.is_member + 4 * bool(who.hosted) + 4 * bool(who.spoke)
        return certain + 2 * bool(who.shared) + self.is_inside_word


@dataclass(frozen=True, slots=True)
class Past:
    """What the newest meetings of a workspace tell. `is_cut`: there were more meetings."""

    sightings: tuple[Sighting, ...]
    meetings: int
    is_cut: bool = False

    def hits(self, wanted: Iterable[str]) -> list[Hit]:
        """Everybody whom these entries match, likely people first."""
        wanted = list(wanted)
        found = []
        for who in self.sightings:
            if matching := names.matching(wanted, who.name):
                found.append(_hit(who, matching))
        found.sort(key=lambda hit: (-hit.weight, -hit.who.meetings, hit.who.name.casefold()))
        return found

    def suggestions(self, present: Iterable[str], *, but: Iterable[str] = ()) -> list[Sighting]:
        """Who is probably a notetaker that the entries do not match: silent all the time.

        Those with whom our bots stayed most often come first, then those with whom they stayed
        longest. Members, hosts and telephones are left out, and names in `but`.
        """
        present, left_out = list(present), {name.casefold() for name in but}
        found = [
            who
            for who in self.sightings
            if who.meetings
            and not (who.is_active or who.hosted or who.is_member)
            and any(map(str.isalpha, who.name))
            and who.name.casefold() not in left_out
            and not names.matching(present, who.name)
        ]
        found.sort(key=lambda w: (-w.kept, -w.kept_s, -w.meetings, w.name.casefold()))
        return found


def past(workspace: Workspace, *, but: Collection[int] = ()) -> Past:
    """Who was in the newest meetings of the workspace, without those of the teams `but`.

    Three queries, however many those are.
    """
    seen = Participant.objects.filter(bot=OuterRef("pk"))
    newest = Bot.objects.filter(Exists(seen), workspace=workspace).order_by("-met_at", "-pk")
    newest = newest.exclude(team_id__in=but) if but else newest
    rows = _rows(newest[:MOST_MEETINGS])
    out = _out(newest[:MOST_MEETINGS])
    meetings: dict[int, list[_Row]] = defaultdict(list)
    for row in rows:
        row.ended = out.get(row.bot, row.ended)
        meetings[row.bot].append(row)
    emails, members = members_of(workspace)
    found: dict[str, Sighting] = {}
    for bot, people in meetings.items():
        _count(bot, people, found, emails)
    for folded, name in members.items():
        found.setdefault(folded, Sighting(name)).is_member = True
    is_cut = len(meetings) >= MOST_MEETINGS and newest[MOST_MEETINGS:].exists()
    return Past(tuple(found.values()), len(meetings), is_cut)


@dataclass(slots=True)
class _Row:
    """A participant of one meeting, with the first and last that was seen of them."""

    bot: int
    name: str
    email: str
    hosts: bool
    spoke: datetime | None
    shared: datetime | None
    first: datetime | None
    last: datetime | None
    joined: datetime | None
    left: datetime | None
    ended: datetime | None

    def stayed_until(self, end: datetime) -> datetime:
        """When they left for good, or the end of our bot's stay."""
        gone = self.left is not None and (self.joined is None or self.left >= self.joined)
        return min(self.left, end) if gone and self.left is not None else end


def _rows(bots: Any) -> list[_Row]:
    def last(action: str) -> Max:
        return Max("events__at", filter=Q(events__action=action))

    people = (
        Participant.objects.filter(bot__in=bots)
        .annotate(
            spoke=last("speech_on"),
            shared=last("screenshare_on"),
            first=Min("events__at"),
            last=Max("events__at"),
            joined=last("join"),
            left=last("leave"),
            ended=F("bot__ended_at"),
            met_at=F("bot__met_at"),
        )
        .order_by("-met_at", "-bot_id", "number")
    )
    wanted = ("bot_id", "name", "email", "is_host", "spoke", "shared", "first", "last", "joined")
    return [_Row(*row) for row in people.values_list(*wanted, "left", "ended")]


def _out(bots: Any) -> dict[int, datetime]:
    """When these bots were out of their meetings; `ended_at` is when their files were made, too.

    A query of its own, as a part of the other it makes that three times as long.
    """
    changes = StatusChange.objects.filter(bot__in=bots, code="call_ended").order_by("-at")
    return dict(changes.values_list("bot_id", "at"))


def members_of(workspace: Workspace) -> tuple[set[str], dict[str, str]]:
    """The e-mail addresses of a workspace's members, and their names by folded name."""
    users = [each.user for each in workspace.memberships.select_related("user")]
    emails = {user.email.casefold() for user in users if user.email}
    return emails, {called(user).casefold(): called(user) for user in users}


def _count(bot: int, people: Sequence[_Row], found: dict[str, Sighting], emails: set[str]) -> None:
    """Add one meeting to what is known of each name; two of one name count once."""
    by_name: dict[str, list[_Row]] = defaultdict(list)
    for row in people:
        if row.name.strip():
            by_name[row.name.casefold()].append(row)
    end = _end(people)
    busy = [row for row in people if row.spoke or row.shared]
    # From when on nobody active was there any more; None: nobody ever was.
    empty_at = max((row.stayed_until(end) for row in busy), default=None) if end else None
    for folded, rows in by_name.items():
        who = found.setdefault(folded, Sighting(rows[0].name))
        who.bots.append(bot)
        who.spoke += any(row.spoke for row in rows)
        who.shared += any(row.shared for row in rows)
        who.hosted += any(row.hosts for row in rows)
        who.is_member |= any(row.email.casefold() in emails for row in rows if row.email)
        if end and not any(row.spoke or row.shared for row in rows):
            kept_s = max(_kept_s(row, end, empty_at) for row in rows)
            who.kept += kept_s > 0
            who.kept_s += kept_s


def _kept_s(row: _Row, end: datetime, empty_at: datetime | None) -> float:
    """How many seconds our bot and this silent participant stayed with nobody active there.

    From when the last who ever spoke or shared was gone (from their coming, where nobody did)
    until they left or our bot did.
    """
    start = row.first or end
    if empty_at is not None:
        start = max(start, empty_at)
    return max((row.stayed_until(end) - start).total_seconds(), 0.0)


def _end(people: Sequence[_Row]) -> datetime | None:
    """When our bot left, as far as is known: else when it last saw anything."""
    seen = [row.last for row in people if row.last is not None]
    return people[0].ended or max(seen, default=None)


def _hit(who: Sighting, matching: Sequence[str]) -> Hit:
    whole = [entry for entry in matching if not names.is_inside_word(entry, who.name)]
    entry = (whole or list(matching))[0]
    why = []
    if who.is_member:
        why.append("is a member of this workspace")
    if who.hosted:
        why.append(f"was host of {_meetings(who.hosted)}")
    if who.spoke:
        why.append(f"spoke in {_meetings(who.spoke)}")
    if who.shared:
        why.append(f"shared the screen in {_meetings(who.shared)}")
    if not whole:
        why.append(f"“{entry}” is inside a longer word")
    return Hit(who, entry, names.spot(entry, who.name), not whole, tuple(why))


def _meetings(count: int) -> str:
    return f"{count} meeting" if count == 1 else f"{count} meetings"
