"""Untrusted bytes and values, read so that nothing downstream can trip over them."""

import json
import math
import re
import uuid
from datetime import UTC, datetime
from typing import Any, TypeGuard

MAX_DEPTH = 100
WORD_LENGTH = 200

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def load_json(body: bytes) -> Any:
    """
    JSON as Recall may send it, safe to keep: NUL characters are gone, lone surrogates are
    replaced, NaN and infinities are None. Databases refuse all of these.

    Raises ValueError for everything that is not UTF-8 JSON or is nested too deeply.
    """
    try:
        return _safe(json.loads(body.decode("utf-8-sig")), depth=0)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _safe(value: Any, *, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {clean_text(key): _safe(each, depth=depth + 1) for key, each in value.items()}
    if isinstance(value, list):
        # In place: the words of a long meeting shall not stand in memory twice.
        for place, each in enumerate(value):
            value[place] = _safe(each, depth=depth + 1)
    return value


def clean_text(value: str) -> str:
    """The text without NUL characters and lone surrogates."""
    if value.isascii() and "\0" not in value:
        return value  # as nearly all are
    return _LONE_SURROGATE.sub("\ufffd", value.replace("\0", ""))


def text(value: Any) -> str:
    """The value where it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def word(value: Any) -> str:
    """One of Recall's words (a code, an id, a name), at most 200 characters long."""
    return text(value).strip()[:WORD_LENGTH]


def is_uuid(word: str) -> bool:
    """Whether it can be one of Recall's ids, in whatever spelling."""
    try:
        uuid.UUID(word)
    except ValueError:
        return False
    return True


def mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def dicts(value: Any) -> list[dict[str, Any]]:
    """The objects in a list; whatever else stands there is passed over."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def metadata(value: Any) -> dict[str, str]:
    """Recall's custom metadata: text to text, other values passed over."""
    return {key: each for key, each in mapping(value).items() if isinstance(each, str)}


def is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def whole(value: Any) -> int | None:
    """The value where it is a whole number that a database column can hold."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return value
    return None


def seconds(value: Any) -> float | None:
    if not is_number(value):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def parse_datetime(value: Any) -> datetime | None:
    """
    ISO 8601 as Recall writes it (`Z` or `+00:00`, microseconds or not) as an aware time in UTC.
    A time without a zone counts as UTC, because Recall has no other. None for anything else.
    """
    if not isinstance(value, str) or "T" not in value or len(value) > 40:
        return None
    try:
        at = datetime.fromisoformat(value.strip())
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
