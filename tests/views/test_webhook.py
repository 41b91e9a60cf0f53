"""Recall's door over HTTP: what is kept, what is refused and why, and never a redirect."""

import io
import json
from datetime import timedelta

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from bots import inbox, tasks
from bots.models import Change, Delivery, StatusChange, Workspace
from bots.recall.webhooks import NotFromRecall
from bots.views import webhooks
from tests.world import make_bot, make_workspace, signed, status_event

pytestmark = pytest.mark.django_db
OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
SIGNED_NAMES = ("webhook-id", "webhook-timestamp", "webhook-signature")


@pytest.fixture
def recall():
    """Who stands at the door has no cookie and no CSRF token."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def bot(workspace):
    return make_bot(workspace)


def address(workspace):
    return f"/webhooks/recall/{workspace.webhook_token}/"


def knock(recall, workspace, body, headers=None, **signing):
    if headers is None:
        when = timezone.now() + timedelta(minutes=signing.pop("minutes", 0))
        headers = signed(body, when=when, **signing)
    return recall.post(address(workspace), body, content_type="application/json", headers=headers)


def news(bot, code="joining_call"):
    return status_event(bot, code, timezone.now())


def nothing_written():
    return not (Delivery.objects.exists() or StatusChange.objects.exists())


@pytest.mark.parametrize("family", ["webhook", "svix"])
def test_it_takes_what_recall_signed(recall, workspace, bot, family):
    answer = knock(recall, workspace, news(bot), family=family)
    bot.refresh_from_db()
    assert (answer.status_code, answer.content, bot.code) == (204, b"", "joining_call")


def test_it_answers_a_repeat_alike_and_changes_nothing(recall, workspace, bot):
    body = news(bot)
    first = knock(recall, workspace, body, message_id="msg_a")
    before = (Change.objects.count(), StatusChange.objects.count())
    second = knock(recall, workspace, body, message_id="msg_a")
    assert (first.status_code, second.status_code) == (204, 204)
    assert (Change.objects.count(), StatusChange.objects.count()) == before
    assert Delivery.objects.get().repeats == 1


@pytest.mark.parametrize(
    ("signing", "reason"),
    [
        ({"headers": {}}, "no_signature"),
        ({"secret": OTHER_SECRET}, "bad_signature"),
        ({"minutes": -6}, "stale"),
        ({"minutes": 6}, "stale"),
    ],
)
def test_it_refuses_and_says_why(recall, workspace, bot, signing, reason):
    sentence = NotFromRecall(reason).sentence
    answer = knock(recall, workspace, news(bot), **signing)
    assert (answer.status_code, answer.content.decode().strip()) == (401, sentence)
    assert answer["Content-Type"].startswith("text/plain")
    assert nothing_written()
    workspace.refresh_from_db()
    assert (workspace.last_refusal, workspace.last_delivery_at) == (sentence, None)


def test_it_notes_refusals_no_more_than_now_and_then(
    recall, workspace, bot, django_assert_num_queries
):
    knock(recall, workspace, news(bot), headers={})
    noted = Workspace.objects.get().last_refused_at
    # The workspace, its secrets, and an update that touches no row.
    with django_assert_num_queries(3):
        knock(recall, workspace, news(bot), headers={})
    assert Workspace.objects.get().last_refused_at == noted


def test_it_refuses_one_workspace_the_secret_of_another(recall, workspace, bot):
    rival = make_workspace("rival", secret=OTHER_SECRET)
    assert knock(recall, workspace, news(bot), secret=OTHER_SECRET).status_code == 401
    assert knock(recall, rival, news(bot), secret=OTHER_SECRET).status_code == 204
    bot.refresh_from_db()
    assert bot.code == ""
    assert Delivery.objects.get().state == "unmatched"


@pytest.mark.parametrize("token", ["nobody", "%00", "x" * 5000, "%FF", "ключ"])
def test_it_knows_no_other_address(recall, workspace, bot, token):
    body = news(bot)
    headers = signed(body, when=timezone.now())
    answer = recall.post(
        f"/webhooks/recall/{token}/", body, content_type="application/json", headers=headers
    )
    assert answer.status_code == 404
    assert nothing_written()


def test_it_takes_no_letter_larger_than_any_webhook(recall, workspace):
    body = b" " * (webhooks.MOST_BYTES + 1)
    assert knock(recall, workspace, body).status_code == 413
    assert nothing_written()


def test_it_counts_what_really_came_where_no_length_was_announced(workspace):
    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}
    request = ASGIRequest(scope, io.BytesIO(b" " * (webhooks.MOST_BYTES + 1)))
    assert webhooks.receive(request, token=workspace.webhook_token).status_code == 413


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"{", b'{"event": 7}', b"[" * 2000, b'"\\ud800"', b'{"event": NaN}'],
)
def test_it_keeps_what_it_cannot_read(recall, workspace, body):
    assert knock(recall, workspace, body).status_code == 204
    kept = Delivery.objects.get()
    assert (kept.state, bytes(kept.body)) == ("unreadable", body)


def test_it_stands_nul_in_what_it_reads(recall, workspace, bot):
    told = json.loads(news(bot))
    told["event"] = "bot.join\0ing"
    told["data"]["data"]["code"] = "join\0ing_call"
    assert knock(recall, workspace, json.dumps(told).encode()).status_code == 204
    bot.refresh_from_db()
    assert bot.code == "joining_call"


@pytest.mark.parametrize("body", [b"\xff\xfe", b"\0\0", b'{"event": "\xc3\x28"}'])
def test_it_stands_bytes_that_are_no_text(recall, workspace, body):
    headers = signed(b"{}", when=timezone.now())
    assert knock(recall, workspace, body, headers).status_code == 401
    assert nothing_written()


@pytest.mark.parametrize("name", SIGNED_NAMES)
@pytest.mark.parametrize(
    "value",
    ["", " ", "\0", "é", "v1,", "v1," + "A" * 9000, "-1", "9" * 400, "1e9", "nan", "٣", "a,b c,d"],
)
def test_it_stands_hostile_headers(recall, workspace, bot, name, value):
    body = news(bot)
    headers = signed(body, when=timezone.now()) | {name: value}
    assert knock(recall, workspace, body, headers).status_code == 401
    assert nothing_written()


@pytest.mark.parametrize("length", ["abc", "1 2", "٣x", "9" * 5000])
def test_it_stands_a_length_that_is_no_number(recall, workspace, length):
    answer = recall.generic("POST", address(workspace), b"{}", CONTENT_LENGTH=length)
    assert answer.status_code in (400, 413)
    assert nothing_written()


def test_it_asks_recall_to_come_again_when_the_database_is_away(
    recall, workspace, bot, monkeypatch
):
    def away(*args, **kwargs):
        raise OperationalError("database is locked")

    monkeypatch.setattr(inbox, "apply_to", away)
    answer = knock(recall, workspace, news(bot))
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert b"locked" not in answer.content


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_it_is_for_posting_only(recall, workspace, method):
    answer = recall.generic(method, address(workspace))
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_it_never_sends_recall_elsewhere(recall, workspace, method, settings):
    settings.DEBUG = False
    for path in (address(workspace)[:-1], "/webhooks/recall/", "/webhooks/"):
        assert recall.generic(method, path).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_it_needs_no_broker(recall, workspace, monkeypatch):
    def away(**kwargs):
        raise ConnectionError("no broker")

    monkeypatch.setattr(tasks.retry_delivery, "apply_async", away)
    body = json.dumps(
        {"event": "bot.done", "data": {"bot": {"id": "f00dfeed-0000-4000-8000-000000000001"}}}
    ).encode()
    assert knock(recall, workspace, body).status_code == 204
    kept = Delivery.objects.get()
    assert (kept.state, kept.due_at is not None) == ("unmatched", True)
