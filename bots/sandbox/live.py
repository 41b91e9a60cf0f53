"""What a real-time endpoint is told while a recording goes on: who does what, and words. Pure.

https://docs.recall.ai/docs/real-time-event-payloads
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate, pairwise
from math import inf
from typing import Any

from . import files
from .files import Clock
from .models import moment
from .story import Story, Take, Words
from .tempo import Tempo

WEBHOOK = "webhook"
# How late words come, in seconds of script: https://docs.recall.ai/docs/recallai-transcription
SOONEST_S, LATEST_S = 1.0, 3.0
PARTIAL_LATE_S, PARTIAL_WORDS = 0.5, 4
CHUNK_S, CHUNK_LATE_S = 240.0, 180.0
EMAIL_LATE_S = 2.0
_ROUNDED_S = 0.000002
_SLOW_PROVIDERS = ("assembly_ai_async_chunked",)
_PEOPLE, _TRANSCRIPT = "participant_events", "transcript"
_ORDER = {"transcript.partial_data": 1, "transcript.provider_data": 2, "transcript.data": 3}

Word = tuple[str, float, float | None]  # text, from, until (wall time)


@dataclass(frozen=True, slots=True)
class Said:
    """One message: it is sent at `at` about something that was so at `moment` (wall time)."""

    at: float
    moment: float
    event: str
    person: int
    text: str = ""
    to: str = ""
    words: tuple[Word, ...] = ()

    @property
    def place(self) -> tuple[Any, ...]:
        """Where it stands among the others: nothing that comes later can change that."""
        return self.at, _ORDER.get(self.event, 0), self.moment


def said(
    story: Story,
    take: Take,
    *,
    events: Collection[str],
    tempo: Tempo,
    until: float,
    fails: bool = False,
    emails: bool = False,
) -> list[Said]:
    """All that an endpoint subscribed to `events` is told of this recording up to `until`.

    Nothing is told while the recording is paused. Words need a transcript in the recording's
    config; with `fails` their provider never answers. With `emails` an update tells each
    participant's address a moment after the join.
    """
    clock = Clock(take, paused="black", until=until)
    rows = list(_doings(story, take, clock, tempo, emails=emails))
    rows = [row for row in rows if row.event in events]
    if not fails and any(event.startswith("transcript.") for event in events):
        rows += [row for row in _words(story, take, clock, tempo) if row.event in events]
    return sorted((row for row in rows if row.at <= until), key=lambda row: row.place)


def _doings(
    story: Story, take: Take, clock: Clock, tempo: Tempo, *, emails: bool
) -> Iterator[Said]:
    """Participants' doings. Who is there when the recording begins is told then."""
    for at, action, person, event in files.doings(story, clock):
        sent = max(at, take.started_at)
        if not clock.runs(sent):
            continue
        text, to = (event.text, event.to) if event and event.text else ("", "")
        yield Said(sent, at, f"{_PEOPLE}.{action}", person, text, to)
        if emails and action == "join":
            later = tempo.wall(tempo.script(sent) + EMAIL_LATE_S)
            if clock.runs(later):
                yield Said(later, later, f"{_PEOPLE}.update", person)


def provider_of(take: Take) -> tuple[str, dict[str, Any]] | None:
    """The transcript's provider and its options, if a transcript was asked for."""
    provider = (take.config.get("transcript") or {}).get("provider") or {}
    return next(iter(provider.items()), None)


def _words(story: Story, take: Take, clock: Clock, tempo: Tempo) -> Iterator[Said]:
    provider = provider_of(take)
    if provider is None:
        return
    name, options = provider
    slow = name in _SLOW_PROVIDERS or options.get("mode") == "prioritize_accuracy"
    begun = tempo.script(take.started_at)
    pieces = [(start, end or inf) for start, end, kind in take.pieces if kind != "paused"]
    for turn in story.words:
        heard = clock.heard(turn)
        if heard is None:
            continue
        # A pause or the end of the recording hurries what is still to come.
        last = next(end for start, end in pieces if start <= heard[0] <= end)
        words = [
            word
            for word in _timed(turn, tempo)
            if word[1] >= heard[0] and word[2] <= heard[1] + _ROUNDED_S
        ]
        if not words:
            continue
        over = tempo.script(heard[1])
        if slow:
            chunk = (over - begun) // CHUNK_S + 1
            due = begun + chunk * CHUNK_S + CHUNK_LATE_S
        else:
            due = over + SOONEST_S + (LATEST_S - SOONEST_S) * _dice(turn)
        at = min(tempo.wall(due), last)
        told: tuple[Word, ...] = tuple(words)
        if name == "meeting_captions":
            told = ((" ".join(text for text, _, _ in words), words[0][1], words[-1][2]),)
        if not slow:
            yield from _partials(turn, words, tempo, before=at, caption=name == "meeting_captions")
        for event in ("transcript.provider_data", "transcript.data"):
            yield Said(at, turn.at, event, turn.person, words=told)


