"""What stands in a meeting room at a moment, for the page that shows it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from urllib.parse import urlsplit

from .dialogues import NOTETAKERS
from .documents import endpoint_status
from .models import Bot, Room
from .play import BOT_NUMBER
from .room import Performance, perform, presence
from .rooms import interventions_of, script_of, story_of, tempo_of, told_to_show
from .scripts import Speech
from .showing import Showing, played, shown
from .story import Story
from .tempo import Tempo

LINES = 14
SPEEDS = (1, 5, 20, 60)
JUMPS = ((60, "1 min"), (300, "5 min"), (900, "15 min"))


@dataclass(frozen=True, slots=True)
class State:
    """How a bot's state is shown: a word, a tone, a phase's mark and an icon."""

    word: str
    tone: str
    phase: str
    icon: str


_NOT_YET = State("Not there yet", "grey", "scheduled", "clock")
_RECORDING = State("Recording", "red", "recording", "circle")
_PAUSED = State("Paused", "violet", "paused", "pause")
_IN_CALL = State("In the call, not recording", "teal", "in_call", "circle")
_FAILED = State("Failed", "darkred", "failed", "x")
_LEFT = State("Left", "slate", "finished", "log-out")
_BEFORE = {
    "": _NOT_YET,
    "ready": _NOT_YET,
    "joining_call": State("Joining", "blue", "joining", "loader-circle"),
    "in_waiting_room": State("In the lobby", "amber", "waiting", "door-open"),
}


@dataclass(frozen=True, slots=True)
class Listener:
    """A real-time endpoint: where it is (its host alone), its status, and what became of it."""

    id: str
    kind: str
    host: str
    code: str
    tone: str
    sent: int = 0
    attempts: int = 0
    tries: int = 0
    error: str = ""


_TONES = {"running": "green", "failed": "red", "done": "slate"}


@dataclass(frozen=True, slots=True)
class Guest:
    """One of our bots: `because` says why it left, `code` is Recall's word for its state.

    `shows` is what is seen of it now, `sounds` how many it has played.
    """

    id: str
    name: str
    state: State
    code: str
    sub_code: str
    because: str
    waits: bool
    in_call: bool
    asks: bool
    gone: bool
    listeners: tuple[Listener, ...] = ()
    shows: tuple[Showing, ...] = ()
    sounds: int = 0


@dataclass(frozen=True, slots=True)
class Tile:
    """Someone who is in the meeting now."""

    number: int
    name: str
    is_host: bool
    device: str
    is_notetaker: bool
    speaks: bool
    shares: bool
    on_camera: bool


@dataclass(frozen=True, slots=True)
class Line:
    """Something said or written; `at_s` in script seconds. `goes_on` while it is being said."""

    at_s: float
    name: str
    text: str
    goes_on: bool = False
    by_bot: bool = False


class Stage:
    """A room as it is at `now`. Plays the meeting once, and each bot's visit once."""

    def __init__(self, room: Room, *, now: datetime) -> None:
        self.room, self.now = room, now
        self.script = script_of(room)
        self.pace: Tempo = tempo_of(room)
        self.at_s = self.pace.script(now.timestamp())
        hands = [hand for hand in interventions_of(room) if hand.at <= self.at_s]
        self.notetakers = {hand.name for hand in hands if hand.verb == "notetaker"}
        self.notetakers |= set(NOTETAKERS)
        self.show: Performance = perform(self.script, hands)
        acts = tuple(self.show.acts)
        self._empty_at = replace(self.script, acts=acts, ends_at=self.show.ends_at).over_at

    @property
    def title(self) -> str:
        return self.script.title

    @property
    def speed(self) -> float:
        return self.pace.speed

    @property
    def speeds(self) -> Sequence[int]:
        return SPEEDS

    @property
    def jumps(self) -> Sequence[tuple[int, str]]:
        return JUMPS

    @property
    def shown_s(self) -> float:
        """The script's time, standing still at the end."""
        return min(self.at_s, self.show.ends_at)

    @cached_property
    def is_over(self) -> bool:
        """It ended, or was left empty and our bots have gone, too."""
        if self.at_s >= self.show.ends_at:
            return True
        return self.at_s >= self._empty_at and all(guest.gone for guest in self.guests)

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will happen here: it is over, and every bot has gone."""
        return self.is_over and all(guest.gone for guest in self.guests)

    @property
    def asks_first(self) -> bool:
        """Whether a host must allow the recording here."""
        return self.script.answers is not None

    @cached_property
    def _stories(self) -> list[tuple[Bot, Story]]:
        bots = self.room.bots.filter(deleted_at=None).select_related("room", "workspace")
        bots = bots.prefetch_related("orders", "lines").order_by("joins_at", "created_at")
        return [(bot, story_of(bot, now=self.now, memory=True)) for bot in bots]

    @cached_property
    def guests(self) -> list[Guest]:
        return [_guest(bot, story, now=self.now) for bot, story in self._stories]

    @property
    def at_the_door(self) -> list[Guest]:
        return [guest for guest in self.guests if guest.waits]

    @cached_property
    def tiles(self) -> list[Tile]:
        """Everyone present: people in the order in which they came, notetakers last."""
        if self.at_s < 0 or self.is_over:
            return []
        on: dict[int, set[str]] = {}
        for act in self.show.acts:
            if act.at > self.at_s:
                break
            kind, _, state = act.kind.rpartition("_")
            if state == "on":
                on.setdefault(act.person, set()).add(kind)
            elif state == "off":
                on.get(act.person, set()).discard(kind)
        speaking = {s.person for s in self.show.speeches if s.at <= self.at_s < s.until}
        tiles = [
            Tile(
                number=number,
                name=self.show.cast[number].name,
                is_host=self.show.cast[number].is_host,
                device=self.show.cast[number].device,
                is_notetaker=self.show.cast[number].name in self.notetakers,
                speaks=number in speaking,
                shares="screenshare" in on.get(number, ()),
                on_camera="webcam" in on.get(number, ()),
            )
            for number, stays in presence(self.show.acts).items()
            if any(start <= self.at_s < end for start, end in stays)
        ]
        return sorted(tiles, key=lambda tile: tile.is_notetaker)

    @property
    def said(self) -> list[Line]:
        """The last spoken lines, oldest first; the last one as far as it was said."""
        heard = [s for s in self.show.speeches if s.at <= self.at_s][-LINES:]
        return [self._line(speech) for speech in heard]

    def _line(self, speech: Speech) -> Line:
        goes_on = self.at_s < speech.until
        text = speech.text
        if goes_on:
            words = text.split()
            share = (self.at_s - speech.at) / (speech.until - speech.at)
            text = " ".join(words[: max(1, round(len(words) * share))])
        return Line(speech.at, self.show.cast[speech.person].name, text, goes_on)

    @property
    def chat(self) -> list[Line]:
        """The meeting's chat, oldest first, with what our bots wrote."""
        lines = [
            Line(act.at, self.show.cast[act.person].name, act.text)
            for act in self.show.acts
            if act.kind == "chat_message" and act.at <= self.at_s
        ]
        for bot, story in self._stories:
            name = str(bot.config["bot_name"])
            lines += [
                Line(self.pace.script(seen.at), name, seen.text, by_bot=True)
                for seen in story.seen
                if seen.person == BOT_NUMBER and seen.kind == "chat_message"
            ]
        return sorted(lines, key=lambda line: line.at_s)[-50:]


