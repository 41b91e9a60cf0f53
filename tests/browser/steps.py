"""What people do on the pages and look at there, step by step."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.company import eventually

# Slower than any news may be, quicker than anybody's patience with a test.
SOON_MS = 10_000
PHONE = {"width": 390, "height": 844}


def link_field(page: Page) -> Locator:
    """Where a meeting's link is pasted."""
    return page.get_by_role("textbox", name="Meeting link")


def send(page: Page, url: str) -> str:
    """Send a bot from the page that is open and wait for its own page; returns its address."""
    link_field(page).fill(url)
    page.get_by_role("button", name="Send bot").click()
    page.wait_for_url(re.compile(r"/bots/\d+/$"))
    return page.url


def panel(page: Page) -> Locator:
    """All of a bot's page that changes by itself."""
    return page.locator("#panel")


def reaches(page: Page, phase: str, *, within_ms: float = SOON_MS) -> None:
    """Wait until the bot's page shows this phase."""
    expect(panel(page)).to_have_attribute("data-phase", phase, timeout=within_ms)


def controls(page: Page) -> Locator:
    """The bot's buttons."""
    return page.get_by_role("group", name="Controls of this bot")


def press(page: Page, label: str) -> None:
    """Press one of the bot's buttons, whether it gives an order at once or asks first."""
    button = controls(page).get_by_role("button", name=label, exact=True)
    button.or_(controls(page).get_by_role("link", name=label, exact=True)).click()


def leave(page: Page) -> None:
    """Send the bot home, and say so in the sheet."""
    press(page, "Leave meeting")
    page.get_by_role("dialog").get_by_role("button", name="Leave meeting").click()


def row(page: Page, address: str) -> Locator:
    """The row that a bot, known by its page's address, has in a list of the Bots page."""
    return page.locator(f"[data-item]#bot-{address.rstrip('/').split('/')[-1]}")


def entries(page: Page, word: str = "") -> Locator:
    """Entries of the timeline, or those that hold this word."""
    timeline = page.get_by_role("region", name="Timeline").locator("ol > li")
    return timeline.filter(has_text=word) if word else timeline


def unfold(page: Page) -> None:
    """Open everything on the page that is folded, and let it come to rest."""
    page.evaluate(
        "() => document.querySelectorAll('main details').forEach((each) => { each.open = true; })"
    )
    page.wait_for_timeout(150)
    at_rest(page)


def at_rest(page: Page) -> None:
    """Let every animation that has an end come to it."""
    page.evaluate(
        """() => document.getAnimations()
            .filter((each) => each.effect.getComputedTiming().endTime !== Infinity)
            .forEach((each) => each.finish())"""
    )


def too_wide(page: Page, width_px: int) -> list[str]:
    """What stands out of a screen of that width, where the page can be pushed sideways at all."""
    found: list[str] = page.evaluate(
        """width => {
            if (document.documentElement.scrollWidth <= width) return [];
            return [...document.querySelectorAll("body *")]
                .filter((element) => element.getBoundingClientRect().right > width + 1)
                .map((element) => element.outerHTML.slice(0, 120));
        }""",
        width_px,
    )
    return found


def with_transcript(page: Page) -> Locator:
    """The lines of the recording whose page is open, as soon as Recall has given them."""
    address = page.url
    lines = page.get_by_role("list", name="What was said").get_by_role("listitem")

    def look() -> int:
        page.goto(f"{address}?transcript=1")
        return lines.count()

    eventually(look, within_s=30)
    page.goto(address)
    expect(lines.first).to_be_visible()
    return lines


def film(page: Page) -> Locator:
    """The film of the page."""
    return page.locator("video")


def film_time_s(page: Page) -> float:
    """Where the film is."""
    return float(film(page).evaluate("film => film.currentTime"))


def shades(page: Page) -> int:
    """How many different shades the picture on the screen has; fails if it may not be read."""
    count: Any = film(page).evaluate(
        """film => {
            const canvas = document.createElement("canvas");
            canvas.width = 160;
            canvas.height = 90;
            const context = canvas.getContext("2d");
            context.drawImage(film, 0, 0, 160, 90);
            const pixels = context.getImageData(0, 0, 160, 90).data;
            const seen = new Set();
            for (let i = 0; i < pixels.length; i += 4) {
                seen.add((pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2]);
            }
            return seen.size;
        }"""
    )
    return int(count)
