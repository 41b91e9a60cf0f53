"""Every answer has its headers, every form its token, and no answer leads where a stranger says."""

import asyncio
import re
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse

from bots.api.urls import ROUTES
from bots.recall import webhooks
from recalldash import asgi, headers
from tests.hostile.observatory import directives, score
from tests.hostile.walk import addresses
from tests.world import make_bot

BOTH = ["default", "sandbox"]
pytestmark = pytest.mark.django_db(databases=BOTH)
ADDRESSES = list(addresses())
EVERYWHERE = [
    *(each.path for each in ADDRESSES),
    "/no/such/page",
    "/static/css/base.css",
    "/static/js/app.js",
    "/static/none.css",
    "/webhooks/recall/no-such-token/",
]
SECURE = {
    "SECURE": True,
    "SECURE_HSTS_SECONDS": 31_536_000,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
}


@pytest.fixture
def root(django_user_model, workspace):
    make_bot(workspace)
    user = django_user_model.objects.create_superuser("root", "root@example.com", "a long secret")
    user.memberships.create(workspace=workspace, role="owner")
    return user


def ask(user, path, method="GET", **more):
    browser = Client(raise_request_exception=False)
    if user is not None:
        browser.force_login(user)
    return browser.generic(method, path, **more)


def is_strict(policy):
    said = directives(policy)
    assert said["default-src"] == ["'none'"]
    assert said["frame-ancestors"] == ["'none'"]
    assert said["base-uri"] == ["'none'"]
    assert said.get("form-action") in (["'self'"], ["'none'"])
    for name, sources in said.items():
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:"} & {*sources}, name
    for name in ("script-src", "style-src", "connect-src", "font-src"):
        assert said.get(name, ["'none'"]) in (["'self'"], ["'none'"])


def has_headers(response):
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]
    assert "microphone=()" in response["Permissions-Policy"]
    assert response["Cache-Control"]


def test_there_are_many_addresses():
    assert len(ADDRESSES) > 150
    names = {each.name for each in ADDRESSES}
    assert {"bot", "webhook", "sandbox-api", "account_login", "bots_bot_changelist"} <= names


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_every_answer_has_its_headers(root, method):
    for path in EVERYWHERE:
        if method == "OPTIONS" and path.startswith("/admin/"):
            continue
        for user in (root, None):
            response = ask(user, path, method)
            assert response.status_code < 500 or path == "/healthz" or "/sandbox/" in path, path
            has_headers(response)
            if not path.startswith("/static/"):
                is_strict(response["Content-Security-Policy"])


def test_nothing_private_is_kept_by_any_cache(root):
    for path in EVERYWHERE:
        if path.startswith(("/static/", "/sandbox/")):
            continue
        said = ask(root, path)["Cache-Control"]
        assert "no-store" in said or said.startswith("private"), path
        assert "public" not in said


def test_an_error_has_them_too(root, monkeypatch):
    def fail(*args: Any, **more: Any) -> Any:
        raise RuntimeError("a-word-of-the-inside")

    monkeypatch.setattr("bots.views.bots.find_membership", fail)
    response = ask(root, "/w/acme/")
    assert response.status_code == 500
    assert "a-word-of-the-inside" not in response.content.decode()
    has_headers(response)
    is_strict(response["Content-Security-Policy"])


def through_the_door(path, method="GET", sent=(), body=b"", secure=False):
    """What the server's own front door answers: streams and refusals never reach Django."""
    told = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        told.append(message)

    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(),
        "query_string": b"", "headers": [(b"host", b"testserver"), *sent], "root_path": "",
        "scheme": "https", "server": ("testserver", 443), "client": ("127.0.0.1", 1),
        "http_version": "1.1", "asgi": {"version": "3.0"}, "state": {},
    }  # fmt: skip
    asyncio.run(headers.on_everything(asgi.application)(scope, receive, send))
    return told[0]["status"], {k.decode().lower(): v.decode() for k, v in told[0]["headers"]}


