"""Recall's status codes in words: what is so, what was so, and what to do next."""

from __future__ import annotations

from typing import Final, NamedTuple


class Words(NamedTuple):
    """`title` while it is so, `past` once something else has followed ('' means the same)."""

    title: str
    sentence: str
    next_step: str = ""
    past: str = ""


# `done` of a bot that made no recording.
NOTHING_STORED: Final = Words("Finished", "The bot has shut down. Nothing was recorded.")

# https://docs.recall.ai/docs/bot-status-change-events; the legacy ones are of API v1.10.
CODES: Final[dict[str, Words]] = {
    "ready": Words("Ready to join", "Recall has prepared the bot.", past="Was made ready"),
    "joining_call": Words(
        "Joining the meeting",
        "Recall has started the bot and it is connecting to the meeting.",
        past="Went to the meeting",
    ),
    "in_waiting_room": Words(
        "Waiting to be let in",
        "The bot is in the waiting room.",
        "Ask the host to admit the bot.",
        past="Waited to be let in",
    ),
    "participant_in_waiting_room": Words(
        "Someone is waiting to be let in",
        "A participant is in the waiting room.",
        past="Someone waited to be let in",
    ),
    "in_call_not_recording": Words(
        "In the call, not recording",
        "The bot is in the meeting and records nothing at the moment.",
        past="Was in the call without recording",
    ),
    "recording_permission_allowed": Words(
        "Recording allowed", "The host has allowed the bot to record."
    ),
    "recording_permission_denied": Words(
        "Recording not allowed",
        "The bot is in the meeting but may not record it.",
        "Ask the host to allow recording, or leave the meeting.",
    ),
    "in_call_recording": Words("Recording", "The bot is recording the meeting.", past="Recorded"),
    "breakout_room_opened": Words(
        "Breakout rooms opened", "The host has opened the breakout rooms."
    ),
    "breakout_room_entered": Words(
        "Entered a breakout room", "The bot has moved into a breakout room."
    ),
    "breakout_room_left": Words("Left the breakout room", "The bot has left the breakout room."),
    "breakout_room_closed": Words(
        "Breakout rooms closed", "The host has closed the breakout rooms."
    ),
    "call_ended": Words("Out of the meeting", "The bot is no longer in the meeting."),
    "recording_done": Words("Recording ready", "Recall has finished preparing what was recorded."),
    "done": Words("Finished", "The bot has shut down and its recordings are stored."),
    "fatal": Words(
        "Failed",
        "The bot stopped because of an error.",
        "Send another bot. If that fails too, ask Recall's support.",
    ),
    "media_expired": Words(
        "Recording deleted", "Recall has deleted the recording because its time was up."
    ),
    "analysis_done": Words("Transcript ready", "The transcript is ready to read."),
    "analysis_failed": Words(
        "Transcript failed",
        "Recall could not make the transcript.",
        "Ask for a new transcript of the recording.",
    ),
    "recording.processing": Words("Recording running", "Recall is taking the recording."),
    "recording.paused": Words(
        "Recording paused",
        "Nothing is being recorded for now.",
        "Resume the recording to go on with the same file.",
        past="Was paused",
    ),
    "recording.done": Words("Recording ready", "Recall has finished preparing the recording."),
    "recording.failed": Words(
        "Recording failed",
        "Recall could not finish the recording.",
        "Look which of its files are there, and ask Recall's support about the rest.",
    ),
    "recording.deleted": Words("Recording deleted", "Recall no longer holds the recording."),
    "transcript.failed": Words(
        "Transcript failed",
        "Recall could not make the transcript.",
        "Ask for a new transcript of the recording.",
    ),
}
