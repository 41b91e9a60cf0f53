"""The wish behind a bot that was sent once, so that another can be sent like it."""

from collections.abc import Mapping
from typing import Any, Final

from bots import formats, policy
from bots.models import Bot

# Recall's names for the limits that have a plain number.
_PLAIN: Final = {
    "waiting_room_timeout": "waiting_room_s",
    "noone_joined_timeout": "noone_joined_s",
    "in_call_not_recording_timeout": "not_recording_s",
    "in_call_recording_timeout": "recording_s",
    "recording_permission_denied_timeout": "permission_denied_s",
}
# Those with one for how long and one for from when on: (for, after).
_PAIRS: Final = {
    "everyone_left_timeout": ("everyone_left_for_s", "everyone_left_after_s"),
    "silence_detection": ("silence_for_s", "silence_after_s"),
    "using_participant_names": ("names_for_s", "names_after_s"),
    "using_participant_events": ("events_for_s", "events_after_s"),
}


def reason_against(bot: Bot) -> str:
    """Why another can't be sent to the same meeting now, or ""."""
    if not bot.meeting_url:
        return "The link of this meeting is not known here. Paste it to send a bot."
    live = Bot.objects.filter(workspace_id=bot.workspace_id).live().exclude(pk=bot.pk)
    if bot.meeting_key and (other := live.filter(meeting_key=bot.meeting_key).first()):
        return f"“{other}” is in this meeting already."
    return ""


def wish(bot: Bot) -> policy.Wish:
    """What this bot was sent with, or as Recall returned it for a bot made elsewhere: now."""
    told = bot.request or bot.config
    config = told.get("recording_config") or {}
    leave = told.get("automatic_leave") or {}
    transcriber = formats.transcriber_of(config)
    if transcriber not in formats.TRANSCRIBER_BY_KEY:
        transcriber = ""
    provider = ((config.get("transcript") or {}).get("provider") or {}).get(transcriber) or {}
    names = ((leave.get("bot_detection") or {}).get("using_participant_names") or {}).get("matches")
    return policy.Wish(
        meeting_url=bot.meeting_url,
        bot_name=bot.name,
        formats=formats.formats_of(config),
        transcript=transcriber,
        language=provider.get("language_code") or "auto",
        transcript_mode=provider.get("mode") or "prioritize_accuracy",
        layout=config.get("video_mixed_layout") or "",
        start_on=config.get("start_recording_on") or "participant_join",
        rtmp_url=_rtmp_url(config),
        retention=config.get("retention", policy.WEEK),
        notetaker_names=tuple(names or ()),
        leave=_leave_rules(leave),
        like=told,
    )


def _rtmp_url(config: Mapping[str, Any]) -> str:
    endpoints = config.get("realtime_endpoints") or []
    return next((e.get("url") or "" for e in endpoints if e.get("type") == "rtmp"), "")


def _leave_rules(leave: Mapping[str, Any]) -> policy.LeaveRules:
    """Only what is a whole number is taken over; the rest is as a new bot has it."""
    found: dict[str, Any] = {ours: leave.get(theirs) for theirs, ours in _PLAIN.items()}
    rules = {**leave, **(leave.get("bot_detection") or {})}
    for theirs, (for_s, after_s) in _PAIRS.items():
        pair = rules.get(theirs)
        if isinstance(pair, Mapping):
            found |= {for_s: pair.get("timeout"), after_s: pair.get("activate_after")}
    return policy.LeaveRules(
        **{name: value for name, value in found.items() if isinstance(value, int)}
    )
