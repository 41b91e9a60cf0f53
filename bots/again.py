"""What was asked of a bot that was sent once, so that another can be sent like it."""

from collections.abc import Mapping
from typing import Any

from bots import deciding, formats, policy
from bots.lifecycle import showing
from bots.models import Bot, Membership


def reason_against(bot: Bot, membership: Membership) -> str:
    """Why this person can't send another to the same meeting now, or "".

    A bot that they may not see is as if it were not there.
    """
    if not bot.meeting_url:
        return "The link of this meeting is not known here. Paste it to send a bot."
    live = Bot.objects.seen_by(membership).live().exclude(pk=bot.pk)
    if bot.meeting_key and (other := live.filter(meeting_key=bot.meeting_key).first()):
        return f"“{other}” is in this meeting already."
    return ""


def ask(bot: Bot) -> policy.Ask:
    """What was asked of this bot, for now, as far as the policy in force leaves it to people.

    A bot made elsewhere is read from what Recall returned. Raises `meeting_urls.NotALink`.
    """
    told = bot.request or bot.config
    made = bot.asked if bot.policy_id else _as_it_was_made(bot, told)
    wanted = policy.Ask.read(made, meeting_url=bot.meeting_url, title=bot.title, like=told)
    return deciding.as_allowed(bot.team, wanted)


def _as_it_was_made(bot: Bot, told: Mapping[str, Any]) -> dict[str, Any]:
    """The choices that this bot was made with elsewhere."""
    config = told.get("recording_config") or {}
    transcriber = formats.transcriber_of(config)
    if transcriber not in formats.TRANSCRIBER_BY_KEY:
        transcriber = ""
    provider = ((config.get("transcript") or {}).get("provider") or {}).get(transcriber) or {}
    longest_s = (told.get("automatic_leave") or {}).get("in_call_recording_timeout")
    made = {
        "bot_name": bot.name,
        "formats": formats.formats_of(config),
        "transcript": transcriber,
        "language": provider.get("language_code"),
        "transcript_mode": provider.get("mode"),
        "layout": config.get("video_mixed_layout"),
        "start_on": config.get("start_recording_on"),
        "shows": showing.told(told),
        "rtmp_url": _rtmp_url(config),
        "recording_s": longest_s if isinstance(longest_s, int) else None,
    }
    return {name: value for name, value in made.items() if value is not None}


def _rtmp_url(config: Mapping[str, Any]) -> str | None:
    endpoints = config.get("realtime_endpoints") or []
    return next((e.get("url") for e in endpoints if e.get("type") == "rtmp"), None)
