"""The bot's side of a call, from entry on: permission, recordings, commands. Pure, script time."""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from math import inf
from typing import Any

from .room import Intervention
from .scripts import Act, Answer

STARTS_S = 0.13  # from "may record now" to recording, as seen on a real bot
OBEYS_S = 0.6  # from a command to its effect


@dataclass(slots=True)
class RawTake:
    """One recording in script seconds; `pieces` are `[from, until or None, kind]`."""

    started: float
    config: dict[str, Any]
    pieces: list[list[Any]]
    completed: float | None = None
    overwritten: bool = False
    turns: list[tuple[float, str]] = field(default_factory=list)  # (at, processing | paused)


@dataclass(frozen=True, slots=True)
class Command:
    """An order given to the bot, at a script second: kind as in Recall's path, and its body."""

    at: float
    kind: str
    body: dict[str, Any] = field(default_factory=dict)


class Call:
    """Runs one bot through its call, up to a moment that the caller names.

    Afterwards `changes` are its statuses (at, code, sub_code), `takes` its recordings and `marks`
    what the rules of leaving want to know about the bot.
    """

    def __init__(
        self,
        *,
        entry: float,
        seen: Sequence[Act],
        config: dict[str, Any] | None,
        commands: Iterable[Command],
        verdicts: Iterable[Intervention],
        answers: tuple[Answer, ...] | None,
    ) -> None:
        self.seen = seen
        self.changes: list[tuple[float, str, str | None]] = [(entry, "in_call_not_recording", None)]
        self.marks: list[tuple[float, str]] = [(entry, "in_call")]
        self.takes: list[RawTake] = []
        self._answers = None if answers is None else list(answers)
        self._granted = answers is None
        self._asked = False
        self._wanted: dict[str, Any] | None = None
        self._begins = 0
        self._order = count()
        self._queue: list[tuple[float, int, str, Any]] = []
        if config is not None and config.get("start_recording_on") != "manual":
            self._push(entry, "begin", config)
        for command in commands:
            self._push(max(command.at, entry) + OBEYS_S, command.kind, command.body)
        for verdict in verdicts:
            if verdict.verb in ("allow", "forbid"):
                self._push(max(verdict.at, entry), verdict.verb, None)

    def run(self, *, until: float) -> None:
        while self._queue and self._queue[0][0] <= until:
            at, _, what, data = heapq.heappop(self._queue)
            handler = getattr(self, f"_on_{what}", None)
            if handler is not None:
                handler(at, data)

    def close(self, at: float) -> None:
        """The bot is out: what still records is complete."""
        if self._take is not None:
            self._complete(at)

    @property
    def _take(self) -> RawTake | None:
        take = self.takes[-1] if self.takes else None
        return take if take and take.completed is None else None

    def _push(self, at: float, what: str, data: Any) -> None:
        if at < inf:
            heapq.heappush(self._queue, (at, next(self._order), what, data))

    # Beginning to record

    def _on_start_recording(self, at: float, body: dict[str, Any]) -> None:
        self._on_begin(at, body)

    def _on_begin(self, at: float, config: dict[str, Any]) -> None:
        self._begins += 1
        ready = self._ready(at, config.get("start_recording_on", "participant_join"))
        self._push(ready, "ready", (self._begins, config))

    def _ready(self, at: float, mode: str) -> float:
        """When the mode's condition is first met, from `at` on."""
        if mode == "call_join":
            return at
        on, off = ("speech_on", "speech_off") if mode == "participant_speak" else ("join", "leave")
        active: set[int] = set()
        for act in self.seen:
            if act.at > at and active:
                return at
            if act.kind == on:
                if act.at > at:
                    return act.at
                active.add(act.person)
            elif act.kind == off:
                active.discard(act.person)
        return at if active else inf

    def _on_ready(self, at: float, data: tuple[int, dict[str, Any]]) -> None:
        begun, config = data
        if begun != self._begins:
            return  # a later start, or a stop, took its place
        if self._granted:
            self._push(at + STARTS_S, "record", data)
        else:
            self._wanted = config
            self._on_request_recording_permission(at, None)

    def _on_record(self, at: float, data: tuple[int, dict[str, Any]]) -> None:
        begun, config = data
        if begun != self._begins:
            return
        if self._take is not None:
            self._take.overwritten = True
            self._complete(at)
        self.takes.append(RawTake(at, config, [[at, None, "recorded"]], turns=[(at, "processing")]))
        self.changes.append((at, "in_call_recording", None))
        self.marks.append((at, "recording_started"))

    # Permission

    def _on_request_recording_permission(self, at: float, _: Any) -> None:
        if self._answers is None or self._granted or self._asked:
            return
        self._asked = True
        if self._answers:
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            self._push(at + answer.after_s, "answer", answer)

    def _on_answer(self, at: float, answer: Answer) -> None:
        if not self._asked:
            return
        self._asked = False
        if answer.allowed:
            self._granted = True
            self.changes.append((at, "recording_permission_allowed", None))
            self.marks.append((at, "permission_allowed"))
            if self._wanted is not None:
                self._push(at + STARTS_S, "record", (self._begins, self._wanted))
                self._wanted = None
        else:
            self.changes.append((at, "recording_permission_denied", answer.sub_code or None))
            self.marks.append((at, "permission_denied"))

    def _on_allow(self, at: float, _: Any) -> None:
        if not self._granted:
            self._asked = True
            self._on_answer(at, Answer(0, True))

    def _on_forbid(self, at: float, _: Any) -> None:
        if self._asked and not self._granted:
            denied = "zoom_local_recording_request_denied_by_host"
            self._on_answer(at, Answer(0, False, denied))

    # Commands while recording; out of state they change nothing

    def _on_pause_recording(self, at: float, _: Any) -> None:
        take = self._take
        if take is None or take.pieces[-1][2] == "paused":
            return
        self._turn(take, at, "paused")
        self.changes.append((at, "in_call_not_recording", None))
        self.marks.append((at, "recording_paused"))

    def _on_resume_recording(self, at: float, _: Any) -> None:
        take = self._take
        if take is None or take.pieces[-1][2] != "paused":
            return
        self._turn(take, at, "processing")
        self.changes.append((at, "in_call_recording", None))
        self.marks.append((at, "recording_resumed"))

    def _on_stop_recording(self, at: float, _: Any) -> None:
        self._begins += 1
        self._wanted = None
        take = self._take
        if take is None:
            return
        paused = take.pieces[-1][2] == "paused"
        self._complete(at)
        if not paused:
            self.changes.append((at, "in_call_not_recording", None))
        self.marks.append((at, "recording_stopped"))

    def _turn(self, take: RawTake, at: float, status: str) -> None:
        take.pieces[-1][1] = at
        take.pieces.append([at, None, "paused" if status == "paused" else "recorded"])
        take.turns.append((at, status))

    def _complete(self, at: float) -> None:
        take = self._take
        assert take is not None
        take.pieces[-1][1] = at
        take.completed = at