@pytest.mark.django_db(transaction=True, databases=BOTH)
@pytest.mark.parametrize(
    ("path", "method", "sent", "status"),
    [
        ("/events", "GET", (), 401),
        ("/events", "POST", (), 405),
        ("/webhooks/recall/x/", "POST", ((b"content-length", b"9999999"),), 413),
        ("/w/acme/", "POST", ((b"content-length", b"99999999"),), 413),
    ],
)
def test_what_never_reaches_django_has_them(path, method, sent, status):
    with override_settings(**SECURE):
        got, said = through_the_door(path, method, sent)
    assert got == status
    assert said["x-content-type-options"] == "nosniff"
    assert said["x-frame-options"] == "DENY"
    assert said["cache-control"] == "private, no-store"
    assert said["permissions-policy"] == headers.PERMISSIONS
    assert said["strict-transport-security"] == "max-age=31536000"
    is_strict(said["content-security-policy"])


def test_a_stream_has_them(workspace):
    """With its own headers first: they are not doubled."""

    async def streaming(scope, receive, send):
        own = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": own})

    told = []

    async def send(message):
        told.append(message)

    asyncio.run(headers.on_everything(streaming)({"type": "http"}, None, send))
    names = [name for name, _ in told[0]["headers"]]
    assert names.count(b"cache-control") == 1
    assert b"content-security-policy" in names


@pytest.mark.parametrize("who", ["root", "nobody"])
def test_it_scores_a_hundred_and_more(root, who):
    with override_settings(**SECURE):
        for path in EVERYWHERE:
            if path.startswith(("/sandbox/", "/static/")):
                continue
            user = root if who == "root" else None
            points, why = score(ask(user, path, headers={"X-Forwarded-Proto": "https"}))
            assert points >= 100, (path, why)


@pytest.mark.parametrize(
    ("drop", "most"),
    [
        ("Content-Security-Policy", 94),
        ("Strict-Transport-Security", 80),
        ("X-Content-Type-Options", 99),
    ],
)
def test_the_scorer_misses_what_is_missing(drop, most):
    """Without what goes beyond, or it would hide the fault."""
    with override_settings(**SECURE):
        response = ask(None, "/login/", headers={"X-Forwarded-Proto": "https"})
    whole, _ = score(response)
    del response[drop]
    assert score(response)[0] < whole
    for name in ("Referrer-Policy", "Cross-Origin-Resource-Policy"):
        del response[name]
    response.cookies.clear()
    assert score(response)[0] <= most + 15


def test_the_cookie_of_a_session_is_out_of_reach(alice):
    with override_settings(**SECURE):
        browser = Client()
        browser.post("/login/", {"login": "alice", "password": "a long secret"})
        cookie = browser.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["secure"]
    assert cookie["samesite"] == "Lax"
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.CSRF_COOKIE_SAMESITE == "Lax"


# Forms and their tokens.


def test_every_post_but_recalls_needs_the_forms_token(root):
    """The sandbox's API and its control are the other company: keys open them, no cookie does.

    Mail programs, too, post without having seen a page: by a signed address of its own; and the
    API's by a token, which no cookie stands in for (`tests/test_access.py`).
    """
    exempt = {each.name for each in ADDRESSES if getattr(each.view, "csrf_exempt", False)}
    by_token = {*ROUTES, "api_openapi", "api_nowhere", "api_unknown"}
    others = {"webhook", "realtime", "alerts_off", "sandbox-api", "sandbox-control"}
    assert exempt == others | by_token
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.force_login(root)
    asked = 0
    for each in ADDRESSES:
        if each.name in exempt:
            continue
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            status = browser.generic(method, each.path).status_code
            assert status in (403, 404, 405), (method, each.path, status)
            asked += status == 403
    assert asked > 100


def test_the_sandboxs_api_knows_no_cookie(root):
    """What is exempt from the token must not go by the session that the token protects."""
    browser = Client()
    browser.force_login(root)
    for path in ("/sandbox/us-west-2/api/v1/bot/", "/sandbox/us-west-2/control/workspace/"):
        assert browser.get(path).status_code == 401
        assert browser.post(path, "{}", content_type="application/json").status_code == 401


