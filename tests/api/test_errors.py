"""Whatever goes wrong is one shape with a sentence, and tells no secret to anybody."""

import io
import json
import logging

import pytest
from django.core import mail
from django.db import OperationalError
from django.utils.log import AdminEmailHandler

from recalldash import asgi, logs
from recalldash.bodies import Limits
from tests.api.conftest import Program, refusal
from tests.test_bodies import Sender, scope

pytestmark = pytest.mark.django_db


def broken(*args, **more):
    raise RuntimeError("a-word-of-the-inside")


@pytest.mark.parametrize(
    "body",
    [b"{", b"nonsense", b"\xff\xfe", b"[" * 20_000, b'{"message": "Hi"', b"message=Hi"],
)
def test_what_is_no_json_is_refused(program, bot, body):
    assert refusal(program.post(f"bots/{bot.pk}/messages/", body)) == (400, "not_json")


@pytest.mark.parametrize("body", [b"[]", b'"Hi"', b"5", b"true"])
def test_what_is_no_object_is_refused(program, bot, body):
    for word in ("messages", "pause", "start"):
        answer = program.post(f"bots/{bot.pk}/{word}/", body)
        assert refusal(answer) == (400, "invalid"), word
        assert "must be an object" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "word", ["messages", "pause", "resume", "start", "stop", "leave", "cancel"]
)
def test_a_field_that_is_not_known_is_refused_by_its_name(program, bot, word):
    answer = program.post(f"bots/{bot.pk}/{word}/", {"message": "Hi", "mesage": "Hi"})
    assert refusal(answer) == (400, "invalid")
    named = [each["field"] for each in answer.json()["error"]["fields"]]
    assert "mesage" in named
    assert "“mesage” is no field of this request." in json.dumps(answer.json(), ensure_ascii=False)


def test_of_many_wrong_fields_some_are_named(program, bot):
    answer = program.post(f"bots/{bot.pk}/pause/", {f"f{n}": 1 for n in range(500)})
    assert refusal(answer) == (400, "invalid")
    assert len(answer.json()["error"]["fields"]) == 20
    assert len(answer.content) < 4000


def test_what_was_sent_is_not_said_back(program, bot):
    answer = program.post(f"bots/{bot.pk}/messages/", {"message": ["planted-word"]})
    assert b"planted-word" not in answer.content


def test_a_body_that_is_too_large_is_refused(program, bot):
    answer = program.post(f"bots/{bot.pk}/messages/", {"message": "x" * 70_000})
    assert refusal(answer) == (413, "too_large")


def test_the_front_door_refuses_it_in_the_same_shape():
    import asyncio

    limits = asgi.limits_of("/api/v1/bots/1/messages/")
    assert limits == Limits(65536, asgi.BODY_TIMEOUT_S, is_of_program=True)
    sent = []

    async def send(message):
        sent.append(message)

    declared = scope((b"content-length", b"70000")) | {"path": "/api/v1/bots/"}
    asyncio.run(asgi.programs(declared, Sender(b"x").receive, send))
    assert sent[0]["status"] == 413
    error = json.loads(sent[1]["body"])["error"]
    assert error == {"code": "too_large", "message": "The body is larger than 65536 bytes."}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "bots/", "GET"),
        ("DELETE", "bots/1/", "GET"),
        ("GET", "bots/1/pause/", "POST"),
        ("PUT", "bots/1/messages/", "POST"),
        ("OPTIONS", "bots/", "GET"),
        ("BREW", "orders/1/", "GET"),
        ("POST", "openapi.json", "GET, HEAD"),
    ],
)
def test_a_wrong_method_says_the_right_one(program, method, path, allowed):
    answer = program.call(method, path)
    assert refusal(answer) == (405, "wrong_method")
    assert answer["Allow"] == allowed
    assert allowed in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "path",
    ["/api/", "/api/v1/", "/api/v2/bots/", "bots/x/", "bots/-1/", "nowhere/", "docs", "openapi/",
     "bots/1/explode/", "%00/", "bots/1/messages/../../2/"],
)  # fmt: skip
def test_an_unknown_address_is_told_as_one(program, path):
    assert refusal(program.get(path)) == (404, "not_found")


