"""What a load is told and how long that took, and everything that went wrong."""

import threading
import time
from collections import Counter, defaultdict

import httpx

# What was sent, how long it took in seconds, and when that was on the monotonic clock.
Timed = tuple[float, float]


class Tally:
    """Times by kind ("webhook", "page", "order" …), and what went wrong, from any thread."""

    def __init__(self) -> None:
        self.times: dict[str, list[Timed]] = defaultdict(list)
        self.wrong: Counter[str] = Counter()
        self._lock = threading.Lock()

    def took(self, kind: str, seconds: float) -> None:
        with self._lock:
            self.times[kind].append((time.monotonic(), seconds))

    def fails(self, what: str) -> None:
        with self._lock:
            self.wrong[what] += 1

    def between(self, kind: str, begin: float, end: float) -> list[float]:
        """How long those took that ended then, the quickest first."""
        with self._lock:
            return sorted(took for at, took in self.times[kind] if begin <= at < end)


def share_of(ordered: list[float], share: float) -> float:
    """The value that so great a share of them does not exceed; 0 where there is none."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


class Watched(httpx.HTTPTransport):
    """Times each request of a client as `page` or `click`, and tells of each that failed."""

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self.tally = tally

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        kind = "page" if request.method == "GET" else "click"
        began = time.monotonic()
        try:
            answer = super().handle_request(request)
            answer.read()
        except httpx.HTTPError as error:
            self.tally.fails(f"{kind}: {type(error).__name__}")
            raise
        self.tally.took(kind, time.monotonic() - began)
        if answer.status_code >= 500:
            self.tally.fails(f"{kind}: {answer.status_code} at {request.url.path}")
        return answer