def test_a_form_of_another_origin_is_refused(alice):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    page = browser.get("/w/acme/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    for origin in ("https://evil.example", "null", "http://testserver.evil.example"):
        answer = browser.post(
            "/w/acme/settings/secret/",
            {"csrfmiddlewaretoken": token, "secret": "whsec_" + "a" * 32},
            headers={"Origin": origin},
        )
        assert answer.status_code == 403, origin


# Where an answer leads.

ELSEWHERE = [
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https:///evil.example",
    "https://evil.example",
    "%2f%2fevil.example",
    "/%09/evil.example",
    "/\t/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "http://testserver@evil.example/",
    "http://testserver.evil.example/",
]
PARAMETERS = ("next", "url", "back", "to", "return", "return_to", "redirect", "redirect_uri", "q",
              "here", "after", "from", "page", "path")  # fmt: skip


def leads_home(response):
    for name in ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url", "HX-Replace-Url"):
        target = response.headers.get(name, "")
        parts = urlsplit(target.replace("\\", "/"))
        assert parts.scheme in ("", "http"), (name, target)
        assert parts.netloc in ("", "testserver"), (name, target)
        assert not re.match(r"[/\\]{2}|\s", target), (name, target)
        assert "\n" not in target
        assert "\r" not in target


@pytest.mark.parametrize("who", ["root", "nobody"])
def test_no_address_leads_where_a_stranger_says(root, who):
    """The doors that take a target are asked with all of them, the others with two."""
    browser = Client(raise_request_exception=False)
    if who == "root":
        browser.force_login(root)
    session = browser.cookies.get(settings.SESSION_COOKIE_NAME)
    for each in ADDRESSES:
        if each.path.startswith(("/admin/bots/", "/admin/auth/")):
            continue  # Django's own, and a form of its would delete who asks
        is_door = each.path.startswith(("/login", "/logout", "/account", "/try", "/send"))
        for target in ELSEWHERE if is_door else ELSEWHERE[:2]:
            words = "&".join(f"{name}={quote(target)}" for name in PARAMETERS)
            more = {"HX-Current-URL": target, "Referer": target}
            form = {"data": words, "content_type": "application/x-www-form-urlencoded"}
            leads_home(browser.get(f"{each.path}?{words}", headers=more))
            leads_home(browser.post(f"{each.path}?{words}", headers=more, **form))
            if session:  # some of them sign out
                browser.force_login(root)


@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host", "X-Host", "Forwarded"])
def test_no_header_decides_where_we_are(alice, name):
    value = "host=evil.example" if name == "Forwarded" else "evil.example"
    browser = Client(headers={name: value})
    browser.force_login(alice)
    for path in ("/", "/login/", "/w/acme/", "/w/acme/settings/", "/healthz", "/account/reset/"):
        answer = browser.get(path)
        assert answer.status_code == (400 if name == "Host" else answer.status_code)
        assert "evil.example" not in answer.content.decode()
        assert "evil.example" not in str(answer.headers)


def test_a_proxys_word_counts_only_where_one_is_named(rf):
    """X-Forwarded-For is not read, X-Forwarded-Proto only behind an https address."""
    assert settings.SECURE_PROXY_SSL_HEADER is None
    assert not rf.get("/", headers={"X-Forwarded-Proto": "https"}).is_secure()
    assert settings.ALLAUTH_TRUSTED_PROXY_COUNT == 0
    assert not settings.USE_X_FORWARDED_HOST
    assert not settings.USE_X_FORWARDED_PORT


def test_the_webhooks_door_is_the_signature(workspace):
    """It needs no token, and takes nothing without one of Recall's signatures."""
    url = reverse("webhook", args=[workspace.webhook_token])
    browser = Client(enforce_csrf_checks=True)
    answer = browser.post(url, b"{}", content_type="application/json")
    assert answer.status_code == 401
    assert webhooks.NotFromRecall("no_signature").sentence in answer.content.decode()
