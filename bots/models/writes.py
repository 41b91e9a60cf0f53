"""What observing comes to, gathered, so that all of it is written at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from bots.models import bulk
from bots.models.feed import Change
from bots.models.history import StatusChange

if TYPE_CHECKING:
    from bots.models.bot import Bot


@dataclass(slots=True)
class Writes:
    """Rows that wait to be written, in the transaction in which their bots are held.

    What stands in here already counts for the next news of the same bot.
    """

    _histories: dict[int, list[StatusChange]] = field(default_factory=dict)
    _new: list[StatusChange] = field(default_factory=list)
    _entries: dict[int, tuple[StatusChange, set[str]]] = field(default_factory=dict)
    _bots: dict[int, tuple[Bot, set[str]]] = field(default_factory=dict)
    _told: dict[int, Bot] = field(default_factory=dict)

    def history(self, bot: Bot) -> list[StatusChange]:
        """All that the bot has come to, with what is not written yet."""
        if bot.pk not in self._histories:
            # `hold_whole()` has read it.
            read = getattr(bot, "known_history", None)
            self._histories[bot.pk] = list(bot.status_changes.all()) if read is None else read
        return self._histories[bot.pk]

    def add(self, change: StatusChange) -> None:
        """One more entry of its bot's history."""
        self._histories[change.bot_id].append(change)
        self._new.append(change)

    def entry(self, known: StatusChange, *fields: str) -> None:
        """These fields of an entry have changed."""
        if known.pk is not None:  # else it is written as it stands then
            self._entries.setdefault(known.pk, (known, set()))[1].update(fields)

    def bot(self, bot: Bot, fields: Iterable[str]) -> None:
        """These fields of the bot have changed."""
        self._bots.setdefault(bot.pk, (bot, set()))[1].update(fields)

    def tell(self, bot: Bot) -> None:
        """Browsers are to hear of it, once however much there is to hear."""
        self._told[bot.pk] = bot

    def flush(self, now: datetime) -> None:
        """Write all of it."""
        bulk.insert(self._new)
        for known, names in self._entries.values():
            known.save(update_fields=sorted(names))
        # What changed alike is written together.
        alike: dict[frozenset[str], list[Bot]] = {}
        for bot, names in self._bots.values():
            alike.setdefault(frozenset(names), []).append(bot)
        for changed, bots in alike.items():
            bulk.update(bots, changed)
        bulk.insert(
            [
                Change(workspace_id=bot.workspace_id, bot_id=bot.pk, team_id=bot.team_id, at=now)
                for bot in self._told.values()
            ]
        )
        for kept in (self._histories, self._new, self._entries, self._bots, self._told):
            kept.clear()
