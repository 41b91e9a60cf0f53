"""Recall's many webhooks and many open pages, in one event loop of a thread of its own."""

import asyncio
import json
import random
import threading
import time
import uuid
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from benchmarks.tally import Tally
from bots.recall import webhooks
from tests.chaos.house import Company

# When each status of a meeting comes, in seconds after its bot was sent.
LIFE = (
    ("joining_call", 0.0),
    ("in_waiting_room", 1.0),
    ("in_call_not_recording", 3.0),
    ("recording_permission_allowed", 3.2),
    ("in_call_recording", 3.5),
    ("call_ended", 15.0),
    ("recording_done", 16.0),
    ("done", 17.0),
)
# Each is used more often than the server's patience with idle ones runs out, from 10 a second on.
LINES = 32
# After which Recall takes a webhook for lost.
ANSWERED_WITHIN_S = 15.0
# What was not taken comes again after this; Recall waits five seconds.
AGAIN_S = 5.0
# Of so many open pages it is looked up how late they heard.
PROBES = 8
# Pages are not opened all at once.
OPENED_EVERY_S = 0.05
# An open page hears something every five seconds.
SILENCE_S = 20.0
STREAM_LIVES_S = (60.0, 300.0)


class Crowd:
    """`rate` webhooks a second about bots that come through `arrive()`, and `streams` open pages.

    `heard` are the places in the feed that some pages were told, with when; `open` how many pages
    are open, `opened` how often one was, `frames` how many changes all of them were told, `reloads`
    how often one was asked to load itself anew because the feed was held up.
    """

    def __init__(
        self,
        companies: Sequence[Company],
        fronts: Sequence[str],
        tally: Tally,
        *,
        rate: float,
        streams: int,
    ) -> None:
        self.companies, self.fronts, self.tally = companies, fronts, tally
        self.rate, self.streams = rate, streams
        self.open = self.opened = self.frames = self.reloads = 0
        self.behind_s = 0.0
        self.heard: deque[tuple[int, float]] = deque()
        self._arrived: deque[tuple[Company, uuid.UUID]] = deque()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    @property
    def bots_a_second(self) -> float:
        return self.rate / len(LIFE)

    def arrive(self, company: Company, bots: Sequence[uuid.UUID]) -> None:
        """These stand in the database: their meetings may begin."""
        self._arrived.extend((company, bot) for bot in bots)

    @property
    def waiting(self) -> int:
        """How many bots have arrived whose meetings have not begun."""
        return len(self._arrived)

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._ends.set()
        self._thread.join(20)

    async def _run(self) -> None:
        pages = [asyncio.create_task(self._page(n)) for n in range(self.streams)]
        lines: asyncio.Queue[Line] = asyncio.Queue()
        for _ in range(LINES):
            lines.put_nowait(Line())
        meetings: set[asyncio.Task[None]] = set()
        due = time.monotonic()
        while not self._ends.is_set():
            due += random.expovariate(self.bots_a_second)
            await asyncio.sleep(max(due - time.monotonic(), 0))
            self.behind_s = max(time.monotonic() - due, 0.0)
            if self._arrived:
                meeting = asyncio.create_task(self._meeting(*self._arrived.popleft(), lines))
                meetings.add(meeting)
                meeting.add_done_callback(meetings.discard)
            else:
                due = time.monotonic()
        for task in [*pages, *meetings]:
            task.cancel()
        await asyncio.gather(*pages, *meetings, return_exceptions=True)

    async def _meeting(
        self, company: Company, bot: uuid.UUID, lines: "asyncio.Queue[Line]"
    ) -> None:
        """One bot's life, told in its order."""
        began = time.monotonic()
        for code, after_s in LIFE:
            await asyncio.sleep(max(began + after_s - time.monotonic(), 0))
            message = f"msg_{uuid.uuid4()}"
            while not await self._post(company, message, (bot, code), lines):
                await asyncio.sleep(AGAIN_S)

    async def _post(
        self,
        company: Company,
        message: str,
        status_of: tuple[uuid.UUID, str],
        lines: "asyncio.Queue[Line]",
    ) -> bool:
        """Whether it was taken, or never will be; what was not is told, and comes again."""
        due = time.monotonic()
        line = await lines.get()
        try:
            status = await line.post(company, message, told(*status_of))
        except (OSError, EOFError, TimeoutError) as error:
            line.hang_up()
            self.tally.fails(f"webhook: {type(error).__name__}")
            return False
        finally:
            lines.put_nowait(line)
        self.tally.took("webhook", time.monotonic() - due)
        if status != 204:
            self.tally.fails(f"webhook: {status}")
        return status < 500

    async def _page(self, number: int) -> None:
        """An open page: it hears what changes, and comes back when it is closed."""
        company = self.companies[number % len(self.companies)]
        front = self.fronts[number % len(self.fronts)]
        last = ""
        await asyncio.sleep(number * OPENED_EVERY_S)
        while not self._ends.is_set():
            try:
                last = await self._listen(company, front, last, number < PROBES)
            except (OSError, EOFError, TimeoutError) as error:
                self.tally.fails(f"stream: {type(error).__name__}")
            await asyncio.sleep(random.uniform(0.5, 2.0))

    async def _listen(self, company: Company, front: str, last: str, is_probe: bool) -> str:
        place = urlsplit(front)
        began = time.monotonic()
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        try:
            after = f"Last-Event-ID: {last}\r\n" if last else ""
            writer.write(
                f"GET /events?workspace={company.slug} HTTP/1.1\r\nHost: {place.netloc}\r\n"
                f"Cookie: recalldash={company.session}\r\n{after}\r\n".encode()
            )
            async with asyncio.timeout(SILENCE_S):
                head = await reader.readuntil(b"\r\n\r\n")
            if (status := int(head.split(b" ", 2)[1])) != 200:
                self.tally.fails(f"stream: {status}")
                return last
            self.tally.took("stream opens", time.monotonic() - began)
            self.open += 1
            self.opened += 1
            try:
                until = began + random.uniform(*STREAM_LIVES_S)
                while time.monotonic() < until:
                    async with asyncio.timeout(SILENCE_S):
                        text = await reader.readuntil(b"\n\n")
                    self.reloads += b"event: reload" in text
                    if b"event: change" not in text:
                        continue
                    self.frames += 1
                    last = text.partition(b"id: ")[2].partition(b"\n")[0].decode()
                    if is_probe:
                        self.heard.append((int(last.rpartition(".")[2]), time.time()))
            finally:
                self.open -= 1
        finally:
            writer.close()
        return last


