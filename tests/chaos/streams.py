"""A browser's end of the live stream, without a browser: it reconnects and names its place."""

import threading
import time
from contextlib import suppress

import httpx

from tests.chaos.house import Company


class Listener:
    """Follows a workspace in a thread; `heard` are the cursors of all changes, as they came."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.heard: list[str] = []
        self.retries: set[str] = set()
        self.reloads = 0
        self.connections = 0
        self.beats = 0
        self._last = ""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> "Listener":
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self.beats:
            assert time.monotonic() < deadline, "The stream did not begin"
            time.sleep(0.05)
        return self

    def __exit__(self, *error: object) -> None:
        self._stopped.set()
        self._thread.join(8)

    def _follow(self) -> None:
        while not self._stopped.is_set():
            with suppress(httpx.HTTPError):
                self._listen()
            self._stopped.wait(0.3)

    def _listen(self) -> None:
        headers = {"Last-Event-ID": self._last} if self._last else {}
        timeout = httpx.Timeout(6, connect=2)
        with (
            self.company.browser() as browser,
            browser.stream(
                "GET", f"/events?workspace={self.company.slug}", headers=headers, timeout=timeout
            ) as answer,
        ):
            if answer.status_code != 200:
                return
            self.connections += 1
            self._read(answer)

    def _read(self, answer: httpx.Response) -> None:
        event = cursor = ""
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            match name:
                case "event":
                    event = value
                case "id":
                    cursor = value
                case "retry":
                    self.retries.add(value)
                case "" if event:
                    self._take(event, cursor)
                    event = cursor = ""
            if self._stopped.is_set():
                return

    def _take(self, event: str, cursor: str) -> None:
        if event in ("change", "said"):
            self.heard.append(cursor)
            self._last = cursor
        elif event == "reload":
            self.reloads += 1
        elif event == "beat":
            self.beats += 1
