"""Which meetings a policy lets be recorded, and by which rule it does not. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bots.lifecycle import platform_label
from bots.policy.ask import Meeting
from bots.policy.rules import Origin, Version
from bots.policy.words import LABELS, listed


@dataclass(frozen=True, slots=True)
class Refusal:
    """A meeting will not be recorded: the rule's field and the sentence that names it."""

    rule: str
    sentence: str


def refusals(version: Version, meeting: Meeting) -> tuple[Refusal, ...]:
    """Every rule of "Which meetings" that speaks against this one; () when it will be recorded."""
    return tuple(
        Refusal(name, f"{why} This is the rule “{LABELS[name]}” of {named(version, name)}.")
        for name, why in _against(version, meeting)
    )


def named(version: Version, name: str) -> str:
    """Whose word a field is, within a sentence: "team Sales, version 7"."""
    if version.origin(name) in (Origin.WORKSPACE, Origin.LOCKED):
        return f"the workspace default, version {version.base_number}"
    return version.title


def _against(version: Version, meeting: Meeting) -> Iterator[tuple[str, str]]:
    rules = version.rules
    if rules.platforms:
        allowed = {platform_label(key) for key in rules.platforms}
        if not meeting.platform:
            yield "platforms", f"Only meetings on {listed(sorted(allowed))} are recorded."
        elif platform_label(meeting.platform) not in allowed:
            yield "platforms", f"Meetings on {platform_label(meeting.platform)} are not recorded."
    host = meeting.host.lower().rstrip(".")
    for domain in rules.blocked_domains:
        if host == domain.lower() or host.endswith(f".{domain.lower()}"):
            yield "blocked_domains", f"Meetings on {domain} are not recorded."
            break
    for word in rules.title_words:
        if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", meeting.title, re.IGNORECASE):
            yield "title_words", f"Meetings with “{word}” in the title are not recorded."
            break
    if rules.most_bots is not None and meeting.live_bots >= rules.most_bots:
        now = "one bot is" if meeting.live_bots == 1 else f"{meeting.live_bots} bots are"
        yield (
            "most_bots",
            f"{now[:1].upper()}{now[1:]} in meetings at that time, and no more may be.",
        )
    if rules.hours_month is not None and meeting.hours_used >= rules.hours_month:
        used = f"{meeting.hours_used:.1f}".removesuffix(".0")
        yield "hours_month", f"{used} of {rules.hours_month} bot-hours are used this month."
