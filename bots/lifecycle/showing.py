"""What a bot can show and play in its call, by platform and by the choice it was sent with. Pure.

https://docs.recall.ai/docs/output-video-in-meetings, https://docs.recall.ai/docs/stream-media and
https://docs.recall.ai/docs/output-audio-in-meetings
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from bots.lifecycle.platforms import platform_label
from bots.lifecycle.verbs import Action

LONGEST_ADDRESS: Final = 2000


class Shows(StrEnum):
    """The choice that is made when a bot is sent: Recall lets it have one of these, not several."""

    PICTURES = "pictures"
    SOUNDS = "sounds"
    PAGES = "pages"


SHOWS: Final[dict[str, str]] = {
    Shows.PICTURES: "Pictures",
    Shows.SOUNDS: "Pictures and sounds",
    Shows.PAGES: "Web pages",
}


class Place(StrEnum):
    """Where something is shown: shared like a screen, or in the bot's own tile."""

    SCREEN = "screen"
    CAMERA = "camera"

    @property
    def label(self) -> str:
        return "Screen" if self is Place.SCREEN else "Camera"

    @property
    def icon(self) -> str:
        """Name of the Lucide icon."""
        return "monitor-up" if self is Place.SCREEN else "video"


class What(StrEnum):
    """What is shown, or played."""

    PAGE = "page"
    PICTURE = "picture"
    SOUND = "sound"


_PLATFORMS: Final[dict[What, frozenset[str]]] = {
    What.PAGE: frozenset({"Zoom", "Google Meet", "Microsoft Teams", "Webex"}),
    What.PICTURE: frozenset({"Zoom", "Google Meet", "Microsoft Teams", "Webex"}),
    # Of Webex Recall's pages say both.
    What.SOUND: frozenset({"Zoom", "Google Meet", "Microsoft Teams"}),
}
DEEDS: Final = {
    What.PAGE: "show web pages",
    What.PICTURE: "show pictures",
    What.SOUND: "play sounds",
}
# What a choice is made for, besides showing pictures.
FOR: Final[dict[str, What]] = {Shows.SOUNDS: What.SOUND, Shows.PAGES: What.PAGE}
_CHOICE: Final[dict[tuple[What, Shows], str]] = {
    **dict.fromkeys(
        ((What.PAGE, Shows.PICTURES), (What.SOUND, Shows.PICTURES)),
        "Web pages and sounds are off: this bot was sent to show pictures, which can't be changed "
        "in a call.",
    ),
    (What.PAGE, Shows.SOUNDS): (
        "Web pages are off: this bot was sent to show pictures and play sounds, and Recall lets a "
        "bot have one or the other."
    ),
    **dict.fromkeys(
        ((What.PICTURE, Shows.PAGES), (What.SOUND, Shows.PAGES)),
        "Pictures and sounds are off: this bot was sent to show web pages, and Recall lets a bot "
        "have one or the other.",
    ),
}


def lacks(what: What, platform: str, *, native: bool = False) -> str:
    """Why no bot can do this on the platform, as a sentence, or "". `native`: Zoom's own bot.

    A platform that is not known ("") is given the benefit of the doubt.
    """
    if not platform:
        return ""
    name = platform_label(platform)
    if name not in _PLATFORMS[what]:
        return f"Bots can't {DEEDS[what]} in {name}."
    if native and name == "Zoom" and what is not What.PICTURE:
        return f"Recall's native Zoom bots can't {DEEDS[what]}."
    return ""


def why_not(what: What, *, platform: str, shows: Shows, native: bool = False) -> str:
    """Why this bot can't show or play that in its call, as a sentence, or ""."""
    if not platform:
        return f"The platform of this meeting is not known, so bots can't {DEEDS[what]} there."
    return lacks(what, platform, native=native) or _CHOICE.get((what, shows), "")


