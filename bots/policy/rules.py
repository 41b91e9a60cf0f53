"""A recording policy as plain values: its fields, their sections, where each value comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, Final, Self

from bots.formats import DEFAULTS, FORMATS
from bots.lifecycle.showing import Shows
from bots.policy.wish import LeaveRules, Retention


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the bots of a team record, when they start, when they leave, and which meetings.

    As JSON-like values: lists are tuples, `retention` is hours, "forever" or "none"; `…_s` are
    seconds. An empty `platforms` means all, an empty `layout` whatever the formats need; None is
    "no limit". `bot_picture` is the digest of a stored picture, `shows` what a bot can show and
    play in its call: "pictures", "sounds" (and pictures) or "pages". `names_on` switches the
    detection of bots by their names; Recall has no such switch for the other two. `consent_…` is
    what counts where `start_on` is "consent": whose word it takes, what the bot asks, which
    messages mean yes and no, and what a no does. The rest is no business of Recall's: `shown_to`,
    who sees the meetings here, is the "workspace" or the "team"; `share_links`, who may show
    recordings to outsiders by a link, is "no", "leads" or "operators", and such a link lives for at
    most `share_days`; `keep` are the kinds of files that are copied into the team's own storage,
    for `keep_days`.
    """

    # What is recorded
    formats: tuple[str, ...] = tuple(sorted(DEFAULTS))
    transcript: str = "recallai_streaming"
    language: str = "auto"
    transcript_mode: str = "prioritize_accuracy"
    separate_streams: bool = False
    rtmp_url: str = ""
    layout: str = ""
    screenshare: str = "overlap"
    bot_audio: bool = False
    retention: int | str = 168
    bot_name: str = "Meeting Notetaker"
    bot_picture: str = ""
    shows: str = Shows.PICTURES.value
    join_message: str = ""
    join_message_to: str = "everyone"
    # When recording starts
    start_on: str = "participant_join"
    consent_by: str = "everyone"
    consent_ask: str = (
        "May I record this meeting? Write “yes” into the chat if you agree, “no” if you do not."
    )
    consent_yes: tuple[str, ...] = ("yes", "I agree", "ok")
    consent_no: tuple[str, ...] = ("no", "stop recording")
    consent_no_does: str = "pause"
    # When the bot leaves: *balanced*
    names_on: bool = True
    names_after_s: int = LeaveRules.names_after_s
    names_for_s: int = LeaveRules.names_for_s
    events_after_s: int = LeaveRules.events_after_s
    events_for_s: int = LeaveRules.events_for_s
    silence_after_s: int = LeaveRules.silence_after_s
    silence_for_s: int = LeaveRules.silence_for_s
    waiting_room_s: int = LeaveRules.waiting_room_s
    noone_joined_s: int = LeaveRules.noone_joined_s
    everyone_left_for_s: int = LeaveRules.everyone_left_for_s
    everyone_left_after_s: int | None = LeaveRules.everyone_left_after_s
    not_recording_s: int = LeaveRules.not_recording_s
    recording_s: int | None = LeaveRules.recording_s
    permission_denied_s: int = LeaveRules.permission_denied_s
    # When we tell it to: Recall has no words for these
    stay_s: int | None = None
    leave_at: str = ""
    leave_at_zone: str = "UTC"
    # What operators may change when they send a bot
    may_formats: bool = True
    may_name: bool = True
    may_show: bool = True
    may_start: bool = True
    may_length: bool = True
    # Who sees it
    shown_to: str = "workspace"
    share_links: str = "no"
    share_days: int = 30
    # After the meeting
    keep: tuple[str, ...] = ()
    keep_days: int | None = None
    # Which meetings
    platforms: tuple[str, ...] = ()
    blocked_domains: tuple[str, ...] = ()
    title_words: tuple[str, ...] = ()
    most_bots: int | None = None
    longest_s: int | None = None
    hours_month: int | None = None

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """From stored JSON; what an older release did not know is as it is by default."""
        known = {each.name for each in fields(cls)}
        return cls(**{key: _frozen(value) for key, value in stored.items() if key in known})

    def as_json(self) -> dict[str, Any]:
        """Every field, fit for a JSON column."""
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in asdict(self).items()
        }

    @property
    def leave(self) -> LeaveRules:
        """The timers by which the bot leaves."""
        return LeaveRules(**{each.name: getattr(self, each.name) for each in fields(LeaveRules)})

    @property
    def retention_body(self) -> Retention:
        """The retention as a wish has it."""
        if isinstance(self.retention, int):
            return {"type": "timed", "hours": self.retention}
        return None if self.retention == "none" else "forever"


