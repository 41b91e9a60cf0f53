"""Recall's side of the door, as Svix knocks: signed, many at once, again until it is answered."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx

from tests.chaos.house import Company
from tests.chaos.servers import until

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back of one try, and how long that took; 0 is no answer at all."""

    message: str
    status: int
    seconds: float
    retry_after: str = ""


@dataclass
class Knocker:
    """Sends webhooks about one bot; every answer is kept."""

    company: Company
    bot: str
    answers: list[Answer] = field(default_factory=list)

    def __post_init__(self) -> None:
        limits = httpx.Limits(max_connections=None)
        self.client = httpx.Client(timeout=15, trust_env=False, limits=limits)

    def knock(self, number: int) -> Answer:
        """One try to tell the bot's status number so-and-so: a code of its own, unknown to us."""
        code = f"step_{number}"
        at = (BEGAN + timedelta(minutes=number)).isoformat()
        body = json.dumps(
            {
                "event": f"bot.{code}",
                "data": {
                    "data": {"code": code, "sub_code": None, "updated_at": at},
                    "bot": {"id": self.bot, "metadata": {}},
                },
            }
        ).encode()
        message = f"msg_{self.bot}_{number}"
        headers = signed(body, message, self.company.secret)
        began = time.monotonic()
        try:
            answer = self.client.post(self.company.webhook_url, content=body, headers=headers)
            status, retry_after = answer.status_code, answer.headers.get("Retry-After", "")
        except httpx.HTTPError:
            status, retry_after = 0, ""
        kept = Answer(message, status, time.monotonic() - began, retry_after)
        self.answers.append(kept)
        return kept

    def until_taken(self, number: int, deadline: float) -> bool:
        """Knock again and again; whether it was taken in time."""
        while not 200 <= self.knock(number).status < 300:
            if not until(deadline):
                return False
            time.sleep(0.2)
        return True

    def all_until_taken(self, count: int, *, threads: int = 8, within_s: float = 60) -> bool:
        """Tell so many statuses, several at once."""
        deadline = time.monotonic() + within_s
        with ThreadPoolExecutor(threads) as pool:
            return all(pool.map(lambda number: self.until_taken(number, deadline), range(count)))

    @property
    def taken(self) -> set[str]:
        """The messages that were answered 2xx."""
        return {each.message for each in self.answers if 200 <= each.status < 300}

    @property
    def statuses(self) -> Counter[int]:
        return Counter(each.status for each in self.answers)


def signed(body: bytes, message: str, secret: str) -> dict[str, str]:
    """The headers of https://www.standardwebhooks.com for that body, now."""
    at = str(int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{message}.{at}.".encode() + body, hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def new_token() -> str:
    return str(uuid.uuid4())
