"""Recall's webhooks at the server's own door: read whole, gathered, taken several at a time.

Django's request machinery would cost more than all the rest, and each request alone a transaction.
Whoever knocks is answered when the transaction that its news is in stands; what comes meanwhile is
the next one.
"""

import asyncio
import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic, sleep
from urllib.parse import unquote

from django.db import close_old_connections, connections
from django.utils import timezone

from bots import intake, tasks
from bots.intake import Answer, Knock
from bots.recall.webhooks import FAMILIES
from recalldash.bodies import Application, Limits, Receive, Scope, Send, whole

logger = logging.getLogger(__name__)

PLACE = "/webhooks/recall/"
# Which headers have to do with the signature; the server gives all names in lower case.
SIGNED = tuple(f"{family}-".encode() for family in FAMILIES)
# So many go into one transaction at most; of more than so many that wait, the next is sent away.
MOST_AT_ONCE = 50
MOST_WAITING = 2_000
LINGER_S, FEW = 0.01, 8
# A connection to the database that was used so lately is not asked whether it still stands.
IDLE_S = 5.0
# Recall waits 15 s; where the database hangs it shall rather come again.
ANSWER_TIMEOUT_S = 2.5
BUSY = Answer(503, intake.CANNOT_KEEP)

Take = Callable[[Sequence[Knock]], list[Answer]]


@dataclass(slots=True)
class _Waiting:
    knock: Knock
    answer: asyncio.Future[Answer]
    loop: asyncio.AbstractEventLoop


@dataclass
class Desk:
    """Where knocks wait for the one thread that takes them; it lives as long as the process."""

    take: Take
    _waiting: deque[_Waiting] = field(default_factory=deque)
    _woken: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None

    async def ask(self, knock: Knock) -> Answer:
        """What became of it, or 503 where that takes too long."""
        if len(self._waiting) >= MOST_WAITING:
            return BUSY
        self._begin()
        loop = asyncio.get_running_loop()
        waiting = _Waiting(knock, loop.create_future(), loop)
        self._waiting.append(waiting)
        self._woken.set()
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                return await waiting.answer
        except TimeoutError:
            return BUSY

    def _begin(self) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="webhooks", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        count = 0
        while True:
            self._woken.wait()
            self._woken.clear()
            while self._waiting:
                self._gather(count)
                count = min(len(self._waiting), MOST_AT_ONCE)
                self._answer([self._waiting.popleft() for _ in range(count)])

    def _gather(self, expected: int) -> None:
        """Where several came together before, let as many come again, for a moment.

        Whoever was answered together knocks together; the first of them alone would cost as much.
        """
        if expected < FEW:
            return
        ends = monotonic() + LINGER_S
        while len(self._waiting) < min(expected, MOST_AT_ONCE) and monotonic() < ends:
            sleep(LINGER_S / 10)

    def _answer(self, waiting: Sequence[_Waiting]) -> None:
        # Nobody waits any more for what was given up; it comes again, and is known by its id.
        asked = [each for each in waiting if not each.answer.done()]
        try:
            answers: Sequence[Answer] = self.take([each.knock for each in asked])
        except Exception:
            logger.exception("%s webhooks could not be taken", len(asked))
            answers = [BUSY] * len(asked)
        told: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Answer], Answer]]] = {}
        for each, answer in zip(asked, answers, strict=True):
            told.setdefault(each.loop, []).append((each.answer, answer))
        for loop, several in told.items():
            with contextlib.suppress(RuntimeError):  # it has closed
                loop.call_soon_threadsafe(_tell, several)


def _tell(several: Sequence[tuple[asyncio.Future[Answer], Answer]]) -> None:
    for future, answer in several:
        if not future.done():
            future.set_result(answer)


@dataclass
class Clerk:
    """Takes them for the desk's one thread, and has a worker go on with those that need one."""

    # What was read of workspaces and their secrets.
    addresses: intake.Addresses = field(default_factory=lambda: intake.Addresses(lasting_s=1.0))
    asked_at: float = float("-inf")

    def __call__(self, knocks: Sequence[Knock]) -> list[Answer]:
        if monotonic() - self.asked_at > IDLE_S:
            close_old_connections()  # the server may have closed it meanwhile
        is_well = False
        try:
            answers = intake.take(knocks, now=timezone.now(), addresses=self.addresses)
            for answer in answers:
                if answer.delivery is not None:
                    tasks.wake_delivery(answer.delivery)
            is_well = all(answer.status != 503 for answer in answers)
            return answers
        finally:
            self.asked_at = monotonic()
            if not is_well:
                connections.close_all()


def door(
    *, limits_of: Callable[[str], Limits], otherwise: Application, take: Take | None = None
) -> Application:
    """`POST /webhooks/recall/<token>/` as an ASGI application; what else is asked, `otherwise`.

    204 kept, 400 not whole, 401, 404, 405, 408 too slow, 413 too large, 503 come again.
    """
    desk = Desk(take or Clerk())

    async def knocked(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        is_ours = path.startswith(PLACE) and path.endswith("/") and path.count("/") == 4
        if not is_ours or scope["method"] != "POST":
            await otherwise(scope, receive, send)
            return
        body = await whole(scope, receive, send, limits=limits_of(path))
        if body is not None:
            token = unquote(path.removeprefix(PLACE).removesuffix("/"))
            await _say(send, await desk.ask(Knock(token, _headers_of(scope), body)))

    return knocked


def _headers_of(scope: Scope) -> dict[str, str]:
    """Those of the signature by name; what stands there several times, as one."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        if not name.startswith(SIGNED):
            continue
        key, text = name.decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    return headers


async def _say(send: Send, answer: Answer) -> None:
    body = f"{answer.sentence}\n".encode() if answer.sentence else b""
    headers = [(b"content-length", str(len(body)).encode())] if answer.status != 204 else []
    if body:
        headers.append((b"content-type", b"text/plain; charset=utf-8"))
    if answer.status == 503:
        headers.append((b"retry-after", str(intake.AGAIN_S).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
