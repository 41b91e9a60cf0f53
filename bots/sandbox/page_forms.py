"""What the sandbox's pages ask: every setting with its sentence, faults, webhook troubles."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .direct import NotPossible
from .models import Workspace
from .options import DEFAULTS

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "Answers": {
        "page_size": "How many bots or recordings stand on one page of a list.",
        "not_found_code": "A 404 for a bot or recording also carries a code.",
        "adhoc_code": "The code of a 507, when no bot is free at once.",
        "adhoc_pool_size": "How many bots can be sent at once before there is a 507.",
        "adhoc_refill_s": "Seconds until a bot that was sent at once is free again.",
        "adhoc_retry_after_s": "Retry-After of a 507, in seconds.",
        "limits": "Calls a minute by operation, where they differ from Recall's: "
        '{"bot_create": 5}.',
        "rate_limits": "Calls above the limits get a 429.",
        "idempotency_keeps": "Which answers a repeated Idempotency-Key gets again for an hour: "
        "all, or only successes and 507s.",
        "wrong_state": "Pause, resume and stop while there is nothing to pause, resume or stop.",
        "format_rules": "Formats that need a layout which was not asked for.",
        "long_meet_chat": "A chat message that is too long for Google Meet.",
        "int_everyone_left": "A plain number as everyone_left_timeout.",
        "mixed_outputs": "Web pages of a bot with pictures or sounds, and the other way round.",
        "default_retention": "How long recordings are kept where a bot does not say.",
        "forever_expires_at": "expires_at of a recording that is kept for ever.",
        "join_at_cleared": "join_at is empty once a scheduled bot has joined.",
        "strict_firewall": "The firewall also refuses this dashboard's own address in a payload.",
        "empty_sub_code": "The sub_code where there is none: null, or an empty text.",
    },
    "The bot's life": {
        "start_while_recording": "What becomes of a recording that a new start overwrites.",
        "recording_done_status": "The bot passes through recording_done.",
        "recording_done_first": "recording_done comes before call_ended.",
        "done_after_fatal": "A bot that failed is done afterwards.",
        "first_status_ready": "The first status is ready, before joining_call.",
        "leave_counts_from": "Where the timers of leaving begin: recording, or entering the call.",
        "after_pause": "What the timers of leaving do after a pause.",
    },
    "Recordings": {
        "paused": "Paused stretches are black and silent, or cut out.",
        "separate_audio_mp3": "The file that audio_separate_mp3 gives.",
        "links_live_s": "Seconds until a download link expires.",
        "retention_hour_s": "Seconds in an hour of retention: 60 lets a day go by in 24 minutes.",
    },
    "Real time": {
        "realtime_signed": "Real-time messages are signed with the workspace's secrets.",
        "realtime_relative_from": "Where relative times begin: recording, or entering the call.",
        "realtime_absolute": "How absolute times end.",
        "realtime_dated_words": "Words have absolute times, too.",
        "realtime_emails": "A participant's email follows the join, in an update.",
        "realtime_bare_people": "Participants have an id and a name alone.",
        "realtime_paused": "Nothing is told at real-time endpoints.",
        "realtime_before_recording": "What people do and write is told before a recording, too.",
    },
    "Signatures and times of webhooks": {
        "headers": "The family of signature headers.",
        "time_jitter_ms": "How far a webhook's time may differ from the API's, in milliseconds.",
        "offset_style": "How times end in webhooks.",
        "retry_speed": "How many times faster than life failed webhooks are tried again; "
        "null: as fast as meetings run.",
    },
}
TROUBLES: Mapping[str, str] = {
    "webhooks_paused": "Hold all webhooks back",
    "double": "Send every webhook twice",
    "delay_s": "Delay each by so many seconds",
    "shuffle_s": "Shuffle them within so many seconds",
    "drop": "Drop this share of them (0 to 1)",
}
_ONE_OF: Mapping[str, tuple[str, ...]] = {
    "idempotency_keeps": ("all", "success"),
    "wrong_state": ("ignore", "400"),
    "format_rules": ("accept", "400"),
    "long_meet_chat": ("refuse", "accept"),
    "int_everyone_left": ("refuse", "accept"),
    "mixed_outputs": ("refuse", "ignore"),
    "start_while_recording": ("deleted", "done"),
    "leave_counts_from": ("recording", "call"),
    "after_pause": ("continue", "restart"),
    "paused": ("black", "cut"),
    "separate_audio_mp3": ("ogg", "mp3"),
    "realtime_relative_from": ("recording", "call"),
    "realtime_absolute": ("+00:00", "Z"),
    "headers": ("webhook", "svix"),
    "offset_style": ("+00:00", "Z"),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as a field: `kind` is switch, choice, number, words or json."""

    name: str
    sentence: str
    kind: str
    shown: str
    default: str
    choices: tuple[str, ...] = ()
    is_changed: bool = False
    is_on: bool = False


