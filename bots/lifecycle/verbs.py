"""What a person can order in each phase, why not, what to warn of, and what confirms it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bots.lifecycle.phases import Phase

LEAD_TIME: Final = timedelta(seconds=600)
"""Recall boots a scheduled bot this long before it joins; then it can only be told to leave."""


class Action(StrEnum):
    """Something a person or a rule can tell a bot to do."""

    SEND = "send"
    RESCHEDULE = "reschedule"
    UPDATE = "update"
    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"
    START = "start"
    STOP = "stop"
    SAY = "say"
    ASK = "ask"
    SHOW = "show"
    HIDE = "hide"
    PLAY = "play"
    LEAVE = "leave"
    TRANSCRIBE = "transcribe"
    DELETE = "delete"

    @property
    def label(self) -> str:
        """The words on the button."""
        return _WORDS[self][0]

    @property
    def pending(self) -> str:
        """What the button says from the click to the confirmation."""
        return _WORDS[self][1]

    @property
    def icon(self) -> str:
        """Name of the Lucide icon on the button."""
        return _WORDS[self][2]


_WORDS: Final = {
    Action.SEND: ("Send bot", "Sending…", "send"),
    Action.RESCHEDULE: ("Reschedule bot", "Rescheduling…", "calendar-clock"),
    Action.UPDATE: ("Update bot", "Updating…", "refresh-cw"),
    Action.CANCEL: ("Cancel bot", "Cancelling…", "calendar-x"),
    Action.PAUSE: ("Pause recording", "Pausing…", "pause"),
    Action.RESUME: ("Resume recording", "Resuming…", "play"),
    Action.START: ("Start recording", "Starting…", "circle-dot"),
    Action.STOP: ("Stop recording", "Stopping…", "square"),
    Action.SAY: ("Send message", "Sending…", "message-square"),
    Action.ASK: ("Ask for permission again", "Asking…", "door-open"),
    Action.SHOW: ("Show in meeting", "Starting to show…", "monitor-up"),
    Action.HIDE: ("Stop showing", "Stopping…", "square"),
    Action.PLAY: ("Play sound", "Playing…", "audio-lines"),
    Action.LEAVE: ("Leave meeting", "Leaving…", "log-out"),
    Action.TRANSCRIBE: ("Ask for transcript", "Asking…", "message-square"),
    Action.DELETE: ("Delete recordings", "Deleting…", "trash-2"),
}

ABOUT_RECORDINGS: Final = frozenset({Action.TRANSCRIBE, Action.DELETE})
"""What concerns recordings, not the bot in its meeting: it is done when Recall answers, and a leave
does not take its place."""

SEVERAL: Final = frozenset({Action.SAY, Action.SHOW, Action.HIDE, Action.PLAY})
"""Of these there may be several on their way at once, one after the other."""

IN_CALL_ACTIONS: Final = SEVERAL | {Action.ASK}
"""What a bot does in its call whether it records or not: it is done when Recall answers, and as
often as it is asked for."""

_RECORDING_ACTIONS: Final = (Action.PAUSE, Action.RESUME, Action.START, Action.STOP)
_SCHEDULE_ACTIONS: Final = (Action.RESCHEDULE, Action.UPDATE, Action.CANCEL)

_NOT_SCHEDULED: Final = {
    Action.RESCHEDULE: "The bot is already on its way, so its time can no longer be changed.",
    Action.UPDATE: "The bot is already on its way, so its settings can no longer be changed.",
    Action.CANCEL: "The bot is already on its way, so its time can no longer be changed.",
}
_ENDED: Final = "The bot has left this meeting and cannot come back. Send another instead."
_STILL_RECORDS: Final = (
    "The bot is still at work. What it has recorded can be deleted once it has left."
)
_AT_WORK: Final = "This bot is still at work. Another can be sent once it has left."

# Why the four recording orders make no sense in a phase; '' is allowed.
_RECORDING: Final[dict[Phase, dict[Action, str] | str]] = {
    Phase.SCHEDULED: "The bot is not in the meeting yet, so there is no recording to control.",
    Phase.JOINING: "The bot is still joining. This works once it is in the call.",
    Phase.WAITING: "The bot is still waiting to be let in. This works once it is in the call.",
    Phase.IN_CALL: {
        Action.PAUSE: "Nothing is being recorded, so there is nothing to pause.",
        Action.RESUME: "No recording is paused. Start recording instead.",
        Action.START: "",
        Action.STOP: "Nothing is being recorded, so there is nothing to stop.",
    },
    Phase.RECORDING: {
        Action.PAUSE: "",
        Action.RESUME: "The recording is running, so there is nothing to resume.",
        Action.START: "",
        Action.STOP: "",
    },
    Phase.PAUSED: {
        Action.PAUSE: "The recording is paused already.",
        Action.RESUME: "",
        Action.START: "",
        Action.STOP: "",
    },
    Phase.LEAVING: "The bot is leaving the meeting, so its recording can no longer be controlled.",
    Phase.PROCESSING: _ENDED,
    Phase.FINISHED: _ENDED,
    Phase.FAILED: _ENDED,
    Phase.UNKNOWN: "Recall reports a state that is not known here, so only leaving is offered.",
}

_IN_CALL: Final[dict[Phase, str]] = {
    Phase.SCHEDULED: "The bot is not in the meeting yet.",
    Phase.JOINING: "The bot is still joining. This works once it is in the call.",
    Phase.WAITING: "The bot is still waiting to be let in. This works once it is in the call.",
    Phase.LEAVING: "The bot is leaving the meeting.",
    Phase.PROCESSING: _ENDED,
    Phase.FINISHED: _ENDED,
    Phase.FAILED: _ENDED,
    Phase.UNKNOWN: "Recall reports a state that is not known here, so only leaving is offered.",
}

_LEAVE: Final[dict[Phase, str]] = {
    Phase.SCHEDULED: "The bot is not in the meeting yet. Cancel it instead.",
    Phase.LEAVING: "The bot is leaving already.",
    Phase.PROCESSING: "The bot has left already.",
    Phase.FINISHED: "The bot has left already.",
    Phase.FAILED: "The bot is not in the meeting.",
}


def allowed(
    phase: Phase, *, join_at: datetime | None = None, now: datetime | None = None
) -> dict[Action, str]:
    """For every action '' when it makes sense in this phase, or the sentence why it does not.

    Not for asking for a transcript: the phase of the bot says nothing of that.

    With `join_at` and `now`, a scheduled bot is judged by Recall's ten-minute rule as well.
    """
    recording = _RECORDING[phase]
    answer: dict[Action, str] = dict.fromkeys(
        (each for each in Action if each is not Action.TRANSCRIBE), ""
    )
    for action in _RECORDING_ACTIONS:
        answer[action] = recording if isinstance(recording, str) else recording[action]
    for action in IN_CALL_ACTIONS:
        answer[action] = _IN_CALL.get(phase, "")
    answer[Action.LEAVE] = _LEAVE.get(phase, "")
    ended = phase.is_over or phase is Phase.PROCESSING
    if not ended:
        answer[Action.SEND] = _AT_WORK
        answer[Action.DELETE] = _STILL_RECORDS
    if phase is not Phase.SCHEDULED:
        for action in _SCHEDULE_ACTIONS:
            answer[action] = _ENDED if ended else _NOT_SCHEDULED[action]
    elif join_at is not None and now is not None:
        answer |= scheduled_actions(join_at, now)
    return answer


def scheduled_actions(join_at: datetime, now: datetime) -> dict[Action, str]:
    """Reschedule, update, cancel and leave for a bot that has not joined: '' or why not.

    More than ten minutes ahead Recall can change or delete it; after that it can only be told to
    leave: https://docs.recall.ai/docs/scheduling-bots-best-practices
    """
    if join_at - now > LEAD_TIME:
        return {
            Action.RESCHEDULE: "",
            Action.UPDATE: "",
            Action.CANCEL: "",
            Action.LEAVE: _LEAVE[Phase.SCHEDULED],
        }
    late = "Recall starts a bot ten minutes before it joins, so this one can no longer be {done}."
    return {
        Action.RESCHEDULE: late.format(done="moved") + " Let it leave and send another.",
        Action.UPDATE: too_near(join_at, now),
        Action.CANCEL: late.format(done="cancelled") + " Let it leave instead.",
        Action.LEAVE: "",
    }


def too_near(join_at: datetime, now: datetime) -> str:
    """'' when Recall still changes a scheduled bot, or the sentence why not."""
    ahead_s = (join_at - now).total_seconds()
    if ahead_s > LEAD_TIME.total_seconds():
        return ""
    if ahead_s <= 0:
        return "It is on its way: Recall changes nothing of it any more."
    wait = f"{ahead_s / 60:.0f} min" if ahead_s >= 60 else f"{ahead_s:.0f} s"
    return f"Joins in {wait}: Recall changes nothing in the last ten minutes."


def cannot_move_to(join_at: datetime, *, now: datetime) -> str:
    """'' when a scheduled bot may be moved to `join_at`, or the sentence why not."""
    if join_at - now > LEAD_TIME:
        return ""
    return (
        "Recall moves a bot only to a time more than ten minutes ahead. "
        "Cancel this one and send another now."
    )


@dataclass(frozen=True)
class Confirmation:
    """What to ask before an order that cannot be undone, and the safer order to offer beside it.

    `warning` may hold `{recorded}`: how much would be lost, written out ("23:10").
    """

    question: str
    warning: str
    confirm: str
    safer: Action | None = None
    advice: str = ""


def needs_confirmation(action: Action, phase: Phase) -> Confirmation | None:
    """What to ask before giving this order in this phase; None when it destroys nothing."""
    if action is Action.LEAVE and (phase.is_live or phase is Phase.UNKNOWN):
        return _LEAVE_FOR_GOOD
    if action is Action.LEAVE and phase is Phase.SCHEDULED:
        return _CANCEL_BY_LEAVING
    if action is Action.CANCEL:
        return _CANCEL
    if action is Action.START:
        return _START_AGAIN.get(phase)
    return None


_LEAVE_FOR_GOOD: Final = Confirmation(
    question="Leave the meeting?",
    warning="This bot cannot come back once it has left. Another one can be sent.",
    confirm="Leave meeting",
)
_CANCEL: Final = Confirmation(
    question="Cancel this bot?",
    warning="It will not join the meeting.",
    confirm="Cancel bot",
)
_CANCEL_BY_LEAVING: Final = Confirmation(
    question="Cancel this bot?",
    warning="Recall already starts it, so it is told to leave. It cannot come back.",
    confirm="Cancel by leaving",
)
_OVERWRITES: Final = "Starting again overwrites the {recorded} recorded so far."
_START_AGAIN: Final[dict[Phase, Confirmation]] = {
    Phase.RECORDING: Confirmation(
        question="Start recording again?",
        warning=_OVERWRITES,
        confirm="Overwrite and start again",
        safer=Action.PAUSE,
        advice="To leave something out and keep one recording, pause it instead.",
    ),
    Phase.PAUSED: Confirmation(
        question="Start recording again?",
        warning=_OVERWRITES,
        confirm="Overwrite and start again",
        safer=Action.RESUME,
        advice="To go on with the same recording, resume it instead.",
    ),
}

_ENDS: Final = frozenset({"call_ended", "done", "fatal"})


def confirms(action: Action, code: str, recording_status: str = "") -> bool:
    """Whether news of this code and recording status shows that the order has been carried out.

    Ask only about news that is later than the order: after *start again*, for one, the code is
    the same as before. Rescheduling, updating and what is about recordings are confirmed by
    Recall's answer, by no status.
    """
    match action:
        case Action.SEND:
            return bool(code)
        case Action.PAUSE:
            return recording_status == "paused" and code not in _ENDS
        case Action.RESUME | Action.START:
            return code == "in_call_recording" and recording_status != "paused"
        case Action.STOP:
            stopped = code == "in_call_not_recording" and recording_status != "paused"
            return stopped or recording_status in ("done", "failed") or code in _ENDS
        case Action.LEAVE | Action.CANCEL:
            return code in _ENDS
        case Action.RESCHEDULE | Action.UPDATE | Action.TRANSCRIBE | Action.DELETE:
            return False
        case Action.SAY | Action.ASK | Action.SHOW | Action.HIDE | Action.PLAY:
            return False
