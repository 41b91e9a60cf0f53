"""The door opens, closes and opens again."""

from playwright.sync_api import Page, expect

from tests.browser.house import House


def test_the_first_page_opens(page: Page) -> None:
    answer = page.goto("/")
    assert answer is not None
    assert answer.ok
    expect(page.get_by_role("heading").first).to_be_visible()


def test_the_server_comes_back_after_a_cut(house: House, page: Page) -> None:
    house.stop("server")
    house.start("server")
    answer = page.goto("/healthz")
    assert answer is not None
    assert answer.ok
