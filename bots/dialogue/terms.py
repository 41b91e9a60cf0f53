"""What is said to a responder and by it, whichever it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, slots=True)
class Call:
    """A tool that a responder wants used; `arguments` is None where they could not be read."""

    id: str
    name: str
    arguments: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Said:
    """One message. `calls` are the assistant's own; `call_id` says which one a tool answers."""

    role: Role
    text: str
    calls: tuple[Call, ...] = ()
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """Something that may be done; `parameters` is a JSON schema of an object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `refused`: the responder would not answer; `cut`: it was longer than allowed.

    `is_guess`: the tokens were not told, but reckoned from how long the texts are.
    """

    text: str
    calls: tuple[Call, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    refused: bool = False
    cut: bool = False
    is_guess: bool = False


def guess_tokens(text: str) -> int:
    """About how many tokens a text has: four letters make one."""
    return -(-len(text) // 4)
