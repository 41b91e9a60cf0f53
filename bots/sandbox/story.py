"""What a bot lived through, as plain values that can be kept as JSON: the engine's result."""

from dataclasses import asdict, dataclass, field
from typing import Any, Self

MEMORY = ("people", "seen", "words")  # of a story, what only downloads need


@dataclass(slots=True)
class Status:
    """One status of a bot, a recording or an artifact; `at` is wall time, POSIX seconds."""

    at: float
    code: str
    sub_code: str | None = None
    message: str | None = None


@dataclass(slots=True)
class Artifact:
    """One product of a recording: `kind` is Recall's resource name, `format` its file format."""

    kind: str
    n: int
    created_at: float
    statuses: list[Status]
    format: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    provider: dict[str, Any] | None = None
    diarization: dict[str, Any] | None = None

    @property
    def status(self) -> Status:
        return self.statuses[-1]


@dataclass(slots=True)
class Take:
    """One recording of a bot.

    `pieces` are `[from, until, "recorded" | "paused"]` in wall time; the last one's end is None
    while the recording goes on.
    """

    n: int
    started_at: float
    config: dict[str, Any]
    statuses: list[Status]
    pieces: list[list[Any]]
    completed_at: float | None = None
    artifacts: list[Artifact] = field(default_factory=list)
    endpoints: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> Status:
        return self.statuses[-1]

    @property
    def deleted(self) -> bool:
        return self.status.code == "deleted"


@dataclass(slots=True)
class Happening:
    """One thing Recall tells by webhook. `subject` is bot, recording, realtime_endpoint or an
    artifact's kind; `take` and `n` say which recording and which of its artifacts or endpoints."""

    at: float
    event: str
    code: str
    sub_code: str | None = None
    subject: str = "bot"
    take: int | None = None
    n: int = 0
    error: dict[str, str] | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Seen:
    """Something a participant did while the bot was in the call (wall time)."""

    at: float
    kind: str
    person: int
    text: str = ""
    to: str = ""


@dataclass(slots=True)
class Words:
    """One turn of talk that the bot heard (wall time).

    It lasted `lasted_s` seconds of script, `letter_s` of them for each letter.
    """

    at: float
    until: float
    person: int
    text: str
    letter_s: float = 0.0
    lasted_s: float = 0.0


@dataclass(slots=True)
class Story:
    """Everything Recall would have said about one bot up to a moment."""

    statuses: list[Status] = field(default_factory=list)
    takes: list[Take] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
    people: dict[int, dict[str, Any]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    title: str = ""
    finished: bool = False
    left_because: str = ""

    @property
    def code(self) -> str:
        """Recall's current code; empty before anything happened."""
        return self.statuses[-1].code if self.statuses else ""

    @property
    def in_call(self) -> bool:
        codes = [status.code for status in self.statuses]
        entered = "in_call_not_recording" in codes or "in_call_recording" in codes
        return entered and not self.gone

    @property
    def gone(self) -> bool:
        return any(status.code in ("call_ended", "fatal") for status in self.statuses)

    @property
    def take(self) -> Take | None:
        """The recording that goes on now, paused or not."""
        if self.takes and self.takes[-1].completed_at is None:
            return self.takes[-1]
        return None

    def written(self) -> dict[str, Any]:
        """As JSON; `read` gives back an equal story."""
        return asdict(self)

    @classmethod
    def read(cls, data: dict[str, Any]) -> Self:
        """The story from JSON; what people said and did may have been left out."""
        plain = {key: data[key] for key in ("title", "finished", "left_because")}
        return cls(
            statuses=[Status(**row) for row in data["statuses"]],
            takes=[_take(row) for row in data["takes"]],
            happenings=[Happening(**row) for row in data["happenings"]],
            people={int(number): row for number, row in data.get("people", {}).items()},
            seen=[Seen(**row) for row in data.get("seen", [])],
            words=[Words(**row) for row in data.get("words", [])],
            **plain,
        )


def _take(row: dict[str, Any]) -> Take:
    artifacts = [
        Artifact(**(a | {"statuses": [Status(**s) for s in a["statuses"]]}))
        for a in row["artifacts"]
    ]
    statuses = [Status(**s) for s in row["statuses"]]
    return Take(**(row | {"artifacts": artifacts, "statuses": statuses}))
