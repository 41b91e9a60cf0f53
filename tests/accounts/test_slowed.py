"""Guessing is slow: by account, by network, over many accounts; and tells nothing."""

import re
import subprocess
import sys
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from bots import entrance

pytestmark = pytest.mark.django_db
WRONG = "not the secret"


def text(answer):
    return re.sub(r'csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())


def test_five_guesses_then_a_pause(client, alice, sign_in):
    answers = [sign_in(client, "alice", WRONG) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert "Too many attempts. Try again in 5 minutes." in text(answers[-1])
    assert 0 < int(answers[-1]["Retry-After"]) <= 300
    assert sign_in(client, "alice").status_code == 429  # the right one is not tried either


def test_the_pause_ends_when_the_page_says(client, alice, sign_in):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(6):
            wait_s = int(sign_in(client, "alice", WRONG).get("Retry-After", 0))
        clock.shift(timedelta(seconds=wait_s - 2))
        assert sign_in(client, "alice").status_code == 429
        clock.shift(timedelta(seconds=3))
        assert sign_in(client, "alice").status_code == 302


def test_twenty_in_an_hour_and_no_more(client, alice, sign_in):
    """A thousand passwords: how many of them are even looked at within an hour."""
    looked_at = 0
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(1000):
            looked_at += sign_in(client, "alice", WRONG).status_code == 200
            clock.shift(timedelta(seconds=3.5))
    assert looked_at == 20


def test_a_name_and_an_address_are_one_account(client, alice, sign_in):
    for login in ("alice", "alice@example.com", "ALICE@example.com", "alice", "Alice"):
        assert sign_in(client, login, WRONG).status_code == 200
    assert sign_in(client, "alice@example.com", WRONG).status_code == 429


def test_one_network_cannot_spray_over_accounts(client, alice, sign_in):
    codes = [sign_in(client, f"person{n}@example.com", WRONG).status_code for n in range(31)]
    assert codes == [200] * 30 + [429]
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    assert sign_in(elsewhere, "alice").status_code == 302


def test_whoever_knows_the_password_is_not_slowed(client, alice, sign_in):
    for _ in range(12):
        assert sign_in(Client(), "alice").status_code == 302


def test_signing_in_between_guesses_wins_nothing(alice, bob, sign_in):
    """Somebody with an account of their own guesses at another's."""
    codes = []
    for _ in range(8):
        codes.append(sign_in(Client(), "alice", WRONG).status_code)
        assert sign_in(Client(), "bob").status_code == 302
    assert codes[5:] == [429] * 3


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-Ip", "Forwarded"])
def test_a_header_does_not_make_another_network(client, sign_in, header):
    headers = [{f"HTTP_{header.upper().replace('-', '_')}": f"10.0.0.{n}"} for n in range(31)]
    codes = [
        sign_in(client, f"person{n}@example.com", WRONG, **headers[n]).status_code
        for n in range(31)
    ]
    assert codes[-1] == 429


def test_behind_a_trusted_proxy_its_word_counts(client, sign_in, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for n in range(31):
        told = f"6.6.6.{n}, 203.0.113.5"  # what the client claims, what the proxy saw
        last = sign_in(client, f"person{n}@example.com", WRONG, HTTP_X_FORWARDED_FOR=told)
    assert last.status_code == 429
    other = sign_in(client, "zoe@example.com", WRONG, HTTP_X_FORWARDED_FOR="203.0.113.6")
    assert other.status_code == 200


def test_past_the_proxy_nothing_breaks(client, sign_in, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    answer = sign_in(client, "zoe@example.com", WRONG, HTTP_X_FORWARDED_FOR="203.0.113.6")
    assert answer.status_code == 200


def test_known_and_unknown_names_read_the_same(client, alice, sign_in):
    for known, unknown in (("alice", "zoe"), ("alice@example.com", "zoe@example.com")):
        said = [
            [text(sign_in(client, login, WRONG)).replace(login, "…") for _ in range(6)]
            for login in (known, unknown)
        ]
        assert said[0] == said[1]
        cache.clear()


@pytest.mark.parametrize(
    "login", ["alice", "alice@example.com", "zoe", "zoe@example.com", "ned@example.com"]
)
def test_known_and_unknown_names_take_one_hash(client, alice, sign_in, monkeypatch, login):
    """The time of an answer is the time of hashing a password: once, whoever it is."""
    alice.__class__.objects.create_user("ned@example.com", "ned@example.com", "x", is_active=False)
    hashed = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher,
        "encode",
        lambda self, password, salt: hashed.append(password) or encode(self, password, salt),
    )
    sign_in(client, login, WRONG)
    assert hashed == [WRONG]


def test_every_process_counts_in_one_place(tmp_path):
    """What is counted here is known to another process, which has nothing but the database."""
    assert settings.CACHES["default"]["BACKEND"].endswith("DatabaseCache")
    assert set(settings.CACHES) == {"default"}
    script = (
        "import django; django.setup()\n"
        "from django.core.cache import cache\n"
        "import sys\n"
        "cache.set('seen', 7) if sys.argv[1] == 'set' else print(cache.get('seen'))\n"
    )
    env = {
        "DJANGO_SETTINGS_MODULE": "recalldash.settings",
        "DATA_DIR": str(tmp_path),
        "PATH": "/usr/bin:/bin",
        # A Redis that is not there: nothing at the door needs it.
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }

    def run(*arguments):
        return subprocess.run(
            [sys.executable, *arguments], env=env, check=True, capture_output=True, text=True
        ).stdout

    run("manage.py", "migrate", "-v", "0")
    run("-c", script, "set")
    assert run("-c", script, "get").strip() == "7"


def test_the_page_says_when_to_come_back(client):
    for _ in range(3):
        answer = client.post("/account/reset/", {"email": "zoe@example.com"})
        assert answer.status_code == 302
    answer = client.post("/account/reset/", {"email": "Zoe@Example.com"})
    assert answer.status_code == 429
    assert "Try again in 60 minutes." in answer.content.decode()
    assert 3500 < int(answer["Retry-After"]) <= 3600


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "in a minute"), (61, "in 2 minutes"), (3600, "in 60 minutes"), (7200, "in 2 hours")],
)
def test_it_says_how_long_in_words(seconds, words):
    assert entrance.in_words(seconds) == words


@pytest.mark.parametrize("login", ["\x00", "x" * 100_000, "a\x00@example.com", "‮", "@", ""])
def test_odd_names_are_refused_like_any_other(client, sign_in, login):
    assert sign_in(client, login, WRONG).status_code == 200


def test_staff_have_no_other_door(client, alice, django_user_model, sign_in):
    """Guessing at Django admin's own form is guessing at ours."""
    django_user_model.objects.create_superuser("root", "root@example.com", "a long secret")
    answer = client.post("/admin/login/", {"username": "root", "password": "a long secret"})
    assert answer["Location"].startswith("/login/")
    assert "_auth_user_id" not in client.session
    assert client.get("/admin/").status_code == 302
    sign_in(client, "root")
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/password_change/")["Location"] == "/account/password/"
