"""Open Bots pages without a browser: each follows its stream and asks for what a page asks for."""

import asyncio
import contextlib
import json
import math
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import urlsplit

import httpx

# As static/js/live.js and templates/_notices.html have it.
COALESCE_S = 0.1
NOTICES_EVERY_S = 60.0
OPENED_EVERY_S = 0.01
AT_ONCE = 32


@dataclass
class Seen:
    """What came of it: for each bot the moments (ms since 1970) at which pages said that it
    records, how long their questions took in ms, and what went wrong."""

    recording: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    asked_ms: list[float] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)
    open: int = 0


class Turns:
    """When a page asks, as `plan()` of static/js/live.js has it; what comes meanwhile goes along,
    and what comes while it asks has it ask once more."""

    def __init__(
        self, own: asyncio.TaskGroup, ask: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        self._own, self._ask = own, ask
        self._waits: asyncio.Task[None] | None = None
        self._within_s, self._last = 0.0, -math.inf
        self._asking = asyncio.Lock()

    def plan(self, within_s: float) -> None:
        if self._waits is not None and self._within_s <= within_s:
            return
        if self._waits is not None:
            self._waits.cancel()
        self._within_s, now = within_s, time.monotonic()
        rest = self._last + within_s - now
        wait_s = max(COALESCE_S + random.random() * within_s, rest)
        self._waits = self._own.create_task(self._wait(wait_s))

    async def _wait(self, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        self._waits, self._last = None, time.monotonic()
        self._own.create_task(self._turn())

    async def _turn(self) -> None:
        async with self._asking:
            await self._ask()


class Onlookers:
    """`count` pages of one workspace, spread over several servers."""

    def __init__(self, fronts: Sequence[str], slug: str, session: str) -> None:
        self.slug, self.session, self.seen = slug, session, Seen()
        headers = {"HX-Request": "true", "Cookie": f"recalldash={session}"}
        # The server closes what was idle for five seconds.
        limits = httpx.Limits(max_connections=AT_ONCE, keepalive_expiry=2)
        self.servers = [
            httpx.AsyncClient(
                base_url=front, headers=headers, limits=limits, timeout=60, trust_env=False
            )
            for front in fronts
        ]

    async def look_on(self, count: int, ends: asyncio.Event) -> None:
        pages = [asyncio.create_task(self._page(n)) for n in range(count)]
        await ends.wait()
        for page in pages:
            page.cancel()
        await asyncio.gather(*pages, return_exceptions=True)

    async def _page(self, number: int) -> None:
        server = self.servers[number % len(self.servers)]
        await asyncio.sleep(number * OPENED_EVERY_S)
        try:
            async with asyncio.TaskGroup() as own:
                own.create_task(self._glance(server))
                await self._listen(server, own)
        except* Exception as group:
            for error in group.exceptions:
                self.seen.wrong[f"page: {error!r}"[:120]] += 1

    async def _glance(self, server: httpx.AsyncClient) -> None:
        while True:
            await asyncio.sleep(NOTICES_EVERY_S)
            await self._ask(server, f"/w/{self.slug}/notices/")

    async def _listen(self, server: httpx.AsyncClient, own: asyncio.TaskGroup) -> None:
        place = urlsplit(str(server.base_url))
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        head = f"GET /events?workspace={self.slug} HTTP/1.1\r\nHost: {place.netloc}\r\n"
        writer.write(f"{head}Cookie: recalldash={self.session}\r\n\r\n".encode())
        assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
        self.seen.open += 1
        known: set[int] = set()
        page = Turns(own, lambda: self._refresh(server))
        while True:
            event = await reader.readuntil(b"\n\n")
            if b"event: change" not in event:
                continue
            told = json.loads(event.partition(b"data: ")[2].partition(b"\n")[0])
            if 'data-phase="recording"' in told.get("mark", "") and told["bot"] not in known:
                known.add(told["bot"])
                self.seen.recording[told["bot"]].append(1000 * time.time())
            page.plan(told.get("within_ms", 0) / 1000)

    async def _refresh(self, server: httpx.AsyncClient) -> None:
        for piece in ("", "notices/"):
            await self._ask(server, f"/w/{self.slug}/{piece}")

    async def _ask(self, server: httpx.AsyncClient, path: str) -> None:
        began = time.monotonic()
        answer = await server.get(path)
        self.seen.asked_ms.append(1000 * (time.monotonic() - began))
        if answer.status_code != 200:
            self.seen.wrong[f"{path}: {answer.status_code}"] += 1


def _run(fronts: Sequence[str], slug: str, session: str, count: int, line: Connection) -> None:
    async def whole() -> Seen:
        pages = Onlookers(fronts, slug, session)
        ends = asyncio.Event()
        looking = asyncio.create_task(pages.look_on(count, ends))
        while pages.seen.open < count and not pages.seen.wrong:
            await asyncio.sleep(0.1)
        line.send(pages.seen.wrong)
        await asyncio.to_thread(line.recv)
        ends.set()
        await looking
        return pages.seen

    line.send(asyncio.run(whole()))


@contextlib.contextmanager
def looking_on(fronts: Sequence[str], slug: str, session: str, count: int) -> Iterator[list[Seen]]:
    """So many pages in a process of their own, all open; what they saw is in the list at the end.

    Raises RuntimeError where not all could be opened.
    """
    found: list[Seen] = []
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(fronts, slug, session, count, theirs))
    process.start()
    try:
        if wrong := ours.recv():
            raise RuntimeError(f"Not all pages are open: {wrong}")
        yield found
        ours.send("enough")
        found.append(ours.recv())
    finally:
        process.join(5)
        process.kill()
