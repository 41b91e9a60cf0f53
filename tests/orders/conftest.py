"""A workspace, a bot that records, and a Recall that answers what it is told to."""

import uuid

import httpx
import pytest

from bots import conf
from bots.models import Bot, News
from tests.orders.steps import BOT_ID, Recall
from tests.world import NOW, at, make_bot, make_workspace


@pytest.fixture
def recall(monkeypatch):
    recall = Recall()
    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(recall))
    return recall


@pytest.fixture
def workspace():
    return make_workspace()


@pytest.fixture
def bot(workspace):
    bot = make_bot(workspace, recall_id=uuid.UUID(BOT_ID))
    bot.observe(
        [News("joining_call", at(-9)), News("in_call_recording", at(-5))],
        source=Bot.Source.WEBHOOK,
        now=NOW,
    )
    return bot
