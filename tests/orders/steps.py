"""What the tests of orders do: give an order, carry it out, and say what Recall answers."""

import httpx

from bots import actions, orders, policy
from tests.world import LINK, NOW, at

BOT_ID = "4f2b1c1e-0c58-4c5e-9a2e-6f1df2f0b001"


class Recall:
    """One precise answer after another, and every request that came."""

    def __init__(self):
        self.answers = []
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def keys(self):
        return [request.headers.get("Idempotency-Key") for request in self.requests]


def bot_answer(status=200, *, bot_id=BOT_ID, statuses=(), recordings=(), **headers):
    return httpx.Response(
        status,
        json={
            "id": bot_id,
            "meeting_url": {"meeting_id": "abc-defg-hij", "platform": "google_meet"},
            "status_changes": [
                {"code": code, "created_at": when.isoformat(), "sub_code": None, "message": None}
                for code, when in statuses
            ],
            "recordings": list(recordings),
        },
        headers=headers,
    )


def refusal(status, code="", headers=None):
    return httpx.Response(status, json={"code": code, "detail": "No."}, headers=headers)


def ask(bot, action, **extra):
    return actions.order(bot, action, by=None, now=NOW, **extra)


def carry_out(order, seconds=1.0):
    orders.carry_out(order.pk, clock=lambda: at(seconds))
    order.refresh_from_db()
    order.bot.refresh_from_db()
    return order


def send(workspace, token="form-1"):
    ask = policy.Ask(meeting_url=LINK)
    return actions.send(workspace.default_team, ask, by=None, token=token, now=NOW)
