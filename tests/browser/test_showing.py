"""What bots show, in a browser: a page is shared and seen in the meeting; what is off says why."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.company import Company, eventually, found
from tests.browser.house import House
from tests.browser.steps import PHONE, entries, reaches, send, too_wide
from tests.test_pictures import jpeg

BOARD = "https://example.com/board?key=secret"


@pytest.fixture(scope="module")
def stage(house: House) -> Company:
    """A company whose bots show things."""
    return found(house, "stage", {"alice": "owner"})


def showing(page: Page) -> Locator:
    return page.get_by_role("region", name="Screen and camera")


def in_call(stage: Company, page: Page, room: str, *, shows: str = "") -> None:
    """Send a bot with that choice, and let it in."""
    if shows:
        page.locator("#send-options > summary").click()
        page.get_by_label("The bot can show").select_option(label=shows)
    send(page, f"https://meet.google.com/{room}")
    reaches(page, "waiting", within_ms=20_000)
    stage.sandbox.do(room, "admit")
    reaches(page, "recording", within_ms=20_000)


def seen(stage: Company, room: str) -> dict[str, dict[str, str]]:
    """What is seen of the bot in its meeting."""
    [bot] = stage.sandbox.control("GET", f"rooms/{room}")["bots"]
    shows: dict[str, dict[str, str]] = bot["shows"]
    return shows


def test_a_page_is_shared_seen_and_stopped(stage: Company, open_as) -> None:
    page, room = open_as(stage, "alice"), "sha-rest-hat"
    in_call(stage, page, room, shows="Web pages")
    panel = showing(page)
    expect(panel).to_contain_text("Pictures and sounds are off")
    field = panel.get_by_label("Web page address")
    field.fill("example.com/board")
    field.press("Enter")
    wrong = panel.get_by_role("alert")
    expect(wrong).to_have_text("The address of a web page begins with https://.")
    # The page goes on by itself meanwhile.
    with page.expect_response(lambda answer: answer.url == page.url):
        page.evaluate("document.getElementById('panel').dispatchEvent(new CustomEvent('live'))")
    expect(wrong).to_have_text("The address of a web page begins with https://.")
    expect(field).to_have_value("example.com/board")
    field.fill("https://localhost/")
    field.press("Enter")
    expect(wrong).to_contain_text("refuses localhost")
    field.fill(BOARD)
    panel.get_by_role("button", name="Show page").click()
    expect(panel.get_by_role("list", name="Shown now")).to_contain_text("example.com/board")
    expect(panel.get_by_label("Web page address")).to_have_value("")
    eventually(lambda: seen(stage, room).get("screenshare", {}).get("url") == BOARD)
    entry = entries(page, "Show example.com as screen")
    expect(entry).to_contain_text("alice")
    expect(entry).to_contain_text("Done")

    stop = panel.get_by_role("button", name="Stop showing example.com/board as screen")
    stop.focus()
    page.keyboard.press("Enter")
    expect(panel.get_by_role("list", name="Shown now")).to_have_count(0)
    eventually(lambda: not seen(stage, room))
    expect(entries(page, "Stop showing as screen")).to_contain_text("Done")


def test_a_bot_with_pictures_says_why_pages_are_off(
    stage: Company, open_as, tmp_path: Path
) -> None:
    page, room = open_as(stage, "alice", viewport=PHONE), "pic-ture-sxx"
    in_call(stage, page, room)
    panel = showing(page)
    expect(panel).to_contain_text("Web pages and sounds are off: this bot was sent to show")
    expect(panel.get_by_label("Web page address")).to_have_count(0)
    file = tmp_path / "slide.jpg"
    file.write_bytes(jpeg())
    panel.get_by_label("Camera", exact=True).check()
    panel.get_by_label("Picture", exact=True).set_input_files(file)
    panel.get_by_role("button", name="Show picture").click()
    expect(panel.get_by_role("list", name="Shown now")).to_contain_text("slide.jpg")
    eventually(lambda: seen(stage, room).get("camera", {}).get("size") == len(jpeg()))
    assert not too_wide(page, PHONE["width"])


def test_without_javascript_a_page_is_shown_too(stage: Company, open_as) -> None:
    page, room = open_as(stage, "alice"), "pla-inpl-ain"
    in_call(stage, page, room, shows="Web pages")
    plain = open_as(stage, "alice", page.url, java_script_enabled=False)
    panel = showing(plain)
    panel.get_by_label("Web page address").fill("nowhere")
    panel.get_by_role("button", name="Show page").click()
    expect(panel.get_by_role("alert")).to_contain_text("begins with https://")
    expect(panel.get_by_label("Web page address")).to_have_value("nowhere")
    panel.get_by_label("Web page address").fill(BOARD)
    panel.get_by_role("button", name="Show page").click()
    eventually(lambda: seen(stage, room).get("screenshare", {}).get("url") == BOARD)
