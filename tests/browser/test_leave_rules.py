"""A rule of leaving in a browser: set on the bot's page, taken back, and one that is met."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.company import Company
from tests.browser.steps import entries, panel, reaches, send

ROOM = "rul-elea-ves"


def rules(page: Page) -> Locator:
    return page.get_by_role("list", name="Rules of leaving")


def set_rule(page: Page, what: str, length: str) -> None:
    """By keys alone, as far as the sheet is concerned."""
    page.get_by_role("link", name="Leave by rule").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label(what).check()
    sheet.get_by_label("How long").fill(length)
    page.keyboard.press("Enter")


def test_a_bot_leaves_by_a_rule_and_not_by_one_that_was_taken_back(acme: Company, open_as) -> None:
    page = open_as(acme, "alice")
    send(page, f"https://meet.google.com/{ROOM}")
    reaches(page, "waiting", within_ms=20_000)

    set_rule(page, "So long after it joined", "soon")
    sheet = page.get_by_role("dialog")
    expect(sheet).to_contain_text("Type a length of time")
    expect(sheet.get_by_label("How long")).to_have_value("soon")
    sheet.get_by_label("How long").fill("2 h")
    page.keyboard.press("Enter")
    expect(sheet).to_be_hidden()
    expect(rules(page)).to_contain_text("Leaves 2 h after it joined")
    expect(rules(page).locator("time")).to_have_count(0)  # nobody knows when yet

    acme.sandbox.do(ROOM, "admit")
    reaches(page, "recording", within_ms=20_000)
    expect(rules(page)).to_contain_text(re.compile(r"after it joined: \d+:\d\d"), timeout=10_000)
    page.get_by_role("button", name="Take back").click()
    expect(rules(page)).to_have_count(0)

    set_rule(page, "So long after recording began", "10 s")
    expect(panel(page)).to_have_attribute(
        "data-phase", re.compile("leaving|processing|finished"), timeout=30_000
    )  # noqa: E501
    expect(entries(page, "The rule “leave 10 s after recording began”")).to_have_count(1)
    reaches(page, "finished", within_ms=30_000)
    expect(page.get_by_role("link", name="Leave by rule")).to_have_count(0)


def test_somebody_writes_into_the_meetings_chat(acme: Company, open_as) -> None:
    room = "cha-tsaf-ely"
    page = open_as(acme, "alice")
    send(page, f"https://meet.google.com/{room}")
    reaches(page, "waiting", within_ms=20_000)
    expect(page.get_by_label("Message to the meeting")).to_have_count(0)
    acme.sandbox.do(room, "admit")
    reaches(page, "recording", within_ms=20_000)
    field = page.get_by_label("Message to the meeting")
    field.fill("x" * 600)
    expect(field).to_have_value("x" * 500)  # what Google Meet takes
    field.fill("Shall we begin?")
    # What is being typed survives whatever else happens on the page.
    page.evaluate("document.querySelector('#panel').dispatchEvent(new CustomEvent('live'))")
    page.wait_for_timeout(600)
    expect(field).to_have_value("Shall we begin?")
    page.get_by_role("button", name="Send message").click()
    expect(entries(page, "“Shall we begin?”")).to_contain_text("Done", timeout=15_000)
    expect(field).to_have_value("")


def test_a_time_of_day_takes_the_place_of_a_length(acme: Company, open_as) -> None:
    page = open_as(acme, "alice", timezone_id="Asia/Tokyo")
    send(page, "https://meet.google.com/rul-eati-mes")
    reaches(page, "waiting", within_ms=20_000)
    page.get_by_role("link", name="Leave by rule").click()
    sheet = page.get_by_role("dialog")
    at = sheet.locator("input[name=at]")
    expect(sheet.get_by_label("How long")).to_be_visible()
    expect(at).to_be_hidden()
    sheet.get_by_label("At a time").check()
    expect(sheet.get_by_label("How long")).to_be_hidden()
    expect(at).to_be_visible()
    expect(sheet).to_contain_text("Asia/Tokyo")
    at.fill("2040-01-01T18:30")
    sheet.get_by_role("button", name="Set rule").click()
    expect(sheet).to_be_hidden()
    expect(rules(page)).to_contain_text("6:30 PM")
    moment = rules(page).locator("time")
    expect(moment).to_have_attribute("datetime", "2040-01-01T09:30:00+00:00")
