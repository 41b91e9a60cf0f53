"""ChatBotKit: a conversation with a bot that somebody made there, handed over whole each time.

https://chatbotkit.com/docs/api/v1/conversation: `POST /v1/conversation/complete`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import httpcore
import httpx

from bots import conf, outgoing
from bots.dialogue.terms import Reply, Role, Said, Tool, guess_tokens
from bots.responders.asked import KINDS, MOST_TOKENS, TOTAL_S, Failed, Settings, Told

_TYPES: Final[dict[Role, str]] = {
    "system": "context",
    "user": "user",
    "assistant": "bot",
    "tool": "context",
}


class ChatBotKit:
    """One bot there. It has tools of its own, and takes none of ours."""

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
        url = (settings.base_url or KINDS["chatbotkit"].base_url).rstrip("/")
        body = {
            "botId": settings.bot,
            "messages": [{"type": _TYPES[each.role], "text": each.text} for each in said],
        }
        try:
            with outgoing.client(
                url, total_s=TOTAL_S, resolve=self._resolve, trusted=conf.responder_hosts()
            ) as http:
                answer = http.post(
                    f"{url}/conversation/complete",
                    json=body,
                    headers={"Authorization": f"Bearer {settings.key}"},
                )
        except outgoing.Refused as why:
            raise Failed(str(why)) from None
        except outgoing.Unreachable as why:
            raise Failed(f"ChatBotKit was not reached. {why}", again=True) from None
        except (httpx.TimeoutException, httpcore.TimeoutException):
            raise Failed(f"ChatBotKit did not answer within {TOTAL_S:.0f} s.", again=True) from None
        except (httpx.HTTPError, httpcore.NetworkError, httpcore.ProtocolError):
            raise Failed("ChatBotKit was not reached, or broke off.", again=True) from None
        reply = _read(answer, said)
        if told is not None:
            told(reply.text)
        return reply


def _read(answer: httpx.Response, said: Sequence[Said]) -> Reply:
    if answer.status_code in (401, 403):
        raise Failed("ChatBotKit does not take this key.")
    if answer.status_code in (400, 404, 422):
        raise Failed("ChatBotKit did not take the question: is the bot's id right?")
    if answer.status_code in (402, 429):
        raise Failed("ChatBotKit has had enough for now, or its account is empty.", again=True)
    if not answer.is_success:
        raise Failed(f"ChatBotKit answered with an error ({answer.status_code}).", again=True)
    try:
        told: Any = json.loads(answer.content)
        text = told["text"]
        if not isinstance(text, str):
            raise TypeError
    except (ValueError, TypeError, LookupError, RecursionError):
        raise Failed("ChatBotKit's answer could not be read.") from None
    text = text.replace("\0", "").strip()
    if not text:
        raise Failed("ChatBotKit's answer was empty.")
    usage = told.get("usage")
    tokens = usage.get("token") if isinstance(usage, dict) else None
    if not isinstance(tokens, int) or tokens < 0:
        tokens = None
    return Reply(
        text=text,
        # It tells one number for both ways.
        tokens_in=0 if tokens is not None else sum(guess_tokens(each.text) for each in said),
        tokens_out=guess_tokens(text) if tokens is None else tokens,
        is_guess=tokens is None,
    )
