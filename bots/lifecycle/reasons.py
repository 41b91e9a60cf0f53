"""Recall's sub-codes in words: why a call ended, why recording or a transcript was refused."""

from __future__ import annotations

from typing import Final

from bots.lifecycle.codes import Words

_ADMIT: Final = "Ask the host to admit the bot sooner, then send another."
_NAMES: Final = "If people were still there, check the notetaker names."
_SEND: Final = "Send another bot if the meeting goes on."

# https://docs.recall.ai/docs/sub-codes, with those that Recall has added since.
CALL_ENDED: Final[dict[str, Words]] = {
    "call_ended_by_host": Words("The host ended the meeting", "The host ended the meeting."),
    "meeting_ended_by_host": Words("The host ended the meeting", "The host ended the meeting."),
    "call_ended_by_platform_idle": Words(
        "The platform closed an idle meeting",
        "The meeting platform closed the meeting because nothing happened in it.",
        _SEND,
    ),
    "call_ended_by_platform_max_length": Words(
        "The platform's time limit was reached",
        "The meeting reached the longest time that its platform allows.",
        "Send another bot to the follow-up meeting.",
    ),
    "call_ended_by_platform_waiting_room_timeout": Words(
        "Never let in",
        "The meeting platform turned the bot away because nobody let it in in time.",
        _ADMIT,
    ),
    "timeout_exceeded_waiting_room": Words(
        "Never let in", "The bot gave up because nobody let it in in time.", _ADMIT
    ),
    "timeout_exceeded_noone_joined": Words(
        "Nobody came",
        "The bot left because nobody else joined.",
        "Send another bot when the meeting takes place.",
    ),
    "timeout_exceeded_everyone_left": Words(
        "Everyone had left", "The bot left because everyone else had."
    ),
    "timeout_exceeded_silence_detected": Words(
        "Left after a long silence", "The bot left because nobody had spoken for long.", _SEND
    ),
    "timeout_exceeded_only_bots_detected_using_participant_names": Words(
        "Only notetakers remained",
        "The bot left because everyone who remained has the name of a notetaker.",
        _NAMES,
    ),
    "timeout_exceeded_only_bots_detected_using_participant_events": Words(
        "Only silent participants remained",
        "The bot left because those who remained had never spoken or shared a screen.",
        "If they were people, let the bot wait longer before it judges by silence.",
    ),
    "timeout_exceeded_only_bots_in_call": Words(
        "Only notetakers remained", "The bot left because only other bots remained.", _NAMES
    ),
    "timeout_exceeded_in_call_not_recording": Words(
        "Left without recording",
        "The bot left because it had been in the meeting too long without recording.",
        "Send another bot and start its recording sooner.",
    ),
    "timeout_exceeded_in_call_recording": Words(
        "The recording limit was reached",
        "The bot left because it had recorded for as long as it may.",
        _SEND,
    ),
    "timeout_exceeded_recording_permission_denied": Words(
        "Recording was not allowed",
        "The bot left because the host did not allow it to record.",
        "Agree with the host on recording, then send another bot.",
    ),
    "timeout_exceeded_max_duration": Words(
        "Recall's time limit was reached",
        "The bot left because it reached the longest time that this Recall plan allows.",
        _SEND,
    ),
    "bot_kicked_from_call": Words(
        "Removed from the meeting",
        "Someone in the meeting removed the bot.",
        "Agree with the host before sending another.",
    ),
    "bot_kicked_from_waiting_room": Words(
        "Turned away",
        "The host refused to let the bot in.",
        "Agree with the host before sending another.",
    ),
    "bot_received_leave_call": Words(
        "Told to leave", "The bot left because it was told to.", "Send another bot to come back."
    ),
    "breakout_room_not_open": Words(
        "The breakout room was not open",
        "The bot left because the breakout room it was sent to was not open.",
        "Send another bot once the breakout rooms are open.",
    ),
}

# Zoom. https://docs.recall.ai/docs/sub-codes
PERMISSION_DENIED: Final[dict[str, Words]] = {
    "zoom_local_recording_disabled": Words(
        "Local recording is switched off",
        "The host's Zoom account does not allow local recording, so the host was not even asked.",
        "Ask the host to switch on local recording in the Zoom settings.",
    ),
    "zoom_local_recording_request_disabled": Words(
        "Zoom does not let participants ask to record",
        "The host's Zoom settings do not let participants be allowed to record.",
        "Ask the host to let participants request local recording in the Zoom settings.",
    ),
    "zoom_local_recording_request_disabled_by_host": Words(
        "The host takes no requests to record",
        "The host has switched off requests to record in this meeting.",
        "Ask the host to allow requests again, then ask for permission once more.",
    ),
    "zoom_bot_in_waiting_room": Words(
        "Still in the waiting room",
        "The bot cannot ask to record while it is in the waiting room.",
        "Ask the host to admit the bot.",
    ),
    "zoom_host_not_present": Words(
        "The host is not there",
        "Nobody could allow recording, because the host was not in the meeting.",
        "Ask for permission again once the host has joined.",
    ),
    "zoom_local_recording_request_denied_by_host": Words(
        "The host said no to recording",
        "The host was asked to allow recording and declined.",
        "Talk to the host, then ask for permission again or leave the meeting.",
    ),
    "permission_denied_by_host": Words(
        "The host said no to recording",
        "The host was asked to allow recording and declined.",
        "Talk to the host, then ask for permission again or leave the meeting.",
    ),
    "zoom_local_recording_denied": Words(
        "Recording not allowed",
        "Recording is switched off, or the host declined or did not answer in time.",
        "Talk to the host, then ask for permission again.",
    ),
    "zoom_local_recording_grant_not_supported": Words(
        "The host's device cannot allow recording",
        "The host uses a Zoom Room or an app that cannot allow recording.",
        "Ask the host to join from the Zoom app on a computer.",
    ),
    "zoom_sdk_key_blocked_by_host_admin": Words(
        "The host's company blocks this Zoom app",
        "The administrator of the host's Zoom account has blocked the app that the bot uses.",
        "Ask that administrator to allow the app.",
    ),
}

# https://docs.recall.ai/docs/recording-webhooks
TRANSCRIPT_FAILED: Final[dict[str, Words]] = {
    "provider_connection_failed": Words(
        "The transcription service could not be reached",
        "Recall could not connect to the transcription service.",
        "Check that service's credentials in Recall, then ask for a new transcript.",
    ),
    "zoom_global_captions_disabled": Words(
        "Captions are switched off in Zoom",
        "The host's Zoom account does not allow captions.",
        "Ask the host to switch on captions, or use Recall's transcription.",
    ),
    "zoom_host_disabled_meeting_captions": Words(
        "The host switched captions off",
        "The host has switched off captions in this meeting.",
        "Ask the host to switch on captions, or use Recall's transcription.",
    ),
    "zoom_captions_failure": Words(
        "Zoom gave no captions",
        "Zoom's captions could not be read.",
        "Use Recall's transcription next time.",
    ),
}
