"""What a person asks for in sending a bot, and what a policy looks at beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final, Self

# The choices by the switch that leaves them to operators.
CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "may_formats": ("formats", "transcript", "language", "transcript_mode", "layout", "rtmp_url"),
    "may_name": ("bot_name",),
    "may_show": ("shows",),
    "may_start": ("start_on",),
    "may_length": ("recording_s",),
}
SWITCH_OF: Final = {name: switch for switch, names in CHOICES.items() for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a person asked for. Each choice is None where it is left to the policy.

    `formats` are keys of the catalogue, `recording_s` is the longest recording in seconds. `like`
    is another bot's request: what no policy speaks of is taken from it.
    """

    meeting_url: str
    join_at: datetime | None = None
    title: str = ""
    bot_name: str | None = None
    formats: frozenset[str] | None = None
    transcript: str | None = None
    language: str | None = None
    transcript_mode: str | None = None
    layout: str | None = None
    rtmp_url: str | None = None
    start_on: str | None = None
    shows: str | None = None
    recording_s: int | None = None
    like: Mapping[str, Any] | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The choices that were made, fit to be kept with the bot."""
        made = {name: getattr(self, name) for name in SWITCH_OF}
        return {
            name: sorted(value) if isinstance(value, frozenset) else value
            for name, value in made.items()
            if value is not None
        }

    @classmethod
    def read(cls, stored: Mapping[str, Any], **rest: Any) -> Self:
        """From choices that were kept, and `rest` for what is kept elsewhere: link, time, title."""
        known = {each.name for each in fields(cls)} & SWITCH_OF.keys()
        made = {name: value for name, value in stored.items() if name in known}
        if "formats" in made:
            made["formats"] = frozenset(made["formats"])
        return cls(**made, **rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """What a policy's rules look at beside the ask.

    `platform` "" is not known; `host` is the link's; `names` are the notetaker names that count;
    `picture` is the policy's picture as a JPEG in base64. `live_bots` is how many bots the team
    has in meetings at that time, `hours_used` how many bot-hours it has used this month. `listens`:
    Recall can reach us, to tell what happens while it happens.
    """

    platform: str = ""
    host: str = ""
    title: str = ""
    names: tuple[str, ...] = ()
    picture: str = ""
    live_bots: int = 0
    hours_used: float = 0.0
    listens: bool = False
