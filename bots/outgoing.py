"""Requests to addresses that people chose: to the open internet alone, whatever a name says.

A host is resolved once, every address it has must be public, and the connection goes to one of
these and nowhere else; so a name that answers otherwise a moment later gains nothing.
"""

import ipaddress
import json
import logging
import re
import socket
import ssl
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from time import monotonic
from typing import Any

import httpcore
import httpx

from bots import conf

logger = logging.getLogger(__name__)

CONNECT_S = 5.0
TOTAL_S = 10.0
MOST_ANSWERED = 16 * 1024
# Of an answer that is read by whoever asks.
MOST_READ = 4 * 1024 * 1024
LONGEST_URL = 2000

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]

# Public to some releases of Python, and doors into a cloud's own machines all the same.
_METADATA = (ipaddress.ip_network("168.63.129.16"), ipaddress.ip_network("192.0.0.0/24"))
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Refused(Exception):
    """An address that nothing is sent to; `str()` says why, as a sentence."""


class Unreachable(Exception):
    """No answer came; `str()` says how it failed, as a sentence, without the address."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered: the status, and how long to wait (seconds) where it says so."""

    status: int
    retry_after_s: float | None

    @property
    def is_fine(self) -> bool:
        return 200 <= self.status < 300


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system's resolver says. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


def check(text: str, *, trusted: Collection[str] = ()) -> httpx.URL:
    """That address, as far as it can be judged without asking anybody. Raises Refused.

    `trusted` are hosts (`name` or `name:port`) that whoever runs this named: they may be private,
    and need no https.
    """
    try:
        if len(text) > LONGEST_URL:
            raise httpx.InvalidURL("too long")
        url = httpx.URL(text)
        host = url.raw_host.decode("ascii").strip("[]").rstrip(".")
    except (httpx.InvalidURL, UnicodeError, TypeError, ValueError):
        raise Refused("This is not an address that can be posted to.") from None
    if not _HOST.fullmatch(host) or not 0 < (url.port or 443) < 65536:
        raise Refused("This is not an address that can be posted to.")
    if url.userinfo:
        raise Refused("An address with a name or password in it is not used.")
    if _is_trusted(url, trusted):
        return url
    if url.scheme != "https" and not (url.scheme == "http" and conf.is_sandbox()):
        raise Refused("Only an address that begins with https:// is used.")
    literal = _as_address(host)
    if literal is not None:
        _judge(literal, url)
    elif url.scheme != "https" and host != "localhost":
        raise Refused("Only an address that begins with https:// is used.")
    return url


def post_json(text: str, body: Any, *, resolve: Resolve = look_up) -> Reply:
    """Post that body as JSON. Raises Refused and Unreachable; never follows anywhere else."""
    url = check(text)
    return _send(url, json.dumps(body).encode(), _resolved(url, resolve))


@contextmanager
def client(
    text: str, *, total_s: float, resolve: Resolve = look_up, trusted: Collection[str] = ()
) -> Iterator[httpx.Client]:
    """A client for that address alone, for as long as it takes but no longer than `total_s`.

    Raises Refused and Unreachable; what it is used for raises as httpx and httpcore do.
    """
    url = check(text, trusted=trusted)
    address = _resolved(url, resolve, trusted=trusted)
    with httpx.Client(
        transport=_Transport(address, monotonic() + total_s),
        follow_redirects=False,
        trust_env=False,
        timeout=httpx.Timeout(total_s, connect=CONNECT_S),
        headers={"User-Agent": "recalldash"},
    ) as made:
        yield made


def _resolved(url: httpx.URL, resolve: Resolve, *, trusted: Collection[str] = ()) -> str:
    """The one address that is connected to. Raises Refused and Unreachable."""
    host = url.raw_host.decode("ascii").strip("[]")
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        found = [_as_address(each) for each in resolve(host, port)]
    except (OSError, UnicodeError):
        raise Unreachable("Its host is not known.") from None
    addresses = [each for each in found if each is not None]
    if not addresses:
        raise Unreachable("Its host is not known.")
    # One that is not public among others that are is a trap, or a mistake that will strike later.
    for each in addresses if not _is_trusted(url, trusted) else ():
        _judge(each, url)
    return str(addresses[0])


