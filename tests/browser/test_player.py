"""A click on a sentence plays that sentence, whether pauses are cut out of the film or black."""

from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.company import REGION, Company, Sandbox, eventually, found
from tests.browser.house import House
from tests.browser.steps import film, film_time_s, shades, with_transcript

# The second of the sandbox's three past stand-ups (`seeds.py`) was paused for 80 s.
NAME, WHICH, PAUSED_S = "Stand-up notes", 1, 80
NEAR_S = 1.5


@pytest.fixture(scope="module", params=["cut", "black"])
def company(request: pytest.FixtureRequest, house: House) -> Company:
    """A company with a past, whose Recall treats pauses in this way."""
    slug = f"demo-{request.param}"
    Sandbox(house.url, f"sandbox_{REGION}_{slug}").set(paused=request.param)
    return found(house, slug, ["paula"])


def spoken(company: Company) -> list[dict[str, Any]]:
    """The passages of Recall's transcript: `{"text", "file_s"}`, the second in the film's file."""
    bots = company.sandbox.api("GET", "bot/")["results"]
    mine = [bot for bot in bots if bot["bot_name"] == NAME]
    bot = sorted(mine, key=lambda bot: str(bot["join_at"]), reverse=True)[WHICH]
    [recording] = bot["recordings"]
    link = recording["media_shortcuts"]["transcript"]["data"]["download_url"]
    passages = httpx.get(link, trust_env=False).json()
    return [
        {
            "text": " ".join(word["text"] for word in passage["words"]),
            "file_s": passage["words"][0]["start_timestamp"]["relative"],
        }
        for passage in passages
    ]


def open_recording(company: Company, page: Page) -> None:
    rows = page.get_by_role("region", name="Earlier").locator("[data-item]")
    mine = rows.filter(has_text=NAME)
    expect(mine).to_have_count(3, timeout=20_000)
    mine.nth(WHICH).get_by_role("link").click()
    page.get_by_role("link", name="Recording 1", exact=True).click()
    page.wait_for_url("**/recordings/*/")
    # A past meeting is looked at a moment after its bot was found.
    with_transcript(page)


def test_a_click_on_a_line_plays_its_words(company: Company, open_as) -> None:
    said = spoken(company)
    before, after = 2, len(said) - 3
    assert said[before]["file_s"] < 480 < said[after]["file_s"], "one before the pause, one after"
    page = open_as(company, "paula")
    open_recording(company, page)
    lines = page.get_by_role("list", name="What was said")
    # Its making takes a while; the player waits for it, and so do we.
    eventually(lambda: film(page).evaluate("film => film.duration > 0"), within_s=60)
    film(page).evaluate("film => { film.muted = true; }")
    for place in (before, after, before):
        wanted_s = said[place]["file_s"]
        line = lines.get_by_role("listitem").nth(place)
        expect(line).to_contain_text(said[place]["text"])
        line.get_by_role("link").click()
        eventually(lambda wanted_s=wanted_s: abs(film_time_s(page) - wanted_s) < NEAR_S)
        eventually(lambda: film(page).evaluate("film => !film.seeking && film.readyState >= 2"))
        expect(line).to_have_attribute("aria-current", "true")
        at = film_time_s(page)
        eventually(lambda at=at: film_time_s(page) > at + 0.5)
        assert shades(page) > 10, "the film shows nothing"
    pauses = page.locator("[data-player]").evaluate("player => JSON.parse(player.dataset.pauses)")
    assert [round(end - start) for start, end in pauses] == [PAUSED_S]
    length_s = film(page).evaluate("film => film.duration")
    total_s = float(page.locator("[data-player]").get_attribute("data-total") or 0)
    missing_s = PAUSED_S if company.slug.endswith("cut") else 0
    assert abs(total_s - missing_s - length_s) < 3


def test_the_lanes_lead_to_the_same_place(company: Company, open_as) -> None:
    page = open_as(company, "paula")
    open_recording(company, page)
    eventually(lambda: film(page).evaluate("film => film.duration > 0"), within_s=60)
    film(page).evaluate("film => { film.muted = true; }")
    lane = page.locator(".lanes .lane-row").first
    box = lane.bounding_box()
    assert box is not None
    total_s = float(page.locator("[data-player]").get_attribute("data-total") or 0)
    [[start, end]] = page.locator("[data-player]").evaluate(
        "player => JSON.parse(player.dataset.pauses)"
    )
    lane.click(position={"x": box["width"] * 0.9, "y": box["height"] / 2})
    gone_s = end - start if company.slug.endswith("cut") else 0
    wanted_s = total_s * 0.9 - gone_s
    eventually(lambda: abs(film_time_s(page) - wanted_s) < 3)
