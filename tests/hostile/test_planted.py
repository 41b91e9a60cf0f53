"""Planted secrets are looked for wherever anybody could read: pages, logs, reports, dumps."""

import io
import itertools
import logging
import os
import subprocess
import sys
import uuid
from datetime import timedelta

import httpx
import pytest
from django.conf import settings
from django.core import mail, serializers
from django.core.management import call_command
from django.db import connection
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse
from django.utils import timezone
from django.utils.log import AdminEmailHandler

from bots import conf, orders, tasks
from bots import connection as to_recall
from bots.entrance import SecondSteps
from bots.lifecycle import Action
from bots.models import Delivery, Invitation, Order, PolicyVersion, Role, Workspace
from bots.recall import errors
from recalldash import logs
from tests.hostile.poison import poison
from tests.hostile.walk import addresses
from tests.world import make_bot, receive, signed, status_event

API_KEY = "5ca1ab1e" * 5
OLD_SECRET = "whsec_" + "Q2FuYXJ5T2xkU2VjcmV0Q2FuYXJ5"
NEW_SECRET = "whsec_" + "Q2FuYXJ5TmV3U2VjcmV0Q2FuYXJ5"
STREAM_KEY = "canary-stream-key-9d1"
PASSWORD = "canary-password-9d1"
OIDC = "canary-oidc-secret-9d1"
SECRET_KEY = "canary-secret-key-of-django-9d1-" + "z" * 30
TOTP = "CANARYTOTPSECRET"
ORDER_KEY = str(uuid.UUID("ca9a1100-0000-4000-8000-000000000001"))
ORDER_TOKEN = str(uuid.UUID("ca9a1100-0000-4000-8000-000000000002"))
EVERYWHERE = (API_KEY, OLD_SECRET[6:], NEW_SECRET[6:], PASSWORD, OIDC, SECRET_KEY, TOTP)

pytestmark = [
    pytest.mark.django_db(databases=["default", "sandbox"]),
    pytest.mark.usefixtures("canaries"),
]


@pytest.fixture
def canaries(settings):
    settings.SECRET_KEY = SECRET_KEY
    settings.OIDC_CLIENT_SECRET = OIDC
    settings.ADMINS = [("Ops", "ops@example.com")]


@pytest.fixture
def answered(monkeypatch):
    """Recall refuses everything, and says the key that it was asked with."""

    def answer(request):
        said = {"detail": f"{request.headers.get('authorization')} is bad"}
        return httpx.Response(next(statuses), json=said)

    statuses = itertools.cycle([400, 401, 403, 404, 409, 429, 500, 507])
    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(answer))


@pytest.fixture
def planted(workspace, django_user_model, answered):
    """A workspace with a canary in every place that may hold a secret."""
    workspace.api_key = API_KEY
    workspace.save()
    workspace.secrets.all().delete()
    workspace.replace_webhook_secret(OLD_SECRET, now=timezone.now())
    workspace.replace_webhook_secret(NEW_SECRET, now=timezone.now())
    people = {}
    for role in Role:
        person = django_user_model.objects.create_user(role, f"{role}@example.com", PASSWORD)
        membership = person.memberships.create(workspace=workspace, role=role)
        membership.teams.add(workspace.default_team)
        people[role] = person
    root = django_user_model.objects.create_superuser("root", "root@example.com", PASSWORD)
    root.memberships.create(workspace=workspace, role=Role.OWNER)
    people["root"] = root
    sealed = SecondSteps().encrypt(TOTP)
    root.authenticator_set.create(type="totp", data={"secret": sealed})
    things = poison(workspace, people[Role.OWNER], "Plain")
    Workspace.objects.filter(pk=workspace.pk).update(name="Acme", key_problem="")
    stream = f"rtmp://live.example/app/{STREAM_KEY}"
    PolicyVersion.objects.save_team(
        workspace.default_team, {"rtmp_url": stream}, by=root, now=timezone.now()
    )
    bot = make_bot(workspace, config={"recording_config": {
        "realtime_endpoints": [{"type": "rtmp", "url": stream, "events": []}]}})  # fmt: skip
    now = timezone.now()
    order = bot.orders.create(
        action=Action.PAUSE, by=root, key=ORDER_KEY, token=ORDER_TOKEN, created_at=now, due_at=now,
        expires_at=now + timedelta(minutes=5),
        body={"realtime_endpoints": [{"type": "rtmp", "url": stream, "events": []}]},
    )  # fmt: skip
    _, token = Invitation.objects.invite(
        workspace, "zoe@example.com", role="viewer", teams=[], by=root, now=now
    )
    sessions = []
    browsers = {}
    for name, person in people.items():
        browser = browsers[name] = Client(raise_request_exception=False)
        browser.force_login(person)
        sessions.append(browser.cookies[settings.SESSION_COOKIE_NAME].value)
    return {
        "workspace": workspace, "order": order, "bot": bot, "things": things, "token": token,
        "sessions": sessions, "browsers": browsers, "people": people,
        "words": [*EVERYWHERE, STREAM_KEY, ORDER_KEY, ORDER_TOKEN, token, *sessions],
    }  # fmt: skip


