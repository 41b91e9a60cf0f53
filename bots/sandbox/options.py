"""How a workspace of the sandbox plays what Recall's pages leave open, with the defaults.

Every option is documented in `docs/sandbox.md`; a workspace keeps only what differs.
"""

from collections.abc import Mapping
from typing import Any

from .play import Choices

DEFAULTS: Mapping[str, Any] = {
    # answers
    "page_size": 100,
    "not_found_code": False,
    "adhoc_code": "adhoc_pool_depleted",
    "adhoc_pool_size": 100,
    "adhoc_refill_s": 60.0,
    "adhoc_retry_after_s": 30,
    "limits": {},
    "rate_limits": True,
    "idempotency_keeps": "all",
    "wrong_state": "ignore",
    "format_rules": "accept",
    "long_meet_chat": "refuse",
    "int_everyone_left": "refuse",
    "mixed_outputs": "refuse",
    "default_retention": {"type": "timed", "hours": 168},
    "forever_expires_at": None,
    "join_at_cleared": False,
    "strict_firewall": False,
    "empty_sub_code": None,
    # the bot's life
    "start_while_recording": "deleted",
    "recording_done_status": True,
    "recording_done_first": False,
    "done_after_fatal": False,
    "first_status_ready": False,
    "leave_counts_from": "recording",
    "after_pause": "continue",
    # media
    "paused": "black",
    "separate_audio_mp3": "ogg",
    "links_live_s": 6 * 3600,
    "retention_hour_s": 3600.0,
    # real time
    "realtime_signed": True,
    "realtime_relative_from": "recording",
    "realtime_absolute": "+00:00",
    "realtime_dated_words": True,
    "realtime_emails": False,
    "realtime_bare_people": False,
    "realtime_paused": False,
    "realtime_before_recording": False,
    # webhooks
    "headers": "webhook",
    "time_jitter_ms": 0,
    "offset_style": "+00:00",
    "retry_speed": None,
    "delay_s": 0.0,
    "shuffle_s": 0.0,
    "double": False,
    "drop": 0.0,
    "webhooks_paused": False,
}
WEBHOOK_MODES = ("delay_s", "shuffle_s", "double", "drop", "webhooks_paused")


class UnknownOption(ValueError):
    """An option that the sandbox does not have, or a value of the wrong kind."""


def checked(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options as given, if each is known and of its default's kind. Raises UnknownOption."""
    for name, value in options.items():
        if name not in DEFAULTS:
            raise UnknownOption(
                f"There is no setting “{name}”. See docs/sandbox.md for all of them."
            )
        default = DEFAULTS[name]
        number = isinstance(default, int | float) and not isinstance(default, bool)
        kind = (int, float) if number else type(default)
        right = default is None or value is None or isinstance(value, kind)
        if not right or (number and isinstance(value, bool)):
            raise UnknownOption(f"“{name}” takes a value like {default!r}, not {value!r}.")
    return dict(options)


class Options:
    """A workspace's options, by name: what was set, else the default."""

    def __init__(self, kept: Mapping[str, Any] | None = None) -> None:
        self._kept = kept or {}

    def __getitem__(self, name: str) -> Any:
        return self._kept.get(name, DEFAULTS[name])

    @property
    def choices(self) -> Choices:
        """What the engine needs of them."""
        return Choices(
            keeps_overwritten=self["start_while_recording"] == "done",
            shows_recording_done=self["recording_done_status"],
            recording_done_first=self["recording_done_first"],
            done_after_fatal=self["done_after_fatal"],
            first_status_ready=self["first_status_ready"],
            leave_counts_from=self["leave_counts_from"],
            after_pause=self["after_pause"],
            separate_audio_mp3=self["separate_audio_mp3"],
        )