def settings_of(
    workspace: Workspace, typed: Mapping[str, str] | None = None
) -> list[tuple[str, list[Setting]]]:
    """Every setting in its group, as it is or as it was `typed`."""
    return [
        (group, [_setting(workspace, name, sentence, typed) for name, sentence in rows.items()])
        for group, rows in SENTENCES.items()
    ]


def troubles_of(workspace: Workspace) -> list[Setting]:
    """How webhooks misbehave, as fields."""
    return [_setting(workspace, name, sentence, None) for name, sentence in TROUBLES.items()]


def _setting(
    workspace: Workspace, name: str, sentence: str, typed: Mapping[str, str] | None
) -> Setting:
    value, default, kind = workspace.options[name], DEFAULTS[name], _kind(name)
    shown = _shown(value, kind) if typed is None else typed.get(name, "")
    choices = _ONE_OF.get(name, ())
    if choices and shown not in choices:
        choices = (*choices, shown)
    return Setting(
        name,
        sentence,
        kind,
        shown,
        default=("on" if default else "off") if kind == "switch" else _shown(default, kind),
        choices=choices,
        is_changed=value != default,
        is_on=bool(value) if typed is None else bool(shown),
    )


def _kind(name: str) -> str:
    default = DEFAULTS[name]
    if isinstance(default, bool):
        return "switch"
    if name in _ONE_OF:
        return "choice"
    if isinstance(default, int | float):
        return "number"
    return "words" if isinstance(default, str) else "json"


def _shown(value: Any, kind: str) -> str:
    return json.dumps(value) if kind == "json" else f"{value:g}" if kind == "number" else str(value)


def read_settings(workspace: Workspace, typed: Mapping[str, str]) -> dict[str, Any]:
    """What was changed among the settings. Raises NotPossible."""
    names = [name for rows in SENTENCES.values() for name in rows]
    return _changed(workspace, {name: _read(name, typed) for name in names})


def read_troubles(workspace: Workspace, typed: Mapping[str, str]) -> dict[str, Any]:
    """What was changed among the webhook troubles. Raises NotPossible."""
    modes = {name: _read(name, typed) for name in TROUBLES}
    if not 0 <= modes["drop"] <= 1:
        raise NotPossible("The share of dropped webhooks is a number from 0 to 1.")
    if modes["delay_s"] < 0 or modes["shuffle_s"] < 0:
        raise NotPossible("Webhooks cannot be early: give 0 seconds or more.")
    return _changed(workspace, modes)


def _changed(workspace: Workspace, values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value != workspace.options[name]}


def _read(name: str, typed: Mapping[str, str]) -> Any:
    text, kind = typed.get(name, "").strip(), _kind(name)
    if kind == "switch":
        return bool(text)
    try:
        if kind == "number":
            number = float(text)
            whole = isinstance(DEFAULTS[name], int)
            return int(text) if whole else _finite(number)
        if kind == "json":
            return json.loads(text or "null")
    except ValueError as e:
        what = "a whole number" if isinstance(DEFAULTS[name], int) else "a number"
        what = what if kind == "number" else "JSON, or null"
        raise NotPossible(f"“{name}” takes {what}. Nothing was changed.") from e
    if name in _ONE_OF and text not in _ONE_OF[name]:
        raise NotPossible(f"“{name}” is one of {', '.join(_ONE_OF[name])}. Nothing was changed.")
    return text


def _finite(number: float) -> float:
    if number - number:
        raise ValueError(number)
    return number


def read_fault(typed: Mapping[str, str]) -> dict[str, Any]:
    """A fault as `direct.add_fault` takes it. Raises NotPossible."""
    wanted: dict[str, Any] = {"kind": typed.get("kind", ""), "method": typed.get("method", "")}
    path = typed.get("path", "").strip()
    try:
        re.compile(path)
    except re.error as e:
        raise NotPossible(f"“{path}” is not a pattern for a path: {e}.") from e
    wanted["path"] = path[:200]
    ranges = [("count", 1, 10_000), ("status", 400, 599), ("seconds", 0, 120), ("bytes", 0, 10**9)]
    for name, least, most in ranges:
        text = typed.get(name, "").strip()
        if not text:
            continue
        if not text.isdecimal() or not least <= int(text) <= most:
            raise NotPossible(f"“{name}” is a whole number from {least} to {most}.")
        wanted[name] = int(text)
    return wanted


def read_addresses(workspace: Workspace, text: str) -> list[dict[str, Any]]:
    """Webhook addresses, one a line; those known keep their events. Raises NotPossible."""
    events = dict(workspace.endpoints.values_list("url", "events"))
    urls = [line.strip() for line in text.splitlines() if line.strip()]
    for url in urls:
        if not re.match(r"https?://[^\s/]", url):
            raise NotPossible(f"“{url}” is not an address. It begins with http:// or https://.")
    return [{"url": url, "events": events.get(url, [])} for url in dict.fromkeys(urls)]
