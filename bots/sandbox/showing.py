"""What a bot shows and plays in its call, from how it was made and what it was told since. Pure.

https://docs.recall.ai/docs/output-video-in-meetings, https://docs.recall.ai/docs/stream-media and
https://docs.recall.ai/docs/output-audio-in-meetings
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

PLACES = ("screenshare", "camera")
PICTURES = {"output_video": "camera", "output_screenshare": "screenshare"}
STOP = "stop_"
# Where a bot shows nothing, and where it makes no sound: choices where Recall's pages are silent,
# or say both.
NO_PICTURES = ("goto_meeting",)
NO_PAGES = ("goto_meeting",)
NO_SOUNDS = ("goto_meeting", "webex")


@dataclass(frozen=True, slots=True)
class Told:
    """A call about showing, when it came (wall time), as it is kept: `kind` as in Recall's path,
    with `stop_` before it where it was a DELETE."""

    at: float
    kind: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Showing:
    """Something in one of the places: a web page by its `url`, or a picture by its `sha256`."""

    place: str
    kind: str
    url: str = ""
    sha256: str = ""
    size: int = 0

    def written(self) -> dict[str, Any]:
        """`{kind: "webpage", url}` or `{kind: "jpeg", sha256, size}`, ready for JSON."""
        if self.kind == "webpage":
            return {"kind": self.kind, "url": self.url}
        return {"kind": self.kind, "sha256": self.sha256, "size": self.size}


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound that was played; `at` is wall time."""

    at: float
    sha256: str
    size: int


def shown(config: Mapping[str, Any], told: Iterable[Told]) -> dict[str, Showing]:
    """By place what a bot in its call shows, after all that it was told, oldest first.

    What comes later in a place takes the earlier one's; its own picture, from how it was made, is
    there until something else was.
    """
    found: dict[str, Showing] = {}
    if config.get("automatic_video_output"):
        found["camera"] = Showing("camera", "jpeg")
    found |= _pages(config.get("output_media"))
    for each in told:
        verb = each.kind.removeprefix(STOP)
        if each.kind == "output_media":
            found |= _pages(each.body)
        elif each.kind == verb and verb in PICTURES:
            place, about = PICTURES[verb], each.body
            found[place] = Showing(place, "jpeg", sha256=about["sha256"], size=about["size"])
        elif each.kind == STOP + "output_media":
            found = _without(found, "webpage", [place for place in PLACES if each.body.get(place)])
        elif verb in PICTURES:
            found = _without(found, "jpeg", [PICTURES[verb]])
    return {place: found[place] for place in PLACES if place in found}


def played(told: Iterable[Told]) -> list[Sound]:
    """The sounds that a bot has played, oldest first."""
    return [
        Sound(each.at, each.body["sha256"], each.body["size"])
        for each in told
        if each.kind == "output_audio"
    ]


def clash(kind: str, config: Mapping[str, Any], told: Iterable[Told]) -> str:
    """Why Recall's pages forbid this beside what the bot has or shows, or "".

    Web pages exclude the automatic outputs, and the camera's pictures and sounds; each the other.
    """
    now = shown(config, told)
    if kind == "output_media":
        automatic = config.get("automatic_video_output") or config.get("automatic_audio_output")
        if automatic:
            return "output_media cannot be used together with automatic outputs."
        if "camera" in now and now["camera"].kind == "jpeg":
            return "output_media cannot be used together with output_video."
    elif kind in ("output_video", "output_audio") and any(
        each.kind == "webpage" for each in now.values()
    ):
        return f"{kind} cannot be used together with output_media."
    return ""


def _without(found: Mapping[str, Showing], kind: str, places: Iterable[str]) -> dict[str, Showing]:
    """The others: a DELETE stops what its own endpoint shows, no more."""
    return {
        place: each for place, each in found.items() if place not in places or each.kind != kind
    }


def _pages(media: Mapping[str, Any] | None) -> dict[str, Showing]:
    return {
        place: Showing(place, "webpage", url=page["config"]["url"])
        for place in PLACES
        if (page := (media or {}).get(place))
    }
