"""Alerts in words for a mail and for a chat; nobody's name pings a channel or forges a link."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bots.alarms.kinds import KINDS, Kind

MOST_NAMED = 10
LONGEST_NAME = 120
_SIGNS: Final = {"darkred": "🔴", "amber": "🟠", "green": "🟢"}


@dataclass(frozen=True, slots=True)
class Line:
    """One alert to be told: what it is about, its sentence, where to look (or "")."""

    kind: Kind
    name: str
    sentence: str
    link: str = ""


def subject(lines: Sequence[Line], workspace: str) -> str:
    """What one message about all of them says first, on one line."""
    kinds = {line.kind for line in lines}
    if len(lines) == 1:
        only = lines[0]
        return f"{clean(only.name)}: {clean(_first(only.sentence))}"
    if len(kinds) == 1:
        return KINDS[lines[0].kind].many.format(n=len(lines))
    return f"{len(lines)} alerts in {clean(workspace)}"


def in_chat(lines: Sequence[Line], workspace: str, *, all_of_them: str = "") -> dict[str, Any]:
    """The body of a post to an incoming webhook of Slack, Mattermost or Discord (/slack).

    `all_of_them`: where the list of alerts is.
    """
    sign = _SIGNS.get(KINDS[lines[0].kind].tone, "")
    if len(lines) == 1:
        only = lines[0]
        head = f"{sign} *{escape(clean(only.name))}*"
        told = [head, escape(only.sentence), *([_link(only.link, "Open")] if only.link else [])]
    else:
        named = [_named(line) for line in lines[:MOST_NAMED]]
        rest = len(lines) - len(named)
        head = f"{sign} *{escape(subject(lines, workspace))}*"
        more = f"… and {rest} more" if rest else ""
        if more and all_of_them:
            more = f"… and {_link(all_of_them, f'{rest} more')}"
        told = [head, *named, *([more] if more else [])]
    text = "\n".join(told)
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": text[:2900]}}]
    return {"text": text[:2900], "blocks": blocks}


def clean(text: str) -> str:
    """Somebody's words on one line, of a bearable length, with nothing that turns text."""
    plain = "".join(
        " " if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c for c in text
    )
    words = " ".join(plain.split())
    return words if len(words) <= LONGEST_NAME else f"{words[: LONGEST_NAME - 1]}…"


def escape(text: str) -> str:
    """Text for a chat: no mention, no link and no tag can be written in it.

    Slack reads only `<…>`; the others read `@here`, `[words](link)` and addresses, too.
    """
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe.replace("@", "@\u200b").replace("](", "]\u200b(").replace("://", ":\u200b//")


def _named(line: Line) -> str:
    name = escape(clean(line.name))
    return f"• {_link(line.link, name)}" if line.link else f"• {name}"


def _link(url: str, words: str) -> str:
    return f"<{url}|{words.replace('|', '¦')}>"


def _first(sentence: str) -> str:
    """The first of several sentences, without its full stop: "the bot may not record"."""
    first = sentence.partition(". ")[0].rstrip(".")
    return first[:1].lower() + first[1:] if first.startswith(("The ", "Somebody ")) else first
