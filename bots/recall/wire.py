"""One HTTP exchange with limits on connecting, waiting, total time and size, and no redirects."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ssl import SSLContext
from typing import Any

import httpcore
import httpx

logger = logging.getLogger(__name__)

READABLE_ENCODINGS = {"", "identity", "gzip", "deflate"}


@dataclass(frozen=True)
class Limits:
    """What one call may cost; `total_s` covers every attempt of it together."""

    connect_s: float = 3.0
    read_s: float = 10.0
    total_s: float = 15.0
    max_bytes: int = 10 * 1024 * 1024


@dataclass(frozen=True)
class Clock:
    """Every reading of time and every pause, so that a test can hold them."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Call:
    """One attempt that left for Recall, for a request log. `error` is a class name or empty.

    `retry_after_s` comes with a 429; `date` is Recall's own clock, where the answer told it.
    """

    method: str
    path: str
    status: int | None
    duration_s: float
    error: str
    retry_after_s: float | None = None
    date: datetime | None = None


@dataclass(frozen=True)
class Answer:
    """`body` is None where it was larger than allowed or packed in a way we do not open."""

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes | None = field(repr=False)


@dataclass(frozen=True)
class Stream:
    """An answer whose body is still to come; each piece of it is waited for `read_s` at most.

    `chunks` are the bytes as they travel. They raise NoAnswer, also where fewer come than
    announced.
    """

    status: int
    headers: httpx.Headers = field(repr=False)
    chunks: Iterator[bytes] = field(repr=False)


class NoAnswer(Exception):
    """No whole answer came; `sent` tells whether Recall may have got the request."""

    def __init__(self, code: str, *, sent: bool) -> None:
        super().__init__(code)
        self.code = code
        self.sent = sent


class Wire:
    """Sends requests and reads answers within limits; knows nothing of what they mean."""

    def __init__(
        self, *, transport: httpx.BaseTransport | None, limits: Limits, clock: Clock
    ) -> None:
        self.limits = limits
        self.clock = clock
        self._deadline = _Deadline(clock)
        self._http = httpx.Client(
            transport=transport or _TimedTransport(self._deadline),
            # A proxy's cookies must not travel from one workspace's call to another's.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            trust_env=False,
        )

    def close(self) -> None:
        self._http.close()

    def exchange(
        self,
        method: str,
        url: httpx.URL,
        *,
        headers: dict[str, str],
        content: bytes | None,
        deadline: float,
        max_bytes: int,
    ) -> Answer:
        """One attempt. `deadline` is a reading of the clock's `monotonic`. Raises NoAnswer."""
        request = self._request(method, url, headers, content, deadline)
        try:
            response = self._http.send(request, stream=True)
            try:
                body = self._read(response, deadline=deadline, max_bytes=max_bytes)
            finally:
                response.close()
        except httpx.DecodingError:
            return Answer(response.status_code, response.headers, None)
        except httpx.TransportError as e:
            raise _no_answer(e) from None
        return Answer(response.status_code, response.headers, body)

    @contextmanager
    def stream(
        self, method: str, url: httpx.URL, *, headers: dict[str, str], deadline: float
    ) -> Iterator[Stream]:
        """One attempt whose answer begins by `deadline` and is read as it comes.

        Raises NoAnswer.
        """
        request = self._request(method, url, headers, None, deadline)
        try:
            response = self._http.send(request, stream=True)
        except httpx.TransportError as e:
            raise _no_answer(e) from None
        try:
            yield Stream(response.status_code, response.headers, self._pieces(response))
        finally:
            response.close()

    def _pieces(self, response: httpx.Response) -> Iterator[bytes]:
        # Whoever makes another call between two pieces sets another deadline.
        self._deadline.at = self.clock.monotonic() + self.limits.read_s
        try:
            for piece in response.iter_raw():
                yield piece
                self._deadline.at = self.clock.monotonic() + self.limits.read_s
        except httpx.TransportError as e:
            raise _no_answer(e) from None

    def _request(
        self,
        method: str,
        url: httpx.URL,
        headers: dict[str, str],
        content: bytes | None,
        deadline: float,
    ) -> httpx.Request:
        self._deadline.at = deadline
        left_s = max(deadline - self.clock.monotonic(), 0.001)
        timeout = httpx.Timeout(
            min(self.limits.read_s, left_s), connect=min(self.limits.connect_s, left_s)
        )
        return httpx.Request(
            method,
            url,
            headers=headers,
            content=content,
            extensions={"timeout": timeout.as_dict()},
        )

    def _read(self, response: httpx.Response, *, deadline: float, max_bytes: int) -> bytes | None:
        # Encodings stacked on each other could unpack a few bytes into all memory there is.
        if response.headers.get("content-encoding", "").lower() not in READABLE_ENCODINGS:
            return None
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > max_bytes:
                return None
            if self.clock.monotonic() > deadline:
                raise NoAnswer("timeout", sent=True)
        return bytes(body)


def _no_answer(error: httpx.TransportError) -> NoAnswer:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return NoAnswer("connect_failed", sent=False)
    return NoAnswer("timeout" if isinstance(error, httpx.TimeoutException) else "cut", sent=True)


class _Deadline(threading.local):
    """When the call that this thread is making must be over."""

    at = float("inf")

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def within(self, timeout_s: float | None) -> float:
        left_s = self.at - self.clock.monotonic()
        if left_s <= 0:
            raise httpcore.ReadTimeout("the call took too long")
        return left_s if timeout_s is None else min(timeout_s, left_s)


@cache
def _trusted() -> SSLContext:
    """Whose certificates we trust: read once, for reading them takes longer than most calls."""
    return httpx.create_ssl_context()


class _TimedTransport(httpx.HTTPTransport):
    """
    httpx limits each single read, so an answer that trickles in could take for ever. This one
    bounds every read and write by what is left of the whole call.
    """

    def __init__(self, deadline: _Deadline) -> None:
        super().__init__(verify=_trusted(), trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trusted(),
            max_connections=20,
            max_keepalive_connections=10,
            keepalive_expiry=5.0,
            network_backend=_TimedBackend(deadline),
        )


class _TimedBackend(httpcore.NetworkBackend):
    def __init__(self, deadline: _Deadline) -> None:
        self._deadline = deadline
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._inner.connect_tcp(
            host, port, self._deadline.within(timeout), local_address, socket_options
        )
        return _TimedStream(stream, self._deadline)


class _TimedStream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.within(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.within(timeout))
        return _TimedStream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
