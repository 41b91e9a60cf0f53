"""A bot that waits raises the bell; the alert leads to it; let in, it is over."""

import re

from playwright.sync_api import expect

from tests.browser.company import Company
from tests.browser.steps import reaches, send

ROOM = "bel-lrin-gsx"
# A minute at the door, a sweep, and a busy machine.
LONG_MS = 100_000


def test_a_waiting_bot_rings_leads_to_itself_and_is_over_when_let_in(
    acme: Company, open_as
) -> None:
    page = open_as(acme, "alice")
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("navigation", name="Settings").get_by_role("link", name="Alerts").click()
    page.get_by_role("link", name=re.compile("Change these numbers")).click()
    page.get_by_label("Waiting to be let in (minutes)").fill("1")
    page.locator(".alert-numbers").get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("Saved")

    page.goto(acme.home)
    bot = send(page, f"https://meet.google.com/{ROOM}")
    reaches(page, "waiting")
    acme.sandbox.do(ROOM, "speed", speed=0.02)  # nobody comes to let it in for a long while
    bell = page.locator("#bell")
    # It comes by itself, on whatever page is open.
    expect(bell).to_have_text(re.compile(r"^\s*1"), timeout=LONG_MS)

    page.locator("[data-door=alerts]").click()
    unread = page.get_by_role("list", name="Unread alerts").get_by_role("listitem")
    expect(unread).to_have_count(1)
    expect(unread).to_contain_text("Ask the host to admit it")
    unread.get_by_role("link").click()
    page.wait_for_url(bot)
    expect(bell).to_have_text("")

    acme.sandbox.do(ROOM, "speed", speed=1)
    acme.sandbox.do(ROOM, "admit")
    reaches(page, "recording")
    page.locator("[data-door=alerts]").click()
    read = page.get_by_role("list", name=re.compile("Alerts you have read"))
    expect(read.get_by_role("listitem").first).to_contain_text("Over")
