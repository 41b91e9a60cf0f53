"""All by which a bot leaves by itself: Recall's settings, and what recalldash sees to. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bots import policy
from bots.dryrun.tape import Tape
from bots.recall.automatic_leave import Leaving, Settings, spell

STAY: Final = "own.stay"
CLOCK: Final = "own.clock"
# What Recall reports of a bot that somebody told to leave.
_TOLD: Final = "bot_received_leave_call"

# Of a policy's rules, those that `terms` goes by.
LOOKED_AT: Final = (*policy.LEAVE_FIELDS, *policy.OWN_LEAVE_FIELDS, "longest_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms(Settings):
    """`Settings`, and the rules that Recall has no words for: the longest stay in a call in
    seconds, and a time of day in a time zone."""

    stay_s: float | None = None
    clock: str = ""
    zone: str = "UTC"


def terms(rules: policy.Rules, names: Sequence[str], *, platform: str = "") -> Terms:
    """By what a bot leaves that is sent under these rules, with these notetaker names."""
    wish = policy.Wish(
        meeting_url="",
        leave=replace(rules.leave, recording_s=policy.longest_s(rules)),
        notetaker_names=tuple(names) if rules.names_on else (),
    )
    body = policy.create_body(wish, platform=platform)["automatic_leave"]
    read = Terms.read(body, platform=platform)
    return replace(read, stay_s=rules.stay_s, clock=rules.leave_at, zone=rules.leave_at_zone)


def told_to_leave(tape: Tape, settings: Settings) -> Leaving | None:
    """The first moment at which recalldash would have told the bot to leave, or None."""
    if not isinstance(settings, Terms):
        return None
    found: list[Leaving] = []
    if settings.stay_s is not None and tape.entered is not None:
        said = f"It had been in the call for {spell(settings.stay_s)}."
        at = tape.entered + settings.stay_s
        found.append(Leaving(at, STAY, _TOLD, tape.entered, said))
    rules = policy.Rules(leave_at=settings.clock, leave_at_zone=settings.zone)
    if clock := policy.next_clock(rules, after=tape.origin):
        at = (clock - tape.origin) / timedelta(seconds=1)
        said = f"It was {settings.clock}, {settings.zone} time."
        found.append(Leaving(at, CLOCK, _TOLD, at, said))
    return min(found, key=lambda each: each.at, default=None)
