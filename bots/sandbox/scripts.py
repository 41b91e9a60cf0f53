"""What a meeting is before anyone watches it: a door, a cast, what they do and say. Pure data.

All times are seconds. People's times count from the start of the meeting; a door's times count
from the bot's own arrival; `after_entry_s` counts from the bot's entry into the call.
"""

from dataclasses import dataclass, field
from math import inf
from typing import Any


@dataclass(frozen=True, slots=True)
class Person:
    """One participant, numbered 100, 200, 300 ... as Recall does."""

    number: int
    name: str
    is_host: bool = False
    device: str = "desktop"
    email: str | None = None
    extra_data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Act:
    """Something a participant does: join, leave, webcam_on, screenshare_on, chat_message ..."""

    at: float
    kind: str
    person: int
    text: str = ""
    to: str = "everyone"


@dataclass(frozen=True, slots=True)
class Speech:
    """One turn of talk. `pace` is seconds for each letter where only a part of it was said."""

    at: float
    until: float
    person: int
    text: str
    pace: float = 0.0

    @property
    def letter_s(self) -> float:
        """Seconds for each letter and each space after a word."""
        return self.pace or (self.until - self.at) / (len(" ".join(self.text.split())) + 1)

    def part(self, since: float, until: float) -> "Speech":
        """What was said of it between two moments: the words that fit whole.

        What was said before `until` does not depend on what would have come after.
        """
        if since <= self.at and self.until <= until:
            return self
        letter_s, end, kept = self.letter_s, self.at, []
        for word in self.text.split():
            start, end = end, end + (len(word) + 1) * letter_s
            if start >= since and end <= until:
                kept.append(word)
        at, until = max(self.at, since), min(self.until, until)
        return Speech(at, until, self.person, " ".join(kept), letter_s)


@dataclass(frozen=True, slots=True)
class Door:
    """What meets a bot that arrives.

    `kind`: "open" (straight in), "lobby" (let in after `after_s` of waiting), "never" (waits for
    ever), "refused" (turned away after `after_s` of waiting), "fatal" (cannot join: `sub_code`).
    """

    kind: str = "open"
    after_s: float = 8.0
    sub_code: str = ""


@dataclass(frozen=True, slots=True)
class Fate:
    """What befalls the bot by itself, `after_entry_s` into its call: a code and its sub-code.

    `call_ended` takes it out (kicked, say), `fatal` crashes it; any other code is only reported.
    """

    after_entry_s: float
    code: str
    sub_code: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The host's answer to a bot that asks to record: allowed, or denied for a reason."""

    after_s: float = 4.0
    allowed: bool = True
    sub_code: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """A whole meeting. `answers` is None where nobody needs to be asked before recording.

    `failures` are sub-codes of artifacts that fail by their kind; `recording` fails all of them,
    `create_transcript` the transcripts made afterwards. `retention` overrules what was asked for.
    """

    title: str
    platform: str = "google_meet"
    door: Door = Door()
    cast: tuple[Person, ...] = ()
    acts: tuple[Act, ...] = ()
    speeches: tuple[Speech, ...] = ()
    ends_at: float = inf
    ends_with: str = "call_ended_by_host"
    answers: tuple[Answer, ...] | None = None
    fates: tuple[Fate, ...] = ()
    failures: dict[str, str] = field(default_factory=dict)
    retention: dict[str, Any] | None = None

    @property
    def over_at(self) -> float:
        """When the meeting is certainly over: it ended, or the last one who came has left."""
        if not self.acts:
            return self.ends_at
        last = max((act.at for act in self.acts), default=0.0)
        present = {act.person for act in self.acts if act.kind == "join"}
        present -= {act.person for act in self.acts if act.kind == "leave"}
        return self.ends_at if present else min(self.ends_at, last + 120)
