"""What the log may say: no key, no password, no word of an address that opens a door by itself."""

import logging
import re
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from pythonjsonlogger.json import JsonFormatter

from bots import trace

HIDDEN = "…"
_WORD = r"[^\s'\"<>&,;)}\]]+"
# As it is, and within an address that leads on to another (`?next=`).
_SLASH = "(?:/|%(?:25)*2F)"
# Each with the part that may stay in its first group.
_PATTERNS = [
    re.compile(pattern, re.I)
    for pattern in (
        r"()whsec_[\w+/=-]+",
        # Tokens of our own API.
        r"()\brd_[\w-]{20,}",
        r"()\b(?:v2:)?gAAAA[\w=-]{20,}",
        r"()\bsandbox_[a-z]+-[a-z]+-\d_[\w-]+",
        # Recall's API keys, and other hexadecimal words of their length.
        r"()\b[0-9a-f]{40}(?:[0-9a-f]{24})?\b",
        rf"(\b(?:token|secret)\s*=\s*['\"]?){_WORD}",
        rf"(\b(?:Token|Bearer|Basic)\s+){_WORD}",
        r"(\bv1,)[\w+/]{20,}={0,2}",
        # name=value, name: value, 'name': 'value', b'name', b'value'
        r"((?:authorization|idempotency[-_]key|api[-_]?key|secret[-_]?key|encryption[-_]keys?|"
        r"client[-_]secret|password|passwd|webhook[-_](?:secret|token|signature)|"
        r"svix[-_]signature|set[-_]cookie|cookie|csrfmiddlewaretoken|sessionid|session[-_]key|"
        r"(?<=[?&])[\w-]*(?:token|signature|credential|key|code|secret)[\w-]*)"
        rf"(?:&#x27;|&quot;|['\"])?\s*(?:[=:]|,\s*(?=b['\"]))\s*(?:b?['\"]|&#x27;|&quot;)?){_WORD}",
        r"(\b__Host-recalldash(?:_csrf)?=|\brecalldash(?:_csrf)?=)[\w-]+",
        r"(\brtmps?://[^/\s'\"]+/)[^\s'\"<>&]+",
        r"(\b[a-z][a-z+]{2,20}://[^:/@\s'\"]*:)[^@/\s'\"]+(?=@)",
        # The token of an invitation, of a share link, of a webhook, of a bot's own address, of a
        # new password; not the pages beside them.
        rf"({_SLASH}(?:invitation|s|account{_SLASH}reset|(?:webhooks|realtime){_SLASH}recall)"
        rf"{_SLASH})"
        rf"(?!(?:sent|done){_SLASH}|…)(?:(?!{_SLASH})[^\s\"'?<>])+",
    )
]


def mask(text: str) -> str:
    """The text with dots in the place of this house's own secrets and of what looks like one."""
    for known in (
        settings.SECRET_KEY,
        *settings.ENCRYPTION_KEYS,
        settings.OIDC_CLIENT_SECRET,
        settings.ARCHIVE.secret,
        settings.ARCHIVE_URL,
    ):
        if known:
            text = text.replace(known, HIDDEN)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1{HIDDEN}", text)
    return text


class WithoutTokens(logging.Filter):
    """Masks what is said, for whatever handles it, also where an error tells of a path."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            said = record.getMessage()
        except (TypeError, ValueError):
            return True  # words and values do not fit: the handler tells that, and harms nobody
        hidden = mask(said)
        if hidden != said:
            record.msg, record.args = hidden, ()
        return True


class WithoutTokensInArguments(logging.Filter):
    """The same for a log whose formatter wants every value at its place, such as uvicorn's."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(mask(v) if isinstance(v, str) else v for v in record.args)
        return True


class Line(logging.Formatter):
    """A line, and under it what went wrong, masked when they are whole."""

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's own name)
        said = super().formatMessage(record)
        about = " ".join(f"{name}={value}" for name, value in trace.ids().items())
        return f"{said} [{about}]" if about else said


class Json(JsonFormatter):
    """One object for each line: when, how bad, who says what, and about what."""

    def __init__(self) -> None:
        super().__init__(
            ["asctime", "levelname", "name", "message"],
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        )

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        super().add_fields(log_data, record, message_dict)
        log_data.update(trace.ids())
        for name, value in log_data.items():
            if isinstance(value, str):
                log_data[name] = mask(value)
