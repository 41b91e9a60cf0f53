"""What stands behind the download links: documents in Recall's schemas, films and sounds.

https://docs.recall.ai/docs/download-schemas
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from math import inf
from typing import Any, Literal
from uuid import NAMESPACE_OID, uuid5

from . import media
from .models import moment
from .story import Artifact, Seen, Story, Take, Words

Doing = tuple[float, str, int, Seen | None]
_SHOTS: dict[str, Literal["webcam", "screenshare"]] = {
    "webcam": "webcam",
    "screenshare": "screenshare",
}
_FIRST_OF_ALL = {"join": 0, "leave": 2}


class Clock:
    """Times of one recording: true wall time, and seconds in its file.

    Paused stretches take no time in the file when they are cut out; else they count.
    """

    def __init__(self, take: Take, *, paused: media.Paused, until: float) -> None:
        self.start = take.started_at
        self.end = take.completed_at or until
        self.cut = paused == "cut"
        self.pauses = [
            (start, end or until) for start, end, kind in take.pieces if kind == "paused"
        ]
        self.recorded = [
            (start, end or until) for start, end, kind in take.pieces if kind != "paused"
        ]
        self._starts = [start for start, _ in self.recorded]

    def id(self, what: str, n: int) -> str:
        """The same id for the same thing each time that it is asked for."""
        return str(uuid5(NAMESPACE_OID, f"{self.start}/{what}/{n}"))

    def relative(self, at: float) -> float:
        """Seconds in the recording's file; negative before it began."""
        lost = 0.0
        if self.cut:
            lost = sum(min(at, end) - start for start, end in self.pauses if start < at)
        return round(at - self.start - lost, 6)

    def stamp(self, at: float) -> dict[str, Any]:
        return {
            "absolute": moment(at).isoformat(timespec="microseconds"),
            "relative": (self.relative(at)),
        }

    def heard(self, words: Words) -> tuple[float, float] | None:
        """The stretch of a turn of talk that was recorded, if any: where it starts decides."""
        i = bisect_right(self._starts, words.at) - 1
        for start, end in self.recorded[max(i, 0) :]:
            if words.until > start and words.at < end:
                return max(words.at, start), min(words.until, end)
        return None

    def runs(self, at: float) -> bool:
        """Whether it was being recorded at that moment."""
        return any(start <= at <= end for start, end in self.recorded)


def participants(story: Story) -> list[dict[str, Any]]:
    """Everyone the bot saw."""
    seen = {event.person for event in story.seen}
    return [person for number, person in sorted(story.people.items()) if number in seen]


def participant_events(story: Story, clock: Clock) -> list[dict[str, Any]]:
    """What participants did up to the end of the recording.

    Who joined before it began has a negative relative time. What was on when it began is switched
    on then, and talk counts only while it is being recorded.
    """
    rows: list[dict[str, Any]] = []
    for at, action, person, event in doings(story, clock):
        chat = {"text": event.text, "to": event.to} if event and event.text else None
        rows.append(
            {
                "id": clock.id("event", len(rows)),
                "action": action,
                "participant": story.people[person],
                "timestamp": clock.stamp(at),
                "data": chat,
            }
        )
    return rows


def doings(story: Story, clock: Clock) -> list[Doing]:
    """(when, action, participant, and the chat message) of what participants did, in order.

    Things of one moment have an order of their own, so that what comes later moves nothing.
    """
    plain = [
        (event.at, event.kind, event.person, event)
        for event in story.seen
        if event.at <= clock.end
        and not event.kind.endswith(("_on", "_off"))
        and (event.kind != "chat_message" or clock.runs(event.at))
    ]
    switched = [
        (at, f"{what}_{edge}", person, None)
        for what, person, start, end in _switched(story)
        for since, until in (clock.recorded if what == "speech" else [(clock.start, clock.end)])
        if start <= until and end > since
        for at, edge in ((max(start, since), "on"), (min(end, until), "off"))
        if edge == "on" or end <= until or until < clock.end
    ]
    return sorted(
        [*plain, *switched],
        key=lambda row: (row[0], _FIRST_OF_ALL.get(row[1], 1), row[2], row[1]),
    )


def _switched(story: Story) -> Iterator[tuple[str, int, float, float]]:
    """(speech, screenshare or webcam; participant; from; until) of all that was on for a while."""
    since: dict[tuple[str, int], float] = {}
    for event in story.seen:
        what, _, edge = event.kind.rpartition("_")
        if edge == "on":
            since[what, event.person] = event.at
        elif edge == "off" and (what, event.person) in since:
            yield what, event.person, since.pop((what, event.person)), event.at
    for (what, person), start in since.items():
        yield what, person, start, inf


def speaker_timeline(story: Story, clock: Clock) -> list[dict[str, Any]]:
    """Who spoke when."""
    rows = []
    for words in story.words:
        heard = clock.heard(words)
        if heard:
            rows.append(
                {
                    "participant": story.people[words.person],
                    "start_timestamp": clock.stamp(heard[0]),
                    "end_timestamp": clock.stamp(heard[1]),
                }
            )
    return rows


