"""Ids that can be none of Recall's: what bears them is left out, and all the rest goes on."""

import httpx
import pytest

from bots import conf, orders, sync
from bots.models import Bot
from tests.orders.steps import bot_answer, carry_out, send
from tests.world import NOW, at, make_bot, make_workspace

pytestmark = pytest.mark.django_db
ODD = ["", "b-1", None, 7, "4f2b1c1e-0c58-4c5e-9a2e-6f1df2f0b0"]


@pytest.fixture
def workspace():
    return make_workspace()


@pytest.fixture
def recall(monkeypatch):
    """What Recall answers, one after another, the last one for ever."""
    answers = []

    def answer(request):
        return answers.pop(0) if len(answers) > 1 else answers[0]

    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(answer))
    return answers


def status(code, seconds):
    return {"code": code, "created_at": at(seconds).isoformat(), "sub_code": None, "message": None}


def row(pk, recordings=()):
    codes = [status("joining_call", -9), status("in_call_recording", -5)]
    return {"id": pk, "status_changes": codes, "recordings": list(recordings), "metadata": {}}


@pytest.mark.parametrize("odd", ODD)
def test_a_list_with_a_bot_without_a_real_id_is_read_on(workspace, recall, odd):
    bot = make_bot(workspace)
    bot.want_refresh(at(9999))
    rows = [row(odd), row(str(bot.recall_id))]
    recall.append(httpx.Response(200, json={"results": rows, "next": None}))
    sync.glance(workspace, clock=lambda: NOW)
    bot.refresh_from_db()
    assert (bot.phase, workspace.bots.count()) == ("recording", 1)


@pytest.mark.parametrize("odd", ODD)
def test_a_recording_or_file_without_a_real_id_keeps_nothing_from_its_bot(workspace, recall, odd):
    bot = make_bot(workspace)
    bot.want_refresh(NOW)
    real = "0a6b7c1e-0c58-4c5e-9a2e-6f1df2f0b002"
    file = {"id": odd, "status": {"code": "done"}, "data": {}}
    recordings = [
        {"id": odd, "status": {"code": "done"}, "media_shortcuts": {}},
        {
            "id": real,
            "status": {"code": "processing"},
            "media_shortcuts": {"video_mixed": file},
            "created_at": at(-5).isoformat(),
        },
    ]
    recall.append(httpx.Response(200, json=row(str(bot.recall_id), recordings)))
    assert sync.refresh(bot.pk, clock=lambda: NOW)
    bot.refresh_from_db()
    assert bot.phase == "recording"
    (kept,) = bot.recordings.all()
    assert (str(kept.recall_id), kept.artifacts.count()) == (real, 0)


@pytest.mark.parametrize("odd", ["b-1", "4f2b1c1e-0c58-4c5e-9a2e-6f1df2f0b0"])
def test_a_bot_that_was_made_under_no_real_id_is_looked_up(workspace, recall, odd):
    """Something was made, or a proxy answered: it is not known, and nothing is made twice."""
    order = send(workspace).orders.get()
    found = row("0a6b7c1e-0c58-4c5e-9a2e-6f1df2f0b002")
    recall += [
        bot_answer(201, bot_id=odd),
        httpx.Response(200, json={"results": [row(odd), found], "next": None}),
    ]
    carry_out(order, 1)
    assert (order.state, order.in_doubt) == ("waiting", True)
    carry_out(order, 10)
    assert order.state in ("accepted", "confirmed")
    assert str(order.bot.recall_id) == found["id"]
    assert orders.carry_out(order.pk, clock=lambda: at(60)) is None
    assert Bot.objects.count() == 1
