"""Where a sign-in leads: to a page of this house, or home."""

import re
from urllib.parse import unquote

import pytest

pytestmark = pytest.mark.django_db
ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https://evil.example",
    "http:///evil.example",
    "//evil.example/w/acme/",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "http://localhost/",
    "javascript:alert(1)",
    "data:text/html,x",
    "/\t/evil.example",
    "\x00//evil.example",
    "%2f%2fevil.example",
    " //evil.example",
    "//evil.example%2f@testserver",
]


def leads_away(location):
    """Whether a browser would leave the house for it; backslashes count as slashes there."""
    there = location.replace("\\", "/").strip()
    return not there.startswith("/") or there.startswith("//")


@pytest.mark.parametrize("there", ELSEWHERE)
def test_it_stays_in_the_house(client, alice, there):
    form = {"login": "alice", "password": "a long secret", "next": there}
    answer = client.post("/login/", form)
    assert answer.status_code == 302
    assert not leads_away(answer["Location"])


@pytest.mark.parametrize("there", ELSEWHERE)
def test_it_stays_in_the_house_for_whoever_is_signed_in(client, alice, there):
    client.force_login(alice)
    answer = client.get("/login/", {"next": there})
    assert answer.status_code == 302
    assert not leads_away(answer["Location"])


@pytest.mark.parametrize("there", [*ELSEWHERE, *map(unquote, ELSEWHERE)])
def test_admin_sends_through_the_same_door(client, there):
    answer = client.get("/admin/login/", {"next": there})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")
    assert not leads_away(answer["Location"])


def test_it_goes_where_one_was_going(client, alice):
    there = "/w/acme/policy/?a=1"
    form = {"login": "alice", "password": "a long secret", "next": there}
    assert client.post("/login/", form)["Location"] == there


def test_the_page_keeps_where_one_was_going(client):
    assert 'name="next" value="/w/acme/"' in client.get("/login/?next=/w/acme/").content.decode()


def test_the_link_of_a_mail_begins_at_home_whatever_the_way_of_the_request(
    client, alice, settings, mailoutbox
):
    """Behind a proxy that speaks plainly to this house, and asked for by another name."""
    settings.PUBLIC_URL = "https://dash.example"
    settings.ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"
    settings.ALLOWED_HOSTS = ["*"]
    client.post("/account/reset/", {"email": "alice@example.com"}, HTTP_HOST="evil.example")
    (mail,) = mailoutbox
    links = re.findall(r"https?://\S+", mail.body)
    assert links
    assert all(re.match(r"https://dash\.example/[\w/-]*$", link) for link in links)
