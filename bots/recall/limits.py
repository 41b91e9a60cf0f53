"""How many calls a minute Recall takes, by endpoint: https://docs.recall.ai/reference/errors.

Each operation has a limit of its own for a whole workspace, counted in a sliding window; a few
are counted for each bot.
"""

from dataclasses import dataclass
from typing import Final

WINDOW_S: Final = 60.0
LIST: Final = 60
OTHER: Final = 300


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation of Recall's; `counted` is what shares its limit, `per_minute` calls."""

    name: str
    counted: str
    per_minute: int


# Create Bot: 60 until November 2025, 120 on newer pages; the smaller one is safe with both.
_PER_MINUTE: Final = {"bot_create": 60, "billing_usage_retrieve": 5}
_PER_BOT: Final = {"recording_create_transcript_create": 5}
_ON_ONE: Final = {"GET": "retrieve", "PATCH": "partial_update", "DELETE": "destroy"}


def endpoint(method: str, path: str, *, bot: str = "") -> Endpoint:
    """The operation of a call by its method and its path below `/api/v1/`, e.g. `bot/<id>/`.

    `bot` is the id of the one that it is about, where the path names only something of it.
    """
    noun, *rest = [part for part in path.partition("/api/v1/")[2].split("/") if part] or [""]
    thing = rest[0] if rest else ""
    if noun == "billing":
        name = "billing_usage_retrieve"
    elif not rest:
        name = f"{noun}_list" if method == "GET" else f"{noun}_create"
    elif len(rest) == 1:
        name = f"{noun}_{_ON_ONE.get(method, method.lower())}"
    else:
        verb = "destroy" if method == "DELETE" else "create"
        name = f"{noun}_{'_'.join(rest[1:])}_{verb}"
    counted = f"{name}:{bot or thing}" if name in _PER_BOT else name
    return Endpoint(name, counted, per_minute(name))


def per_minute(name: str) -> int:
    """How many calls of that operation Recall takes within a minute."""
    default = LIST if name.endswith("_list") else OTHER
    return _PER_BOT.get(name) or _PER_MINUTE.get(name, default)
