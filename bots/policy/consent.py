"""What a policy says of consent: a start that Recall does not know, and what it asks for. Pure."""

from __future__ import annotations

from typing import Final

from bots.formats import STARTS
from bots.lifecycle import chats
from bots.lifecycle.consents import Needs, answer
from bots.policy.rules import Rules

CONSENT: Final = "consent"
"""The start that waits until those in the call agree; to Recall it is a start by hand."""

STARTS_HERE: Final[dict[str, str]] = {**STARTS, CONSENT: "When those in the call agree"}
NEEDS: Final[dict[str, str]] = {str(each): each.label for each in Needs}
REFUSALS: Final[dict[str, str]] = {
    "pause": "Pause the recording",
    "stop": "Stop the recording",
    "delete": "Stop it, and delete what was recorded once the bot has left",
}
MOST_WORDS: Final = 20
LONGEST_WORD: Final = 60
LIMIT: Final = min(chat.limit for chat in chats.CHATS.values())


def recall_start(start_on: str) -> str:
    """The start in Recall's words."""
    return "manual" if start_on == CONSENT else start_on


def consent_problems(rules: Rules) -> dict[str, str]:
    """For each field of consent that cannot be saved as it is, the sentence why."""
    found = {}
    if rules.consent_by not in NEEDS:
        found["consent_by"] = "Either the host agrees, or anyone, or everyone."
    if rules.consent_no_does not in REFUSALS:
        found["consent_no_does"] = "Whoever refuses pauses or stops it, or has it deleted."
    if not rules.consent_ask.strip():
        found["consent_ask"] = "Write what the bot asks in the chat."
    elif len(rules.consent_ask) > LIMIT:
        found["consent_ask"] = f"At most {LIMIT} characters: Google Meet takes no more."
    for name in ("consent_yes", "consent_no"):
        words = getattr(rules, name)
        if not words:
            found[name] = "At least one word, or nobody can answer."
        elif len(words) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in words):
            found[name] = f"At most {MOST_WORDS} of them, of {LONGEST_WORD} characters each."
        elif dumb := [word for word in words if answer(word, yes=words, no=()) is None]:
            found[name] = f"“{dumb[0]}” has neither letters nor digits."
    if "consent_yes" not in found and (
        both := [w for w in rules.consent_yes if answer(w, yes=(), no=rules.consent_no)]
    ):
        found["consent_yes"] = f"“{both[0]}” would mean yes and no."
    return found
