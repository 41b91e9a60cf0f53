"""What the notetakers of the market are called in meetings: the list a workspace starts with.

Each is the shortest string that stands in the names of its bots and in few names of people. What
"notetaker", "recorder", "assistant" or "copilot" finds anyway is not repeated: "Gong Recorder",
"Modjo Assistant", "Krisp Notetaker", "Clari Copilot", "Fellow AI Notetaker". Products that send no
bot into the meeting (Granola, Jamie, Tactiq, Scribbl, Plaud) have nothing to be told by.
"""

from __future__ import annotations

from typing import Final

# The nine of Recall's own guide to detecting other bots.
GUIDE: Final = (
    "notetaker",
    "recorder",
    "assistant",
    "copilot",
    "grain",
    "fellow",
    "tl;dv",
    "read.ai",
    "fathom",
)

MARKET: Final = (
    # Other spellings of words above: "AI Note Taker", "Note-Taker".
    "note taker",
    "note-taker",
    # Known to the Teams client by these names (its list of bots, 2025): "Fireflies Notetaker Ada",
    # "Notetaker (Otter.ai)", "read.ai meeting notes", "Notta Bot", "MeetGeek VA".
    "fireflies",
    "otter.ai",
    "notta bot",
    "meetgeek",
    # "Ada's OtterPilot" until Otter renamed it. "otter" alone would take every Potter for a bot.
    "otterpilot",
    # Seen in published attendance lists: "chris's Circleback (Unverified)", "Read AI", "tldv".
    "circleback",
    "read ai",
    "tldv",
    # By the product's name, which its bots carry unless a customer renames them.
    "airgram",
    "avoma",
    "chorus.ai",  # now ZoomInfo's; "chorus" is a word
    "claap",
    "colibri.ai",
    "gong.io",  # "gong" is a surname
    "jiminny",
    "laxis",
    "leexi",
    "meetrecord",
    "noota",
    "rewatch",
    "sembly ai",  # "sembly" is in "Assembly Hall"
    "spinach",
    "supernormal",
    "sybill ai",  # "Sybill" may be a person
    "wudpecker",
)

NOTETAKER_NAMES: Final = (*GUIDE, *MARKET)