def found(text, words):
    """The canaries that stand in it, by name."""
    return [word for word in words if word in text]


def exercise(planted):
    """The things that go wrong: refused keys, refused orders, forged webhooks, bad forms."""
    workspace, now = planted["workspace"], timezone.now()
    owner = planted["browsers"][Role.OWNER]
    for _ in range(8):
        with pytest.raises(errors.RecallError), to_recall.recall(workspace) as recall:
            recall.pause_recording("abc", idempotency_key=ORDER_KEY)
    orders.carry_out(planted["order"].pk, clock=timezone.now)
    to_recall.judge(API_KEY, "us-west-2")
    owner.post("/w/acme/settings/", {"api_key": API_KEY, "region": "us-west-2"})
    owner.post("/w/acme/settings/secret/", {"secret": NEW_SECRET})
    owner.post("/w/acme/settings/secret/", {"secret": f"{NEW_SECRET} and more"})
    Client().post("/login/", {"login": "owner", "password": PASSWORD})
    Client().post("/login/", {"login": "owner@example.com", "password": PASSWORD + "x"})
    Client().get(f"/invitation/{planted['token']}/")
    body = status_event(planted["bot"], "in_call_recording", now)
    for secret in (OLD_SECRET, NEW_SECRET):
        headers = signed(body, when=now, secret=secret)
        receive(workspace, headers, body, now=now)
    url = reverse("webhook", args=[workspace.webhook_token])
    bad = signed(body, when=now, secret=NEW_SECRET) | {"webhook-signature": "v1,nonsense"}
    Client().post(url, body, content_type="application/json", headers=bad)


def test_no_page_shows_any_of_them(planted):
    """To every role, in Django admin, in files; each person sees their own session nowhere."""
    exercise(planted)
    own = {"stream": STREAM_KEY, "token": planted["token"]}
    read = 0
    for name, browser in planted["browsers"].items():
        for each in addresses(planted["things"]):
            if "logout" in each.path or each.path.startswith("/sandbox/"):
                continue
            # Setting a second step up shows the secret of that step, which is not stored yet.
            response = browser.get(each.path)
            text = (b"".join(response) if response.streaming else response.content).decode(
                errors="replace"
            ) + str(response.headers)
            read += response.status_code == 200
            words = [word for word in planted["words"] if word not in own.values()]
            assert found(text, words) == [], (name, each.path)
            # A leader of the policy sees the address that they typed; nobody else does.
            if STREAM_KEY in text:
                assert "/policy/" in each.path, (name, each.path)
                assert name in (Role.OWNER, Role.ADMIN, Role.LEAD, "root"), (name, each.path)
    assert read > 300


@pytest.fixture
def log():
    """Every line at DEBUG of every logger, as the handler of the settings writes it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.Line("%(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    names = ("httpx", "httpcore", "django", "django.request", "django.db.backends", "celery",
             "bots", "asyncio", "allauth")  # fmt: skip
    before = {name: logging.getLogger(name).level for name in names}
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    for name in names:
        if name != "django.db.backends":  # which the settings keep silent at any LOG_LEVEL
            logging.getLogger(name).setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)
    for name, was in before.items():
        logging.getLogger(name).setLevel(was)


def test_no_log_line_holds_any_of_them(planted, log):
    exercise(planted)
    planted["browsers"]["root"].get("/w/acme/nowhere/")
    logging.getLogger("httpx").debug("Authorization: Token %s", API_KEY)
    try:
        raise RuntimeError(f"Token {API_KEY} for {NEW_SECRET} at /invitation/{planted['token']}/")
    except RuntimeError:
        logging.getLogger("bots").exception("It broke")
    said = log.getvalue()
    assert "It broke" in said
    assert "httpx" in said
    assert found(said, planted["words"]) == []


def test_every_process_masks_its_log(tmp_path):
    """In one of its own: tests have handlers of their own. Celery sets Django up twice."""
    program = f"""
import logging, django
django.setup()
django.setup()
logging.getLogger("django.db.backends").debug("SELECT {STREAM_KEY}")
logging.getLogger("httpx").info("GET {STREAM_KEY}")
try:
    raise RuntimeError("Token {API_KEY}")
