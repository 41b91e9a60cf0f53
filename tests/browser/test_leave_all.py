"""Leave all in a browser: chosen in the list, asked once more, watched to the end."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.company import Company
from tests.browser.steps import panel, send

ROOMS = ("lea-veal-one", "lea-veal-two", "lea-veal-six")


@pytest.fixture
def three(acme: Company, open_as) -> Page:
    """The list with three bots that record."""
    page = open_as(acme, "alice")
    for room in ROOMS:
        page.goto(acme.home)
        send(page, f"https://meet.google.com/{room}")
        expect(panel(page)).to_have_attribute("data-phase", "waiting", timeout=20_000)
        acme.sandbox.do(room, "admit")
    page.goto(acme.home)
    live = page.get_by_role("region", name="Live now")
    for room in ROOMS:
        row = live.locator("[data-item]").filter(has_text=room)
        expect(row.locator("[data-phase=recording]")).to_be_visible(timeout=20_000)
    return page


def test_several_are_chosen_and_leave(acme: Company, three: Page) -> None:
    bar = three.locator("#pick-form")
    expect(bar).to_be_hidden()
    three.get_by_label(f"Choose meet.google.com/{ROOMS[0]}").focus()
    three.keyboard.press("Space")  # by keys alone
    expect(bar).to_contain_text("1 bot chosen")
    three.get_by_label(f"Choose meet.google.com/{ROOMS[1]}").check()
    # What is chosen stays chosen while the list changes.
    three.evaluate("document.querySelector('#rows').dispatchEvent(new CustomEvent('live'))")
    three.wait_for_timeout(800)
    expect(bar).to_contain_text("2 bots chosen")
    three.get_by_role("button", name="Clear").click()
    expect(bar).to_be_hidden()
    three.get_by_label("Select all").check()
    expect(bar).to_contain_text(f"{three.locator('[data-pick]').count()} bots chosen")
    three.get_by_role("button", name="Clear").click()
    for room in ROOMS:
        three.get_by_label(f"Choose meet.google.com/{room}").check()

    three.get_by_role("button", name="Leave meetings").click()
    heading = three.get_by_role("heading", level=1)
    expect(heading).to_have_text("Have these 3 bots leave?")
    three.get_by_role("button", name="Have 3 bots leave").click()
    three.wait_for_url(re.compile(r"/leave-all/\d+/$"))
    address, asked = three.url, []
    three.on("request", lambda request: asked.append(request.url))
    expect(heading).to_have_text("All 3 bots are out of their meetings", timeout=30_000)
    expect(three.get_by_text("3 of 3 done")).to_be_visible()
    # Three bots made a dozen changes; the page asked about once a second.
    assert len([url for url in asked if url == address]) <= 16
    # It is there for whoever comes back.
    three.goto(acme.home)
    three.goto(address)
    expect(heading).to_have_text("All 3 bots are out of their meetings")