def transcript(story: Story, clock: Clock) -> list[dict[str, Any]]:
    """Turns of talk, word by word."""
    rows = []
    for words in story.words:
        heard = clock.heard(words)
        if not heard:
            continue
        spoken = [
            {
                "text": text,
                "start_timestamp": clock.stamp(start),
                "end_timestamp": clock.stamp(end),
            }
            for text, start, end in _timed(words)
            if start >= heard[0] and end <= heard[1] + 0.000002
        ]
        if spoken:
            rows.append({"participant": story.people[words.person], "words": spoken})
    return rows


def _timed(words: Words) -> Iterator[tuple[str, float, float]]:
    """Each word with its part of the time, by its length."""
    texts = words.text.split()
    letter_s = (words.until - words.at) / (sum(len(text) + 1 for text in texts) or 1)
    if words.lasted_s:
        letter_s = words.letter_s * (words.until - words.at) / words.lasted_s
    at = words.at
    for text in texts:
        end = at + letter_s * (len(text) + 1)
        yield text, round(at, 6), round(end, 6)
        at = end


def provider_data(story: Story, clock: Clock, made: Artifact) -> dict[str, Any]:
    """What a transcription provider said; here one answer with the plain text."""
    text = " ".join(word["text"] for turn in transcript(story, clock) for word in turn["words"])
    return {
        "parts": [
            {
                "id": clock.id("provider", made.n),
                "created_at": moment(made.created_at).isoformat(),
                "source_audio": {"type": "mixed", "offset": 0.0, "participant": None},
                "type": "webhook",
                "data": {"payload": {"text": text}},
            }
        ]
    }


@dataclass(frozen=True, slots=True)
class Part:
    """One participant's stretch of separate audio or video, in wall time.

    `shot` is webcam or screenshare; for sound it is empty.
    """

    person: int
    since: float
    until: float
    shot: Literal["", "webcam", "screenshare"] = ""


def script(story: Story, take: Take, clock: Clock, *, part: Part | None = None) -> media.Script:
    """What the film of a recording shows and sounds like; with `part`, of that stretch alone."""
    since = part.since if part else clock.start
    until = part.until if part else clock.end
    pieces = tuple(
        media.Piece(max(start, since) - since, min(end or clock.end, until) - since, kind)
        for start, end, kind in take.pieces
        if start < until and (end or clock.end) > since
    )
    lines = tuple(
        media.Line(max(heard[0], since) - since, min(heard[1], until) - since, name)
        for words in story.words
        if part is None or (words.person == part.person and part.shot != "screenshare")
        if (heard := clock.heard(words))
        and heard[0] < until
        and heard[1] > since
        and (name := story.people[words.person]["name"])
    )
    paused: media.Paused = "cut" if clock.cut else "black"
    if part is None:
        return media.Script(pieces, paused, story.title, lines)
    voices = list(dict.fromkeys(words.person for words in story.words if clock.heard(words)))
    voice = voices.index(part.person) if part.person in voices else len(voices)
    name = story.people[part.person]["name"]
    title = f"{name}’s screen" if part.shot == "screenshare" else name
    return media.Script(pieces, paused, title, lines, part.shot or "webcam", voice)


def stays(story: Story, clock: Clock) -> list[tuple[int, float, float]]:
    """(participant, from, until) of each stay that touches the recording, in wall time."""
    rows = []
    events = sorted(story.seen, key=lambda event: event.person)
    for person, mine in groupby(events, key=lambda event: event.person):
        since: float | None = None
        for event in mine:
            if event.kind == "join":
                since = max(event.at, clock.start)
            elif event.kind == "leave" and since is not None:
                rows.append((person, since, min(event.at, clock.end)))
                since = None
        if since is not None:
            rows.append((person, since, clock.end))
    return sorted((row for row in rows if row[1] < row[2]), key=lambda row: row[1])


def parts(story: Story, clock: Clock, *, video: bool) -> list[Part]:
    """Separate sound is one part for each stay of a participant; separate video one for each
    stretch with a camera or a shared screen on."""
    if not video:
        return [Part(*stay) for stay in stays(story, clock)]
    rows = [
        Part(person, max(start, clock.start), min(end, clock.end), shot)
        for what, person, start, end in _switched(story)
        if (shot := _SHOTS.get(what)) and start < clock.end and end > clock.start
    ]
    return sorted(rows, key=lambda part: (part.since, part.person, part.shot))


def parts_list(
    story: Story, clock: Clock, *, video: bool, link: Callable[[int], str]
) -> list[dict[str, Any]]:
    """The list behind separate audio or video; `link(i)` gives the address of part `i`."""
    rows = []
    for i, part in enumerate(parts(story, clock, video=video)):
        row: dict[str, Any] = {
            "id": clock.id("part", i),
            "participant": story.people[part.person],
            "start_timestamp": clock.stamp(part.since),
            "duration": round(clock.relative(part.until) - clock.relative(part.since), 6),
            "download_url": link(i),
        }
        rows.append(row | {"type": part.shot} if video else row)
    return rows
