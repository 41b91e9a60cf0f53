"""The notetaker lists that people edit: the shared one of a workspace, and what a team makes of it.

Two people may edit at once and each sends only a difference, so that every change reads the list
anew under a lock and nothing is lost.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction

from bots.models import AuditEvent, Change, Team, Verb, Workspace
from bots.policy import names
from bots.recall import reading

# What the audit log calls what came into a list, and what went.
_LISTS: Final = {
    "notetaker_names": ("added", "removed"),
    "added_names": ("added", "removed"),
    "excluded_names": ("excluded", "included"),
}


class NotAdded(Exception):
    """None of these names was taken; says why and what to do."""


@dataclass(slots=True)
class Added:
    """What became of names that somebody typed: `back` had been left out by the team before."""

    new: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class OwnName:
    """A name that policies in force give our own bots; no team is the workspace default."""

    name: str
    teams: tuple[Team | None, ...]

    @property
    def is_in(self) -> bool:
        return names.is_long_enough(self.name)

    @property
    def said_by(self) -> str:
        """Whose policies, as a sentence names them: "Sales", "Sales and the workspace default"."""
        who = [team.name if team else "the workspace default" for team in self.teams]
        return " and ".join([", ".join(who[:-1]), who[-1]] if len(who) > 1 else who)


def own_names(workspace: Workspace) -> list[OwnName]:
    """The names of our own bots, each once, with the policies that give it."""
    versions = workspace.policy_versions
    found: dict[str, list[Team | None]] = {}
    for team in workspace.teams.order_by("name", "pk"):
        team.workspace = workspace
        found.setdefault(versions.current(team).rules["bot_name"], []).append(team)
    found.setdefault(versions.default(workspace).rules["bot_name"], []).append(None)
    return [OwnName(name, tuple(teams)) for name, teams in found.items() if name.strip()]


class NameList:
    """The shared list of a workspace, or that of a team, which stands on it."""

    def __init__(
        self, workspace: Workspace, team: Team | None = None, *, by: User | None = None
    ) -> None:
        """`by` is who changes it, for the audit log."""
        self.workspace = workspace
        self.team = team
        self.by = by

    @cached_property
    def own(self) -> list[OwnName]:
        return own_names(self.workspace)

    @property
    def entries(self) -> tuple[names.Entry, ...]:
        base = self.workspace.notetaker_names
        if self.team is None:
            return names.entries(base)
        own = [each.name for each in self.own]
        return names.entries(base, self.team.added_names, self.team.excluded_names, own)

    @property
    def names(self) -> tuple[str, ...]:
        """The strings that count."""
        return tuple(entry.name for entry in self.entries if not entry.is_off)

    def add(self, wanted: Iterable[str], *, now: datetime, at: int | None = None) -> Added:
        """Take these names in, at the end or at that place. Raises NotAdded."""
        # PostgreSQL takes no NUL, and a blank would be found in every name.
        wanted = [name for each in wanted if (name := reading.clean_text(each).strip())]
        with self._editing(now):
            done = Added()
            known = {name.casefold() for name in self.names}
            off = {entry.name.casefold(): entry.name for entry in self.entries if entry.is_off}
            for name in wanted:
                folded = name.casefold()
                if folded in known:
                    done.repeated.append(name)
                    continue
                known.add(folded)
                (done.back if folded in off else done.new).append(off.get(folded, name))
            _check(wanted, done, len(known))
            if self.team is not None:
                self.team.excluded_names = _without(self.team.excluded_names, done.back)
            mine = self._mine
            place = len(mine) if at is None else min(at, len(mine))
            mine[place:place] = done.new
        return done

    def take_back(self, added: Added, *, now: datetime) -> list[str]:
        """Undo an `add`, as far as it still stands; the names that are gone again."""
        with self._editing(now):
            gone = [name for name in added.new if name in self._mine]
            kept = [name for name in self._mine if name not in gone]
            self._mine[:] = kept
            if self.team is not None:
                shared = {each.casefold() for each in self.workspace.notetaker_names}
                off = [n for n in added.back if n.casefold() in shared and n in self.names]
                self.team.excluded_names += off
                gone += off
        return gone

    def remove(self, name: str, *, now: datetime) -> int | None:
        """Take a name out of what this list says itself; its place, or None if it wasn't there."""
        with self._editing(now):
            mine = self._mine
            if name not in mine:
                return None
            place = mine.index(name)
            mine.remove(name)
        return place

    def exclude(self, name: str, *, now: datetime) -> bool:
        """Have the team do without a name of the shared list; whether that changed anything."""
        if self.team is None:
            return False
        with self._editing(now):
            shared = {each.casefold() for each in self.workspace.notetaker_names}
            if name.casefold() not in shared or name not in self.names:
                return False
            self.team.excluded_names.append(name)
            # Else the team's own word would bring it back at once.
            self.team.added_names = _without(self.team.added_names, [name])
        return True

    def include(self, name: str, *, now: datetime) -> bool:
        """Bring back a name that the team did without; whether that changed anything."""
        if self.team is None:
            return False
        with self._editing(now):
            before = self.team.excluded_names
            self.team.excluded_names = _without(before, [name])
            return len(self.team.excluded_names) < len(before)

    @property
    def _mine(self) -> list[str]:
        """What this list says itself; changed in place."""
        return self.team.added_names if self.team else self.workspace.notetaker_names

    @contextmanager
    def _editing(self, now: datetime) -> Iterator[None]:
        """Read the lists anew under the workspace's lock, keep what was made of them, tell it."""
        with transaction.atomic():
            held = Workspace.objects.select_for_update(no_key=True)
            fresh = held.get(pk=self.workspace.pk)
            self.workspace.notetaker_names = fresh.notetaker_names
            holder: Workspace | Team = self.team or self.workspace
            fields = ["added_names", "excluded_names"] if self.team else ["notetaker_names"]
            if self.team:
                self.team.refresh_from_db(fields=fields)
            before = [list(getattr(holder, name)) for name in fields]
            yield
            if before != [getattr(holder, name) for name in fields]:
                holder.save(update_fields=fields)
                after = [list(getattr(holder, name)) for name in fields]
                self._note(dict(zip(fields, zip(before, after, strict=True), strict=True)), now)
                Change.tell(workspace_id=self.workspace.pk, bot_id=None, now=now)

    def _note(self, changed: Mapping[str, tuple[list[str], list[str]]], now: datetime) -> None:
        """Write into the audit log what came into each list and what went."""
        detail = {
            _LISTS[name][n]: sorted(set(these) - set(those))
            for name, (was, is_) in changed.items()
            for n, (these, those) in enumerate(((is_, was), (was, is_)))
        }
        AuditEvent.objects.record(
            self.workspace,
            Verb.NAMES_SAVED,
            by=self.by,
            now=now,
            target=self.team or self.workspace,
            what=f"of {self.team}" if self.team else "of the shared list",
            detail={word: names for word, names in detail.items() if names},
        )


def _check(wanted: list[str], done: Added, count: int) -> None:
    if not wanted:
        raise NotAdded("Type at least one name.")
    if any(len(name) > names.LONGEST for name in done.new):
        raise NotAdded(f"A name has at most {names.LONGEST} characters. Part names with commas.")
    if done.new and count > names.MOST:
        raise NotAdded(f"A list has at most {names.MOST} names. Remove some first.")


def _without(given: Iterable[str], gone: Iterable[str]) -> list[str]:
    folded = {name.casefold() for name in gone}
    return [name for name in given if name.casefold() not in folded]
