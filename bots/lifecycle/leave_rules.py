"""Rules of ours by which a bot leaves: what each waits for, when it is met, its words. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bots.lifecycle.phases import Phase, moves, phase

LONGEST_S: Final = 24 * 3600
SHORTEST_S: Final = 10


class LeaveWhen(StrEnum):
    """What a rule waits for."""

    JOINED = "joined"
    RECORDING = "recording"
    NOT_RECORDING = "not_recording"
    DENIED = "denied"
    AT = "at"

    @property
    def label(self) -> str:
        """As a form asks for it."""
        return _LABELS[self]

    @property
    def takes_length(self) -> bool:
        """Whether it waits for a length of time, not for a time of day."""
        return self is not LeaveWhen.AT

    @property
    def least_s(self) -> int:
        """The shortest length of time that makes sense for it."""
        return 0 if self is LeaveWhen.DENIED else SHORTEST_S


_LABELS: Final = {
    LeaveWhen.JOINED: "So long after it joined",
    LeaveWhen.RECORDING: "So long after recording began",
    LeaveWhen.NOT_RECORDING: "So long in the call without recording",
    LeaveWhen.DENIED: "When it may not record",
    LeaveWhen.AT: "At a time",
}

Step = tuple[str, datetime]


def met_at(
    when: LeaveWhen,
    after: timedelta,
    at: datetime | None,
    steps: Iterable[Step],
    *,
    is_paused: bool = False,
) -> datetime | None:
    """When the rule is met if nothing else happens; None where nobody can know yet.

    `steps` are Recall's codes with their times, in order. A pause counts as a recording. A refusal
    counts until the bot may record or does; another one meanwhile does not start it over.
    """
    if when is LeaveWhen.AT:
        return at
    since = _since(when, steps)
    if since is None or (when is LeaveWhen.NOT_RECORDING and is_paused):
        return None
    return since + after


def _since(when: LeaveWhen, steps: Iterable[Step]) -> datetime | None:
    joined = recorded = idle = denied = None
    for code, at in steps:
        now = phase(code)
        if now in (Phase.IN_CALL, Phase.RECORDING):
            joined = joined or at
        if code == "recording_permission_denied":
            denied = denied or at
        if code in ("recording_permission_allowed", "in_call_recording"):
            denied = None
        if now is Phase.RECORDING:
            recorded = recorded or at
            idle = None
        elif now is Phase.IN_CALL and moves(code):
            idle = idle or at
    return {
        LeaveWhen.JOINED: joined,
        LeaveWhen.RECORDING: recorded,
        LeaveWhen.NOT_RECORDING: idle,
        LeaveWhen.DENIED: denied,
    }[when]


def in_words(when: LeaveWhen, length: str) -> str:
    """The rule as the end of a sentence: "30 min after it joined".

    `length` is its length of time in words, "" for none; a time of day is told by whoever knows
    the reader's zone.
    """
    if when is LeaveWhen.DENIED:
        return (
            f"{length} after it was refused the recording" if length else "when it may not record"
        )
    return {
        LeaveWhen.JOINED: f"{length} after it joined",
        LeaveWhen.RECORDING: f"{length} after recording began",
        LeaveWhen.NOT_RECORDING: f"after {length} in the call without recording",
        LeaveWhen.AT: "at a set time",
    }[when]
