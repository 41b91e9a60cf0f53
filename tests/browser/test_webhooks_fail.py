"""When no webhook comes, a page that somebody looks at is still not far behind."""

import time

import pytest
from playwright.sync_api import expect

from tests.browser.company import Company, found
from tests.browser.house import House
from tests.browser.steps import entries, press, reaches, send

BEHIND_S = 15
ROOM = "nob-odyt-ell"


@pytest.fixture(scope="module")
def deaf(house: House) -> Company:
    """A company that none of its webhooks reaches."""
    company = found(house, "deaf", ["dora"])
    company.sandbox.control("POST", "webhooks/", drop=1.0)
    return company


def test_it_is_at_most_fifteen_seconds_behind(deaf: Company, open_as) -> None:
    page = open_as(deaf, "dora")
    send(page, f"https://meet.google.com/{ROOM}")
    reaches(page, "waiting", within_ms=(8 + BEHIND_S) * 1000)
    # Now in the lobby for a while: what comes next is heard by nobody but by looking.
    deaf.sandbox.do(ROOM, "admit")
    deaf.sandbox.advance(20, room=ROOM)
    admitted = time.monotonic()
    reaches(page, "recording", within_ms=20_000)
    assert time.monotonic() - admitted < BEHIND_S
    found_by_looking = entries(page, "in_call_recording")
    expect(found_by_looking).to_have_count(1)
    expect(found_by_looking).to_contain_text("sync")
    expect(page.get_by_role("region", name="Timeline").get_by_text("webhook")).to_have_count(0)


def test_an_order_is_confirmed_without_webhooks(deaf: Company, open_as) -> None:
    page = open_as(deaf, "dora")
    page.get_by_role("region", name="Live now").locator("[data-item] a").first.click()
    reaches(page, "recording", within_ms=BEHIND_S * 1000)
    press(page, "Pause recording")
    reaches(page, "paused", within_ms=BEHIND_S * 1000)
