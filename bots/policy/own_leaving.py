"""What a policy says of leaving that Recall has no words for, as rules of ours. Pure."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Final

from bots.lifecycle import LeaveWhen
from bots.policy.rules import Rules
from bots.zones import zone

CLOCK: Final = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$")

OwnRule = tuple[LeaveWhen, int, datetime | None]


def own_leave_rules(rules: Rules, *, join_at: datetime) -> list[OwnRule]:
    """(what it waits for, seconds, moment) of each rule for a bot that joins at that time."""
    found: list[OwnRule] = []
    if rules.stay_s is not None:
        found.append((LeaveWhen.JOINED, rules.stay_s, None))
    if at := next_clock(rules, after=join_at):
        found.append((LeaveWhen.AT, 0, at))
    return found


def next_clock(rules: Rules, *, after: datetime) -> datetime | None:
    """When the policy's time of day comes next after that moment; None where it names none.

    Where clocks are put forward over it, it is the moment that a clock left alone would show.
    """
    if not CLOCK.match(rules.leave_at):
        return None
    here = after.astimezone(zone(rules.leave_at_zone))
    for days in (0, 1, 2):
        day = here.date() + timedelta(days=days)
        at = datetime.combine(day, time.fromisoformat(rules.leave_at), here.tzinfo)
        if at > after:
            return at.astimezone(after.tzinfo)
    return None