except RuntimeError:
    logging.getLogger("bots").exception("It broke")
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True,
        env=os.environ | {"DATA_DIR": str(tmp_path), "LOG_LEVEL": "DEBUG"},
    )  # fmt: skip
    assert "It broke" in ran.stderr
    assert found(ran.stderr, [API_KEY, STREAM_KEY]) == []


def test_its_sessions_and_orders_are_in_no_log_of_httpcore(log):
    """A real request over a socket, with everything turned on."""
    server = subprocess.Popen(
        [sys.executable, "-c", "import http.server as h; s = h.HTTPServer(('127.0.0.1', 0), "
         "h.SimpleHTTPRequestHandler); print(s.server_port, flush=True); s.serve_forever()"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd="/tmp",
    )  # fmt: skip
    try:
        port = server.stdout.readline().strip()
        recall = to_recall.Recall(API_KEY, base_url=f"http://127.0.0.1:{port}")
        with recall, pytest.raises(errors.RecallError):
            recall.leave_call("abc", idempotency_key=ORDER_KEY)
    finally:
        server.terminate()
        server.wait()
    said = log.getvalue()
    assert "httpcore" in said
    assert found(said, [API_KEY, ORDER_KEY]) == []


@pytest.mark.parametrize("debug", [True, False])
def test_no_error_report_holds_any_of_them(planted, monkeypatch, debug):
    """Neither the technical page nor the mail, wherever it breaks."""

    def fail(*args, **more):
        api_key, headers = API_KEY, {"Authorization": f"Token {API_KEY}"}
        form = {"password": PASSWORD, "nested": [{"secret": NEW_SECRET}]}
        key = ORDER_KEY
        said = f"Token {API_KEY} {NEW_SECRET} rtmp://live.example/app/{STREAM_KEY}"
        raise RuntimeError(said, len((api_key, headers, form, key)))

    monkeypatch.setattr("bots.views.settings.connection.connect", fail)
    browser = planted["browsers"][Role.OWNER]
    handler = AdminEmailHandler(include_html=True)
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    try:
        with override_settings(DEBUG=debug):
            page = browser.post(
                f"/w/acme/settings/?token={planted['token']}",
                {"api_key": API_KEY, "region": "us-west-2"},
                headers={"Authorization": f"Token {API_KEY}", "Idempotency-Key": ORDER_KEY},
            )
    finally:
        logger.removeHandler(handler)
    assert page.status_code == 500
    written = page.content.decode()
    for report in mail.outbox:
        written += report.subject + report.body
        written += "".join(str(content) for content, _ in report.alternatives)
    assert "RuntimeError" in written
    assert found(written, planted["words"]) == []


def test_no_task_carries_any_of_them(planted, monkeypatch):
    """Tasks are given ids, and ids alone."""
    sent = []
    monkeypatch.setattr(
        "celery.app.task.Task.apply_async", lambda self, *a, **k: sent.append((a, k))
    )
    tasks.wake_order(planted["order"])
    tasks.wake_delivery(Delivery.objects.first())
    assert found(repr(sent), planted["words"]) == []


def plain(value):
    """A column as text."""
    is_bytes = isinstance(value, bytes | memoryview)
    return bytes(value).decode(errors="replace") if is_bytes else str(value)


def test_no_row_holds_any_of_them_in_the_open(planted):
    """Every column of every table, as a thief of the database would read it.

    Sessions and orders' keys stand there, as they must; streams' keys in the policy that was
    written by hand. All of them are worth nothing without the house, and none opens Recall.
    """
    exercise(planted)
    dump = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                dump += [plain(value) for value in row]
    text = "\n".join(dump)
    assert str(planted["workspace"].slug) in text
    assert found(text, [*EVERYWHERE, planted["token"]]) == []


def test_no_fixture_holds_any_of_them(planted):
    out = io.StringIO()
    call_command("dumpdata", "bots", stdout=out)
    assert found(out.getvalue(), [*EVERYWHERE, planted["token"]]) == []
    assert found(serializers.serialize("xml", Workspace.objects.all()), EVERYWHERE) == []


def test_orders_keys_are_in_no_request_log(planted):
    exercise(planted)
    rows = repr(list(planted["workspace"].calls.values()) if hasattr(planted["workspace"], "calls")
                else [])  # fmt: skip
    rows += repr(list(planted["workspace"].audit_events.values()))
    assert Order.objects.filter(key=ORDER_KEY).exists()
    assert found(rows, planted["words"]) == []


def test_the_search_finds_what_is_there(planted):
    """Or the tests above would prove nothing."""
    assert found(f"x{API_KEY}x", planted["words"]) == [API_KEY]
    request = RequestFactory().get("/", headers={"X-Plain": STREAM_KEY})
    assert found(str(request.headers), planted["words"]) == [STREAM_KEY]
