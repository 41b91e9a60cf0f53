"""What a status, headers and a body from Recall mean: a value, or which error."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from . import errors
from .reading import clean_text, load_json, mapping, text, word

RETRY_AFTER_CAP_S = 120.0
DETAIL_LENGTH = 500
MAX_FIELDS = 50


def judge(
    *,
    status: int,
    headers: Mapping[str, str],
    body: bytes | None,
    request: str,
    write: bool,
    now: datetime,
) -> errors.RecallError | None:
    """
    The error that an answer means, or None for a 2xx. `body` is None where it was
    too large or oddly packed.

    Mirrors https://docs.recall.ai/reference/errors. Several error bodies are not established;
    there the status alone decides.
    """
    if 200 <= status < 300:
        return None
    answer, readable = _read(body)
    code = word(mapping(answer).get("code"))
    detail = text(mapping(answer).get("detail"))[:DETAIL_LENGTH]
    told: dict[str, Any] = {"status": status, "code": code, "detail": detail, "request": request}
    waiting = headers.get("retry-after")

    if status in _BY_STATUS:
        return _BY_STATUS[status](**told)
    if status == 429:
        wait = retry_after_s(waiting, default=errors.SLOW_DOWN_S, now=now)
        return errors.SlowDown(retry_after_s=wait, **told)
    if status == 507:
        wait = retry_after_s(waiting, default=errors.NO_FREE_BOT_S, now=now)
        return errors.NoFreeBot(retry_after_s=wait, **told)
    if status >= 500:
        return errors.OutcomeUnknown(**told) if write else errors.Unreachable(**told)
    if not 400 <= status < 500 or not readable:
        odd = {**told, "code": "html_or_junk" if status >= 400 else "redirect", "detail": ""}
        return errors.NotRecall(may_have_happened=write, **odd)
    if status == 404:
        return errors.NotFound(**told)
    if status == 405 or code in _TOO_LATE_CODES or code.startswith("cannot_command_"):
        return errors.TooLate(**told)
    return errors.Refused(fields=field_messages(answer), **told)


_TOO_LATE_CODES = {"update_bot_failed", "cannot_delete_bot"}

# These mean the same whoever phrased the body: the firewall, for one, used to answer in HTML.
_BY_STATUS: dict[int, type[errors.RecallError]] = {
    401: errors.WrongKeyOrRegion,
    402: errors.OutOfCredit,
    403: errors.BlockedByFirewall,
    409: errors.Conflict,
}


def _read(body: bytes | None) -> tuple[Any, bool]:
    """The error body and whether it is one of Recall's: JSON, or nothing at all."""
    if body is None:
        return {}, False
    if not body.strip():
        return {}, True
    try:
        answer = load_json(body)
    except ValueError:
        return {}, False
    return answer, isinstance(answer, (dict, list))


def value(body: bytes | None, *, status: int, request: str, write: bool) -> Any:
    """
    What stands in a 2xx answer; None where there is nothing in it.

    Raises NotRecall for a body that is too large, oddly packed or not JSON.
    """
    told: dict[str, Any] = {"status": status, "request": request, "may_have_happened": write}
    if body is None:
        raise errors.NotRecall(code="unreadable_body", **told)
    if not body.strip():
        return None
    try:
        return load_json(body)
    except ValueError:
        raise errors.NotRecall(code="broken_json", **told) from None


def retry_after_s(header: str | None, *, default: float, now: datetime) -> float:
    """Seconds to wait, from seconds or an HTTP date: never negative, never above two minutes."""
    given = (header or "").strip()
    if re.fullmatch(r"[0-9]+", given):
        return (
            float(given)
            if len(given) < 4 and float(given) < RETRY_AFTER_CAP_S
            else (RETRY_AFTER_CAP_S)
        )
    try:
        until = parsedate_to_datetime(given)
    except ValueError:
        return default
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    wait = (until - now).total_seconds()
    return min(wait, RETRY_AFTER_CAP_S) if wait >= 0 else default


def field_messages(answer: Any) -> dict[str, list[str]]:
    """
    A 400's messages under dotted names: `{"a": {"b": ["no"]}}` becomes `{"a.b": ["no"]}`, an
    entry of a list gets its number, and a bare list comes under `non_field_errors`.
    """
    if isinstance(answer, list):
        answer = {"non_field_errors": answer}
    plain = {k: v for k, v in mapping(answer).items() if not _is_envelope(k, v)}
    found: dict[str, list[str]] = {}
    for name, message in _messages(plain, ""):
        if name in found or len(found) < MAX_FIELDS:
            found.setdefault(name, []).append(clean_text(message)[:DETAIL_LENGTH])
    return found


def _is_envelope(key: str, message: Any) -> bool:
    return key in ("code", "detail") and isinstance(message, str)


def _messages(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _messages(each, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            plain = isinstance(each, str)
            yield from _messages(each, name if plain or not name else f"{name}.{number}")
