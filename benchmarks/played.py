"""Recall in a process of its own: keeps bots in memory, counts each call where it arrives.

An ASGI application for uvicorn. Bots come in by `PUT /control/`, whole, as the sandbox shapes them
(`house.shapes`), the newest first; what was asked goes out by `GET /control/`. Recall's limits are
kept in a sliding minute, and what is above them is answered 429. Every call is on its way for as
long as through the internet.
"""

import asyncio
import json
import math
import random
import time
import uuid
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx

from bots.recall import limits, webhooks

PAGE = 100
# There and back again: lognormal around this, and now and then much longer.
WAY_S, SPREAD, SLOW_SHARE, SLOW_S = 0.06, 0.35, 0.02, 0.4
# How long after an order its webhooks come.
TOLD_AFTER_S = 0.3
# What an order comes to: the bot's next words, and what its recording is then.
DOES = {
    "pause_recording": (("in_call_not_recording",), "paused"),
    "resume_recording": (("in_call_recording",), "processing"),
    "leave_call": (("call_ended", "done"), "done"),
}
Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Recall:
    """One workspace's bots by id, and every call that came: (when, operation, status, id)."""

    def __init__(self) -> None:
        self.bots: dict[str, dict[str, Any]] = {}
        self.files: dict[str, Any] = {}
        self.webhook: dict[str, str] = {}
        self.calls: list[tuple[float, str, int, str]] = []
        self.times: dict[str, deque[float]] = defaultdict(deque)
        self.chance = random.Random(1)
        self.telling: set[asyncio.Task[None]] = set()

    def way(self) -> float:
        """Half of the time that a call is on its way."""
        slow = SLOW_S if self.chance.random() < SLOW_SHARE else 0.0
        return (self.chance.lognormvariate(math.log(WAY_S), SPREAD) + slow) / 2

    def answer(self, method: str, path: str, query: str) -> tuple[int, Any]:
        """The status and the body of one call, counted as Recall counts."""
        now = time.time()
        endpoint = limits.endpoint(method, path)
        _, *rest = [part for part in path.partition("/api/v1/")[2].split("/") if part]
        times = self.times[endpoint.counted]
        while times and times[0] <= now - limits.WINDOW_S:
            times.popleft()
        if len(times) >= endpoint.per_minute:
            status, body = 429, {"code": "throttled", "detail": "Request was throttled."}
        else:
            times.append(now)
            status, body = self.carried_out(method, path, query, rest)
        self.calls.append((now, endpoint.name, status, rest[0] if rest else ""))
        return status, body

    def carried_out(self, method: str, path: str, query: str, rest: list[str]) -> tuple[int, Any]:
        if "/api/v1/bot/" not in path:
            return 404, {"detail": "Not found."}  # the film's own link, for its picture
        if not rest:
            return 200, self.page(path, parse_qs(query))
        bot = self.bots.get(rest[0])
        if bot is None:
            return 404, {"detail": "Not found."}
        if method == "POST":
            self.order(bot, rest[1])
        return 200, bot

    def page(self, path: str, query: dict[str, list[str]]) -> dict[str, Any]:
        wanted, number = query.get("status"), int(query.get("page", ["1"])[0])
        found = [b for b in self.bots.values() if not wanted or code_of(b) in wanted]
        start = (number - 1) * PAGE
        following = urlencode({**query, "page": [str(number + 1)]}, doseq=True)
        more = start + PAGE < len(found)
        return {
            "count": len(found),
            "next": f"{self.files['origin']}{path}?{following}" if more else None,
            "previous": None,
            "results": found[start : start + PAGE],
        }

    def order(self, bot: dict[str, Any], verb: str) -> None:
        """The answer shows the bot as it is; a moment later it has done it, and is told of."""
        task = asyncio.create_task(self.tell(bot, verb))
        self.telling.add(task)
        task.add_done_callback(self.telling.discard)

    async def tell(self, bot: dict[str, Any], verb: str) -> None:
        await asyncio.sleep(TOLD_AFTER_S)
        at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        codes, status = DOES[verb]
        recording = bot["recordings"][-1]
        recording["status"] = {"code": status, "sub_code": None, "updated_at": at}
        about = {"bot": {"id": bot["id"], "metadata": {}}}
        news = [
            (f"recording.{status}", status, {"recording": {"id": recording["id"], "metadata": {}}})
        ]
        for code in codes:
            sub_code = "bot_received_leave_call" if code == "call_ended" else None
            change = {"code": code, "sub_code": sub_code, "message": None, "created_at": at}
            bot["status_changes"].append(change)
            news.append((f"bot.{code}", code, {}))
        async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
            for event, code, more in news:
                data = {"code": code, "sub_code": None, "updated_at": at}
                await self.post(client, event, {"data": data, **about, **more})

    async def post(self, client: httpx.AsyncClient, event: str, data: dict[str, Any]) -> None:
        body = json.dumps({"event": event, "data": data}).encode()
        headers = webhooks.sign(
            body,
            secret=self.webhook["secret"],
            message_id=f"msg_{uuid.uuid4()}",
            at=datetime.now(UTC),
        )
        with suppress(httpx.HTTPError):
            await client.post(self.webhook["url"], content=body, headers=headers)

    def control(self, method: str, body: bytes) -> Any:
        if method == "PUT":
            given = json.loads(body)
            self.bots = {bot["id"]: bot for bot in given["bots"]}
            self.files, self.webhook = given["files"], given.get("webhook", {})
            self.calls.clear()
            self.times.clear()
        return {"calls": self.calls}


def code_of(bot: dict[str, Any]) -> str:
    changes = bot["status_changes"]
    return str(changes[-1]["code"]) if changes else "ready"


recall = Recall()


async def app(scope: Scope, receive: Callable[[], Awaitable[Any]], send: Send) -> None:
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        part = await receive()
        body, more = body + part.get("body", b""), part.get("more_body", False)
    method, path = scope["method"], scope["path"]
    if path == "/control/":
        await say(send, 200, recall.control(method, body))
    elif path.startswith("/media/"):
        await asyncio.sleep(2 * recall.way())
        await say(send, 200, recall.files[path.rpartition("/")[2]])
    else:
        await asyncio.sleep(recall.way())
        status, answer = recall.answer(method, path, scope["query_string"].decode())
        await asyncio.sleep(recall.way())
        await say(send, status, answer)


async def say(send: Send, status: int, answer: Any) -> None:
    headers = [(b"content-type", b"application/json")]
    if status == 429:
        headers.append((b"retry-after", b"5"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})