def _guest(bot: Bot, story: Story, *, now: datetime) -> Guest:
    last = story.statuses[-1] if story.statuses else None
    end = next((s for s in story.statuses if s.code in ("call_ended", "fatal")), None)
    code = story.code
    told = told_to_show(bot, now=now)
    return Guest(
        id=str(bot.pk),
        name=str(bot.config["bot_name"]),
        state=_state(story),
        code=code,
        sub_code=(end or last).sub_code or "" if last else "",
        because=(story.left_because or (end.message if end else "")) or "",
        waits=code == "in_waiting_room",
        in_call=story.in_call,
        asks=story.in_call and story.take is None,
        gone=story.gone or story.finished,
        listeners=tuple(_listeners(bot, story)),
        shows=tuple(shown(bot.config, told).values()) if story.in_call else (),
        sounds=len(played(told)),
    )


def _listeners(bot: Bot, story: Story) -> Iterator[Listener]:
    lines = {(line.take, line.n): line for line in bot.lines.all()}
    for take in story.takes:
        for kept, config in zip(
            take.endpoints, take.config.get("realtime_endpoints") or [], strict=True
        ):
            line = lines.get((take.n, kept["n"]))
            code, _ = endpoint_status(take, kept)
            yield Listener(
                id=f"{bot.pk}-{take.n}-{kept['n']}",
                kind=kept["type"],
                host=urlsplit(config.get("url") or "").netloc.rpartition("@")[2],
                code=code,
                tone="amber" if line and line.tries and code != "failed" else _TONES.get(code, ""),
                sent=line.sent if line else 0,
                attempts=line.attempts if line else 0,
                tries=line.tries if line else 0,
                error=line.last_error if line else "",
            )


def _state(story: Story) -> State:
    codes = {status.code for status in story.statuses}
    if "fatal" in codes:
        return _FAILED
    if story.gone or story.finished:
        return _LEFT
    if story.in_call:
        take = story.take
        if take is None:
            return _IN_CALL
        return _PAUSED if take.status.code == "paused" else _RECORDING
    return _BEFORE.get(story.code, State(story.code, "grey", "unknown", "circle-question-mark"))
