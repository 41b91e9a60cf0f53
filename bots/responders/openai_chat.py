"""Any chat endpoint that speaks as OpenAI's does, asked with OpenAI's own client.

https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpcore
import httpx
import openai

from bots import conf, outgoing
from bots.dialogue.terms import Call, Reply, Said, Tool, guess_tokens
from bots.responders.asked import MOST_TOKENS, TOTAL_S, Failed, Settings, Told

MOST_LETTERS = 40_000


class OpenAIChat:
    """One endpoint and model."""

    def __init__(self, settings: Settings, *, resolve: outgoing.Resolve = outgoing.look_up) -> None:
        self._settings = settings
        self._resolve = resolve

    def respond(
        self,
        said: Sequence[Said],
        *,
        tools: Sequence[Tool] = (),
        most_tokens: int = MOST_TOKENS,
        told: Told | None = None,
    ) -> Reply:
        settings = self._settings
        request: dict[str, Any] = {
            "model": settings.model,
            "messages": [_message(each) for each in said],
            "max_tokens": most_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if tools:
            request["tools"] = [_tool(each) for each in tools]
        gathered = _Gathered()
        try:
            with (
                outgoing.client(
                    settings.base_url,
                    total_s=TOTAL_S,
                    resolve=self._resolve,
                    trusted=conf.responder_hosts(),
                ) as http,
                openai.OpenAI(
                    # Endpoints of one's own ask for none, but the client does.
                    api_key=settings.key or "none",
                    base_url=settings.base_url,
                    http_client=http,
                    max_retries=0,
                    timeout=TOTAL_S,
                ) as client,
                client.chat.completions.create(**request) as chunks,
            ):
                for chunk in chunks:
                    if gathered.take(chunk) and told is not None:
                        told(gathered.text)
        except outgoing.Refused as why:
            raise Failed(str(why)) from None
        except outgoing.Unreachable as why:
            raise Failed(f"The responder was not reached. {why}", again=True) from None
        except openai.APIStatusError as error:
            raise _refusal(error) from None
        except (openai.APITimeoutError, httpx.TimeoutException, httpcore.TimeoutException):
            raise Failed(
                f"The responder did not answer within {TOTAL_S:.0f} s.", again=True
            ) from None
        except (openai.APIConnectionError, httpx.HTTPError, httpcore.NetworkError,
                httpcore.ProtocolError):  # fmt: skip
            raise Failed("The responder was not reached, or broke off.", again=True) from None
        except (openai.OpenAIError, ValueError, TypeError, AttributeError, LookupError):
            # Whatever speaks there does not speak as OpenAI's endpoint does.
            raise Failed("The responder's answer could not be read.") from None
        return gathered.reply(said)


@dataclass(slots=True)
class _Gathered:
    """An answer as it comes, piece by piece."""

    text: str = ""
    refusal: str = ""
    ended: str = ""
    usage: Any = None
    calls: dict[int, dict[str, str]] = field(default_factory=dict)
    too_long: bool = False

    def take(self, chunk: Any) -> bool:
        """One piece; whether the text has grown."""
        self.usage = chunk.usage or self.usage
        if not chunk.choices:
            return False
        choice = chunk.choices[0]
        self.ended = choice.finish_reason or self.ended
        delta = choice.delta
        self.refusal += getattr(delta, "refusal", None) or ""
        for piece in delta.tool_calls or ():
            call = self.calls.setdefault(piece.index or 0, {"id": "", "name": "", "arguments": ""})
            call["id"] = piece.id or call["id"]
            if piece.function is not None:
                call["name"] += piece.function.name or ""
                call["arguments"] += (piece.function.arguments or "")[:MOST_LETTERS]
        grown = delta.content or ""
        room = MOST_LETTERS - len(self.text)
        self.too_long |= len(grown) > room
        self.text += grown[:room]
        return bool(grown)

    def reply(self, said: Sequence[Said]) -> Reply:
        refused = bool(self.refusal) or self.ended == "content_filter"
        calls = tuple(_calls(self.calls.values()))
        if not (self.text.strip() or calls or refused):
            raise Failed("The responder's answer was empty.")
        used = self.usage
        told = used is not None and used.prompt_tokens is not None
        return Reply(
            text=(self.text or self.refusal).replace("\0", "").strip(),
            calls=() if refused else calls,
            tokens_in=used.prompt_tokens if told else sum(guess_tokens(s.text) for s in said),
            tokens_out=used.completion_tokens if told else guess_tokens(self.text),
            refused=refused,
            cut=self.ended == "length" or self.too_long,
            is_guess=not told,
        )


def _calls(found: Iterable[dict[str, str]]) -> Iterable[Call]:
    for number, each in enumerate(found):
        try:
            arguments = json.loads(each["arguments"] or "{}")
        except ValueError:
            arguments = None
        if not isinstance(arguments, dict):
            arguments = None
        yield Call(each["id"] or f"call-{number}", each["name"][:64], arguments)


def _message(said: Said) -> dict[str, Any]:
    message: dict[str, Any] = {"role": said.role, "content": said.text}
    if said.calls:
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {
                    "name": call.name,
                    "arguments": json.dumps(dict(call.arguments or {}), ensure_ascii=False),
                },
            }
            for call in said.calls
        ]
    if said.role == "tool":
        message["tool_call_id"] = said.call_id
    return message


def _tool(tool: Tool) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": dict(tool.parameters),
        },
    }


def _refusal(error: openai.APIStatusError) -> Failed:
    """What a status means, in words; what the endpoint writes is not shown: it may hold the key."""
    match error.status_code:
        case 401 | 403:
            return Failed("The responder does not take this key.")
        case 404:
            return Failed("The responder knows no such model, or nothing answers at this address.")
        case 400 | 422:
            return Failed("The responder did not take the question: too long, or a wrong model.")
        case 402 | 429:
            return Failed(
                "The responder has had enough for now, or its account is empty.", again=True
            )
    return Failed(f"The responder answered with an error ({error.status_code}).", again=True)