# In the order of a page: what tells that only bots are left comes first.
LEAVE_FIELDS: Final = (
    "names_on", "names_after_s", "names_for_s", "events_after_s", "events_for_s",
    "silence_after_s", "silence_for_s", "waiting_room_s", "noone_joined_s", "everyone_left_for_s",
    "everyone_left_after_s", "not_recording_s", "recording_s", "permission_denied_s",
)  # fmt: skip
# What we see to ourselves: the longest stay from joining on, and a time of day somewhere.
OWN_LEAVE_FIELDS: Final = ("stay_s", "leave_at", "leave_at_zone")
CONSENT_FIELDS: Final = (
    "consent_by", "consent_ask", "consent_yes", "consent_no", "consent_no_does",
)  # fmt: skip
SECTIONS: Final[dict[str, tuple[str, ...]]] = {
    "record": (
        "formats", "transcript", "language", "transcript_mode", "separate_streams", "rtmp_url",
        "layout", "screenshare", "bot_audio", "retention", "bot_name", "bot_picture",
        "join_message", "join_message_to", "shows",
    ),
    "start": ("start_on", *CONSENT_FIELDS),
    "leave": (*LEAVE_FIELDS, *OWN_LEAVE_FIELDS),
    "operators": ("may_formats", "may_name", "may_show", "may_start", "may_length"),
    "seen": ("shown_to", "share_links", "share_days"),
    "after": ("keep", "keep_days"),
    "meetings": (
        "platforms", "blocked_domains", "title_words", "most_bots", "longest_s", "hours_month",
    ),
}  # fmt: skip
LOCKABLE: Final = ("record", "start", "leave", "seen", "after")
# What a lock has to do with a switch: a team that may not say something itself cannot leave it to
# its operators either. To fix more than the workspace does is always its right.
LOCK_OF: Final = {
    "may_formats": "record", "may_name": "record", "may_show": "record", "may_start": "start",
    "may_length": "leave",
}  # fmt: skip
SECTION_OF: Final = {name: section for section, names in SECTIONS.items() for name in names}
FIELDS: Final = tuple(SECTION_OF)


class Origin(StrEnum):
    """Where a field's value comes from."""

    BUILT_IN = "built_in"
    WORKSPACE = "workspace"
    LOCKED = "locked"
    TEAM = "team"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a team's policy, with the version of the workspace default beneath it.

    `own` is what it says itself, `base` the values beneath it, of which the workspace default has
    set those in `base_own`. In the sections of `locks` the workspace's word is the last. `team` ""
    is the workspace default itself.
    """

    number: int = 0
    team: str = ""
    own: Mapping[str, Any] = field(default_factory=dict)
    base: Mapping[str, Any] = field(default_factory=dict)
    base_number: int = 0
    base_own: frozenset[str] = frozenset()
    locks: frozenset[str] = frozenset()

    @property
    def rules(self) -> Rules:
        """What counts: built in, beneath the workspace's word, beneath the team's where it may."""
        return Rules.read({**self.base, **self.free_own})

    @property
    def free_own(self) -> dict[str, Any]:
        """What it says itself, less what a team says in sections that are locked to it."""
        return {name: value for name, value in self.own.items() if not self.is_silenced(name)}

    def is_silenced(self, name: str) -> bool:
        """Whether a lock takes the effect from what this team says, or would say, of the field."""
        if not self.team:
            return False
        opens = LOCK_OF.get(name) in self.locks and bool(self.own.get(name))
        return opens or SECTION_OF.get(name) in self.locks

    def origin(self, name: str) -> Origin:
        """Where the value of this field comes from."""
        if self.is_silenced(name):
            return Origin.LOCKED
        if name in self.own:
            return Origin.TEAM if self.team else Origin.WORKSPACE
        return Origin.WORKSPACE if name in self.base_own else Origin.BUILT_IN

    def origin_words(self, name: str) -> str:
        """The same as people read it: "Sales, version 7", "Workspace default, version 2"."""
        return {
            Origin.TEAM: f"{self.team}, version {self.number}",
            Origin.LOCKED: f"Workspace default, version {self.base_number}, locked",
            Origin.WORKSPACE: f"Workspace default, version {self.base_number}",
            Origin.BUILT_IN: "recalldash's default",
        }[self.origin(name)]

    @property
    def title(self) -> str:
        """How a sentence names it: "team Sales, version 7"."""
        who = f"team {self.team}" if self.team else "the workspace default"
        return f"{who}, version {self.number}"


def changed_from(rules: Rules, base: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Of these fields, those that differ from what is beneath them, as JSON: a team's own word."""
    beneath, here = Rules.read(base).as_json(), rules.as_json()
    return {name: here[name] for name in names if here[name] != beneath[name]}


def ordered(formats: Iterable[str]) -> tuple[str, ...]:
    """Formats in one order, so that the same choice is the same value."""
    wanted = set(formats)
    known = [each.key for each in FORMATS if each.key in wanted]
    return tuple(sorted(known)) + tuple(sorted(wanted - set(known)))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
