"""Without JavaScript: forms and links do everything but change by themselves."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.company import Company, eventually
from tests.browser.steps import controls, panel, send

ROOM = "nos-crip-tsa"


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    return {**browser_context_args, "java_script_enabled": False}


def loads_as(page: Page, phase: str) -> None:
    """Load the page again until it shows this phase."""

    def look() -> bool:
        page.reload()
        return panel(page).get_attribute("data-phase") == phase

    eventually(look, within_s=20)


def test_it_signs_a_visitor_in(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Try it").click()
    page.wait_for_url("**/w/demo/")
    expect(page.get_by_role("region", name="Earlier").locator("[data-item]").first).to_be_visible()


def test_it_sends_pauses_and_leaves(acme: Company, open_as) -> None:
    page = open_as(acme, "alice")
    assert page.locator("html.js").count() == 0
    send(page, f"https://meet.google.com/{ROOM}")
    loads_as(page, "waiting")
    acme.sandbox.do(ROOM, "admit")
    loads_as(page, "recording")
    controls(page).get_by_role("button", name="Pause recording").click()
    expect(panel(page)).to_be_visible()
    loads_as(page, "paused")
    controls(page).get_by_role("link", name="Start recording").click()
    page.wait_for_url("**/start/")
    expect(page.locator("main")).to_contain_text("overwrites")
    page.get_by_role("button", name="Resume recording instead").click()
    page.wait_for_url(re.compile(r"/bots/\d+/$"))
    loads_as(page, "recording")
    controls(page).get_by_role("link", name="Leave meeting").click()
    page.wait_for_url("**/leave/")
    page.get_by_role("button", name="Leave meeting").click()
    page.wait_for_url(re.compile(r"/bots/\d+/$"))
    loads_as(page, "finished")
    page.get_by_role("link", name="Recording 1", exact=True).click()
    expect(page.locator("video")).to_be_visible()
    expect(page.get_by_role("heading", name="Transcript")).to_be_visible()


def test_it_says_what_is_wrong_with_a_link(acme: Company, open_as) -> None:
    page = open_as(acme, "alice")
    page.get_by_role("textbox", name="Meeting link").fill("not a link at all")
    page.get_by_role("button", name="Send bot").click()
    field = page.get_by_role("textbox", name="Meeting link")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("not a link at all")


def test_it_filters(scene, open_as) -> None:
    page = open_as(scene.company, "sara")
    earlier = page.get_by_role("region", name="Earlier")
    page.get_by_role("searchbox", name="Search earlier bots").fill("Customer call")
    page.get_by_role("button", name="Filter").click()
    page.wait_for_url("**q=Customer**")
    expect(earlier.locator("[data-item]")).to_have_count(1)
    page.get_by_role("link", name="Clear").click()
    expect(earlier.locator("[data-item]").nth(5)).to_be_visible()


def test_it_keeps_notetaker_names(acme: Company, open_as) -> None:
    page = open_as(acme, "alice", f"{acme.home}notetakers/")
    chip = page.get_by_role("listitem").filter(has_text="Zed Scribe")
    page.get_by_role("textbox", name="Add names").fill("Zed Scribe, Scriber")
    page.get_by_role("button", name="Add names").click()
    expect(chip).to_be_visible()
    page.get_by_role("button", name="Remove Zed Scribe").click()
    expect(chip).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(chip).to_be_visible()
    page.get_by_role("button", name="Leave out grain").click()
    page.get_by_role("button", name="Bring back grain").click()
    expect(page.get_by_role("button", name="Leave out grain")).to_be_visible()
    page.get_by_role("searchbox", name="A participant's name").fill("Ada's zed scribe")
    page.get_by_role("button", name="Try name").click()
    expect(page.locator("mark")).to_have_text("zed scribe")
    page.get_by_role("link", name="Look through past meetings").click()
    page.wait_for_url("**past=1**")
    expect(page.get_by_role("link", name="Look through past meetings")).to_have_count(0)


def test_it_has_several_leave_at_once(acme: Company, open_as) -> None:
    page = open_as(acme, "alice")
    for room in ("noj-slea-vea", "noj-slea-veb"):
        page.goto(acme.home)
        send(page, f"https://meet.google.com/{room}")
        loads_as(page, "waiting")
    page.goto(acme.home)
    for room in ("noj-slea-vea", "noj-slea-veb"):
        page.get_by_label(f"Choose meet.google.com/{room}").check()
    page.get_by_role("button", name="Leave meetings").click()
    page.get_by_role("button", name="Have 2 bots leave").click()
    page.wait_for_url(re.compile(r"/leave-all/\d+/$"))

    def gone() -> bool:
        page.reload()
        return page.get_by_text("All 2 bots are out of their meetings").count() > 0

    eventually(gone, within_s=30)