def _partials(
    turn: Words,
    words: list[tuple[str, float, float]],
    tempo: Tempo,
    *,
    before: float,
    caption: bool,
) -> Iterator[Said]:
    """The first words of a turn, while it goes on: a few more each time."""
    for n in range(PARTIAL_WORDS, len(words) + 1, PARTIAL_WORDS):
        at = tempo.wall(tempo.script(words[n - 1][2]) + PARTIAL_LATE_S)
        if at >= before:
            return
        some: tuple[Word, ...] = tuple(words[:n])
        if caption:
            some = ((" ".join(text for text, _, _ in some), turn.at, None),)
        yield Said(at, turn.at, "transcript.partial_data", turn.person, words=some)


def _timed(turn: Words, tempo: Tempo) -> Iterator[tuple[str, float, float]]:
    """Each word with its time, which hangs on nothing that came after it."""
    begun = tempo.script(turn.at)
    texts = turn.text.split()
    ends = accumulate((len(text) + 1 for text in texts), initial=0)
    for text, (start, end) in zip(texts, pairwise(ends), strict=True):
        yield (
            text,
            tempo.wall(begun + start * turn.letter_s),
            tempo.wall(begun + end * turn.letter_s),
        )


def _dice(turn: Words) -> float:
    """The same share of 1 each time, other for each turn."""
    seed = f"{turn.at:.3f}/{turn.person}".encode()
    return int.from_bytes(sha256(seed).digest()[:4], "big") / 2**32


@dataclass(frozen=True, slots=True)
class Voice:
    """How one endpoint is spoken to: whose things it is told of, and in which spelling.

    `about` are `{id, metadata}` of realtime_endpoint, participant_events, transcript, recording
    and bot. `origin` is the wall time from which relative times count. `absolute` is "+00:00" or
    "Z"; `dated` words have absolute times too; `bare` people have an id and a name alone.
    """

    people: dict[int, dict[str, Any]]
    about: dict[str, dict[str, Any]]
    origin: float
    provider: str = ""
    absolute: str = "+00:00"
    dated: bool = True
    bare: bool = False

    def payload(self, row: Said) -> dict[str, Any]:
        """The message as Recall writes it: `{event, data: {data, realtime_endpoint, …}}`."""
        subject = row.event.partition(".")[0]
        if subject == _PEOPLE:
            data: dict[str, Any] = {
                "participant": self._person(row),
                "timestamp": self._stamp(row.moment),
                "data": {"text": row.text, "to": row.to} if row.text else None,
            }
        elif row.event == "transcript.provider_data":
            data = self._raw(row)
        else:
            data = {
                "words": [self._word(word) for word in row.words],
                "participant": self._person(row),
                "language_code": "en",
            }
        about = {
            name: self.about[name] for name in ("realtime_endpoint", subject, "recording", "bot")
        }
        return {"event": row.event, "data": {"data": data, **about}}

    def _person(self, row: Said) -> dict[str, Any]:
        person = self.people[row.person]
        if self.bare:
            return {"id": person["id"], "name": person["name"]}
        if row.event == f"{_PEOPLE}.update":
            return person | {"email": person["email"] or address_of(person["name"])}
        return person

    def _stamp(self, at: float) -> dict[str, Any]:
        return {"absolute": self._spelt(at), "relative": round(at - self.origin, 6)}

    def _spelt(self, at: float) -> str:
        return f"{moment(at):%Y-%m-%dT%H:%M:%S.%f}{self.absolute}"

    def _word(self, word: Word) -> dict[str, Any]:
        text, start, end = word
        return {
            "text": text,
            "start_timestamp": self._of_word(start),
            "end_timestamp": None if end is None else self._of_word(end),
        }

    def _of_word(self, at: float) -> dict[str, Any]:
        stamp = self._stamp(at)
        return stamp if self.dated else {"relative": stamp["relative"]}

    def _raw(self, row: Said) -> dict[str, Any]:
        """What the provider itself said; opaque by Recall's pages, here one plain message."""
        return {
            "provider": self.provider,
            "type": "final",
            "text": " ".join(text for text, _, _ in row.words),
            "start": round(row.words[0][1] - self.origin, 3),
        }


def address_of(name: str) -> str:
    """A participant's address, made from the name."""
    plain = "".join(letter for letter in name.lower() if letter.isalnum() or letter == " ")
    return ".".join(plain.split()) + "@example.com"
