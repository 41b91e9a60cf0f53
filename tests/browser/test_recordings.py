"""The Recordings page in a browser: pictures, filters, keys; the lanes lead into the film."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.company import Company, eventually, found
from tests.browser.house import House
from tests.browser.steps import film, film_time_s

# Pictures are made one after another, and the sandbox makes each film first.
PICTURES_S = 120


@pytest.fixture(scope="module")
def company(house: House) -> Company:
    """A company with a past of two weeks."""
    return found(house, "demo-library", {"lena": "owner"})


def shelves(page: Page) -> Locator:
    return page.get_by_role("list", name="Recordings, newest first").locator("[data-item]")


def open_list(company: Company, open_as, **options) -> Page:
    page = open_as(company, "lena", f"{company.home}recordings/", **options)

    def look() -> bool:
        page.reload()
        return shelves(page).count() > 8

    eventually(look, within_s=60)
    return page


def with_film(page: Page) -> None:
    """Open the recording of a stand-up and wait until its film is there."""
    shelves(page).filter(has_text="Monday stand-up").first.get_by_role("link").click()
    page.wait_for_url(re.compile(r"/recordings/\d+/$"))
    eventually(lambda: film(page).evaluate("film => film.duration > 0"), within_s=60)
    film(page).evaluate("film => { film.muted = true; }")


def test_it_shows_pictures_and_narrows_as_one_types(company: Company, open_as) -> None:
    page = open_list(company, open_as)
    pictures = page.locator(".poster img")

    def look() -> bool:
        page.reload()
        return pictures.count() > 1

    eventually(look, within_s=PICTURES_S)
    eventually(lambda: pictures.first.evaluate("image => image.naturalWidth > 0"))
    page.get_by_role("searchbox", name="Search recordings").fill("northwind")
    expect(shelves(page).filter(has_not_text="Northwind")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"q=northwind"))
    page.get_by_role("link", name="Clear").click()
    page.get_by_label("Outcome").select_option(label="Recorded in part")
    expect(shelves(page)).to_have_count(2)
    expect(shelves(page).first).to_contain_text("The transcript failed; video and audio are there.")


def test_news_that_come_while_a_filter_loads_leave_the_list_narrow(
    company: Company, open_as
) -> None:
    page = open_list(company, open_as)
    page.evaluate("""document.addEventListener("htmx:before:request", ({ detail }) => {
        if (detail.ctx.sourceElement.id !== "filters") return;
        document.getElementById("list").dispatchEvent(new CustomEvent("live"));
    })""")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    of_the_list = re.compile(r"/recordings/(\?|$)")
    page.get_by_role("searchbox", name="Search recordings").fill("northwind")

    def since() -> list[str]:
        """The requests from the narrowed one on; there may be news before it, too."""
        page.wait_for_timeout(100)  # events of the browser come while it is talked to
        urls = [url for url in asked if of_the_list.search(url)]
        first = next((n for n, url in enumerate(urls) if "q=northwind" in url), len(urls))
        return urls[first:]

    eventually(lambda: len(since()) > 1)
    assert all("q=northwind" in url for url in since())
    expect(page.get_by_role("link", name="Clear")).to_be_visible()
    expect(shelves(page).filter(has_not_text="Northwind")).to_have_count(0)


def test_it_is_walked_by_keys(company: Company, open_as) -> None:
    page = open_list(company, open_as)
    page.goto(company.home)
    page.keyboard.press("Escape")
    page.locator("body").click(position={"x": 5, "y": 5})
    page.keyboard.press("g")
    page.keyboard.press("r")
    page.wait_for_url("**/recordings/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(shelves(page).nth(1).get_by_role("link")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/recordings/\d+/$"))


def test_the_lanes_lead_into_the_film_by_mouse_and_by_keys(company: Company, open_as) -> None:
    page = open_list(company, open_as)
    with_film(page)
    row = page.locator(".lanes .lane-row").nth(1)
    total_s = float(page.locator("[data-player]").get_attribute("data-total") or 0)
    box = row.bounding_box()
    assert box
    row.hover(position={"x": box["width"] / 2, "y": 8})
    expect(page.locator("[data-lane-hover]")).to_be_visible()
    row.click(position={"x": box["width"] / 2, "y": 8})
    eventually(lambda: abs(film_time_s(page) - total_s / 2) < 5)
    film(page).evaluate("film => film.pause()")
    slider = page.get_by_role("slider", name="Go to")
    at = film_time_s(page)
    slider.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    eventually(lambda: film_time_s(page) > at + 10)
    assert re.fullmatch(r"\d+:\d\d of \d+:\d\d", slider.get_attribute("aria-valuetext") or "")


def test_the_lanes_lead_into_the_film_by_touch(company: Company, open_as) -> None:
    size = {"width": 390, "height": 844}
    page = open_list(company, open_as, viewport=size, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    with_film(page)
    total_s = float(page.locator("[data-player]").get_attribute("data-total") or 0)
    row = page.locator(".lanes .lane-row").nth(1)
    box = row.bounding_box()
    assert box
    row.tap(position={"x": box["width"] * 0.75, "y": 8})
    eventually(lambda: abs(film_time_s(page) - total_s * 0.75) < 8)
