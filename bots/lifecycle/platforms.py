"""The meeting platforms: what they are called and how long their waiting rooms are patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Platform:
    """`waiting_limit_s` is the platform's own patience with a bot at the door; None: no limit."""

    label: str
    waiting_limit_s: int | None = None
    asks_permission: bool = False


PLATFORMS: Final[dict[str, Platform]] = {
    "zoom": Platform("Zoom", asks_permission=True),
    "google_meet": Platform("Google Meet", waiting_limit_s=600),
    "microsoft_teams": Platform("Microsoft Teams", waiting_limit_s=1800),
    "microsoft_teams_live": Platform("Microsoft Teams", waiting_limit_s=1800),
    "webex": Platform("Webex"),
    "goto_meeting": Platform("GoTo Meeting"),
    "slack_huddle_observer": Platform("Slack"),
    "slack_authenticator": Platform("Slack"),
    "google_meet_media_api": Platform("Google Meet"),
    "zoom_rtms": Platform("Zoom"),
    "chime_sdk": Platform("Amazon Chime"),
    "webrtc": Platform("WebRTC"),
}


def platform_label(platform: str) -> str:
    """ "Google Meet" for `google_meet`; a platform we do not know shows as it came."""
    known = PLATFORMS.get(platform)
    return known.label if known else platform.replace("_", " ").capitalize()


def waiting_limit(platform: str, *, timeout_s: int = 1200) -> tuple[int, str]:
    """After how many seconds in a waiting room the bot is out, and who gives up: (600, "Google
    Meet") or (300, "The bot"). `timeout_s` is the bot's own `waiting_room_timeout`.

    https://docs.recall.ai/docs/automatic-leaving-behavior
    """
    known = PLATFORMS.get(platform)
    limit_s = known.waiting_limit_s if known else None
    if known and limit_s is not None and limit_s <= timeout_s:
        return limit_s, known.label
    return timeout_s, "The bot"
