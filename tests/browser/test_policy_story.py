"""A lead tries a quicker timer, sees whom it would miss, and chooses otherwise; bots obey."""

import json

import pytest
from playwright.sync_api import Locator, Page, expect

from bots.sandbox.seeds import PAST
from tests.browser.company import Company, eventually, found
from tests.browser.house import House
from tests.browser.steps import reaches, send

# Who was there is known of all past meetings but the one whose recording was kept for a day.
KNOWN = len(PAST) - 1
SAFE = {
    "using_participant_names": {"activate_after": 1200, "timeout": 180},
    "using_participant_events": {"activate_after": 1200, "timeout": 180},
}


@pytest.fixture(scope="module")
def company(house: House) -> Company:
    """One with two weeks of past meetings."""
    return found(house, "demo-policy", {"lena": "lead", "otto": "operator", "vera": "viewer"})


def with_past(page: Page, company: Company) -> None:
    """Wait until the past meetings, and who was in them, have come in from Recall."""
    earlier = page.get_by_role("region", name="Earlier").locator("[data-item]")
    expect(earlier.nth(12)).to_be_visible(timeout=60_000)
    tried = page.get_by_role("region", name="Dry run")

    def all_are_known() -> bool:
        page.goto(f"{company.home}policy/")
        page.get_by_role("button", name="Aggressive", exact=True).click()
        expect(page.locator("#unsaved")).to_contain_text("unsaved change")
        page.get_by_role("button", name="Try it").click()
        tried.get_by_role("heading").first.wait_for()
        return tried.get_by_role("list", name="Meetings").get_by_role("listitem").count() == KNOWN

    eventually(all_are_known, within_s=90)


def harms(tried: Locator) -> Locator:
    """What is said of people whom a bot would have missed."""
    return tried.get_by_role("listitem").filter(has_text="later")


def test_a_lead_tries_before_it_bites_and_an_operator_s_bot_obeys(
    company: Company, open_as
) -> None:
    lead = open_as(company, "lena")
    with_past(lead, company)
    tried = lead.get_by_role("region", name="Dry run")

    # Quicker than is wise: the dry run warns before anything is saved.
    lead.locator("#id_events_after_s").fill("60")
    lead.locator("#id_silence_for_s").fill("120")
    expect(lead.locator("#said-silence_for_s")).to_contain_text("a short break is enough")
    old = lead.get_by_role("status").filter(has_text="has changed since this was tried")
    expect(old).to_be_visible()
    lead.get_by_role("button", name="Try it").click()
    expect(old).to_be_hidden()
    sentence = tried.get_by_role("heading").first
    expect(sentence).to_contain_text("would have left earlier")
    expect(sentence).to_contain_text("while someone was still")
    harm = harms(tried).first
    expect(harm).to_contain_text("spoke")
    expect(harm).to_be_visible()
    lead.keyboard.press("Escape")

    missed = harms(tried).count()

    # Safe: the bots stay longer, and miss fewer people.
    lead.get_by_role("button", name="Safe", exact=True).click()
    expect(lead.locator("#id_events_for_s")).to_have_value("180")
    expect(old).to_be_visible()
    lead.get_by_role("button", name="Try it").click()
    expect(sentence).to_contain_text("would have left later")
    assert harms(tried).count() < missed
    expect(old).to_be_hidden()
    lead.get_by_label("Note: why").fill("Nobody shall be missed")
    lead.get_by_role("button", name="Save version 2", exact=True).click()
    expect(lead.locator("#toasts")).to_contain_text("Saved as version 2.")

    operator = open_as(company, "otto")
    send(operator, "https://meet.google.com/pol-icyo-bey")
    reaches(operator, "waiting")
    expect(operator.get_by_role("region", name="Details")).to_contain_text("Everyone, version 2")
    [call] = company.sandbox.calls("/bot/", method="POST")
    leave = json.loads(call["body"])["automatic_leave"]
    assert leave["silence_detection"] == {"activate_after": 1200, "timeout": 1200}
    detection = leave["bot_detection"]
    assert detection["using_participant_events"] == SAFE["using_participant_events"]
    matches = detection["using_participant_names"].pop("matches")
    assert detection["using_participant_names"] == SAFE["using_participant_names"]
    assert {"notetaker", "Meeting Notetaker"} <= set(matches)


def test_an_operator_reads_what_is_fixed_and_what_is_forbidden(company: Company, open_as) -> None:
    lead = open_as(company, "lena", f"{company.home}policy/")
    lead.locator("#id_may_name").uncheck()
    lead.locator("#id_title_words").fill("off the record")
    lead.get_by_role("button", name="Save version", exact=False).click()
    expect(lead.locator("#toasts")).to_contain_text("Saved as version")

    operator = open_as(company, "otto")
    operator.get_by_role("textbox", name="Meeting link").fill(
        "Topic: Off the record with Mei\nhttps://meet.google.com/off-ther-ecd"
    )
    said = operator.locator("#recognised")
    expect(said).to_contain_text("“off the record” in the title are not recorded")
    expect(said).to_contain_text("“Words that forbid recording” of team Everyone, version")
    operator.get_by_text("Options", exact=True).click()
    expect(operator.locator("#send-options")).to_contain_text("Fixed by Everyone, version")
    operator.get_by_role("button", name="Send bot").click()
    expect(operator.get_by_role("alert")).to_contain_text("are not recorded")
    assert not [
        call
        for call in company.sandbox.calls("/bot/", method="POST")
        if "off-ther-ecd" in call["body"]
    ]
