"""Meeting links as Recall answers them: an object by platform.

https://docs.recall.ai/docs/meeting-urls
"""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from bots.recall import meeting_urls


class Malformed(ValueError):
    """Recall would not accept this link."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """An accepted link: as given, its platform, the same key for each spelling, Recall's object."""

    url: str
    platform: str
    key: str
    meeting_id: str
    object: dict[str, Any]


def meeting(text: Any) -> Meeting:
    """What Recall makes of a link. Raises Malformed."""
    if not isinstance(text, str):
        raise Malformed
    try:
        link = meeting_urls.find(text)
    except meeting_urls.NotALink as e:
        raise Malformed from e
    if not link.known or link.platform not in _OBJECTS:
        raise Malformed
    return Meeting(
        text, link.platform, link.key, link.meeting_id or "", _OBJECTS[link.platform](link)
    )


def _zoom(link: meeting_urls.Link) -> dict[str, Any]:
    return {
        "meeting_id": link.meeting_id,
        "meeting_password": link.password or None,
        "platform": "zoom",
    }


def _plain(link: meeting_urls.Link) -> dict[str, Any]:
    return {"meeting_id": link.meeting_id, "platform": link.platform}


def _teams(link: meeting_urls.Link) -> dict[str, Any]:
    found: dict[str, Any] = dict.fromkeys(
        (
            "meeting_id",
            "meeting_password",
            "organizer_id",
            "tenant_id",
            "message_id",
            "thread_id",
            "business_meeting_id",
            "business_meeting_password",
        )
    )
    parts = urlsplit(link.url)
    query = parse_qs(parts.query)
    long = re.search(r"/l/meetup-join/([^/?]+)(?:/([^/?]+))?", parts.path)
    if long:
        found["thread_id"] = unquote(long[1])
        found["message_id"] = long[2] or "0"
        try:
            context = json.loads(query.get("context", ["{}"])[0])
        except ValueError:
            context = {}
        if isinstance(context, dict):
            found["tenant_id"], found["organizer_id"] = context.get("Tid"), context.get("Oid")
    elif link.platform == "microsoft_teams":
        found["business_meeting_id"] = link.meeting_id
        found["business_meeting_password"] = link.password or None
    else:
        found["meeting_id"] = link.meeting_id
        found["meeting_password"] = link.password or None
    return found | {"platform": link.platform}


def _webex(link: meeting_urls.Link) -> dict[str, Any]:
    parts = urlsplit(link.url)
    site = (parts.hostname or "").split(".")[0]
    mtid = parse_qs(parts.query).get("MTID", [None])[0]
    if mtid:
        path = parts.path.strip("/").split("/")[0]
        return {
            "meeting_subdomain": site,
            "meeting_mtid": mtid,
            "meeting_path": path,
            "platform": "webex",
        }
    return {
        "meeting_subdomain": site,
        "meeting_personal_room_id": parts.path.rstrip("/").split("/")[-1],
        "platform": "webex",
    }


_OBJECTS = {
    "zoom": _zoom,
    "google_meet": _plain,
    "microsoft_teams": _teams,
    "microsoft_teams_live": _teams,
    "webex": _webex,
    "goto_meeting": _plain,
}