class Line:
    """One connection to the door for webhooks, which stays open."""

    def __init__(self) -> None:
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    def hang_up(self) -> None:
        if self._ends is not None:
            self._ends[1].close()
        self._ends = None

    async def post(self, company: Company, message: str, body: bytes) -> int:
        """The status of the answer."""
        place = urlsplit(company.webhook_url)
        # The server closes what was idle for some seconds: that is nothing wrong.
        if self._ends is None or self._ends[0].at_eof():
            self.hang_up()
            self._ends = await asyncio.open_connection(place.hostname, place.port)
        reader, writer = self._ends
        headers = webhooks.sign(
            body, secret=company.secret, message_id=message, at=datetime.now(UTC)
        )
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n{lines}\r\n".encode() + body)
        async with asyncio.timeout(ANSWERED_WITHIN_S):
            answer = await reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in answer.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        if length:
            await reader.readexactly(length)
        return int(answer.split(b" ", 2)[1])


def told(bot: uuid.UUID, code: str) -> bytes:
    """The body with which Recall tells that status, a moment after it came."""
    at = datetime.now(UTC) - timedelta(milliseconds=1)
    return json.dumps(
        {
            "event": f"bot.{code}",
            "data": {
                "data": {"code": code, "sub_code": None, "updated_at": at.isoformat()},
                "bot": {"id": str(bot), "metadata": {}},
            },
        }
    ).encode()
