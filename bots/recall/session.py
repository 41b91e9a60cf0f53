"""A key and an address: sends one request, judges every answer, repeats what is harmless."""

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import httpx

from . import answers
from .errors import (
    NotRecall,
    OutcomeUnknown,
    RecallError,
    SlowDown,
    Unreachable,
    WrongKeyOrRegion,
)
from .types import Raw
from .wire import Call, Clock, Limits, NoAnswer, Stream, Wire, logger

API = "/api/v1/"
READ_ATTEMPTS = 3
BACKOFF_S = 0.25
SHORTEST_KEY = 8
WORTH_ANOTHER_TRY = {502, 503, 504}


class Session:
    """What all calls of one workspace share.

    `permit` is asked before every attempt, with its method and path, and may raise OverBudget;
    `observer` hears of every attempt that left.
    """

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str,
        transport: httpx.BaseTransport | None,
        authorization: Literal["token", "bare"],
        limits: Limits,
        observer: Callable[[Call], None] | None,
        clock: Clock,
        permit: Callable[[str, str], None] | None = None,
    ) -> None:
        self._key = api_key.strip()
        if not re.fullmatch(r"[!-~]+", self._key):
            raise WrongKeyOrRegion(code="malformed_key")
        self._authorization = self._key if authorization == "bare" else f"Token {self._key}"
        self.base = _checked(base_url)
        self._limits = limits
        self._clock = clock
        self._observer = observer
        self._permit = permit
        self._wire = Wire(transport=transport, limits=limits, clock=clock)

    def __repr__(self) -> str:
        return f"<Session {self.base}>"

    def close(self) -> None:
        self._wire.close()

    def url(self, path: str, params: Sequence[tuple[str, str]] = ()) -> httpx.URL:
        """The whole address of a path like `bot/<id>/`."""
        url = httpx.URL(f"{self.base}{API}{path}")
        return url.copy_with(params=httpx.QueryParams(list(params))) if params else url

    def own(self, url: str, *, request: str) -> httpx.URL:
        """
        A `next` link, accepted only where it stays at home, because the key goes with it.

        Raises NotRecall.
        """
        link, home = link_of(url, request=request), httpx.URL(self.base)
        here = (link.scheme, link.host, _port(link)) == (home.scheme, home.host, _port(home))
        inside = link.path.startswith(f"{home.path.rstrip('/')}{API}") and ".." not in link.path
        if not (here and inside):
            raise NotRecall(code="foreign_link", request=request)
        return link

    def send(
        self,
        method: str,
        url: httpx.URL,
        *,
        request: str,
        body: Raw | None = None,
        idempotency_key: str = "",
        max_bytes: int | None = None,
        signed_link: bool = False,
    ) -> Any:
        """
        The JSON of a 2xx answer, None where it is empty. `request` is how errors name the call.

        The key does not go with a `signed_link`. Raises RecallError.
        """
        headers = {"Accept": "application/json", "User-Agent": "recalldash"}
        if not signed_link:
            headers["Authorization"] = self._authorization
        if method in ("POST", "PATCH"):
            if not idempotency_key:
                raise ValueError(f"{request} needs an Idempotency-Key")
            headers["Idempotency-Key"] = idempotency_key
        content = None
        if body is not None:
            # Plain ASCII: no character of a person's text can fail to be encoded.
            content = json.dumps(body, allow_nan=False, separators=(",", ":")).encode("ascii")
            headers["Content-Type"] = "application/json"

        deadline = self._clock.monotonic() + self._limits.total_s
        attempts = READ_ATTEMPTS if method == "GET" else 1
        for attempt in range(1, attempts + 1):
            try:
                return self._attempt(
                    method,
                    url,
                    request=request,
                    headers=headers,
                    content=content,
                    deadline=deadline,
                    max_bytes=max_bytes or self._limits.max_bytes,
                )
            except Unreachable as e:
                pause_s = BACKOFF_S * 2**attempt * random.uniform(0.5, 1.0)
                passing = e.status in WORTH_ANOTHER_TRY or e.code in ("connect_failed", "cut")
                late = self._clock.monotonic() + pause_s >= deadline
                if attempt == attempts or late or not passing:
                    raise
            self._clock.sleep(pause_s)
        raise AssertionError("unreachable")

    @contextmanager
    def stream(self, url: httpx.URL, *, request: str, headers: dict[str, str]) -> Iterator[Stream]:
        """The 2xx answer of a signed link, read as it comes: without the key, tried once.

        Raises RecallError; so does reading its pieces.
        """
        if self._permit is not None:
            self._permit("GET", url.path)
        started, status, failure = self._clock.monotonic(), None, ""
        deadline = started + self._limits.total_s
        try:
            with self._wire.stream(
                "GET", url, headers={"User-Agent": "recalldash", **headers}, deadline=deadline
            ) as answer:
                status = answer.status
                error = answers.judge(
                    status=status,
                    headers=answer.headers,
                    body=None,
                    request=request,
                    write=False,
                    now=self._clock.now(),
                )
                if error is not None:
                    raise error
                yield answer
        except NoAnswer as e:
            failure = Unreachable.__name__
            raise Unreachable(status=status, code=e.code, request=request) from None
        except RecallError as e:
            failure = type(e).__name__
            raise
        finally:
            took_s = self._clock.monotonic() - started
            self._tell(Call("GET", url.path, status, took_s, failure))

    def _attempt(
        self,
        method: str,
        url: httpx.URL,
        *,
        request: str,
        headers: dict[str, str],
        content: bytes | None,
        deadline: float,
        max_bytes: int,
    ) -> Any:
        write = method != "GET"
        if self._permit is not None:
            self._permit(method, url.path)
        started = self._clock.monotonic()
        status: int | None = None
        date: datetime | None = None
        retry_after_s: float | None = None
        failure = ""
        try:
            answer = self._wire.exchange(
                method,
                url,
                headers=headers,
                content=content,
                deadline=deadline,
                max_bytes=max_bytes,
            )
            status = answer.status
            date = _date(answer.headers.get("date", ""))
            error = answers.judge(
                status=answer.status,
                headers=answer.headers,
                body=self._without_key(answer.body),
                request=request,
                write=write,
                now=self._clock.now(),
            )
            if error is not None:
                raise error
            return answers.value(answer.body, status=status, request=request, write=write)
        except NoAnswer as e:
            kind = OutcomeUnknown if write and e.sent else Unreachable
            error = kind(code=e.code, request=request)
            failure = type(error).__name__
            raise error from None
        except RecallError as e:
            failure = type(e).__name__
            retry_after_s = e.retry_after_s if isinstance(e, SlowDown) else None
            raise
        finally:
            took_s = self._clock.monotonic() - started
            self._tell(Call(method, url.path, status, took_s, failure, retry_after_s, date))

    def _without_key(self, body: bytes | None) -> bytes | None:
        """An error's words end up on screens and in logs; whoever wrote them may echo the key."""
        if body is None or len(self._key) < SHORTEST_KEY:
            return body
        return body.replace(self._key.encode(), b"...")

    def _tell(self, call: Call) -> None:
        if self._observer is None:
            return
        try:
            self._observer(call)
        except Exception:
            # What Recall did is done; a log that fails must not make it look undone.
            logger.exception("The request log failed")


def link_of(url: str, *, request: str) -> httpx.URL:
    """A link that Recall gave us. Raises NotRecall unless it is plain http or https."""
    try:
        link = httpx.URL(url)
    except (httpx.InvalidURL, TypeError, ValueError):
        raise NotRecall(code="bad_link", request=request) from None
    # A browser reads a backslash as a slash, and so another host than httpx does.
    odd = not url.isascii() or "\\" in url or any(char <= " " or char == "\x7f" for char in url)
    if odd or link.scheme not in ("http", "https") or not link.host or link.userinfo:
        raise NotRecall(code="bad_link", request=request)
    return link


def _date(header: str) -> datetime | None:
    """The moment that an answer's `Date` names, or None."""
    try:
        date = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo is not None else None


def _checked(base_url: str) -> str:
    try:
        url = httpx.URL(base_url)
    except (httpx.InvalidURL, TypeError) as e:
        raise ValueError(f"not an address for Recall: {e}") from None
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.query:
        raise ValueError("Recall's address must look like https://<region>.recall.ai")
    return base_url.rstrip("/")


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)
