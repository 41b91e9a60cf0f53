"""A Recall that answers from a script, and a clock that a test holds in its hand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from bots.recall.client import Recall
from bots.recall.wire import Clock

KEY = "key-0123456789abcdef"
HOME = "https://us-west-2.recall.ai"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BOT_ID = "b1f5c6a0-0000-4000-8000-000000000001"
BOT = {"id": BOT_ID, "status_changes": [], "recordings": []}

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


@dataclass
class Script:
    """The answers in order; the last one is given again for ever."""

    answers: list[Answer]
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else answer


@dataclass
class HeldClock:
    """Time moves only by sleeping and by `step_s` at every look."""

    step_s: float = 0.0
    at_s: float = 0.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        self.at_s += self.step_s
        return self.at_s

    def sleep(self, pause_s: float) -> None:
        self.slept.append(pause_s)
        self.at_s += pause_s

    def clock(self) -> Clock:
        return Clock(now=lambda: NOW, monotonic=self.monotonic, sleep=self.sleep)


def recall_answering(
    *answers: Answer, clock: HeldClock | None = None, **options: Any
) -> tuple[Recall, Script]:
    script = Script(list(answers))
    recall = Recall(
        options.pop("api_key", KEY),
        base_url=options.pop("base_url", HOME),
        transport=httpx.MockTransport(script),
        clock=(clock or HeldClock()).clock(),
        **options,
    )
    return recall, script


def ok(data: Any = BOT, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=data, headers=headers)
