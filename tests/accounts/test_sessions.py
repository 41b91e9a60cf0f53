"""Sessions: a new key at sign-in, listed, ended one by one or all others, streams with them."""

import asyncio
from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from bots import live, sessions, tasks
from bots.models import Membership
from tests.streams import Browser, later, run, tell

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1"
PAGE = "/account/sessions/"


@pytest.fixture
def here(alice, sign_in):
    browser = Client(HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR="203.0.113.1")
    sign_in(browser, "alice")
    browser.get("/w/acme/")
    return browser


@pytest.fixture
def there(alice, here, sign_in):
    browser = Client(HTTP_USER_AGENT=SAFARI, REMOTE_ADDR="203.0.113.2")
    sign_in(browser, "alice")
    browser.get("/w/acme/")
    return browser


def key_of(browser):
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def row_of(browser):
    return UserSession.objects.get(session_key=key_of(browser))


def is_in(browser):
    return browser.get("/w/acme/").status_code == 200


def test_a_sign_in_has_a_key_of_its_own(client, alice, sign_in):
    """Somebody planted a session before."""
    client.get("/login/")
    planted = client.session
    planted["planted"] = True
    planted.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = planted.session_key
    sign_in(client, "alice")
    assert key_of(client) != planted.session_key
    assert not Session.objects.filter(session_key=planted.session_key).exists()
    attacker = Client()
    attacker.cookies[settings.SESSION_COOKIE_NAME] = planted.session_key
    assert not is_in(attacker)


def test_a_key_that_nobody_gave_is_not_taken(client, alice, sign_in):
    client.cookies[settings.SESSION_COOKIE_NAME] = "chosenbysomebodyelse0000000000aa"
    sign_in(client, "alice")
    assert key_of(client) != "chosenbysomebodyelse0000000000aa"


def test_they_are_listed(here, there):
    text = here.get(PAGE).content.decode()
    assert "Firefox on Windows" in text
    assert "Safari on iPhone" in text
    assert "203.0.113.1" in text
    assert "203.0.113.2" in text
    assert text.count("This one") == 1
    assert text.index("Firefox on Windows") < text.index("Safari on iPhone")
    assert key_of(there) not in text
    assert key_of(here) not in text


def test_a_demo_or_staff_session_is_listed_too(client, alice):
    """However it began."""
    client.force_login(alice)
    client.get("/w/acme/")
    assert client.get(PAGE).content.decode().count("This one") == 1


def test_one_is_ended(here, there):
    here.post(PAGE, {"end": row_of(there).pk})
    assert not is_in(there)
    assert is_in(here)
    assert "Safari" not in here.get(PAGE).content.decode()


def test_all_others_are_ended(here, there, alice):
    third = Client()
    third.force_login(alice)
    third.get("/w/acme/")
    answer = here.post(PAGE, {"end": "others"}, follow=True)
    assert "Signed out of 2 other sessions." in answer.content.decode()
    assert (is_in(here), is_in(there), is_in(third)) == (True, False, False)


def test_those_of_others_are_not_ended(here, bob, sign_in):
    browser = Client()
    sign_in(browser, "bob")
    browser.get("/w/acme/")
    here.post(PAGE, {"end": row_of(browser).pk})
    here.post(PAGE, {"end": "others"})
    assert is_in(browser)


@pytest.mark.parametrize("odd", ["", "x", "-1", "0", "9" * 40, "٣", "1 OR 1=1"])
def test_odd_numbers_end_nothing(here, there, odd):
    assert here.post(PAGE, {"end": odd}).status_code == 302
    assert is_in(there)


def test_looking_ends_nothing(here, there):
    here.get(f"{PAGE}?end=others")
    assert is_in(there)


def test_signing_out_ends_the_session_for_good(here):
    copied = Client()
    copied.cookies[settings.SESSION_COOKIE_NAME] = key_of(here)
    assert is_in(copied)
    here.post("/logout/")
    assert not is_in(copied)


def test_a_session_is_noted_once_a_minute(here, monkeypatch):
    noted = []
    clock = [1000.0]
    monkeypatch.setattr(sessions.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(sessions, "note", lambda request, key: noted.append(key))
    browser = Client()
    browser.cookies = here.cookies
    for _ in range(5):
        browser.get("/w/acme/")
    assert len(noted) == 1
    clock[0] += 61
    browser.get("/w/acme/")
    assert len(noted) == 2


def test_a_session_that_ended_meanwhile_is_not_listed_again(here, rf, alice):
    request = rf.get("/")
    request.user = alice
    row = row_of(here)
    row.end()
    sessions.note(request, key_of(here))
    assert not UserSession.objects.filter(session_key=key_of(here)).exists()


def test_what_ran_out_is_forgotten(here, there):
    now = timezone.now()
    Session.objects.filter(session_key=key_of(there)).update(expire_date=now - timedelta(days=1))
    UserSession.objects.filter(session_key=key_of(there)).update(
        last_seen_at=now - timedelta(days=15)
    )
    tasks.prune()
    assert UserSession.objects.get().session_key == key_of(here)
    assert not Session.objects.filter(session_key=key_of(there)).exists()
    assert is_in(here)


def test_a_session_ends_after_two_weeks(here):
    with time_machine.travel(timezone.now() + timedelta(days=13, hours=23)):
        assert is_in(here)
    with time_machine.travel(timezone.now() + timedelta(days=14, minutes=1)):
        assert not is_in(here)


def test_removal_from_a_workspace_counts_at_once(here, alice):
    Membership.objects.filter(user=alice).delete()
    assert here.get("/w/acme/").status_code == 404


def test_switching_an_account_off_counts_at_once(here, alice):
    alice.is_active = False
    alice.save()
    assert not is_in(here)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (SAFARI, "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Chrome/1 Safari/1 Edg/1", "Edge on macOS"),
        ("curl/8.5", "curl"),
        ("", "Another program"),
        ("<script>alert(1)</script>", "Another program"),
    ],
)
def test_browsers_are_called_what_people_call_them(agent, words):
    assert sessions.browser(agent) == words


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["end", "password", "logout"])
def test_an_open_stream_ends_with_its_session(workspace, alice, monkeypatch, how):
    """Within 30 s: a stream looks again every 20 s, and at least as often as it beats."""
    assert live.RECHECK_S + live.BEAT_S <= 30
    monkeypatch.setattr(live, "RECHECK_S", 0.0)
    mine, stolen = Client(), Client()
    for browser in (mine, stolen):
        browser.force_login(alice)
        browser.get("/w/acme/")
    [row] = UserSession.objects.filter(session_key=key_of(stolen))

    def act():
        if how == "end":
            mine.post(PAGE, {"end": row.pk})
        elif how == "logout":
            stolen.post("/logout/")
        else:
            new = {"password1": "correct horse battery", "password2": "correct horse battery"}
            mine.post("/account/password/", {"oldpassword": "a long secret", **new})

    async def story():
        ended, kept = Browser(key_of(stolen)), Browser(key_of(mine))
        assert [await ended.status(), await kept.status()] == [200, 200]
        await later(act)
        await later(tell, workspace, 7)
        await asyncio.wait_for(ended.task, 10)
        if how != "password":  # that gives the one who changed it a new key
            assert not kept.task.done()
        await kept.close()

    run(story)
