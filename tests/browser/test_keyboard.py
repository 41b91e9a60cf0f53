"""Everything without a mouse: sending, steering, leaving, moving about; and focus that stays."""

import re

from playwright.sync_api import Page, expect

from tests.browser.company import Company
from tests.browser.steps import SOON_MS, controls, link_field, panel, reaches, row, send

ROOM = "key-boar-don"
MOST_TABS = 60


def focused(page: Page) -> str:
    """The name of what has the focus, as it stands on the screen."""
    return str(
        page.evaluate(
            """() => {
                const element = document.activeElement;
                return element.getAttribute("aria-label") || element.innerText.trim();
            }"""
        )
    )


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has this name has the focus, and see that the focus shows."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if focused(page) == name:
            assert shows_focus(page), f"nothing shows that “{name}” has the focus"
            return
    raise AssertionError(f"Tab never came to “{name}”")


def shows_focus(page: Page) -> bool:
    """Whether what has the focus is drawn unlike the same thing without it."""
    return bool(
        page.evaluate(
            """() => {
                const element = document.activeElement;
                // A link may show its focus on the row it stands in.
                const parts = [element, element.closest("[data-item]")].filter(Boolean);
                const look = (part) => {
                    const style = getComputedStyle(part);
                    return [style.outlineStyle, style.outlineWidth, style.outlineColor,
                        style.boxShadow, style.borderColor, style.backgroundColor].join();
                };
                const drawn = () => parts.map(look).join();
                const settle = () =>
                    parts.flatMap((part) => part.getAnimations()).forEach((each) => each.finish());
                settle();
                const withFocus = drawn();
                element.blur();
                settle();
                const without = drawn();
                element.focus({ focusVisible: true, preventScroll: true });
                return withFocus !== without;
            }"""
        )
    )


def test_it_sends_pauses_and_leaves_by_keyboard(acme: Company, open_as) -> None:
    page = open_as(acme, "alice")
    expect(link_field(page)).to_be_focused()
    page.keyboard.type(f"https://meet.google.com/{ROOM}")
    expect(page.locator("#recognised")).to_contain_text("Google Meet")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/bots/\d+/$"))
    reaches(page, "waiting")
    acme.sandbox.do(ROOM, "admit")
    reaches(page, "recording")
    page.keyboard.press("Space")
    reaches(page, "paused")
    page.keyboard.press("Space")
    reaches(page, "recording")
    tab_to(page, "Leave meeting")
    page.keyboard.press("Enter")
    sheet = page.get_by_role("dialog")
    expect(sheet).to_be_visible()
    expect(sheet.get_by_role("link", name="Stay in the meeting")).to_be_focused()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(controls(page).get_by_role("link", name="Leave meeting")).to_be_focused()
    page.keyboard.press("Enter")
    expect(sheet).to_be_visible()
    tab_to(page, "Leave meeting")
    page.keyboard.press("Enter")
    expect(panel(page)).to_have_attribute(
        "data-phase", re.compile("leaving|processing|finished"), timeout=SOON_MS
    )


def test_its_keys_go_where_they_say(acme: Company, open_as) -> None:
    page = open_as(acme, "alice", f"{acme.home}settings/")
    page.keyboard.press("g")
    page.keyboard.press("b")
    page.wait_for_url(f"**{acme.home}")
    expect(link_field(page)).to_be_focused()
    page.keyboard.press("Escape")
    expect(link_field(page)).not_to_be_focused()
    page.keyboard.press("/")
    expect(link_field(page)).to_be_focused()
    expect(link_field(page)).to_have_value("")
    page.keyboard.type("j?k")
    expect(link_field(page)).to_have_value("j?k")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_j_and_k_walk_through_the_list(acme: Company, open_as) -> None:
    page = open_as(acme, "bob")
    addresses = []
    for end in ("one", "two"):
        addresses.append(send(page, f"https://meet.google.com/wal-king-{end}"))
        page.goto(acme.home)
    expect(link_field(page)).to_be_focused()
    page.keyboard.press("Escape")
    links = page.locator("[data-item] .row-link")
    expect(row(page, addresses[0])).to_be_visible()
    page.keyboard.press("j")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(links.nth(1)).to_be_focused()
    assert shows_focus(page)
    page.keyboard.press("k")
    expect(links.nth(0)).to_be_focused()
    wanted = links.nth(0).get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{wanted}")


def test_focus_and_words_survive_a_change(acme: Company, open_as) -> None:
    page = open_as(acme, "alice")
    other = open_as(acme, "bob")
    address = send(other, "https://meet.google.com/foc-uske-pts")
    here = row(page, address)
    expect(here).to_contain_text("Waiting", timeout=SOON_MS)
    link_field(page).fill("https://meet.google.com/half-typ")
    link_field(page).evaluate("field => field.setSelectionRange(3, 5)")
    acme.sandbox.do("foc-uske-pts", "admit")
    expect(here).to_contain_text("Recording", timeout=SOON_MS)
    expect(link_field(page)).to_be_focused()
    expect(link_field(page)).to_have_value("https://meet.google.com/half-typ")
    assert link_field(page).evaluate("field => [field.selectionStart, field.selectionEnd]") == [
        3,
        5,
    ]
    pause = here.get_by_role("button", name=re.compile("^Pause recording"))
    pause.focus()
    other.goto(acme.home)
    other_room = send(other, "https://meet.google.com/foc-uske-ptt")
    expect(row(page, other_room)).to_contain_text("Waiting", timeout=SOON_MS)
    expect(pause).to_be_focused()
