"""A lead tries other timers on past meetings, and looks at whom the bots would have missed."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.company import Company, found
from tests.browser.house import House
from tests.browser.steps import at_rest, too_wide


@pytest.fixture(scope="module")
def dry(house: House) -> Company:
    """A company with two weeks of past meetings."""
    return found(house, "demo-dry", {"lena": "owner"})


@pytest.fixture
def dry_run(dry: Company, open_as: Callable[..., Page]) -> Page:
    """The page, once the dashboard has fetched what was in the past meetings."""
    page = open_as(dry, "lena", bypass_csp=True)
    expect(page.get_by_text("Monday stand-up").first).to_be_visible()
    page.goto(f"{dry.home}policy/")
    page.goto(f"{page.url}dry-run/")
    return page


def tried(page: Page) -> None:
    """Try it, again while not everything is fetched yet."""
    expect(page.get_by_role("button", name=re.compile("Try on"))).to_be_visible()
    page.get_by_role("button", name=re.compile("Try on")).click()
    expect(page.locator("#dry-run-title")).to_contain_text("would have left")


def test_a_lead_sees_whom_quicker_timers_would_have_missed(dry_run: Page) -> None:
    page = dry_run
    for _ in range(20):
        tried(page)
        if page.locator("#dry-run-title", has_text="came back").count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(page.locator("#dry-run-title")).to_have_text(
        re.compile(r"\d+ of \d+ bots would have left earlier, .* saved.*; \d+ would have left")
    )
    first = page.locator("details.trial").first
    expect(first).to_contain_text(re.compile(r"(spoke|was still there|joined)"))
    first.locator("summary").click()
    expect(first.locator(".marker line")).to_have_count(2)
    expect(first).to_contain_text("New, ")
    at_rest(page)
    bad = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [
        (v["id"], v["nodes"][0]["target"]) for v in bad if v["impact"] in ("serious", "critical")
    ] == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert not too_wide(page, 390)
    expect(first.locator(".flag-said").first).to_be_visible()
    expect(first.locator(".flag text").first).to_be_hidden()


def test_what_was_compared_stays_chosen(dry_run: Page) -> None:
    page = dry_run
    page.get_by_label("Compare").select_option("safe")
    page.get_by_label("With").select_option("aggressive")
    tried(page)
    expect(page.get_by_label("Compare")).to_have_value("safe")
    expect(page.get_by_label("With")).to_have_value("aggressive")


def test_it_works_without_javascript(dry: Company, open_as: Callable[..., Page]) -> None:
    page = open_as(dry, "lena", java_script_enabled=False)
    page.goto(f"{dry.home}policy/")
    page.goto(f"{page.url}dry-run/")
    tried(page)
    page.locator("details.trial summary").first.click()
    page.get_by_role("link", name="Open the picture of this meeting").first.click()
    expect(page.locator(".marker line")).to_have_count(2)
