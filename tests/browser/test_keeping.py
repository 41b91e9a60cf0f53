"""A copy is kept while one watches, Recall deletes its own, and the film still plays."""

import hashlib
import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.company import Company, eventually, found
from tests.browser.house import House
from tests.browser.steps import film, film_time_s, shades

NAME = "Stand-up notes"
WITHIN_MS = 60_000  # the film is made when it is first asked for


def open_recording(page: Page) -> None:
    mine = page.get_by_role("region", name="Earlier").locator("[data-item]").filter(has_text=NAME)
    expect(mine).to_have_count(3, timeout=20_000)
    mine.first.get_by_role("link").click()
    page.get_by_role("link", name="Recording 1", exact=True).click()
    page.wait_for_url("**/recordings/*/")


def delete_at_recall(company: Company) -> None:
    bots = [bot for bot in company.sandbox.api("GET", "bot/")["results"] if bot["bot_name"] == NAME]
    newest = max(bots, key=lambda bot: str(bot["join_at"]))
    [recording] = newest["recordings"]
    company.sandbox.api("DELETE", f"recording/{recording['id']}/")


def test_a_copy_is_kept_and_plays_once_recall_has_deleted_its_own(
    house: House, open_as: Callable[..., Page]
) -> None:
    company = found(house, "demo-keepers", ["kim"])
    page = open_as(company, "kim")
    open_recording(page)
    region = page.get_by_role("region", name="Your own copies")
    # It appears by itself once the meeting's files are known.
    expect(region.get_by_role("checkbox", name="Video", exact=True)).to_be_checked(timeout=20_000)
    region.get_by_role("checkbox", name="Events").check()
    region.get_by_role("button", name="Keep a copy").click()
    copies = region.locator(".copy")
    expect(copies).to_have_count(2)
    expect(copies.filter(has_text="Video").locator(".badge")).to_have_text(
        "Kept", timeout=WITHIN_MS
    )
    expect(copies.filter(has_text="Events").locator(".badge")).to_have_text("Kept")
    expect(region.locator("progress")).to_have_count(0)

    delete_at_recall(company)
    copies.filter(has_text="Video").get_by_role("button", name="Check the copy").click()
    expect(copies.filter(has_text="Video")).to_contain_text("Checked", timeout=WITHIN_MS)
    expect(page.get_by_text("this is your copy")).not_to_be_visible()

    def says_so() -> bool:
        page.reload()
        return page.get_by_text("this is your copy, kept until someone deletes it").is_visible()

    eventually(says_so, within_s=40)
    eventually(lambda: film(page).evaluate("film => film.duration > 0"), within_s=30)
    film(page).evaluate("film => { film.muted = true; film.currentTime = 30; return film.play(); }")
    eventually(lambda: film_time_s(page) > 30.5)
    assert shades(page) > 10, "the film shows nothing"
    answers = page.evaluate(
        """async (source) => {
            const answer = await fetch(source);
            const bytes = new Uint8Array(await answer.arrayBuffer());
            const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
            const hex = [...sum].map((byte) => byte.toString(16).padStart(2, "0")).join("");
            return [answer.url, hex];
        }""",
        film(page).get_attribute("src"),
    )
    assert re.search(r"/kept/\d+/file/$", answers[0])
    assert len(answers[1]) == len(hashlib.sha256().hexdigest())
    expect(copies.filter(has_text="Video").locator("code")).to_have_text(answers[1])
