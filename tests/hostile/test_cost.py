"""What is meant to cost much costs little: huge forms, endless parameters, far pages."""

import time

import pytest
from django.test import Client

from tests.hostile.walk import addresses
from tests.world import make_bot

pytestmark = pytest.mark.django_db(databases=["default", "sandbox"])
SLOW_S = 3.0
PAGES = ("/w/acme/", "/w/acme/audit/", "/w/acme/deliveries/", "/w/acme/calls/", "/w/acme/send/",
         "/w/acme/members/", "/w/acme/recognise/", "/login/", "/")  # fmt: skip
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def visitor(workspace, alice):
    for _ in range(20):
        make_bot(workspace)
    browser = Client(raise_request_exception=False)
    browser.force_login(alice)
    return browser


def quick(ask, *words, **more):
    """What it answers; fails where that took long or broke."""
    began = time.process_time()
    response = ask(*words, **more)
    if response.streaming:
        b"".join(response)
    assert time.process_time() - began < SLOW_S
    assert response.status_code < 500
    return response


@pytest.mark.parametrize(
    "words",
    ["%25" * 1000, "_" * 1000, "%25_" * 5000, "(" * 1000, "%5C" * 1000, "a%20" * 2000, "*" * 1000],
)
def test_no_search_is_dear(visitor, words):
    for path in PAGES:
        names = ("q", "url", "meeting_url", "by", "event", "next", "title")
        quick(visitor.get, f"{path}?{'&'.join(f'{name}={words}' for name in names)}")


@pytest.mark.parametrize(
    "number", ["1000000000", "-1", "0", "9" * 400, "1e9", "NaN", "٣", "0x10", "1.5", "²"]
)
def test_no_page_is_as_large_as_one_asks(visitor, number):
    for path in PAGES:
        names = ("page", "page_size", "limit", "size", "per_page", "n", "after", "here", "number")
        answer = quick(visitor.get, f"{path}?{'&'.join(f'{each}={number}' for each in names)}")
        assert len(answer.content) < 1_000_000


def test_a_thousand_parameters_are_too_many_or_none(visitor):
    for path in PAGES:
        quick(visitor.get, f"{path}?{'&'.join(f'q{n}=1' for n in range(1000))}")
        quick(visitor.get, f"{path}?{'&'.join('q=1' for n in range(5000))}")


def test_a_hundred_thousand_fields_are_refused(visitor):
    body = "&".join(f"f{n}=1" for n in range(100_000))
    refused = 0
    for each in addresses():
        if each.path.startswith("/w/acme/"):
            answer = quick(visitor.generic, "POST", each.path, body, content_type=FORM)
            # Whoever reads no field of it says what it always says.
            refused += answer.status_code == 400
    assert refused > 10


def test_ten_megabytes_are_refused(visitor):
    body = "meeting_url=" + "x" * 10_000_000
    for path in ("/w/acme/send/", "/w/acme/settings/", "/login/", "/w/acme/leave-all/"):
        assert quick(visitor.generic, "POST", path, body, content_type=FORM).status_code in (
            400, 405, 413,
        )  # fmt: skip


def test_many_parts_of_a_form_are_refused(visitor):
    part = '--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n1\r\n'
    body = part * 5000 + "--x--\r\n"
    kind = "multipart/form-data; boundary=x"
    for path in ("/w/acme/send/", "/w/acme/settings/", "/login/"):
        answer = quick(visitor.generic, "POST", path, body, content_type=kind)
        assert answer.status_code in (400, 413)
