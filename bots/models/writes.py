"""What observing comes to, gathered, so that all of it is written at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bots.models import bulk
from bots.models.feed import Change
from bots.models.history import Entry, StatusChange, histories

if TYPE_CHECKING:
    from bots.models.bot import Bot


@dataclass(slots=True)
class Writes:
    """Rows that wait to be written, in the transaction in which their bots are held.

    What stands in here already counts for the next news of the same bot.
    """

    _histories: dict[int, list[Entry]] = field(default_factory=dict)
    _new: list[Entry] = field(default_factory=list)
    _entries: dict[int, dict[str, Any]] = field(default_factory=dict)
    _bots: dict[int, tuple[Bot, set[str]]] = field(default_factory=dict)
    _told: dict[int, Bot] = field(default_factory=dict)

    def history(self, bot: Bot) -> list[Entry]:
        """All that the bot has come to, with what is not written yet."""
        if bot.pk not in self._histories:
            read = bot.known_history
            self._histories[bot.pk] = histories([bot.pk])[bot.pk] if read is None else read
        return self._histories[bot.pk]

    def add(self, entry: Entry) -> None:
        """One more entry of its bot's history."""
        self._histories[entry.bot_id].append(entry)
        self._new.append(entry)

    def entry(self, known: Entry, **values: Any) -> None:
        """These columns of an entry have changed."""
        if known.pk is not None:  # else it is written as it stands then
            self._entries.setdefault(known.pk, {}).update(values)

    def bot(self, bot: Bot, fields: Iterable[str]) -> None:
        """These fields of the bot have changed."""
        self._bots.setdefault(bot.pk, (bot, set()))[1].update(fields)

    def tell(self, bot: Bot) -> None:
        """Browsers are to hear of it, once however much there is to hear."""
        self._told[bot.pk] = bot

    def flush(self, now: datetime) -> None:
        """Write all of it."""
        new = self._new
        bulk.append(
            StatusChange,
            {
                "bot_id": [entry.bot_id for entry in new],
                "code": [entry.code for entry in new],
                "sub_code": [entry.sub_code for entry in new],
                "message": [entry.message for entry in new],
                "at": [entry.at for entry in new],
                "source": [entry.source for entry in new],
                "learnt_at": [now for _ in new],
                "heard_at": [now if entry.is_heard else None for entry in new],
                "delivery_id": [entry.delivery_id for entry in new],
            },
        )
        for pk, values in self._entries.items():
            StatusChange.objects.filter(pk=pk).update(**values)
        # What changed alike is written together.
        alike: dict[frozenset[str], list[Bot]] = {}
        for bot, names in self._bots.values():
            alike.setdefault(frozenset(names), []).append(bot)
        for changed, bots in alike.items():
            bulk.update(bots, changed)
        told = self._told.values()
        bulk.append(
            Change,
            {
                "at": [now for _ in told],
                "topic": ["" for _ in told],
                "workspace_id": [bot.workspace_id for bot in told],
                "team_id": [bot.team_id for bot in told],
                "bot_id": [bot.pk for bot in told],
            },
        )
        for kept in (self._histories, self._new, self._entries, self._bots, self._told):
            kept.clear()
