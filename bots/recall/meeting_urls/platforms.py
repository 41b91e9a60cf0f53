"""Which meeting a link of a known platform leads to, read from its path and query."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Address:
    """A link in parts: `host` in normal form, the rest as it was written."""

    host: str
    path: str
    query: str = ""
    fragment: str = ""

    def parameter(self, name: str) -> str:
        """A query parameter's value, decoded; its name in any case; empty if absent."""
        for part in self.query.split("&"):
            key, _, value = part.partition("=")
            if key.lower() == name:
                return unquote(value)
        return ""

    @property
    def plain_path(self) -> str:
        """The path decoded, without doubled slashes and without a slash at the end."""
        return re.sub(r"/+", "/", unquote(self.path)).rstrip("/")


@dataclass(frozen=True, slots=True)
class Meeting:
    """`spot` is what tells this meeting from any other of its platform."""

    spot: str
    meeting_id: str
    password: str = ""


def meeting_of(platform: str, address: Address) -> Meeting | None:
    """The meeting behind the address, or None if it is another page of the platform."""
    return _READERS[platform](address)


_ZOOM_NUMBER = re.compile(
    r"/(?:(?:j|s|w|wc/join)/([0-9-]{3,24})(?:/.*)?|wc/([0-9-]{3,24})/(?:join|start))", re.I
)
_ZOOM_ROOM = re.compile(r"/my/([^/]+)", re.I)


def _zoom(address: Address) -> Meeting | None:
    # https://docs.recall.ai/docs/meeting-urls
    password = address.parameter("pwd")
    if found := _ZOOM_NUMBER.fullmatch(address.plain_path):
        number = _digits(found[1] or found[2])
        return Meeting(number, number, password) if number else None
    if found := _ZOOM_ROOM.fullmatch(address.plain_path):
        return Meeting(f"my/{found[1].lower()}", found[1], password)
    return None


_MEET_CODE = re.compile(r"(?:/_meet|/u/[0-9])?/([a-z]{3})-?([a-z]{4})-?([a-z]{3})", re.I)
_MEET_NAME = re.compile(r"(?:/_meet|/u/[0-9])?/lookup/([^/]+)", re.I)


def _google_meet(address: Address) -> Meeting | None:
    if found := _MEET_CODE.fullmatch(address.plain_path):
        code = "-".join(found.groups()).lower()
        return Meeting(code, code)
    if found := _MEET_NAME.fullmatch(address.plain_path):
        return Meeting(f"lookup/{found[1].lower()}", found[1])
    return None


_TEAMS_THREAD = re.compile(r"/l/meetup-join/([^/]+)(?:/([^/]*))?", re.I)
_TEAMS_NUMBER = re.compile(r"/meet/([0-9]{6,20})", re.I)


def _teams(address: Address) -> Meeting | None:
    if found := _TEAMS_THREAD.fullmatch(address.plain_path):
        return Meeting(f"{found[1]}/{found[2] or '0'}", found[1])
    if found := _TEAMS_NUMBER.fullmatch(address.plain_path):
        return Meeting(found[1], found[1], address.parameter("p"))
    return None


_WEBEX_ROOM = re.compile(r"/(?:meet|join)/([^/]+)", re.I)
_WEBEX_PAGE = re.compile(r"(?:/[^/]+){0,3}/[a-z]\.php", re.I)
_WEBEX_MEETING = re.compile(
    r"/(?:m|(?:wbxmjs/joinservice|webappng)/sites/[^/]+/meeting/(?:download|info))/([0-9a-z]+)",
    re.I,
)


def _webex(address: Address) -> Meeting | None:
    site = address.host.removesuffix("webex.com").removesuffix(".")
    if not site:
        return None
    if found := _WEBEX_ROOM.fullmatch(address.plain_path):
        return Meeting(f"{site}/meet/{found[1].lower()}", found[1])
    mtid = address.parameter("mtid")
    if mtid and _WEBEX_PAGE.fullmatch(address.plain_path):
        return Meeting(f"{site}/{mtid.lower()}", mtid)
    if found := _WEBEX_MEETING.fullmatch(address.plain_path):
        return Meeting(f"{site}/{found[1].lower()}", found[1])
    return None


_GOTO_HOSTED = re.compile(r"/(?:join|meeting|meeting/join)/([0-9-]{6,24})", re.I)
_GOTO_SHORT = re.compile(r"/([0-9a-z._-]{3,60})", re.I)


def _goto(address: Address) -> Meeting | None:
    path = address.plain_path
    typed = ""
    if address.host in ("meet.goto.com", "gotomeet.me", "www.gotomeet.me"):
        found = _GOTO_SHORT.fullmatch(path)
        typed = found[1] if found else ""
    elif found := _GOTO_HOSTED.fullmatch(path):
        typed = found[1]
    elif not path or path.lower() == "/index.html":
        typed = _digits(address.parameter("meetingid"))
    if not typed:
        return None
    number = _digits(typed)
    return Meeting(number, number) if number else Meeting(f"my/{typed.lower()}", typed)


def _digits(text: str) -> str:
    """680-504-437 -> 680504437; nothing if there is anything but digits and dashes."""
    digits = text.replace("-", "").replace(" ", "")
    return digits if digits.isascii() and digits.isdigit() else ""


_READERS: dict[str, Callable[[Address], Meeting | None]] = {
    "zoom": _zoom,
    "google_meet": _google_meet,
    "microsoft_teams": _teams,
    "microsoft_teams_live": _teams,
    "webex": _webex,
    "goto_meeting": _goto,
}
