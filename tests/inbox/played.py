"""Bots of the sandbox whose every webhook is caught, to be delivered in whatever way."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bots import sync
from bots.models import Bot
from bots.sandbox import clock as sandbox_clock
from bots.sandbox.models import Message
from tests.world import SECRET, make_bot, make_workspace, receive, signed

_numbers = itertools.count(1)
HOOK = "http://testserver/webhooks/recall/x/"


@dataclass
class Play:
    """One bot in one meeting of a sandbox workspace of its own."""

    http: Any
    time: Any
    link: str
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key = f"sandbox_us-west-2_play{next(_numbers)}"
        self.began = self.time.begin_again()
        settings = {"rate_limits": False, **self.options}
        body = {"webhook_url": HOOK, "secrets": [SECRET], "settings": settings}
        assert self._call("PUT", "control/workspace/", body).status_code == 200
        config = {"transcript": {"provider": {"recallai_streaming": {}}}, "video_mixed_mp4": {}}
        sent = self._call(
            "POST", "api/v1/bot/", {"meeting_url": self.link, "recording_config": config}
        )
        assert sent.status_code == 201, sent.text
        self.recall_id = sent.json()["id"]
        self._known: set[str] = set()

    def order(self, verb: str) -> None:
        """What a button does; the sandbox may refuse it."""
        body = {"transcript": {"provider": {"recallai_streaming": {}}}}
        self._call("POST", f"api/v1/bot/{self.recall_id}/{verb}/", body if "start" in verb else {})

    def pass_(self, seconds: float) -> list[Message]:
        """Let that much time go by; the webhooks that were written meanwhile, in order."""
        sandbox_clock.tell(self.time.pass_(seconds))
        mine = Message.objects.filter(endpoint__workspace__name=self.key.rpartition("_")[2])
        new = [m for m in mine.order_by("created_at", "pk") if m.pk not in self._known]
        self._known |= {message.pk for message in new}
        return new

    def stranger(self) -> Bot:
        """A dashboard that has just sent this bot and heard nothing of it yet."""
        workspace = make_workspace(f"w{next(_numbers)}", api_key=self.key)
        return make_bot(workspace, link=self.link, recall_id=self.recall_id, created_at=self.began)

    def deliver(self, bot: Bot, message: Message, *, anew: bool = False) -> None:
        """Post it as Recall would; `anew` under another id."""
        now = self.time.now
        body = message.body.encode()
        headers = signed(body, when=now, message_id="" if anew else message.pk)
        delivery = receive(bot.workspace, headers, body, now=now)
        assert not delivery.error, delivery.error

    def sweep(self, bot: Bot) -> None:
        """A look at Recall, as the sweep has it done."""
        now = self.time.now
        bot.want_refresh(now)
        assert sync.refresh(bot.pk, clock=lambda: now)

    def truth(self) -> list[tuple[str, datetime]]:
        """What the other company says the bot has been through, in order."""
        answer = self._call("GET", f"api/v1/bot/{self.recall_id}/", None).json()
        return [
            (change["code"], datetime.fromisoformat(change["created_at"]))
            for change in answer["status_changes"]
        ]

    def _call(self, method: str, path: str, body: Any) -> Any:
        headers = {"Idempotency-Key": f"key-{next(_numbers)}"} if method == "POST" else {}
        return self.http(method, path, key=self.key, json=body, headers=headers)


def told(bot: Bot) -> dict[str, Any]:
    """What the dashboard says of a bot: its timeline, where it is, what came of it."""
    bot.refresh_from_db()
    recordings = bot.recordings.order_by("created_at", "recall_id").prefetch_related("artifacts")
    return {
        "timeline": [
            (change.code, change.sub_code, change.at)
            for change in bot.status_changes.order_by("at", "code")
        ],
        "phase": bot.phase,
        "outcome": bot.outcome,
        "code": (bot.code, bot.sub_code, bot.code_at),
        "began and ended": (bot.started_at, bot.ended_at),
        "recordings": [
            {
                "id": str(recording.recall_id),
                "status": (recording.status, recording.sub_code),
                "times": (recording.created_at, recording.started_at, recording.completed_at),
                "artifacts": sorted(
                    (a.kind, str(a.recall_id), a.status, a.sub_code)
                    for a in recording.artifacts.all()
                ),
            }
            for recording in recordings
        ],
    }