def all_off(reasons: Mapping[What, str], platform: str) -> list[str]:
    """Why some of it is off, each reason once; a platform in which nothing can be done, once."""
    if all(lacks(what, platform) for what in What):
        return [f"Bots can't show or play anything in {platform_label(platform)}."]
    return list(dict.fromkeys(reason for reason in reasons.values() if reason))


def told(answer: Mapping[str, Any]) -> Shows | None:
    """The choice as a request, or Recall's answer about a bot, holds it; None: nothing is said."""
    if answer.get("output_media"):
        return Shows.PAGES
    if answer.get("automatic_audio_output"):
        return Shows.SOUNDS
    return Shows.PICTURES if answer.get("automatic_video_output") else None


def is_native(answer: Mapping[str, Any]) -> bool:
    """Whether it is Zoom's native kind of bot, which lacks some of it."""
    return bool((answer.get("variant") or {}).get("zoom") == "native")


def address_problem(url: str) -> str:
    """Why this can't be the address of a web page that is shown, as a sentence, or ""."""
    if not url:
        return "Paste the address of a web page."
    if len(url) > LONGEST_ADDRESS:
        return f"An address has at most {LONGEST_ADDRESS} characters; this has {len(url)}."
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "This is not an address."
    if parts.scheme != "https":
        return "The address of a web page begins with https://."
    if not host or "\\" in url or any(char <= " " or char == "\x7f" for char in url):
        return "This is not an address."
    if parts.username is not None or parts.password is not None:
        return "Leave name and password out of the address: it may be seen by others."
    if host == "localhost" or host.endswith(".localhost") or _is_ip(host):
        return "Recall's firewall refuses localhost and bare IP addresses: use a host name."
    return ""


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def address_words(url: str) -> str:
    """An address as those read it who may steer: without what follows a `?`, which may be a key."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname or ''}{parts.path.rstrip('/')}"
    except ValueError:
        return ""


def host_of(url: str) -> str:
    """The host of an address, which is all that may be told to everybody; "" where it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def thing(body: Mapping[str, Any]) -> str:
    """What an order shows or plays, in a word or two: "example.com", "slides.jpg", "a picture"."""
    if body.get("what") == What.PAGE:
        return host_of(str(body.get("url") or "")) or "a web page"
    return str(body.get("name") or "") or ("a sound" if "sound" in body else "a picture")


def in_words(action: Action, body: Mapping[str, Any]) -> str:
    """An order to show, to stop showing or to play, in words; "" for any other.

    "Show example.com as screen", "Stop showing as camera", "Play chime.mp3".
    """
    match action:
        case Action.SHOW:
            return f"Show {thing(body)} as {body.get('place', 'screen')}"
        case Action.HIDE:
            return f"Stop showing as {body.get('place', 'screen')}"
        case Action.PLAY:
            return f"Play {thing(body)}"
    return ""


@dataclass(frozen=True, slots=True)
class Deed:
    """An order to show or to stop, as far as it has come; `perhaps`: nobody knows."""

    action: Action
    body: Mapping[str, Any]
    done: bool
    perhaps: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown in one place; `sure` is False where Recall never confirmed it."""

    place: Place
    body: Mapping[str, Any]
    sure: bool = True

    @property
    def name(self) -> str:
        return thing(self.body)


def shown(deeds: Iterable[Deed]) -> list[Shown]:
    """What the orders of a bot, oldest first, have left in each place; the screen first.

    Another order in the same place takes the earlier one's. What perhaps was stopped is still told,
    so that it can be stopped again.
    """
    found: dict[Place, Shown] = {}
    for deed in deeds:
        place = deed.body.get("place")
        if place not in list(Place) or not (deed.done or deed.perhaps):
            continue
        if deed.action is Action.SHOW:
            found[Place(place)] = Shown(Place(place), deed.body, sure=deed.done)
        elif deed.action is Action.HIDE and deed.done:
            found.pop(Place(place), None)
    return [found[place] for place in Place if place in found]
