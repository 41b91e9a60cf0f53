"""Single sign-on against a real provider over HTTP: members and the invited get in, nobody else."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from bots import accounts
from bots.checks import check_deployment
from bots.models import Invitation, Membership, Role
from tests.accounts.provider import CLIENT_ID, CLIENT_SECRET, running

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def server():
    with running() as provider:
        yield provider


@pytest.fixture
def provider(server, settings):
    """The provider, with Alice at it, and the dashboard pointed to it."""
    fresh = type(server)()
    for name in ("person", "in_id_token", "in_discovery", "asked", "codes"):
        setattr(server, name, getattr(fresh, name))
    server.refuses = server.signs_with_another_key = False
    server.person |= person("alice@example.com", sub="a-1", name="Alice Liddell")
    settings.OIDC_ISSUER = server.url
    settings.OIDC_NAME = "Acme ID"
    app = {
        "provider_id": "oidc",
        "name": "Acme ID",
        "client_id": CLIENT_ID,
        "secret": CLIENT_SECRET,
        "settings": {"server_url": server.url},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}
    }
    return server


def person(email, *, sub, verified=True, **more):
    return {"sub": sub, "email": email, "email_verified": verified, **more}


@pytest.fixture
def alice(alice):
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    return alice


def leads_to(answer):
    """Where a browser goes on to."""
    return answer.get("Refresh", "").removeprefix("0; url=") or answer["Location"]


def through(browser, *, onward="", follow=True):
    """Press the button, go to the provider and come back, as a browser does."""
    sent = browser.post("/account/sso/", {"next": onward})
    if "/authorize" not in leads_to(sent):
        return sent
    back = httpx.get(leads_to(sent), trust_env=False).headers["Location"]
    parts = urlsplit(back)
    return browser.get(f"{parts.path}?{parts.query}", follow=follow)


def is_in(browser):
    return browser.get("/w/acme/").status_code == 200


def test_the_button_stands_where_it_is_set_up(client, provider, settings):
    text = client.get("/login/").content.decode()
    assert "Continue with Acme ID" in text
    assert 'name="password"' in text
    settings.OIDC_ISSUER = ""
    assert "Continue with" not in client.get("/login/").content.decode()
    assert client.post("/account/sso/").status_code == 404
    assert client.get("/account/sso/oidc/").status_code == 404


def test_a_member_gets_in(client, alice, provider):
    answer = through(client, onward="/w/acme/policy/", follow=False)
    assert answer["Location"] == "/w/acme/policy/"
    assert is_in(client)
    assert provider.asked[0] == "/.well-known/openid-configuration"
    assert {"/authorize", "/token", "/userinfo", "/keys"} <= set(provider.asked)
    tied = SocialAccount.objects.get()
    assert (tied.user, tied.uid) == (alice, "a-1")
    assert not SocialToken.objects.exists()
    assert User.objects.count() == 1


def test_what_it_is_sent_proves_who_asks(client, alice, provider):
    sent = client.post("/account/sso/")
    asked = parse_qs(urlsplit(leads_to(sent)).query)
    assert asked["redirect_uri"] == ["http://testserver/account/sso/oidc/"]
    assert asked["code_challenge_method"] == ["S256"]
    assert set(asked["scope"][0].split()) >= {"openid", "email"}
    assert len(asked["state"][0]) >= 16


def test_browsers_follow_it_to_another_origin(client, alice, provider):
    """Chromium follows no redirect after a form to where `form-action` does not let forms go."""
    sent = client.post("/account/sso/")
    assert "form-action 'self'" in sent["Content-Security-Policy"]
    assert (sent.status_code, "Location" in sent) == (200, False)
    there = sent["Refresh"].removeprefix("0; url=")
    assert there.startswith(f"{provider.url}/authorize?")
    assert f'href="{escape(there)}"' in sent.content.decode()


def test_the_second_time_goes_by_the_person_not_the_address(client, alice, provider):
    through(client)
    provider.person["email"] = "alice.moved@example.com"
    provider.person["email_verified"] = False
    other = Client()
    through(other)
    assert is_in(other)


def test_an_address_that_is_not_verified_is_refused(client, alice, provider):
    for said in (False, "false", None, 0, "no"):
        provider.person["email_verified"] = said
        answer = through(client)
        assert "did not say that your e-mail address is verified" in answer.content.decode()
        assert not is_in(client)
    del provider.person["email_verified"]
    through(client)
    assert not is_in(client)
    assert not SocialAccount.objects.exists()


def test_each_answer_of_the_provider_verifies_its_own_address_alone(client, alice, provider):
    """What people type into their profile there is verified by nobody."""
    provider.person = {"sub": "m-1", "email": alice.email}
    provider.in_id_token = {"sub": "m-1", "email": "mallory@example.com", "email_verified": True}
    assert "Nobody has invited mallory@example.com" in through(client).content.decode()
    assert not SocialAccount.objects.exists()


def test_a_password_that_somebody_chose_with_the_link_ends(
    client, alice, workspace, provider, sign_in
):
    """Whoever made the invitation took it up themselves, before the one it is for came."""
    _, token = Invitation.objects.invite(
        workspace, "zoe@example.com", role="viewer", teams=[], by=alice, now=timezone.now()
    )
    mallory = Client()
    mallory.post(f"/invitation/{token}/", {"name": "Zoe", "password": "correct horse battery"})
    assert is_in(mallory)
    provider.person = person("zoe@example.com", sub="z-1")
    through(client)
    assert is_in(client)
    assert not is_in(mallory)
    sign_in(mallory, "zoe@example.com", "correct horse battery")
    assert not is_in(mallory)


def test_a_password_that_its_owner_chose_stays(client, alice, provider, sign_in):
    through(client)
    other = Client()
    sign_in(other, "alice@example.com")
    assert is_in(other)


def test_an_address_that_nobody_here_verified_is_not_taken_over(client, alice, provider):
    """Somebody's account merely says that address."""
    EmailAddress.objects.update(verified=False)
    assert "Nobody has invited" in through(client).content.decode()
    assert not is_in(client)


