"""Every address of accounts is open on purpose or asks for a sign-in; each answers with words."""

import os
import subprocess
import sys

import pytest
from django.test import Client
from django.urls import reverse

from bots import account_urls
from recalldash import urls

pytestmark = pytest.mark.django_db
# What a visitor may open, and what for.
OPEN = {
    "account_login": "to sign in",
    "account_signup": "to read that accounts are made by invitation",
    "account_inactive": "to read that the account is off",
    "account_reset_password": "to ask for a new password",
    "account_reset_password_done": "after that",
    "account_reset_password_from_key": "with the link of the mail",
    "account_reset_password_from_key_done": "after that",
    "invitation": "with the link of the invitation",
    "mfa_authenticate": "after the password",
    "openid_connect_callback": "coming back from the provider",
    "sso": "to go to the provider",
}
VALUES = {
    "token": "nobody",
    "uidb36": "1",
    "key": "cp3x1k-0",
    "provider_id": "oidc",
}
ROUTES = {route.name: route for route in account_urls.urlpatterns}


def address(name):
    regex = ROUTES[name].pattern.regex
    words = {*ROUTES[name].pattern.converters, *regex.groupindex}
    return reverse(name, kwargs={word: VALUES[word] for word in words})


def test_it_knows_every_address():
    assert set(OPEN) <= set(ROUTES)
    assert len(ROUTES) == len(account_urls.urlpatterns)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", sorted(set(ROUTES) - set(OPEN)))
def test_a_visitor_is_sent_to_sign_in(client, name, method):
    answer = client.generic(method, address(name))
    assert answer.status_code == 302
    there = answer["Location"]
    # Straight to the door, or to prove it is them, which only somebody signed in can.
    if there.startswith("/account/confirm/"):
        there = client.get(there)["Location"]
    assert there.startswith("/login/")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("name", sorted(OPEN))
def test_what_is_open_shows_nobodys_things(client, alice, name):
    for method in ("GET", "POST"):
        answer = client.generic(method, address(name))
        assert answer.status_code in (200, 302, 404, 405), (name, method)
        text = answer.content.decode()
        assert "alice" not in text
        assert "_auth_user_id" not in client.session
        if answer.status_code == 302:
            assert answer["Location"].startswith("/login/")


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_every_page_opens_for_whoever_is_signed_in(client, alice, name):
    client.force_login(alice)
    answer = client.get(address(name), follow=True)
    assert answer.status_code in (200, 404, 405), name


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_every_form_asks_for_its_token(alice, name):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    assert browser.post(address(name)).status_code in (403, 404, 405), name


def test_somebody_without_a_workspace_has_these_pages_too(client, django_user_model):
    user = django_user_model.objects.create_user("nobody", "nobody@example.com", "a long secret")
    client.force_login(user)
    for name in ("account", "sessions", "account_change_password", "mfa_index"):
        answer = client.get(reverse(name))
        assert answer.status_code == 200
        assert 'class="rail"' not in answer.content.decode()


def test_these_pages_stand_in_the_frame_of_the_workspace_that_one_came_from(client, alice):
    client.force_login(alice)
    client.get("/w/acme/")
    text = client.get("/account/").content.decode()
    assert 'class="rail"' in text
    assert 'href="/w/acme/"' in text


def test_a_name_is_kept_as_it_is_written(client, alice):
    client.force_login(alice)
    assert client.post("/account/", {"first_name": " Ălice  O'Hara "})["Location"] == "/account/"
    alice.refresh_from_db()
    assert alice.get_full_name() == "Ălice  O'Hara"
    more = {"username": "root", "email": "root@example.com", "is_superuser": "1", "is_staff": "1"}
    client.post("/account/", {"first_name": "Al", **more})
    alice.refresh_from_db()
    assert (alice.username, alice.email) == ("alice", "alice@example.com")
    assert (alice.is_superuser, alice.is_staff) == (False, False)
    refused = client.post("/account/", {"first_name": "<b>" * 100})
    assert "at most 150" in refused.content.decode()
    assert "<b><b>" not in refused.content.decode()


def test_429_is_ours():
    assert urls.handler429 == "bots.views.account.too_many"


def test_cookies_are_of_this_host_alone_behind_https(tmp_path):
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "recalldash.settings",
        "DATA_DIR": str(tmp_path),
        "PUBLIC_URL": "https://recalldash.example",
    }
    script = (
        "from django.conf import settings as s\n"
        "print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY,"
        " s.SESSION_COOKIE_SAMESITE, s.SESSION_COOKIE_PATH, s.SESSION_COOKIE_DOMAIN,"
        " s.CSRF_COOKIE_NAME, s.CSRF_COOKIE_SECURE, s.CSRF_COOKIE_PATH, s.CSRF_COOKIE_DOMAIN)"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], env=env, check=True, capture_output=True, text=True
    ).stdout
    session = ["__Host-recalldash", "True", "True", "Lax", "/", "None"]
    assert said.split() == [*session, "__Host-recalldash_csrf", "True", "/", "None"]
