"""Our reading of Recall's status codes: which phase of its life a bot is in."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Phase(StrEnum):
    """Where a bot is in its life, as a person would say it."""

    SCHEDULED = "scheduled"
    JOINING = "joining"
    WAITING = "waiting"
    IN_CALL = "in_call"
    RECORDING = "recording"
    PAUSED = "paused"
    LEAVING = "leaving"
    PROCESSING = "processing"
    FINISHED = "finished"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        return _LOOKS[self][0]

    @property
    def icon(self) -> str:
        """Name of the Lucide icon that marks this phase."""
        return _LOOKS[self][1]

    @property
    def colour(self) -> str:
        """Name of the colour token that goes with the mark."""
        return _LOOKS[self][2]

    @property
    def is_live(self) -> bool:
        """From joining to leaving: the bot is at work in, or at the door of, a meeting."""
        return self in _LIVE

    @property
    def is_over(self) -> bool:
        """The bot is gone and nothing more is expected of it."""
        return self in (Phase.FINISHED, Phase.FAILED)


_LOOKS: Final = {
    Phase.SCHEDULED: ("Scheduled", "clock", "grey"),
    Phase.JOINING: ("Joining", "loader-circle", "blue"),
    Phase.WAITING: ("Waiting to be let in", "door-open", "amber"),
    Phase.IN_CALL: ("In call, not recording", "circle", "teal"),
    Phase.RECORDING: ("Recording", "circle-dot", "red"),
    Phase.PAUSED: ("Paused", "pause", "violet"),
    Phase.LEAVING: ("Leaving", "loader-circle", "slate"),
    Phase.PROCESSING: ("Processing", "loader-circle", "slate"),
    Phase.FINISHED: ("Finished", "check", "green"),
    Phase.FAILED: ("Failed", "x", "darkred"),
    Phase.UNKNOWN: ("Unknown", "circle-question-mark", "grey"),
}

_LIVE: Final = frozenset(
    {
        Phase.JOINING,
        Phase.WAITING,
        Phase.IN_CALL,
        Phase.RECORDING,
        Phase.PAUSED,
        Phase.LEAVING,
    }
)

# code: (phase, rank among entries of one instant, whether it moves the phase). Recall adds codes
# without notice (https://docs.recall.ai/docs/bot-status-change-events), so this is no closed set.
_CODES: Final[dict[str, tuple[Phase, int, bool]]] = {
    "ready": (Phase.JOINING, 10, True),
    "joining_call": (Phase.JOINING, 20, True),
    "in_waiting_room": (Phase.WAITING, 30, True),
    "participant_in_waiting_room": (Phase.IN_CALL, 35, False),
    "in_call_not_recording": (Phase.IN_CALL, 40, True),
    "recording_permission_denied": (Phase.IN_CALL, 50, True),
    "recording_permission_allowed": (Phase.IN_CALL, 55, False),
    "in_call_recording": (Phase.RECORDING, 60, True),
    "breakout_room_opened": (Phase.IN_CALL, 62, False),
    "breakout_room_entered": (Phase.IN_CALL, 63, False),
    "breakout_room_left": (Phase.IN_CALL, 64, False),
    "breakout_room_closed": (Phase.IN_CALL, 65, False),
    "call_ended": (Phase.PROCESSING, 80, True),
    "recording_done": (Phase.PROCESSING, 85, False),
    "done": (Phase.FINISHED, 90, True),
    "fatal": (Phase.FAILED, 95, True),
    "analysis_done": (Phase.FINISHED, 96, False),
    "analysis_failed": (Phase.FINISHED, 97, False),
    "media_expired": (Phase.FINISHED, 98, False),
}

_UNKNOWN: Final = (Phase.UNKNOWN, 1, True)


def phase(
    code: str,
    recording_status: str = "",
    *,
    scheduled: bool = False,
    leaving: bool = False,
    sub_code: str = "",
) -> Phase:
    """The phase of a bot whose latest moving code is `code` ('' when Recall has said nothing yet).

    `recording_status` is the status of its newest recording; a bot is paused only when that says
    so. `scheduled` says that the bot has a time to join which Recall has not acted on.
    `leaving` says that Recall has taken a leave order whose end it has not reported yet.
    """
    if code in ("", "ready"):
        known = Phase.SCHEDULED if scheduled else Phase.JOINING
    else:
        known = _CODES.get(code, _UNKNOWN)[0]
    if code == "recording_permission_denied" and sub_code == "zoom_bot_in_waiting_room":
        known = Phase.WAITING
    if code in ("in_call_not_recording", "in_call_recording") and recording_status == "paused":
        known = Phase.PAUSED
    if leaving and (known.is_live or known is Phase.UNKNOWN):
        return Phase.LEAVING
    return known


def moves(code: str) -> bool:
    """Whether this code can change a bot's phase, or is only worth a line in the timeline."""
    return _CODES.get(code, _UNKNOWN)[2]


def rank(code: str) -> int:
    """Orders status changes of one instant; a code we do not know stands before all we know."""
    return _CODES.get(code, _UNKNOWN)[1]


def is_terminal(code: str) -> bool:
    """Whether Recall will move this bot no further."""
    return code in ("done", "fatal")


def supersedes(code: str, *, current: str) -> bool:
    """Whether `code`, being the later news, takes the place of `current` as the bot's status.

    A bot that is over stays over: whatever comes after `done` or `fatal` joins the history only.
    (Recall may append `done` to `fatal`; the failure is what a person needs to see.)
    """
    if not moves(code):
        return False
    return code == "fatal" or not is_terminal(current)
