"""Recall's webhooks at the server's own door: read whole, gathered, taken several at a time.

Django's request machinery would cost more than all the rest, and each request alone a transaction.
Whoever knocks is answered when the transaction that its news is in stands; what comes meanwhile is
the next one.
"""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from django.db import close_old_connections, connections
from django.utils import timezone

from bots import intake, tasks
from bots.intake import Answer, Knock
from recalldash.bodies import Application, Buffered, Limits, Receive, Scope, Send

PLACE = "/webhooks/recall/"
# So many go into one transaction at most; of more than so many that wait, the next is sent away.
MOST_AT_ONCE = 50
MOST_WAITING = 2_000
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
        while True:
            self._woken.wait()
            self._woken.clear()
            while self._waiting:
                self._answer([self._waiting.popleft() for _ in range(self._count())])

    def _count(self) -> int:
        return min(len(self._waiting), MOST_AT_ONCE)

    def _answer(self, waiting: Sequence[_Waiting]) -> None:
        # Nobody waits any more for what was given up; it comes again, and is known by its id.
        asked = [each for each in waiting if not each.answer.done()]
        answers: Sequence[Answer] = [BUSY] * len(asked)
        with contextlib.suppress(Exception):  # it has been told to the log
            answers = self.take([each.knock for each in asked])
        for each, answer in zip(asked, answers, strict=True):
            with contextlib.suppress(RuntimeError):  # its loop has closed
                each.loop.call_soon_threadsafe(_tell, each.answer, answer)


def _tell(future: asyncio.Future[Answer], answer: Answer) -> None:
    if not future.done():
        future.set_result(answer)


def take(knocks: Sequence[Knock]) -> list[Answer]:
    """Take them, and have a worker go on with those that need one."""
    close_old_connections()
    try:
        answers = intake.take(knocks, now=timezone.now())
        for answer in answers:
            if answer.delivery is not None:
                tasks.wake_delivery(answer.delivery)
        return answers
    except Exception:
        connections.close_all()
        raise


def door(*, limits_of: Callable[[str], Limits], otherwise: Application) -> Application:
    """`POST /webhooks/recall/<token>/` as an ASGI application; what else is asked, `otherwise`.

    204 kept, 400 not whole, 401, 404, 405, 408 too slow, 413 too large, 503 come again.
    """
    desk = Desk(take)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        token = scope["path"].removeprefix(PLACE).removesuffix("/")
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            key, text = name.decode("latin-1"), value.decode("latin-1")
            headers[key] = f"{headers[key]},{text}" if key in headers else text
        told = await desk.ask(Knock(unquote(token), headers, message.get("body", b"")))
        await _say(send, told)

    read_whole = Buffered(answer, limits_of=limits_of)

    async def knocked(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        is_ours = path.startswith(PLACE) and path.endswith("/") and path.count("/") == 4
        await (read_whole if is_ours and scope["method"] == "POST" else otherwise)(
            scope, receive, send
        )

    return knocked


async def _say(send: Send, answer: Answer) -> None:
    body = f"{answer.sentence}\n".encode() if answer.sentence else b""
    headers = [(b"content-length", str(len(body)).encode())] if answer.status != 204 else []
    if body:
        headers.append((b"content-type", b"text/plain; charset=utf-8"))
    if answer.status == 503:
        headers.append((b"retry-after", str(intake.AGAIN_S).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
