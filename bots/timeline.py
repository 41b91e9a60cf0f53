"""A bot's timeline: what Recall reported and what people ordered, in one order, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from bots import lifecycle
from bots.formats import formats_of
from bots.lifecycle import Action, Phase, chats
from bots.models.order import LOOK_AFTER, Order

if TYPE_CHECKING:
    from bots.models import StatusChange

# Sooner is no delay; a look at Recall that comes later found what nobody had told us.
_AT_ONCE: Final = timedelta(seconds=0.1)
_LONG_AFTER: Final = timedelta(minutes=1)

_TONES: Final = {
    Order.State.CONFIRMED: "green",
    Order.State.REFUSED: "darkred",
    Order.State.EXPIRED: "darkred",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `lasted` is how long it was so, None for an order and for what still is so.

    `code` is Recall's own word for whoever debugs; `source` how we learnt it, `delay` how much
    later where that is worth a word, `found` that it was found long after. `joins_at` ends the
    sentence of an order that Recall has taken for later.
    """

    at: datetime
    kind: str
    key: str
    title: str
    icon: str
    tone: str
    sentence: str = ""
    next_step: str = ""
    code: str = ""
    source: str = ""
    delay: timedelta | None = None
    lasted: timedelta | None = None
    is_now: bool = False
    joins_at: datetime | None = None
    found: bool = False


def entries(
    *,
    changes: Iterable[StatusChange],
    orders: Iterable[Order],
    paused_from: Sequence[datetime],
    live: bool,
    recorded: bool,
    now: datetime,
    joins_at: datetime | None = None,
) -> list[Entry]:
    """Newest first while the bot is live, oldest first when it is over.

    `paused_from` are the moments at which a recording was paused, `recorded` says whether there
    is a recording, `joins_at` when a bot that is scheduled joins.
    """
    ordered = sorted(changes, key=lambda change: (change.at, lifecycle.rank(change.code)))
    told = _late_once([_told(change, paused_from, recorded) for change in ordered])
    for number, entry in enumerate(told):
        if number + 1 < len(told):
            told[number] = _past(entry, ordered[number], until=told[number + 1].at)
        elif live:
            told[number] = replace(entry, is_now=True)
    given = [_ordered(order, live=live, joins_at=joins_at, now=now) for order in orders]
    lines = sorted([*told, *given], key=lambda entry: entry.at)
    return lines[::-1] if live else lines


def _late_once(told: list[Entry]) -> list[Entry]:
    """What was found together, long after it happened, says so once; what came at once, never."""
    said = False
    entries = []
    for entry in told:
        delay = entry.delay or timedelta(0)
        found = entry.source == "sync" and delay >= _LONG_AFTER
        silent = delay < _AT_ONCE or (found and said)
        entries.append(replace(entry, delay=None if silent else delay, found=found and not said))
        said = found
    return entries


def _told(change: StatusChange, paused_from: Sequence[datetime], recorded: bool) -> Entry:
    """A status change as long as it is the latest."""
    pause = change.code == "in_call_not_recording" and change.at in paused_from
    words = lifecycle.explain("recording.paused" if pause else change.code, change.sub_code)
    phase = Phase.PAUSED if pause else lifecycle.phase(change.code, sub_code=change.sub_code)
    nothing = change.code == "done" and not change.sub_code and not recorded
    return Entry(
        at=change.at,
        kind="status",
        key=f"status-{change.pk}",
        title=words.title,
        icon=phase.icon,
        tone=phase.colour,
        sentence=lifecycle.NOTHING_STORED.sentence if nothing else words.sentence,
        next_step=words.next_step,
        code=f"{change.code} · {change.sub_code}" if change.sub_code else change.code,
        source=change.get_source_display(),
        delay=change.delay,
    )


def _past(entry: Entry, change: StatusChange, *, until: datetime) -> Entry:
    """The same once something else has followed: it needs no advice any more."""
    telling = bool(change.sub_code) or not lifecycle.explain(change.code).known
    failed = change.code == "fatal"
    pause = entry.tone == Phase.PAUSED.colour
    words = lifecycle.explain("recording.paused" if pause else change.code, change.sub_code)
    return replace(
        entry,
        title=words.past,
        sentence=entry.sentence if telling else "",
        next_step=entry.next_step if failed else "",
        lasted=until - entry.at,
    )


def _ordered(order: Order, *, live: bool, joins_at: datetime | None, now: datetime) -> Entry:
    """An order and what became of it."""
    known = order.action in list(Action)
    icon = Action(order.action).icon if known else "zap"
    taken = order.action == Action.SEND and order.state == Order.State.ACCEPTED
    sentence = " ".join([*_told_with(order), fate(order, now)])
    if taken and joins_at is not None:
        sentence = "Recall has it; it joins at"
    elif taken and not live:
        sentence = "Recall took it."
    return Entry(
        at=order.created_at,
        kind="order",
        key=f"order-{order.pk}",
        title=f"{order.giver}: {order}",
        icon=icon,
        tone=_TONES.get(Order.State(order.state), "grey"),
        sentence=sentence,
        joins_at=joins_at if taken else None,
        code=order.error_code,
        source="order",
    )


def _told_with(order: Order) -> list[str]:
    """What goes with the order, where people want to read it."""
    if order.action == Action.START and _is_of_the_chat(order.body):
        return ["The chat alone is taken down: no picture, no sound."]
    if order.action != Action.SAY:
        return []
    to = str(order.body.get("to") or chats.EVERYONE)
    told = "" if to == chats.EVERYONE else f" to {chats.RECIPIENTS.get(to, 'one person').lower()}"
    message = str(order.body.get("message", ""))
    # Whoever writes a sentence ends it.
    end = "" if not told and message.endswith((".", "!", "?", "…")) else "."
    return [f"“{message}”{told}{end}"]


def _is_of_the_chat(body: dict[str, Any]) -> bool:
    return bool(body) and formats_of(body) == {"participant_events"} and not body.get("transcript")


def fate(order: Order, now: datetime) -> str:
    """What became of an order, as a sentence."""
    match order.state:
        case Order.State.WAITING:
            return order.error or "Not sent to Recall yet."
        case Order.State.SENDING:
            return "Being sent to Recall."
        case Order.State.ACCEPTED:
            return _taken(order, now)
        case Order.State.CONFIRMED:
            return f"Done {_after(order)} later." if order.finished_at else "Done."
        case _:
            return order.error or "It was not carried out."


def _taken(order: Order, now: datetime) -> str:
    """What is waited for once Recall has said yes; a yes alone shows nothing."""
    if order.answered_at is None:
        return "Recall took this; waiting for it to show."
    since = max(now - order.answered_at, timedelta(0))
    ago = f"Recall took this {_spelled(since.total_seconds())} ago"
    if since < LOOK_AFTER:
        return f"{ago}; waiting for it to show."
    return f"{ago}; looking whether it happened."


def _spelled(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 60 else lifecycle.clock(int(seconds))


def _after(order: Order) -> str:
    assert order.finished_at is not None
    seconds = max((order.finished_at - order.created_at).total_seconds(), 0.0)
    return f"{seconds:.1f} s" if seconds < 60 else lifecycle.clock(int(seconds))