def test_an_address_that_looks_alike_opens_nobodys_account(client, alice, workspace, provider):
    """To a database, small and capital, these may be one."""
    Invitation.objects.invite(
        workspace, "iris@example.com", role="admin", teams=[], by=alice, now=timezone.now()
    )
    for email in ("al\u0131ce@example.com", "\u0131ris@example.com"):
        provider.person |= {"sub": email, "email": email}
        assert "Nobody has invited" in through(client).content.decode()
        assert not is_in(client)


def test_a_stranger_is_refused(client, alice, provider):
    provider.person |= {"sub": "m-1", "email": "mallory@example.com"}
    assert "Nobody has invited mallory@example.com" in through(client).content.decode()
    assert "_auth_user_id" not in client.session
    assert User.objects.count() == 1


def test_an_account_that_is_off_stays_off(client, alice, provider):
    through(client)
    client.post("/logout/")
    User.objects.update(is_active=False)
    through(client)
    assert not is_in(client)


def test_the_invited_get_an_account_and_in(client, alice, workspace, provider):
    made, _ = Invitation.objects.invite(
        workspace,
        "zoe@example.com",
        role=Role.VIEWER,
        teams=[workspace.default_team],
        by=alice,
        now=timezone.now(),
    )
    provider.person = person("Zoe@Example.com", sub="z-1", name="Zoë Ångström")
    through(client)
    assert is_in(client)
    zoe = User.objects.get(email="zoe@example.com")
    assert zoe.get_full_name() == "Zoë Ångström"
    assert not zoe.has_usable_password()
    assert Membership.objects.get(user=zoe).role == Role.VIEWER
    made.refresh_from_db()
    assert made.accepted_by == zoe
    other = Client()
    through(other)
    assert is_in(other)
    assert User.objects.count() == 2


def test_two_at_once_make_one_account(client, alice, workspace, provider, monkeypatch):
    """The account is made between our look and our deed."""
    Invitation.objects.invite(
        workspace, "zoe@example.com", role="viewer", teams=[], by=alice, now=timezone.now()
    )
    zoe = accounts.make("zoe@example.com")
    looks = iter([None])
    find = accounts.find
    monkeypatch.setattr(accounts, "find", lambda said: next(looks, find(said)))
    provider.person = person("zoe@example.com", sub="z-1")
    through(client)
    assert client.session["_auth_user_id"] == str(zoe.pk)
    assert User.objects.filter(email="zoe@example.com").count() == 1


def test_an_invitation_that_ended_lets_nobody_in(client, alice, workspace, provider):
    Invitation.objects.invite(
        workspace, "zoe@example.com", role="viewer", teams=[], by=alice, now=timezone.now()
    )
    Invitation.objects.update(revoked_at=timezone.now())
    provider.person = person("zoe@example.com", sub="z-1")
    assert "Nobody has invited" in through(client).content.decode()
    assert not User.objects.filter(email="zoe@example.com").exists()


