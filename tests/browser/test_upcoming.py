"""A scheduled bot in a browser: listed, moved, and cancelled."""

import re
from datetime import datetime, timedelta

from playwright.sync_api import expect

from tests.browser.company import Company
from tests.browser.steps import reaches, send

ZONE = "Asia/Tokyo"
LATER = "2040-01-02T09:30"


def test_a_bot_is_moved_and_cancelled(acme: Company, open_as) -> None:
    page = open_as(acme, "alice", timezone_id=ZONE)
    page.get_by_text("Options", exact=True).click()
    page.get_by_label("At a time").check()
    soon = datetime.now() + timedelta(hours=30)
    page.locator("input[type=datetime-local]").first.fill(f"{soon:%Y-%m-%dT%H:%M}")
    bot = send(page, "https://meet.google.com/upc-omin-gab")
    reaches(page, "scheduled")
    expect(page.locator("#panel")).to_contain_text("Scheduled.")

    page.goto(f"{acme.home}upcoming/")
    row = page.locator(f"[data-item]#bot-{bot.rstrip('/').split('/')[-1]}")
    expect(row).to_contain_text("Recall keeps a bot for it", timeout=15_000)
    row.get_by_role("link", name="Reschedule").click()
    page.get_by_label("New time").fill(LATER)
    page.get_by_role("button", name="Reschedule").click()
    page.goto(f"{acme.home}upcoming/")
    time = row.locator("time").first
    expect(time).to_contain_text("2040", timeout=15_000)
    expect(time).to_have_attribute("datetime", "2040-01-02T00:30:00+00:00")
    expect(time).to_have_attribute("title", re.compile(r"9:30:00.* · 2040-01-02 00:30:00 UTC$"))

    row.get_by_role("link", name="Cancel").click()
    page.get_by_role("button", name="Cancel bot").click()
    page.goto(f"{acme.home}upcoming/")
    expect(row).to_have_count(0, timeout=15_000)
    page.goto(bot)
    expect(page.locator(".bot-title")).to_contain_text("Cancelled")
