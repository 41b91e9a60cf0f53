"""What a line of the log and a report of an error say they are about, and what they never say."""

import json
import logging

import httpx
import pytest
from django.test import Client
from django.utils import timezone

from bots import actions, chores, conf, orders, sync, trace
from bots.lifecycle import Action
from recalldash import requests, sentry
from recalldash.logs import Json, Line
from tests.world import make_bot

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def record(said, *args, error=None):
    return logging.LogRecord("bots.orders", logging.INFO, __file__, 1, said, args, error)


def test_a_line_says_what_it_is_about():
    with trace.bound(request="r-1", workspace="acme"), trace.bound(bot=7, order=None):
        line = Line("{levelname} {message}", style="{").format(record("Sent %s", "it"))
    assert line == "INFO Sent it [request=r-1 workspace=acme bot=7]"
    assert trace.ids() == {}


def test_as_json_each_line_is_one_object():
    with trace.bound(bot=7, order=9):
        told = json.loads(Json().format(record("Sent %s", "it")))
    assert (told["level"], told["logger"], told["message"]) == ("INFO", "bots.orders", "Sent it")
    assert (told["bot"], told["order"]) == (7, 9)
    assert told["time"].endswith("+00:00")


def test_as_json_it_tells_no_secret_either():
    try:
        raise ValueError(f"wrong: {SECRET}")
    except ValueError as error:
        broke = (type(error), error, error.__traceback__)
    text = Json().format(record("With %s", SECRET, error=broke))
    assert SECRET not in text
    assert "ValueError" in json.loads(text)["exc_info"]


@pytest.mark.django_db
def test_a_request_has_an_id_that_the_answer_tells(caplog, settings):
    settings.LOG_REQUESTS = True
    seen = {}
    handler = logging.Handler()
    handler.emit = lambda said: seen.update(trace.ids())
    requests.logger.addHandler(handler)
    try:
        with caplog.at_level(logging.INFO, logger=requests.__name__):
            answer = Client().get("/w/acme/bots/12/")
    finally:
        requests.logger.removeHandler(handler)
    assert seen == {"request": answer["X-Request-ID"], "workspace": "acme", "bot": "12"}
    assert "GET /w/acme/bots/12/ 302 in" in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "kept"), [("from-the-proxy-1", True), ("short", False), ("bad id\n[x=1]", False)]
)
def test_an_id_of_the_proxy_in_front_is_kept_where_it_is_one(sent, kept):
    answer = Client().get("/login/", headers={"X-Request-ID": sent})
    assert (answer["X-Request-ID"] == sent) is kept


@pytest.mark.django_db
def test_what_a_worker_says_is_about_its_order_and_bot(workspace, monkeypatch):
    seen = {}
    attempt = orders._attempt

    def watched(*args, **kwargs):
        seen.update(trace.ids())
        return attempt(*args, **kwargs)

    monkeypatch.setattr(orders, "_attempt", watched)
    # Refused at once, where Recall knows no such key.
    nothing = httpx.MockTransport(lambda request: httpx.Response(401, json={}))
    monkeypatch.setattr(conf, "transport", lambda: nothing)
    bot = make_bot(workspace, phase="recording")
    order = actions.order(bot, Action.PAUSE, by=None, now=timezone.now())
    chores_of = {"chore": "orders", "row": order.pk}
    with trace.bound(**chores_of):
        orders.carry_out(order.pk, clock=timezone.now)
    assert seen == chores_of | {"order": order.pk, "bot": bot.pk, "workspace": "acme"}


@pytest.mark.django_db
def test_a_chore_says_which_row_it_is_about(workspace, monkeypatch):
    seen = []
    monkeypatch.setattr(sync, "refresh", lambda pk, *, clock: seen.append(dict(trace.ids())))
    bot = make_bot(workspace, refresh_due_at=timezone.now())
    chores.do("looks")
    assert seen == [{"chore": "looks", "row": bot.pk}]


def test_a_report_of_an_error_leaves_people_and_secrets_at_home():
    event = {
        "message": f"Refused {SECRET}",
        "request": {
            "url": "https://dash.example.com/s/a-token-of-a-link/",
            "headers": {"Cookie": "recalldash=abc"},
            "cookies": "recalldash=abc",
            "query_string": "q=Jane",
            "data": {"name": "Jane"},
            "method": "POST",
        },
        "exception": {"values": [{"value": f"with {SECRET}"}]},
    }
    with trace.bound(request="r-1", bot=7):
        text = json.dumps(sentry.clean(event, {}))
    for word in (SECRET, "Jane", "abc", "a-token-of-a-link"):
        assert word not in text
    assert json.loads(text)["tags"] == {"request": "r-1", "bot": 7}
    assert json.loads(text)["request"]["method"] == "POST"
