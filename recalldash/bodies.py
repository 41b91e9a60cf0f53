"""Reads request bodies before a thread is spent on them, with limits of size and time."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_from_bytes

from a2wsgi import WSGIMiddleware

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

MIB = 1024 * 1024
# What is still taken from a refused sender, so that it gets to read the refusal: a connection
# that is closed on unread data is reset, and a reset swallows the answer.
LINGER_BYTES, LINGER_S = 4 * MIB, 2.0
# What a program is told, as `bots.api.problems` says it.
CODES = {408: "too_slow", 413: "too_large"}


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a body may be, and how long its sender may take; a program reads JSON."""

    size_bytes: int
    timeout_s: float
    is_of_program: bool = False


class Refused(Exception):
    """The body won't be read: an HTTP status and a sentence for its sender."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class HungUp(Exception):
    """The sender went away in the middle of the body."""


class Buffered:
    """An ASGI application in front of a WSGI one, which then gets whole requests only.

    `limits_of(path)` says what is allowed there. Answers 413 to a body that is too large, or says
    that it is, without reading on; 408 to one that takes too long; and nothing to a client that
    hung up. None of them ever occupies a thread.
    """

    def __init__(self, app: Application, *, limits_of: Callable[[str], Limits]) -> None:
        self.app = app
        self.limits_of = limits_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await whole(scope, receive, send, limits=self.limits_of(scope["path"]))
        if body is not None:
            await self.app(_plain(scope, length=len(body)), _replay(body, receive), send)


def in_threads(wsgi: Any, *, count: int, limits_of: Callable[[str], Limits]) -> Buffered:
    """A WSGI application as an ASGI one, in `count` long-lived threads of its own."""
    threads: Any = WSGIMiddleware(wsgi, workers=count)
    return Buffered(threads, limits_of=limits_of)


async def whole(scope: Scope, receive: Receive, send: Send, *, limits: Limits) -> bytes | None:
    """The whole body of a request; None where it won't come, and its sender was told why."""
    try:
        return await read(scope, receive, limits=limits)
    except Refused as refusal:
        await _refuse(refusal, receive, send, as_json=limits.is_of_program)
    except HungUp:
        pass
    return None


async def read(scope: Scope, receive: Receive, *, limits: Limits) -> bytes:
    """The whole body of a request. Raises Refused or HungUp."""
    headers = dict(scope["headers"])
    declared = headers.get(b"content-length", b"")
    if not declared and b"transfer-encoding" not in headers:
        return b""
    too_large = Refused(413, f"The body is larger than {limits.size_bytes} bytes.")
    if declared.isdigit() and int(declared) > limits.size_bytes:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(limits.timeout_s):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise HungUp
                body += message.get("body", b"")
                if len(body) > limits.size_bytes:
                    raise too_large
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        raise Refused(
            408, f"The body did not arrive within {limits.timeout_s:g} seconds."
        ) from None


def _plain(scope: Scope, *, length: int) -> Scope:
    """The scope as a WSGI server may pass it on: of known length, ASCII, without look-alikes.

    `X_Forwarded_Proto` and `X-Forwarded-Proto` are one name in WSGI; only the second, which a
    proxy in front sets, may come through.
    """
    headers = [
        (name, value)
        for name, value in scope["headers"]
        if b"_" not in name and name not in (b"content-length", b"transfer-encoding")
    ]
    if length:
        headers.append((b"content-length", str(length).encode()))
    query = quote_from_bytes(scope["query_string"], safe=bytes(range(0x21, 0x7F))).encode()
    return {**scope, "headers": headers, "query_string": query}


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body at once, and then whatever else happens."""
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


async def _refuse(refusal: Refused, receive: Receive, send: Send, *, as_json: bool) -> None:
    text, kind = f"{refusal}\n".encode(), b"text/plain; charset=utf-8"
    if as_json:
        error = {"code": CODES[refusal.status], "message": str(refusal)}
        text, kind = json.dumps({"error": error}).encode(), b"application/json"
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(text)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": text, "more_body": True})
    left = LINGER_BYTES
    try:
        async with asyncio.timeout(LINGER_S):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    break
    except TimeoutError:
        pass
    await send({"type": "http.response.body", "body": b"", "more_body": False})
