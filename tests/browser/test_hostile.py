"""Foreign words stay words: markup in titles and names never runs, and long names break nothing."""

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.company import Company, found
from tests.browser.house import House
from tests.browser.steps import (
    SOON_MS,
    entries,
    leave,
    reaches,
    row,
    send,
    too_wide,
    with_transcript,
)
from tests.browser.test_csp import listen

SCRIPT = "<script>window.ran = true; alert(1)</script>"
IMAGE = '"><img src=x onerror="window.ran = true">'
LONG = "Wolfeschlegelsteinhausenbergerdorff" * 9
ROOM = "hos-tile-nam"


@pytest.fixture(scope="module")
def company(house: House) -> Company:
    return found(house, "hostile", ["hugo"])


def nothing_ran(page: Page) -> None:
    assert page.evaluate("window.ran === undefined")
    assert page.locator("main img[src='x']").count() == 0
    size = page.viewport_size
    assert size is not None
    assert not too_wide(page, size["width"])


def test_names_and_titles_stay_words(company: Company, open_as, base_url: str) -> None:
    page = open_as(company, "hugo")
    wrong = listen(page, base_url)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.get_by_text("Options", exact=True).click()
    page.get_by_role("textbox", name="Title", exact=True).fill(SCRIPT)
    page.get_by_role("textbox", name="Bot name").fill(IMAGE[:100])
    address = send(page, f"https://meet.google.com/{ROOM}")
    expect(page.get_by_role("heading", level=1)).to_have_text(SCRIPT)
    reaches(page, "waiting")
    company.sandbox.do(ROOM, "admit")
    reaches(page, "recording")
    for name in (SCRIPT, IMAGE, LONG[:300]):
        company.sandbox.do(ROOM, "join", name=name)
        company.sandbox.do(ROOM, "talk", name=name, text=f"{IMAGE} said I", seconds=0.2)
        company.sandbox.do(ROOM, "chat", name=name, text=SCRIPT)
    page.wait_for_timeout(2_000)
    nothing_ran(page)
    page.goto(company.home)
    expect(row(page, address)).to_contain_text(SCRIPT)
    nothing_ran(page)
    page.goto(address)
    leave(page)
    reaches(page, "finished", within_ms=20_000)
    said = page.locator("main")
    for words in (SCRIPT, IMAGE, LONG[:100]):
        expect(said.get_by_text(words).first).to_be_attached(timeout=SOON_MS)
    nothing_ran(page)
    page.get_by_role("link", name="Recording 1", exact=True).click()
    page.wait_for_url("**/recordings/*/")
    expect(with_transcript(page).filter(has_text=IMAGE).first).to_be_visible()
    nothing_ran(page)
    recording = page.url
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for path in (company.home, address, recording):
            page.goto(path)
            nothing_ran(page)
    assert not dialogs
    assert not wrong  # no error, nothing that the policy had to stop, no foreign host


def test_no_name_turns_the_words_around_it(company: Company, open_as, base_url: str) -> None:
    page = open_as(company, "hugo")
    wrong = listen(page, base_url)
    page.get_by_text("Options", exact=True).click()
    page.get_by_role("textbox", name="Title", exact=True).fill(
        "Plan \u202egnp.exe\u2066 \u05d0\u05d1"
    )
    send(page, "https://meet.google.com/tur-ning-abc")
    title = page.get_by_role("heading", level=1)
    expect(title).to_have_text("Plan gnp.exe \u05d0\u05d1")
    link = page.locator("main a").first
    assert link.evaluate("a => getComputedStyle(a).unicodeBidi") == "isolate"
    assert not wrong


def test_an_unheard_of_word_is_shown_as_it_came(company: Company, open_as) -> None:
    page = open_as(company, "hugo")
    send(page, "https://meet.google.com/new-word-say")
    reaches(page, "waiting")
    company.sandbox.do("new-word-say", "admit")
    reaches(page, "recording")
    company.sandbox.advance(45, room="new-word-say")
    expect(entries(page, "in_call_summarising")).to_contain_text("summary_requested_by_host")


def test_a_strange_address_is_answered_in_words(company: Company, open_as) -> None:
    page = open_as(company, "hugo")
    for name in ("after", "q", "platform"):
        page.goto(f"{company.home}?{urlencode({name: IMAGE + SCRIPT})}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        nothing_ran(page)
