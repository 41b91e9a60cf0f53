"""The three ready-made sets of the six timers that tell when only bots are left."""

from __future__ import annotations

from typing import Final

from bots.policy.rules import Rules


def _timers(
    names: tuple[int, int], events: tuple[int, int], silence: tuple[int, int]
) -> dict[str, int]:
    named = {"names": names, "events": events, "silence": silence}
    return {
        f"{rule}_{part}_s": seconds
        for rule, pair in named.items()
        for part, seconds in zip(("after", "for"), pair, strict=True)
    }


# https://docs.recall.ai/docs/bot-detection: *balanced* is the guide's own example, with its names
# timeout of 5 s raised to the 10 s that Recall takes; the others are the ends of its ranges.
PRESETS: Final[dict[str, dict[str, int]]] = {
    "aggressive": _timers((120, 10), (120, 10), (120, 300)),
    "balanced": _timers((300, 10), (300, 10), (1200, 300)),
    "safe": _timers((1200, 180), (1200, 180), (1200, 1200)),
}
PRESET_WORDS: Final[dict[str, str]] = {
    "aggressive": "Leaves soon: bots waste little time, and may go while somebody is late.",
    "balanced": "As Recall's guide suggests.",
    "safe": "Leaves late: bots stay longer with nobody there, and hardly ever go too soon.",
}


def preset_of(rules: Rules) -> str:
    """The preset whose numbers these are, "" when they are numbers of one's own."""
    for name, timers in PRESETS.items():
        if all(getattr(rules, field) == seconds for field, seconds in timers.items()):
            return name
    return ""