def test_an_address_with_thousands_of_parameters_is_refused(program):
    query = "&".join(f"p{n}=1" for n in range(2000))
    assert refusal(program.get(f"bots/?{query}")) == (400, "invalid")


def test_who_forgets_the_slash_is_told_so(program):
    answer = program.get("bots")
    assert refusal(answer) == (404, "not_found")
    assert "end with a slash" in answer.json()["error"]["message"]


def test_what_breaks_inside_is_told_without_the_inside(program, monkeypatch):
    monkeypatch.setattr("bots.api.bots.states.of_bot", broken)
    monkeypatch.setattr("bots.api.bots.paging.turn", broken)
    answer = program.get("bots/")
    assert refusal(answer) == (500, "broken")
    assert b"a-word-of-the-inside" not in answer.content


def test_with_debug_on_it_still_tells_nothing_by_itself(program, monkeypatch, settings):
    """Django's own page for whoever develops is another matter; the library's has no masks."""
    settings.DEBUG = True
    monkeypatch.setattr("bots.api.bots.paging.turn", broken)
    answer = program.get("bots/")
    assert answer.status_code == 500
    assert program.token not in answer.content.decode()


def test_while_the_database_is_away_it_says_when_to_come_again(program, monkeypatch):
    def away(*args, **more):
        raise OperationalError("gone")

    monkeypatch.setattr("bots.api.auth.ApiToken.objects.by_token", away)
    answer = program.get("bots/")
    assert refusal(answer) == (503, "away")
    assert answer["Retry-After"] == "5"


def test_a_page_that_breaks_is_still_a_page(as_alice, monkeypatch):
    monkeypatch.setattr("bots.views.bots.find_membership", broken)
    as_alice.raise_request_exception = False
    answer = as_alice.get("/w/acme/")
    assert answer.status_code == 500
    assert answer["Content-Type"].startswith("text/html")


def test_no_log_line_and_no_report_holds_a_token(program, make_token, monkeypatch, settings):
    settings.ADMINS = [("Ops", "ops@example.com")]
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    handler.addFilter(logs.WithoutTokens())
    handler.setFormatter(logs.Line("{message}", style="{"))
    request_log = logging.getLogger("django.request")
    mailer = AdminEmailHandler(include_html=True)
    for each in (handler, mailer):
        request_log.addHandler(each)
    try:
        monkeypatch.setattr("bots.api.bots.paging.turn", broken)
        program.get(f"bots/?after={program.token}", X_Other=program.token)
        request_log.error("A program said %s in its address", f"/api/v1/?t={program.token}")
    finally:
        for each in (handler, mailer):
            request_log.removeHandler(each)
    assert mail.outbox
    reports = "".join(each.subject + each.body + str(each.alternatives) for each in mail.outbox)
    assert "a-word-of-the-inside" in reports
    told = heard.getvalue() + reports
    assert "a-word-of-the-inside" in told
    assert program.token not in told
    assert program.token[3:] not in told


@pytest.mark.parametrize("around", ["{}", "it is {}.", "x={}&y=1", '"{}"', "/api/{}/"])
def test_a_token_is_masked_wherever_it_stands(make_token, around):
    _, token = make_token()
    assert logs.mask(around.format(token)) == around.format("…")


def test_no_browser_of_another_site_may_read_it(program):
    for answer in (
        program.get("bots/"),
        program.call("OPTIONS", "bots/", Origin="https://x.example"),
    ):
        assert "Access-Control-Allow-Origin" not in answer


def test_a_stranger_s_answer_is_no_slower_than_it_need_be(django_assert_max_num_queries):
    with django_assert_max_num_queries(0):
        Program().get("bots/")
