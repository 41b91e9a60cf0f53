"""The doctor's page, and the notice that leads read when the connection is not well."""

from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from bots import conf
from bots.models import Bot, News, Role, WebhookSecret, Workspace
from tests.views.conftest import browser_of
from tests.world import make_bot

pytestmark = pytest.mark.django_db
URL = "/w/acme/doctor/"


@pytest.fixture(autouse=True)
def recall(monkeypatch):
    asked = []

    def answer(request):
        asked.append(request.url.path)
        return httpx.Response(200, json={"results": [], "next": None})

    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(answer))
    return asked


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def test_it_asks_nobody_before_it_is_told_to(as_alice, recall):
    assert "Not tried yet." in text(as_alice.get(URL))
    assert recall == []


def test_it_checks_now(as_alice, recall, workspace):
    shown = text(as_alice.post(URL))
    assert "Checked just now." in shown
    assert "Recall knows it." in shown
    assert len(recall) == 1
    piece = text(as_alice.post(URL, headers={"HX-Request": "true"}))
    assert "<html" not in piece
    assert 'id="findings"' in piece


@pytest.mark.parametrize("role", Role)
def test_it_is_for_those_who_connect(member, workspace, role, recall):
    browser = browser_of(member("dora", role, workspace))
    may = role in (Role.OWNER, Role.ADMIN)
    for answer in (browser.get(URL), browser.post(URL)):
        assert answer.status_code == (200 if may else 403)
    assert bool(recall) is may


def test_no_page_breaks_where_the_keys_of_the_secrets_are_lost(as_alice, workspace, settings):
    settings.ENCRYPTION_KEYS = ["0" * 43 + "="]
    for url in (URL, "/w/acme/", "/w/acme/settings/", "/w/acme/deliveries/", "/w/acme/calls/"):
        assert "can&#x27;t be read" in text(as_alice.get(url))
    assert "can&#x27;t be read" in text(as_alice.post(URL))


@pytest.fixture
def broken(workspace):
    """Only a look at Recall found what a bot did ten minutes ago."""
    long_ago = timezone.now() - timedelta(hours=3)
    WebhookSecret.objects.update(created_at=long_ago)
    Workspace.objects.update(last_delivery_at=long_ago)
    then = timezone.now() - timedelta(minutes=10)
    bot = make_bot(workspace, created_at=then)
    bot.observe([News("joining_call", then)], source=Bot.Source.SYNC, now=then)
    return workspace


@pytest.mark.parametrize("role", Role)
def test_leads_and_admins_read_on_every_page_that_webhooks_look_broken(member, broken, role):
    browser = browser_of(member("dora", role, broken))
    may = role in (Role.OWNER, Role.ADMIN, Role.LEAD)
    for url in ("/w/acme/", "/w/acme/notices/", "/w/acme/settings/"):
        assert ("Webhooks look broken" in text(browser.get(url))) is may
    shown = text(browser.get("/w/acme/notices/"))
    assert (URL in shown) is (role in (Role.OWNER, Role.ADMIN))


def test_the_notice_goes_when_a_webhook_comes(as_alice, broken):
    Workspace.objects.update(last_delivery_at=timezone.now())
    assert "Webhooks look broken" not in text(as_alice.get("/w/acme/notices/"))


def test_the_settings_tell_the_share_and_which_secret_signed_last(as_alice, broken):
    shown = text(as_alice.get("/w/acme/settings/"))
    assert "1 of 1 changes (100 %) were found by looks at Recall only" in shown
    assert "nothing signed yet" in shown
    WebhookSecret.objects.update(last_used_at=timezone.now())
    assert "signed last" in text(as_alice.get("/w/acme/settings/"))
