"""A double click gives one order: no other button slides under the pointer."""

from playwright.sync_api import Page, expect

from tests.browser.company import Company
from tests.browser.steps import controls, entries, reaches, send

ROOM = "dou-blec-lck"


def left_px(page: Page, name: str) -> float:
    box = controls(page).get_by_role("button", name=name).bounding_box()
    assert box is not None
    return box["x"]


def test_a_double_click_on_pause_stops_nothing(acme: Company, open_as) -> None:
    page = open_as(acme, "alice")
    send(page, f"https://meet.google.com/{ROOM}")
    reaches(page, "waiting")
    acme.sandbox.do(ROOM, "admit")
    reaches(page, "recording")
    stop_at = left_px(page, "Stop recording")
    box = controls(page).get_by_role("button", name="Pause recording").bounding_box()
    assert box is not None
    acme.sandbox.set(delay_s=1.5)
    try:
        page.mouse.click(box["x"] + box["width"] - 6, box["y"] + box["height"] / 2, delay=20)
        expect(controls(page).get_by_role("button", name="Pausing…")).to_be_visible()
        assert left_px(page, "Stop recording") == stop_at
        expect(controls(page).locator(".primary")).to_have_count(0)
        page.mouse.click(box["x"] + box["width"] - 6, box["y"] + box["height"] / 2)
        reaches(page, "paused")
    finally:
        acme.sandbox.set(delay_s=0.0)
    assert left_px(page, "Stop recording") == stop_at
    expect(entries(page, "Pause recording")).to_have_count(1)
    expect(entries(page, "Stop recording")).to_have_count(0)
    assert not acme.sandbox.calls("stop_recording", method="POST")


def test_what_a_hand_presses_next_by_mistake_is_not_taken(acme: Company, open_as) -> None:
    page = open_as(acme, "alice")
    send(page, "https://meet.google.com/dou-blec-two")
    reaches(page, "waiting")
    acme.sandbox.do("dou-blec-two", "admit")
    reaches(page, "recording")
    page.evaluate(
        """() => {
            const bar = document.querySelector(".control-bar");
            for (const place of ["pause", "stop"]) {
                const button = bar.querySelector(`#control-${place} button`);
                button.dispatchEvent(
                    new MouseEvent("click", { bubbles: true, cancelable: true, detail: 1 })
                );
            }
        }"""
    )
    reaches(page, "paused")
    expect(entries(page, "Stop recording")).to_have_count(0)


def test_what_a_quick_hand_aims_at_is_taken(acme: Company, open_as) -> None:
    page = open_as(acme, "alice")
    send(page, "https://meet.google.com/dou-blec-thr")
    reaches(page, "waiting")
    acme.sandbox.do("dou-blec-thr", "admit")
    reaches(page, "recording")
    page.evaluate(
        """() => {
            for (const at of ["#control-pause button", "#control-leave a"]) {
                const button = document.querySelector(at);
                const { x, y } = button.getBoundingClientRect();
                button.dispatchEvent(
                    new MouseEvent("click", {
                        bubbles: true, cancelable: true, detail: 1, clientX: x + 5, clientY: y + 5,
                    })
                );
            }
        }"""
    )
    expect(page.get_by_role("dialog")).to_contain_text("cannot come back")
    reaches(page, "paused")