def _is_trusted(url: httpx.URL, trusted: Collection[str]) -> bool:
    host = url.host.casefold()
    return (
        host in trusted or f"{host}:{url.port or (443 if url.scheme == 'https' else 80)}" in trusted
    )


def _send(url: httpx.URL, content: bytes, address: str) -> Reply:
    ends = monotonic() + TOTAL_S
    waits = {"connect": CONNECT_S, "read": TOTAL_S, "write": TOTAL_S, "pool": TOTAL_S}
    try:
        with (
            httpcore.ConnectionPool(
                ssl_context=_trusted(), network_backend=_Pinned(address, ends), retries=0
            ) as pool,
            pool.stream(
                "POST",
                str(url),
                headers={"Content-Type": "application/json", "User-Agent": "recalldash"},
                content=content,
                extensions={"timeout": waits},
            ) as answer,
        ):
            read = 0
            for chunk in answer.iter_stream():
                read += len(chunk)
                if read > MOST_ANSWERED:
                    break
            headers = {name.lower(): value for name, value in answer.headers}
            return Reply(answer.status, _wait(headers.get(b"retry-after")))
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
        # The kind of the error alone: its text may hold the address.
        logger.info("An outgoing address did not take a connection: %s", type(error).__name__)
        raise Unreachable("It takes no connection.") from None
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        logger.info("An outgoing address gave no whole answer: %s", type(error).__name__)
        raise Unreachable("It gave no whole answer in time.") from None


def _judge(address: Address, url: httpx.URL) -> None:
    """Raises Refused for what is not on the open internet."""
    inner = _inside(address)
    if inner.is_loopback and conf.is_sandbox():
        return
    if url.scheme != "https":
        raise Refused("Only an address that begins with https:// is used.")
    if (
        not inner.is_global
        or inner.is_multicast
        or inner.is_reserved
        or inner.is_unspecified
        or (isinstance(inner, ipaddress.IPv6Address) and inner.is_site_local)
        or any(inner in network for network in _METADATA)
    ):
        raise Refused("This address leads into a private network; nothing is sent there.")


def _inside(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _as_address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _wait(said: bytes | None) -> float | None:
    """Seconds of a Retry-After header; a date, which chats don't send, counts for nothing."""
    try:
        return min(max(float(said), 0.0), 3600.0) if said else None
    except ValueError:
        return None


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


class _Pinned(httpcore.NetworkBackend):
    """Connects to one address, whatever host it is asked for, and is over in time."""

    def __init__(self, address: str, ends: float) -> None:
        self._address, self._ends = address, ends
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
            self._address, port, _left(self._ends, timeout), local_address, socket_options
        )
        return _Bounded(stream, self._ends)


class _Bounded(httpcore.NetworkStream):
    """A stream whose every step is bounded by the end of the whole request."""

    def __init__(self, inner: httpcore.NetworkStream, ends: float) -> None:
        self._inner, self._ends = inner, ends

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(self._ends, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(self._ends, timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, _left(self._ends, timeout))
        return _Bounded(inner, self._ends)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Transport(httpx.BaseTransport):
    """httpx over one pinned address."""

    def __init__(self, address: str, ends: float) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trusted(), network_backend=_Pinned(address, ends), retries=0
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        assert isinstance(request.stream, httpx.SyncByteStream)
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Limited(answer), extensions={}
        )

    def close(self) -> None:
        self._pool.close()


class _Limited(httpx.SyncByteStream):
    """The bytes of an answer, of which nobody reads more than `MOST_READ`."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        read = 0
        for chunk in self._answer.iter_stream():
            read += len(chunk)
            if read > MOST_READ:
                raise httpcore.RemoteProtocolError("the answer is too long")
            yield chunk

    def close(self) -> None:
        self._answer.close()


def _left(ends: float, timeout: float | None) -> float:
    left_s = ends - monotonic()
    if left_s <= 0:
        raise httpcore.ReadTimeout("the request took too long")
    return left_s if timeout is None else min(timeout, left_s)
