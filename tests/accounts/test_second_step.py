"""The second step: a code of an app after the password, recovery codes, and no way around."""

import re
import time
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.test import Client
from django.utils import timezone

from bots import seals
from bots.entrance import PLACE

pytestmark = pytest.mark.django_db
PASSWORD = "a long secret"


def code_of(secret, ahead=0):
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + ahead))


@pytest.fixture
def secret(alice):
    """Alice's app, turned on."""
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(alice, secret)
    RecoveryCodes.activate(alice)
    return secret


@pytest.fixture
def halfway(client, alice, secret, sign_in):
    """A browser that gave the right password."""
    assert sign_in(client, "alice")["Location"] == "/account/second-step/code/"
    return client


def is_in(browser):
    return browser.get("/w/acme/").status_code == 200


def test_it_is_turned_on_by_scanning_and_a_code(client, alice):
    client.force_login(alice)
    page = "/account/second-step/on/"
    asked = client.get(page)
    assert asked["Location"].startswith("/account/confirm/")
    wrong = client.post(asked["Location"], {"password": "wrong"})
    assert "not your password" in wrong.content.decode()
    assert client.post(asked["Location"], {"password": PASSWORD})["Location"] == page
    text = client.get(page).content.decode()
    assert 'src="data:image/svg+xml;base64,' in text
    assert "style=" not in text
    secret = re.search(r'id="secret" value="(\w+)"', text)[1]
    refused = client.post(page, {"code": "000000"})
    assert "does not fit" in refused.content.decode()
    assert secret in refused.content.decode()  # what was scanned still counts
    assert not Authenticator.objects.exists()
    assert client.post(page, {"code": code_of(secret)})["Location"] == "/account/recovery/"
    codes = re.findall(r"<li>(\d{8})</li>", client.get("/account/recovery/").content.decode())
    assert len(codes) == 10
    assert "On" in client.get("/account/second-step/").content.decode()


def test_a_password_alone_opens_nothing(halfway):
    assert not is_in(halfway)
    assert halfway.get("/account/").status_code == 302
    assert halfway.get("/admin/").status_code == 302


def test_the_code_lets_in_and_leads_on(client, alice, secret):
    form = {"login": "alice", "password": PASSWORD, "next": "/w/acme/settings/"}
    client.post("/login/", form)
    answer = client.post("/account/second-step/code/", {"code": code_of(secret)})
    assert answer["Location"] == "/w/acme/settings/"
    assert is_in(client)


def test_a_code_counts_once(halfway, secret, sign_in):
    code = code_of(secret)
    halfway.post("/account/second-step/code/", {"code": code})
    other = Client()
    sign_in(other, "alice")
    assert (
        "used already" in other.post("/account/second-step/code/", {"code": code}).content.decode()
    )
    assert not is_in(other)


def test_an_old_code_does_not_count(halfway, secret):
    halfway.post("/account/second-step/code/", {"code": code_of(secret, ahead=-3)})
    assert not is_in(halfway)


def test_a_recovery_code_counts_once(halfway, alice, secret, sign_in):
    [row] = Authenticator.objects.filter(type="recovery_codes")
    code = row.wrap().get_unused_codes()[0]
    halfway.post("/account/second-step/code/", {"code": code})
    assert is_in(halfway)
    other = Client()
    sign_in(other, "alice")
    other.post("/account/second-step/code/", {"code": code})
    assert not is_in(other)


def test_codes_are_not_guessed(halfway):
    page = "/account/second-step/code/"
    codes = [halfway.post(page, {"code": f"{n:06}"}).status_code for n in range(7)]
    assert codes == [200] * 5 + [429] * 2


def test_a_new_browser_does_not_start_the_count_anew(alice, secret, sign_in):
    codes = []
    for n in range(7):
        browser = Client(REMOTE_ADDR=f"198.51.100.{n}")
        sign_in(browser, "alice")
        answer = browser.post("/account/second-step/code/", {"code": f"{n:06}"})
        codes.append(answer.status_code)
    assert codes[-1] == 429


def test_it_waits_a_quarter_of_an_hour(halfway, secret):
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        halfway.post("/account/second-step/code/", {"code": code_of(secret)})
        assert not is_in(halfway)


def test_one_can_begin_again_as_somebody_else(halfway, bob, sign_in):
    assert halfway.get("/login/")["Location"] == "/account/second-step/code/"
    assert halfway.post("/logout/")["Location"] == "/login/"
    assert sign_in(halfway, "bob")["Location"] == "/"
    assert is_in(halfway)


def test_it_is_turned_off_by_whoever_proves_to_be_it(client, alice, secret):
    client.force_login(alice)
    again = client.post("/account/second-step/off/")["Location"]
    assert "not your password" in client.post(again, {"password": "wrong"}).content.decode()
    assert Authenticator.objects.count() == 2
    assert client.post(again, {"password": PASSWORD})["Location"] == "/account/second-step/"
    assert not Authenticator.objects.exists()


def test_codes_are_shown_to_whoever_proves_to_be_it(client, alice, secret):
    client.force_login(alice)
    for page in ("/account/recovery/", "/account/recovery/new/", "/account/recovery/codes.txt"):
        answer = client.get(page)
        assert not re.search(r"\b\d{8}\b", answer.content.decode()), page


def test_its_secrets_are_sealed(alice, secret):
    """A stolen database makes no codes."""
    for row in Authenticator.objects.all():
        assert secret not in str(row.data)
        [sealed] = [value for value in row.data.values() if isinstance(value, str)]
        assert sealed.startswith(seals.BOUND)
        assert seals.unseal(sealed, place=PLACE)


def test_it_says_so_when_the_key_of_its_secrets_is_gone(halfway, secret, settings):
    code = code_of(secret)
    settings.ENCRYPTION_KEYS = ["a2V5IHRoYXQgbm9ib2R5IGhhZCBiZWZvcmUgdG9kYXk="]
    answer = halfway.post("/account/second-step/code/", {"code": code})
    assert "not in ENCRYPTION_KEYS" in answer.content.decode()
    assert not is_in(halfway)


def test_nobody_turns_on_what_is_somebody_elses(client, bob, alice, secret):
    client.force_login(bob)
    text = client.get("/account/second-step/").content.decode()
    assert "Turn on" in text
    assert client.get("/account/second-step/off/").status_code == 404
    assert client.get("/account/recovery/").status_code == 404


def test_a_new_password_by_mail_is_no_way_around(client, alice, secret, sign_in, mailoutbox):
    client.post("/account/reset/", {"email": "alice@example.com"})
    link = re.search(r"http://testserver(\S+)", mailoutbox[0].body)[1]
    form = client.get(link)["Location"]
    client.post(form, {"password1": "correct horse battery", "password2": "correct horse battery"})
    assert not is_in(client)
    answer = sign_in(client, "alice", "correct horse battery")
    assert answer["Location"] == "/account/second-step/code/"
