"""A link for outsiders in real browsers: made for a moment, opened without a session, revoked."""

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.company import eventually, found
from tests.browser.house import House
from tests.browser.steps import film, film_time_s, shades, too_wide, with_transcript

NAME = "Stand-up notes"


def allow(page: Page, home: str) -> None:
    """Have the team's policy allow links, on its own page."""
    page.goto(f"{home}policy/")
    page.get_by_label("Operators too").check()
    page.get_by_role("button", name=re.compile("^Save")).first.click()
    expect(page.get_by_text(re.compile("may show a recording to outsiders"))).to_be_visible()


def open_recording(page: Page, home: str) -> None:
    """The page of a past meeting's recording, with its film."""
    page.goto(home)
    rows = page.get_by_role("region", name="Earlier").locator("[data-item]").filter(has_text=NAME)
    expect(rows).to_have_count(3, timeout=20_000)
    rows.first.get_by_role("link").click()
    page.get_by_role("link", name="Recording 1", exact=True).click()
    page.wait_for_url("**/recordings/*/")
    with_transcript(page)
    eventually(lambda: film(page).evaluate("film => film.duration > 0"), within_s=60)


def test_a_moment_is_shared_opened_played_and_revoked(
    house: House,
    open_as: Callable[..., Page],
    new_context: Callable[..., BrowserContext],
) -> None:
    company = found(house, "demo-shares", ["paula"])
    page = open_as(company, "paula")
    allow(page, company.home)
    open_recording(page, company.home)
    film(page).evaluate("film => { film.muted = true; film.currentTime = 65; }")
    eventually(lambda: film_time_s(page) == 65)
    page.get_by_role("link", name="Share…").click()
    page.get_by_label("For whom").fill("Acme, for review")
    page.get_by_label("A moment of it").check()
    expect(page.get_by_label("From", exact=True)).to_have_value("1:05")
    expect(page.get_by_label("To", exact=True)).to_have_value("2:05")
    film(page).evaluate("film => { film.currentTime = 75; }")
    eventually(lambda: film_time_s(page) == 75)
    page.get_by_role("button", name="To here").click()
    expect(page.get_by_label("To", exact=True)).to_have_value("1:15")
    page.get_by_role("button", name="Make link").click()
    link = page.get_by_role("textbox", name="The link").input_value()
    row = page.locator(".share")
    expect(row).to_contain_text("1:05 to 1:15")
    expect(row).not_to_contain_text("being cut", timeout=60_000)
    expect(
        page.get_by_role("textbox", name="The link"), "it stands while the list changes"
    ).to_have_value(link)

    outsider = new_context(viewport={"width": 390, "height": 844}).new_page()
    answer = outsider.goto(link)
    assert answer is not None
    assert answer.status == 200
    assert outsider.context.cookies() == []
    expect(outsider.get_by_text("Speaker 1").first).to_be_visible()
    eventually(lambda: abs(film(outsider).evaluate("film => film.duration") - 10) < 0.5)
    film(outsider).evaluate("film => { film.muted = true; film.play(); }")
    eventually(lambda: film_time_s(outsider) > 0.5)
    assert shades(outsider) > 10, "the clip shows nothing"
    assert too_wide(outsider, 390) == []

    page.reload()
    expect(page.get_by_role("textbox", name="The link")).to_have_count(0)
    expect(row).to_contain_text("Opened 1 time")
    page.get_by_role("button", name="Revoke the link for Acme, for review").click()
    expect(page.get_by_text("works no more")).to_be_visible()
    answer = outsider.reload()
    assert answer is not None
    assert answer.status == 410
    expect(outsider.get_by_role("heading", name="This link shows nothing")).to_be_visible()
    assert outsider.request.get(f"{link}film/").status == 410
    assert list((house.data_dir / "clips").iterdir()) == []


def test_it_works_without_scripts(
    house: House,
    open_as: Callable[..., Page],
    new_context: Callable[..., BrowserContext],
) -> None:
    company = found(house, "demo-shares-bare", ["piet"])
    page = open_as(company, "piet")
    allow(page, company.home)
    open_recording(page, company.home)
    address = page.url.partition("?")[0]
    bare = open_as(company, "piet", f"{address}share/", java_script_enabled=False)
    bare.get_by_text("New link").click()
    bare.get_by_label("For whom").fill("Acme")
    bare.get_by_role("button", name="Make link").click()
    link = bare.get_by_role("textbox", name="The link").input_value()
    outsider = new_context(java_script_enabled=False, color_scheme="dark").new_page()
    answer = outsider.goto(link)
    assert answer is not None
    assert answer.status == 200
    expect(outsider.get_by_role("list", name="What was said")).to_be_visible()
    expect(film(outsider)).to_have_attribute("src", re.compile(r"^/s/[\w-]{43}/film/$"))
    bare.get_by_role("button", name="Revoke the link for Acme").click()
    answer = outsider.reload()
    assert answer is not None
    assert answer.status == 410
