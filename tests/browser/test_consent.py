"""Consent in a browser: asked and agreed in the chat, either way in which Recall may tell it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.company import Company, found
from tests.browser.house import House
from tests.browser.steps import entries, panel, reaches, send


@pytest.fixture(scope="module")
def assent(house: House) -> Company:
    """A company whose policy asks everyone; its meetings are told live."""
    company = found(house, "assent", {"alice": "owner"})
    company.sandbox.set(realtime_paused=False)
    return company


def choose(page: Page) -> None:
    """The policy of the team, by its page."""
    page.goto(f"{page.url}policy/")
    section = page.locator("#section-start")
    expect(section.get_by_label("What the bot asks in the chat")).to_be_hidden()
    section.get_by_label("When those in the call agree").check()
    asks = section.get_by_label("What the bot asks in the chat")
    expect(asks).to_be_visible()
    asks.fill("May I record? Write yes or no.")
    section.get_by_label("Who has to agree").select_option(label="The host")
    page.get_by_role("button", name=re.compile("^Save")).first.click()
    expect(page.get_by_text(re.compile(r"Saved as version \d"))).to_be_visible()


def host_of(company: Company, room: str) -> str:
    people = company.sandbox.control("GET", f"rooms/{room}")["people"]
    return str(next(person["name"] for person in people if person["is_host"]))


@pytest.mark.parametrize("before", [True, False], ids=["told before", "chat alone first"])
def test_it_records_once_the_host_agrees(assent: Company, open_as, before: bool) -> None:
    room = "ass-entb-efo" if before else "ass-enta-lon"
    assent.sandbox.set(realtime_before_recording=before)
    page = open_as(assent, "alice")
    if before:
        choose(page)
        page.goto(assent.home)
    send(page, f"https://meet.google.com/{room}")
    reaches(page, "waiting", within_ms=20_000)
    consent = page.get_by_role("region", name="Consent")
    expect(consent).to_contain_text("Nothing is recorded before the host agrees.")
    assent.sandbox.do(room, "admit")
    expect(entries(page, "May I record?")).to_contain_text("Done", timeout=20_000)
    expect(consent).to_contain_text("Asking for consent")
    told = (
        "Recall tells what is written while nothing is recorded."
        if before
        else "the chat alone is taken down"
    )
    expect(consent).to_contain_text(told, timeout=40_000)
    if not before:
        expect(page.locator(".bot-title")).to_contain_text("Asking for consent", timeout=20_000)
        expect(page.get_by_role("button", name="Pause recording")).to_have_count(0)
    host = host_of(assent, room)
    assent.sandbox.do(room, "chat", name=host, text="Yes!")
    expect(consent).to_contain_text("It is agreed", timeout=20_000)
    expect(panel(page)).to_have_attribute("data-phase", "recording", timeout=20_000)
    expect(page.locator(".bot-title")).to_contain_text("Recording", timeout=20_000)
    answers = consent.get_by_role("list", name="Answers")
    # It is unfolded already where the answer was shown before it was acted on.
    if not answers.is_visible():
        consent.get_by_text("Who answered").click()
    expect(answers).to_contain_text(host)

    assent.sandbox.do(room, "chat", name=host, text="stop recording")
    reaches(page, "paused", within_ms=30_000)
    expect(consent).to_contain_text(f"{host} refused")
