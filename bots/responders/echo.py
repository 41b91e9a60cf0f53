"""The responder for trying out: it repeats what it heard, and asks nobody."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from bots.dialogue.terms import Reply, Said, Tool, guess_tokens
from bots.responders.asked import MOST_TOKENS, Told

_LINE: Final = re.compile(r"^\[(\d+)\](?: [\d:]+)? ([^:]*): (.*)$", re.MULTILINE)
_WILL: Final = re.compile(
    r"\b(I will|I'll|we will|we'll|let's|we should|I would add|can you)\b", re.I
)
_TOLD: Final = re.compile(r"^(.*?) (?:says|writes in the chat): (.*)$", re.DOTALL)


class Echo:
    """Repeats the newest words; of a transcript it takes the longest lines, and promises."""

    def respond(
        self,
        said: Sequence[Said],
        *,
        tools: Sequence[Tool] = (),
        most_tokens: int = MOST_TOKENS,
        told: Told | None = None,
    ) -> Reply:
        last = next((each.text for each in reversed(said) if each.role == "user"), "")
        text = _summary(last) or _answer(last, said)
        if told is not None:
            told(text)
        return Reply(
            text=text,
            tokens_in=sum(guess_tokens(each.text) for each in said),
            tokens_out=guess_tokens(text),
            is_guess=True,
        )


def _answer(last: str, said: Sequence[Said]) -> str:
    found = _TOLD.match(last)
    if found:
        return f"{found[1]}, you said: {found[2]}"
    # The closing question: who spoke, and how often.
    turns = [match for each in said if (match := _TOLD.match(each.text))]
    if not turns:
        return "Nobody said anything to me."
    people = dict.fromkeys(match[1] for match in turns)
    return f"I heard {len(turns)} turns of {', '.join(people)}. The last one: {turns[-1][2]}"


def _summary(last: str) -> str:
    lines = [(int(n), who, text) for n, who, text in _LINE.findall(last)]
    if not lines:
        return ""
    longest = sorted(lines, key=lambda line: -len(line[2]))[:5]
    promised = [line for line in lines if _WILL.search(line[2])][:5]
    return json.dumps(
        {
            "summary": [{"text": f"{who}: {text}", "line": n} for n, who, text in sorted(longest)],
            "actions": [{"text": text, "who": who, "line": n} for n, who, text in promised],
        },
        ensure_ascii=False,
    )
