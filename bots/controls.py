"""Which buttons a bot's page shows, and why one of them cannot be pressed now. Pure."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bots import lifecycle
from bots.lifecycle import Action, Phase

# Orders that need more than a click: something is asked first, on a sheet or a page of its own.
ASKING: Final = frozenset({Action.START, Action.LEAVE, Action.RESCHEDULE, Action.CANCEL})

_CANCEL_LATE: Final = "Cancel by leaving"

# The one that matters now.
_PRIMARY: Final = {
    Phase.IN_CALL: Action.START,
    Phase.RECORDING: Action.PAUSE,
    Phase.PAUSED: Action.RESUME,
}


@dataclass(frozen=True, slots=True)
class Button:
    """`why_not` is "" for a button that can be pressed; `pending` when its order is under way.

    `label` is what it says while it can be pressed, if not the action's own words.
    """

    action: Action
    why_not: str = ""
    pending: bool = False
    primary: bool = False
    label: str = ""

    def __post_init__(self) -> None:
        if not self.label:
            object.__setattr__(self, "label", self.action.label)

    @property
    def place(self) -> str:
        """The place that it keeps in the bar: pause and resume share one."""
        return "pause" if self.action is Action.RESUME else str(self.action)

    @property
    def room(self) -> str:
        """The longest words of its place, so that nothing slides under a pointer that presses."""
        takes_turns = self.action in (Action.PAUSE, Action.RESUME)
        words = [self.label, self.action.pending]
        if takes_turns:
            words += [Action.PAUSE.label, Action.RESUME.label]
        return max(words, key=len)

    @property
    def asks(self) -> bool:
        return self.action in ASKING

    @property
    def apart(self) -> bool:
        return self.action in (Action.LEAVE, Action.CANCEL)

    @property
    def key(self) -> str:
        """The key that presses it, as the page's script knows it."""
        return "space" if self.action in (Action.PAUSE, Action.RESUME) else ""


def buttons(
    phase: Phase,
    *,
    under_way: Container[Action],
    join_at: datetime | None,
    now: datetime,
    at_recall: bool = True,
) -> list[Button]:
    """The control bar for a bot in this phase, `under_way` being its open orders.

    Empty while Recall has not taken the bot: then only the order to send it can be taken back.
    """
    if not at_recall:
        return []
    leaving = Action.LEAVE in under_way
    judged = Phase.LEAVING if leaving and not phase.is_over else phase
    why_not = lifecycle.allowed(judged, join_at=join_at, now=now)
    shown = []
    for action in _shown(phase, under_way, why_not):
        pending = action in under_way
        reason = "" if pending else why_not[action]
        shown.append(
            Button(
                action,
                why_not=reason,
                pending=pending,
                primary=not (pending or reason or leaving) and _PRIMARY.get(phase) is action,
                label=_CANCEL_LATE if phase is Phase.SCHEDULED and action is Action.LEAVE else "",
            )
        )
    return shown


def why_few(phase: Phase, *, join_at: datetime | None, now: datetime) -> str:
    """Why a bot that is scheduled offers a single button, or ""."""
    if phase is not Phase.SCHEDULED or join_at is None:
        return ""
    if not lifecycle.allowed(phase, join_at=join_at, now=now)[Action.CANCEL]:
        return ""
    return "Recall already starts this bot, so it can only be told to leave."


def _shown(phase: Phase, under_way: Container[Action], why_not: dict[Action, str]) -> list[Action]:
    if phase is Phase.SCHEDULED:
        # Within its last ten minutes a scheduled bot can only be told to leave.
        return [Action.LEAVE] if why_not[Action.CANCEL] else [Action.RESCHEDULE, Action.CANCEL]
    if not phase.is_live and phase is not Phase.UNKNOWN:
        return []
    resuming = Action.RESUME in under_way or (
        phase is Phase.PAUSED and Action.PAUSE not in under_way
    )
    return [Action.RESUME if resuming else Action.PAUSE, Action.STOP, Action.START, Action.LEAVE]
