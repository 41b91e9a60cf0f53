"""Recall's webhooks: sign, verify and parse; bytes in, values out."""

import binascii
import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from .reading import load_json, mapping, metadata, parse_datetime, text, word
from .types import MEDIA_KINDS

FAMILIES = ("webhook", "svix")
TOLERANCE_S = 300
MESSAGE_LENGTH = 1000
SECRET_PREFIX = "whsec_"
LEAST_BYTES, LEAST_BARE_BYTES = 16, 24

_ID = re.compile(r"[!-~]{1,200}")
_TIMESTAMP = re.compile(r"[1-9][0-9]{0,11}")


class NotFromRecall(Exception):
    """A delivery that Recall did not sign. `reason` is a word, `sentence` is for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def sentence(self) -> str:
        return _REASONS[self.reason]

    def __str__(self) -> str:
        return self.sentence


_REASONS = {
    "no_signature": (
        "Webhook refused: it is not signed. Create the workspace's webhook secret in Recall's "
        "dashboard."
    ),
    "no_secret": (
        "Webhook refused: this workspace has no usable webhook secret. Paste the one from "
        "Recall's dashboard."
    ),
    "bad_signature": (
        "Webhook refused: the signature does not match. Check this workspace's webhook secret."
    ),
    "stale": (
        "Webhook refused: it was signed more than five minutes away from now. Check this "
        "server's clock."
    ),
    "junk": "Webhook refused: its headers or its body are not what Recall sends.",
}


class Unreadable(Exception):
    """A body that is no event of Recall's; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Verified:
    """`secret_index` counts in the secrets given, so that an old one can be seen to be in use."""

    message_id: str
    secret_index: int
    sent_at: datetime


@dataclass(frozen=True)
class Event:
    """
    One event, whatever its generation. `family` is `bot`, `recording`, a kind of artifact,
    `realtime_endpoint`, `calendar`, `sdk_upload`, `slack`, `slack_team`, `log` (bot.log and
    bot.output_log), `realtime` (what was said and done in the call) or `unknown`.

    `name` and `code` are Recall's words, an open set; `code` is empty where nothing changed its
    status. `error` is `{"code": ..., "message": ...}` or None; `metadata` is the bot's.
    """

    name: str
    family: str
    bot_id: str | None
    recording_id: str | None
    artifact_id: str | None
    code: str
    sub_code: str | None
    message: str
    at: datetime | None
    error: dict[str, Any] | None
    metadata: dict[str, str]
    legacy: bool
    raw: dict[str, Any] = field(repr=False, compare=False)


def is_secret(secret: str) -> bool:
    """Whether this can be a webhook secret: `whsec_` and the base64 of 16 bytes or more.

    Without the prefix it takes 24 bytes, the least that Standard Webhooks has: many an ordinary
    word is base64, too.
    """
    return _key(secret) is not None


def _key(secret: str) -> bytes | None:
    """What is signed with; None for what is no secret."""
    secret = secret.strip()
    bare = secret.removeprefix(SECRET_PREFIX)
    try:
        key = b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) >= (LEAST_BARE_BYTES if bare == secret else LEAST_BYTES) else None


def sign(
    body: bytes,
    *,
    secret: str | Sequence[str],
    message_id: str,
    at: datetime,
    family: Literal["webhook", "svix"] = "webhook",
) -> dict[str, str]:
    """
    The three headers of a delivery, one signature for each secret.

    Mirrors https://docs.recall.ai/docs/authenticating-requests-from-recallai. Raises ValueError
    for a time without a zone, or no secret.
    """
    if at.tzinfo is None:
        raise ValueError("a time without a zone can't be signed")
    keys = [_key(each) for each in ([secret] if isinstance(secret, str) else secret)]
    usable = [key for key in keys if key is not None]
    if not usable or len(usable) < len(keys):
        raise ValueError("not a webhook secret")
    timestamp = int(at.timestamp())
    return {
        f"{family}-id": message_id,
        f"{family}-timestamp": str(timestamp),
        f"{family}-signature": " ".join(
            _signature(body, key=key, message_id=message_id, timestamp=timestamp) for key in usable
        ),
    }


def verify(
    headers: Mapping[str, str],
    body: bytes,
    *,
    secrets: Sequence[str],
    now: datetime,
    tolerance_s: float = TOLERANCE_S,
) -> Verified:
    """
    Who signed these bytes and when. Headers come in any case and in either family, `webhook-*`
    or `svix-*`, never mixed. Raises NotFromRecall, whatever is wrong, and nothing else.
    """
    given = {str(name).lower(): value for name, value in headers.items()}
    trios = [
        trio
        for family in FAMILIES
        if all(trio := [given.get(f"{family}-{part}") for part in ("id", "timestamp", "signature")])
    ]
    if not trios:
        raise NotFromRecall("no_signature")
    keys = [(n, key) for n, secret in enumerate(secrets) if (key := _key(secret)) is not None]
    if not keys:
        raise NotFromRecall("no_secret")
    refusals = []
    for trio in trios:
        try:
            return _verify(trio, body, keys=keys, now=now, tolerance_s=tolerance_s)
        except NotFromRecall as e:
            refusals.append(e)
    raise refusals[0]


