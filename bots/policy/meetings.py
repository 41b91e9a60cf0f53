"""Which meetings a policy lets be recorded, and by which rule it does not. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bots.lifecycle import platform_label
from bots.policy.ask import Meeting
from bots.policy.rules import Origin, Version
from bots.policy.words import LABELS, listed

# Scripts that write without blanks between words: Thai to Khmer, kana and Chinese.
_UNPARTED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)


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
    host = _ascii(meeting.host)
    for domain in rules.blocked_domains:
        if f".{host}".endswith(f".{_ascii(domain)}"):
            yield "blocked_domains", f"Meetings on {domain} are not recorded."
            break
    title = _folded(meeting.title)
    for word in rules.title_words:
        if _has_word(title, _folded(word)):
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


def _ascii(host: str) -> str:
    """A host or domain as the network knows it: "bücher.example" is "xn--bcher-kva.example"."""
    host = host.lower()
    try:
        return host.encode("idna").decode().rstrip(".")
    except UnicodeError:
        return host.rstrip(".")


def _folded(text: str) -> str:
    """Whatever looks alike is the same: case, blanks, and letters composed in several ways."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.split())


def _has_word(title: str, word: str) -> bool:
    """Whether the word stands in the title, whole where its script parts words."""
    if not word:
        return False
    before = "" if _UNPARTED.match(word[0]) else r"(?<!\w)"
    after = "" if _UNPARTED.match(word[-1]) else r"(?!\w)"
    return re.search(before + re.escape(word) + after, title) is not None
