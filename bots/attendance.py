"""Who was at one meeting, for how long, and who of them is probably a notetaker, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bots import lanes, lifecycle, sightings
from bots.models import Bot, Participant
from bots.policy import names

# Staying this much longer than the last who took part is staying on.
STAYED_ON = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody at a meeting; times in seconds.

    `why` says why this is probably a notetaker, "" for people; `entry` is the entry of the team's
    list that matches the name, "" for none; `also` are others of this meeting whom this name
    would match as an entry.
    """

    person: Participant
    present_s: float
    spoke_s: float
    shared_s: float
    is_member: bool
    why: str
    entry: str
    also: tuple[str, ...]


def attendees(
    bot: Bot,
    participants: Sequence[Participant],
    events: Sequence[lanes.Seen],
    *,
    paused: Sequence[lanes.Span],
    end: datetime,
) -> list[Attendee]:
    """Everybody who was there, those who spoke most first, probable notetakers last."""
    if not participants:
        return []
    met = lanes.people(events, paused, end=end)
    entries = bot.team.notetaker_names
    emails, members = sightings.members_of(bot.workspace)
    gone = _last_active(met)
    found = []
    for person in participants:
        did = met.get(person.pk, lanes.Person())
        folded = person.name.casefold()
        is_member = folded in members or bool(person.email and person.email.casefold() in emails)
        entry = next(iter(names.matching(entries, person.name)), "") if person.name else ""
        others = (p.name for p in participants if p.pk != person.pk and p.name)
        found.append(
            Attendee(
                person,
                _seconds(did.present),
                _seconds(did.speaking),
                _seconds(did.sharing),
                is_member,
                "" if is_member else _why(person, did, entry, gone),
                entry,
                tuple(
                    name for name in dict.fromkeys(others) if folded and folded in name.casefold()
                ),
            )
        )
    return sorted(found, key=lambda each: (bool(each.why), -each.spoke_s, -each.present_s))


def _why(person: Participant, did: lanes.Person, entry: str, gone: datetime | None) -> str:
    """A sentence for whoever is probably a notetaker; "" for the others."""
    if did.speaking or did.sharing or person.is_host:
        return ""
    if entry:
        return f"“{entry}” is among the notetaker names, and nobody of this name spoke or shared."
    if not did.present or not any(map(str.isalpha, person.name)):
        return ""  # not seen, or a telephone
    stayed = did.present[-1].end - gone if gone else timedelta()
    if stayed < STAYED_ON:
        return ""
    on = lifecycle.clock(int(stayed.total_seconds()))
    return f"Joined, never spoke or shared, and stayed {on} longer than anybody who did."


def _last_active(met: Mapping[int, lanes.Person]) -> datetime | None:
    """When the last of those who spoke or shared was gone; None where nobody did."""
    active = [p for p in met.values() if (p.speaking or p.sharing) and p.present]
    return max((person.present[-1].end for person in active), default=None)


def _seconds(spans: Iterable[lanes.Span]) -> float:
    return sum(span.seconds for span in spans)
