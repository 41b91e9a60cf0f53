"""What of a wish Recall or the platform cannot do, as a sentence for each field of the form."""

from __future__ import annotations

import ipaddress
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from bots.formats import (
    BY_KEY,
    GALLERY,
    LANGUAGES,
    LAYOUTS,
    STARTS,
    TRANSCRIBER_BY_KEY,
    TRANSCRIPT_MODES,
    Format,
    needs_gallery_view,
)
from bots.lifecycle import platform_label
from bots.lifecycle.showing import FOR, SHOWS, lacks
from bots.policy.wish import Retention, Wish

NAME_LIMIT: Final = 100


def problems(wish: Wish, platform: str = "", *, now: datetime | None = None) -> dict[str, str]:
    """For each field of the wish that cannot be as it is, the sentence why; {} when all is well.

    `platform` '' means not known: then no format is refused for the platform's sake.
    """
    found = format_problems(wish.formats, platform, rtmp_url=wish.rtmp_url)
    found |= transcript_problems(
        wish.transcript, platform, language=wish.language, mode=wish.transcript_mode
    )
    if not wish.meeting_url.strip():
        found["meeting_url"] = "Paste the link of the meeting."
    if not wish.bot_name.strip():
        found["bot_name"] = "Give the bot a name: it is what others see in the meeting."
    elif len(wish.bot_name) > NAME_LIMIT:
        found["bot_name"] = f"A bot's name has at most {NAME_LIMIT} characters."
    if wish.layout and wish.layout not in LAYOUTS:
        found["layout"] = f"Recall knows no layout called “{wish.layout}”."
    elif wish.layout not in ("", GALLERY) and needs_gallery_view(wish.formats):
        found["layout"] = (
            f"{_first_gallery_format(wish.formats).label} needs the layout “{LAYOUTS[GALLERY]}”."
        )
    if wish.start_on not in STARTS:
        found["start_on"] = f"Recall knows no start called “{wish.start_on}”."
    if wish.shows not in SHOWS:
        found["shows"] = f"Recall knows no bots that show “{wish.shows}”."
    if sentence := _retention_problem(wish.retention):
        found["retention"] = sentence
    if wish.join_at is not None and (sentence := _time_problem(wish.join_at, now)):
        found["join_at"] = sentence
    return found


def format_problems(
    formats: frozenset[str], platform: str = "", *, rtmp_url: str = ""
) -> dict[str, str]:
    """Problems under `formats` and `rtmp_url`, for the send form and the start sheet alike."""
    found: dict[str, str] = {}
    unknown = sorted(formats - BY_KEY.keys())
    missing = sorted(BY_KEY[key].label for key in formats - set(unknown) if _lacks(platform, key))
    if unknown:
        found["formats"] = f"Recall knows no format called “{unknown[0]}”."
    elif missing:
        found["formats"] = f"{platform_label(platform)} cannot give: {', '.join(missing)}."
    streams = any(BY_KEY[key].needs_rtmp for key in formats - set(unknown))
    if streams and not rtmp_url:
        found["rtmp_url"] = "Live video needs the RTMP address it is sent to."
    elif rtmp_url and not streams:
        found["rtmp_url"] = (
            "An RTMP address is of use only with “Live video (flv)”: choose that too."
        )
    elif rtmp_url and (sentence := _address_problem(rtmp_url)):
        found["rtmp_url"] = sentence
    return found


def transcript_problems(
    transcript: str,
    platform: str = "",
    *,
    language: str = "auto",
    mode: str = "prioritize_accuracy",
) -> dict[str, str]:
    """Problems under `transcript`, `language` and `transcript_mode`."""
    if not transcript:
        return {}
    provider = TRANSCRIBER_BY_KEY.get(transcript)
    if provider is None:
        return {"transcript": f"There is no transcription called “{transcript}” here."}
    if platform in provider.not_on:
        return {"transcript": f"{platform_label(platform)} gives no captions to read along."}
    if not provider.has_language:
        return {}
    if mode not in TRANSCRIPT_MODES:
        return {"transcript_mode": f"Recall knows no transcription mode called “{mode}”."}
    if language not in LANGUAGES:
        return {"language": f"Recall's transcription does not know the language “{language}”."}
    if mode == "prioritize_low_latency" and language != "en":
        return {"language": "A transcript within seconds exists in English only: choose English."}
    return {}


def cannot_show(shows: str, platform: str) -> str:
    """Why a bot with that choice of what it shows is of no use on the platform, or ""."""
    what = FOR.get(shows)
    return lacks(what, platform) if what else ""


def _lacks(platform: str, key: str) -> bool:
    return platform in BY_KEY[key].not_on


def _first_gallery_format(formats: frozenset[str]) -> Format:
    return next(each for key, each in BY_KEY.items() if key in formats and each.needs_gallery_view)


def _retention_problem(retention: Retention) -> str:
    if retention is None or retention == "forever":
        return ""
    if isinstance(retention, str) or retention.get("type") not in ("timed", "forever"):
        return "Say for how long Recall keeps the recording: some hours, for ever, or not at all."
    hours = retention.get("hours")
    if retention["type"] == "timed" and (type(hours) is not int or hours < 1):
        return "Recall keeps a recording for whole hours, at least one."
    return ""


def _time_problem(join_at: datetime, now: datetime | None) -> str:
    if join_at.tzinfo is None:
        return "The time to join needs its time zone."
    if now is not None and join_at < now:
        return "This time has passed. Send the bot now, or choose a later time."
    return ""


def _address_problem(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "This is not an address."
    if parts.scheme not in ("rtmp", "rtmps") or not host:
        return "An RTMP address begins with rtmp:// or rtmps:// and a host name."
    if "localhost" in url.lower() or _is_ip(host):
        return "Recall's firewall refuses localhost and bare IP addresses: use a host name."
    return ""


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