def test_it_takes_the_second_step_too(client, alice, provider):
    from allauth.mfa.totp.internal import auth as totp

    totp.TOTP.activate(alice, totp.generate_totp_secret())
    answer = through(client, follow=False)
    assert answer["Location"] == "/account/second-step/code/"
    assert not is_in(client)


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "http://evil.example"},
        {"aud": "another client"},
        {"exp": 1},
        {"sub": "somebody-else"},
    ],
)
def test_a_token_that_is_not_for_us_is_refused(client, alice, provider, lie):
    provider.in_id_token = lie
    assert "Signing in with Acme ID did not work" in through(client).content.decode()
    assert not is_in(client)


def test_a_token_signed_by_somebody_else_is_refused(client, alice, provider):
    provider.signs_with_another_key = True
    assert "did not work" in through(client).content.decode()
    assert not is_in(client)


def test_another_issuer_is_refused(client, alice, provider):
    provider.in_discovery = {"issuer": "http://evil.example"}
    assert "does not answer" in client.post("/account/sso/", follow=True).content.decode()


def test_a_provider_that_is_away_is_said_to_be(client, alice, provider, settings):
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"]["server_url"] = "http://127.0.0.1:1"
    answer = client.post("/account/sso/", follow=True)
    assert "Acme ID does not answer" in answer.content.decode()


def test_breaking_it_off_is_said_kindly(client, alice, provider):
    provider.refuses = True
    assert "broken off" in through(client).content.decode()


def test_an_answer_that_nobody_asked_for_is_refused(client, alice, provider):
    """A link with somebody else's code signs nobody in as somebody else."""
    other = Client()
    sent = other.post("/account/sso/")
    back = urlsplit(httpx.get(leads_to(sent), trust_env=False).headers["Location"])
    answer = client.get(f"{back.path}?{back.query}", follow=True)
    assert "did not work" in answer.content.decode()
    assert not is_in(client)
    for odd in ("", "?state=x", "?code=x", "?state=x&code=y", "?error=access_denied&state=\x00"):
        assert client.get(f"/account/sso/oidc/{odd}").status_code == 302
    assert client.get("/account/sso/other/").status_code == 404


def test_it_begins_with_a_form_of_ours_alone(client, alice, provider):
    assert client.get("/account/sso/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/account/sso/").status_code == 403


@pytest.mark.parametrize("there", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_it_leads_to_this_house_alone(client, alice, provider, there):
    answer = through(client, onward=there, follow=False)
    assert answer["Location"] == "/"


def test_nobody_ties_a_second_person_to_an_account(client, alice, provider):
    """Whoever is signed in and comes back as another becomes that other, or nobody."""
    client.force_login(alice)
    provider.person = person("mallory@example.com", sub="m-1")
    client.post("/account/sso/?process=connect", {"process": "connect"})
    through(client)
    assert not SocialAccount.objects.exists()


def test_passwords_can_be_done_without(client, alice, provider, settings, sign_in):
    settings.OIDC_ONLY = True
    text = client.get("/login/").content.decode()
    assert "Continue with Acme ID" in text
    assert 'name="password"' not in text
    assert "Forgotten" not in text
    assert sign_in(client, "alice")["Location"] == "/login/"
    assert not is_in(client)
    assert client.get("/account/reset/").status_code == 404
    through(client)
    assert is_in(client)


def test_the_invited_join_at_the_provider_where_there_are_no_passwords(
    client, alice, workspace, provider, settings
):
    settings.OIDC_ONLY = True
    _, token = Invitation.objects.invite(
        workspace, "zoe@example.com", role="viewer", teams=[], by=alice, now=timezone.now()
    )
    page = f"/invitation/{token}/"
    text = client.get(page).content.decode()
    assert "Continue with Acme ID" in text
    assert 'name="password"' not in text
    client.post(page, {"name": "Zoe", "password": "correct horse battery"})
    assert not User.objects.filter(email="zoe@example.com").exists()
    provider.person = person("zoe@example.com", sub="z-1")
    through(client)
    assert is_in(client)


@pytest.mark.parametrize(
    ("issuer", "client", "secret", "is_fine"),
    [
        ("", "", "", True),
        ("https://id.example", "recalldash", "x", True),
        ("http://id.example", "recalldash", "x", False),
        ("https://id.example", "", "x", False),
        ("https://id.example", "recalldash", "", False),
    ],
)
def test_half_a_provider_is_no_deployment(settings, issuer, client, secret, is_fine):
    settings.OIDC_ISSUER = issuer
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = client, secret
    found = {message.id for message in check_deployment(None)}
    assert ("recalldash.E011" not in found) is is_fine
