"""What a proxy in front says of us takes no page away."""

from playwright.sync_api import Page, expect

from tests.browser.company import Company
from tests.browser.steps import panel, press, reaches, send

ROOM = "pro-xies-say"


def test_a_502_leaves_the_page_and_says_so(acme: Company, open_as) -> None:
    page: Page = open_as(acme, "alice")
    send(page, f"https://meet.google.com/{ROOM}")
    reaches(page, "waiting")
    acme.sandbox.do(ROOM, "admit")
    reaches(page, "recording")
    page.route("**/pause/", lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>"))
    press(page, "Pause recording")
    expect(page.locator("#toasts")).to_contain_text("did not get through. Try again.")
    expect(panel(page)).to_have_attribute("data-phase", "recording")
    expect(page.get_by_role("heading", name="Bad Gateway")).to_have_count(0)
    page.unroute("**/pause/")
    press(page, "Pause recording")
    reaches(page, "paused")
