"""Which responders there are, what each needs, and how any of them is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from bots.dialogue.terms import Reply, Said, Tool

# From the first byte sent to the last one received.
TOTAL_S: Final = 40.0
MOST_TOKENS: Final = 700
MOST_TOKENS_OF_A_SUMMARY: Final = 3000

Told = Callable[[str], None]


class Failed(Exception):
    """No answer; `str()` says why, as a sentence for people. `again`: a later try may help."""

    def __init__(self, why: str, *, again: bool = False) -> None:
        super().__init__(why)
        self.again = again


@dataclass(frozen=True, slots=True)
class Settings:
    """Where and as whom a responder is asked. `bot` is ChatBotKit's id of a bot there."""

    kind: str
    key: str = ""
    base_url: str = ""
    model: str = ""
    bot: str = ""


class Responder(Protocol):
    """Somebody who answers."""

    def respond(
        self,
        said: Sequence[Said],
        *,
        tools: Sequence[Tool] = (),
        most_tokens: int = MOST_TOKENS,
        told: Told | None = None,
    ) -> Reply:
        """The answer to what was said. `told` hears the text so far while it grows. Raises Failed.

        Nothing is repeated inside: whoever asks twice pays twice.
        """


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of responder: `label` on the page, and which of `Settings` it cannot do without."""

    label: str
    needs: tuple[str, ...]
    takes_tools: bool
    base_url: str = ""


KINDS: Final[dict[str, Kind]] = {
    "openai": Kind(
        "OpenAI-compatible endpoint", ("base_url", "model"), True, "https://api.openai.com/v1"
    ),
    "chatbotkit": Kind("ChatBotKit", ("key", "bot"), False, "https://api.chatbotkit.com/v1"),
    "echo": Kind("Echo: repeats, understands nothing", (), False),
}

_WANTED: Final = {
    "base_url": "the address of its endpoint",
    "model": "the name of a model",
    "key": "an API key",
    "bot": "the id of the ChatBotKit bot",
}


def missing(settings: Settings) -> list[str]:
    """What that responder cannot do without, and is not there, in words."""
    kind = KINDS.get(settings.kind)
    if kind is None:
        return ["a responder that this release knows"]
    wanted = list(kind.needs)
    # OpenAI's own endpoint takes nobody without a key; one of somebody's own may.
    if settings.kind == "openai" and settings.base_url.startswith("https://api.openai.com/"):
        wanted.append("key")
    return [_WANTED[name] for name in wanted if not getattr(settings, name)]


def responder(settings: Settings) -> Responder:
    """Whoever answers with these settings. Raises Failed where something is missing."""
    if lacks := missing(settings):
        raise Failed(f"The assistant lacks {' and '.join(lacks)}.")
    # Each brings its own libraries, which no page needs.
    match settings.kind:
        case "openai":
            from bots.responders.openai_chat import OpenAIChat

            return OpenAIChat(settings)
        case "chatbotkit":
            from bots.responders.chatbotkit import ChatBotKit

            return ChatBotKit(settings)
    from bots.responders.echo import Echo

    return Echo()
