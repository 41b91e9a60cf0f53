"""The meeting of a bot as Recall answers it: an object by platform, turned back into a link.

https://docs.recall.ai/docs/meeting-urls
"""

import json
import re
from typing import Any
from urllib.parse import quote, urlencode

from .reading import mapping, text, word

# What may stand before `.webex.com`; anything else would be another host.
_SITE = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*", re.I)
_MEET_CODE = re.compile(r"[a-z]{3}-?[a-z]{4}-?[a-z]{3}", re.I)


def link(meeting_url: Any) -> str:
    """A link to that meeting, or "" where the object does not hold enough to spell one.

    `meeting_url` is what a bot carries in answers: an object, sometimes still the string.
    """
    if isinstance(meeting_url, str):
        return text(meeting_url)
    parts = {key: word(value) for key, value in mapping(meeting_url).items()}
    spell = _SPELLINGS.get(parts.get("platform", ""))
    return spell(parts) if spell else ""


def _zoom(parts: dict[str, str]) -> str:
    number = parts.get("meeting_id")
    if not number:
        return ""
    # A personal room has a name where other meetings have a number.
    way = "j" if number.replace("-", "").isdigit() else "my"
    return f"https://zoom.us/{way}/{_segment(number)}{_query(pwd=parts.get('meeting_password'))}"


def _google_meet(parts: dict[str, str]) -> str:
    code = parts.get("meeting_id")
    if not code:
        return ""
    way = "" if _MEET_CODE.fullmatch(code) else "lookup/"
    return f"https://meet.google.com/{way}{_segment(code)}"


def _teams(parts: dict[str, str]) -> str:
    if business := parts.get("business_meeting_id"):
        query = _query(p=parts.get("business_meeting_password"))
        return f"https://teams.microsoft.com/meet/{_segment(business)}{query}"
    if personal := parts.get("meeting_id"):
        query = _query(p=parts.get("meeting_password"))
        return f"https://teams.live.com/meet/{_segment(personal)}{query}"
    thread = parts.get("thread_id")
    if not thread:
        return ""
    context = json.dumps(
        {"Tid": parts.get("tenant_id", ""), "Oid": parts.get("organizer_id", "")},
        separators=(",", ":"),
    )
    return (
        f"https://teams.microsoft.com/l/meetup-join/{_segment(thread)}/"
        f"{_segment(parts.get('message_id') or '0')}{_query(context=context)}"
    )


def _webex(parts: dict[str, str]) -> str:
    site = parts.get("meeting_subdomain", "")
    if not _SITE.fullmatch(site):
        return ""
    if mtid := parts.get("meeting_mtid"):
        path = parts.get("meeting_path") or site
        return f"https://{site}.webex.com/{_segment(path)}/j.php{_query(MTID=mtid)}"
    room = parts.get("meeting_personal_room_id")
    return f"https://{site}.webex.com/meet/{_segment(room)}" if room else ""


def _goto(parts: dict[str, str]) -> str:
    number = parts.get("meeting_id")
    return f"https://meet.goto.com/{_segment(number)}" if number else ""


def _segment(value: str) -> str:
    return quote(value, safe="")


def _query(**parameters: str | None) -> str:
    given = {name: value for name, value in parameters.items() if value}
    return f"?{urlencode(given)}" if given else ""


_SPELLINGS = {
    "zoom": _zoom,
    "google_meet": _google_meet,
    "microsoft_teams": _teams,
    "microsoft_teams_live": _teams,
    "webex": _webex,
    "goto_meeting": _goto,
}