def _verify(
    trio: list[Any],
    body: bytes,
    *,
    keys: Sequence[tuple[int, bytes]],
    now: datetime,
    tolerance_s: float,
) -> Verified:
    message_id, timestamp, signatures = trio
    if not all(isinstance(each, str) for each in trio):
        raise NotFromRecall("junk")
    # One spelling of each number: what is signed is the number, not the header's text.
    if not _ID.fullmatch(message_id) or not _TIMESTAMP.fullmatch(timestamp):
        raise NotFromRecall("junk")
    try:
        sent_at = datetime.fromtimestamp(int(timestamp), tz=UTC)
    except (ValueError, OverflowError, OSError):
        raise NotFromRecall("junk") from None
    expected = [
        (index, _signature(body, key=key, message_id=message_id, timestamp=int(timestamp)).encode())
        for index, key in keys
    ]
    offered = [each.encode("utf-8", "replace") for each in signatures.split(" ")]
    matching = [
        index
        for index, signature in expected
        if any(hmac.compare_digest(signature, each) for each in offered)
    ]
    if not matching:
        raise NotFromRecall("bad_signature")
    if abs((now - sent_at).total_seconds()) > tolerance_s:
        raise NotFromRecall("stale")
    return Verified(message_id=message_id, secret_index=matching[0], sent_at=sent_at)


def _signature(body: bytes, *, key: bytes, message_id: str, timestamp: int) -> str:
    """Of the very bytes, which need not be text: https://www.standardwebhooks.com."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.digest(key, signed, "sha256")).decode()


_LOGS = {"bot.log", "bot.output_log"}
_IN_CALL_LEGACY = {
    "bot.transcription",
    "bot.participant_join",
    "bot.participant_leave",
    "bot.active_speaker_notify",
    "bot.participant_screen_on",
    "bot.participant_screen_off",
    "bot.participant_in_waiting_room",
    "bot.chat_message",
}
_IN_CALL_SUFFIXES = {
    "participant_events": {
        "join",
        "leave",
        "update",
        "speech_on",
        "speech_off",
        "webcam_on",
        "webcam_off",
        "screenshare_on",
        "screenshare_off",
        "chat_message",
    },
    "transcript": {"data", "partial_data", "provider_data"},
}
_FAMILIES = {
    "bot",
    "recording",
    *MEDIA_KINDS,
    "realtime_endpoint",
    "calendar",
    "sdk_upload",
    "slack",
    "slack_team",
}
_WITH_STATUS = _FAMILIES - {"calendar", "slack", "slack_team"}


def parse(body: bytes) -> Event:
    """
    The event in a verified body: current, legacy or never heard of. NUL characters, NaN and the
    like are gone from everything in it, `raw` included. Raises Unreadable.
    """
    try:
        payload = load_json(body)
    except ValueError:
        raise Unreadable("The body is not JSON.") from None
    name = word(mapping(payload).get("event"))
    if not name:
        raise Unreadable("The body is JSON but names no event.")

    family = _family(name)
    data = mapping(payload.get("data"))
    status = (
        mapping(data.get("status")) if name == "bot.status_change" else mapping(data.get("data"))
    )
    bot = mapping(data.get("bot")) or mapping(payload.get("bot"))
    log = mapping(data.get("log"))
    error = status.get("error")
    code = ""
    if family in _WITH_STATUS:
        suffix = "" if name == "bot.status_change" else name.partition(".")[2]
        code = word(status.get("code")) or word(suffix)
    return Event(
        name=name,
        family=family,
        bot_id=_id(bot.get("id"), data.get("bot_id"), payload.get("bot_id")),
        recording_id=_id(
            mapping(data.get("recording")).get("id"),
            data.get("recording_id"),
            status.get("recording_id"),
        ),
        artifact_id=(
            None
            if family in ("bot", "recording", "unknown")
            else _id(mapping(data.get(family)).get("id"))
        ),
        code=code,
        sub_code=word(status.get("sub_code")) or None,
        message=(text(status.get("message")) or text(log.get("message")))[:MESSAGE_LENGTH],
        at=_first_time(
            status.get("updated_at"),
            status.get("created_at"),
            log.get("created_at"),
            data.get("last_updated_ts"),
        ),
        error=error if isinstance(error, dict) else None,
        metadata=metadata(bot.get("metadata")),
        legacy=name == "bot.status_change" or name in _LOGS or name in _IN_CALL_LEGACY,
        raw=payload,
    )


def _family(name: str) -> str:
    prefix, _, suffix = name.partition(".")
    in_call = name in _IN_CALL_LEGACY or suffix in _IN_CALL_SUFFIXES.get(prefix, ())
    if in_call or suffix == "data":
        return "realtime"
    if name in _LOGS:
        return "log"
    return prefix if prefix in _FAMILIES and suffix else "unknown"


def _id(*candidates: Any) -> str | None:
    return next((found for each in candidates if (found := word(each))), None)


def _first_time(*candidates: Any) -> datetime | None:
    return next((at for each in candidates if (at := parse_datetime(each))), None)
