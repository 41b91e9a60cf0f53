"""The whole story once, as somebody meets it who has just cloned the repository."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.company import REGION, Sandbox, eventually
from tests.browser.house import House
from tests.browser.steps import (
    SOON_MS,
    controls,
    entries,
    film,
    film_time_s,
    leave,
    link_field,
    panel,
    press,
    reaches,
    shades,
)

LINK = "https://meet.google.com/sto-ryof-abt"
ROOM = "sto-ryof-abt"


@pytest.fixture
def sandbox(house: House) -> Sandbox:
    """The hand in the demo workspace's meetings."""
    return Sandbox(house.url, f"sandbox_{REGION}_demo")


def test_it_sends_steers_and_plays(page: Page, sandbox: Sandbox) -> None:
    enter(page)
    send_one(page)
    let_it_in(page, sandbox)
    pause_and_resume(page, sandbox)
    stop_and_start_again(page, sandbox)
    leave_for_good(page)
    play(page)


def enter(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Try it").click()
    page.wait_for_url("**/w/demo/")
    earlier = page.get_by_role("region", name="Earlier").locator("[data-item]")
    expect(earlier.nth(11)).to_be_visible()
    live = page.get_by_role("region", name="Live now").locator("[data-item]")
    expect(live).to_contain_text("Weekly product review")
    expect(live).to_contain_text("Recording", timeout=20_000)


def send_one(page: Page) -> None:
    expect(link_field(page)).to_be_focused()
    link_field(page).fill(LINK)
    expect(page.locator("#recognised")).to_contain_text("Google Meet")
    expect(page.locator("#recognised")).to_contain_text("Records video")
    page.get_by_role("button", name="Send bot").click()
    page.wait_for_url(re.compile(r"/w/demo/bots/\d+/$"))
    reaches(page, "waiting")
    expect(page.locator(".headline")).to_contain_text("Waiting to be let in")
    expect(controls(page).get_by_role("button", name="Pause recording")).to_be_disabled()


def let_it_in(page: Page, sandbox: Sandbox) -> None:
    sandbox.do(ROOM, "admit")
    # Until the meeting has begun to talk; then at such a pace that much is said in little time.
    sandbox.advance(40, room=ROOM)
    reaches(page, "recording")
    sandbox.do(ROOM, "speed", speed=6)
    expect(controls(page).get_by_role("button", name="Pause recording")).to_be_enabled()
    page.wait_for_timeout(6_000)  # something to play afterwards


def pause_and_resume(page: Page, sandbox: Sandbox) -> None:
    sandbox.set(delay_s=1.5)
    press(page, "Pause recording")
    expect(controls(page)).to_contain_text("Pausing…", timeout=1_000)
    eventually(lambda: sandbox.calls("pause_recording", method="POST"))
    # Recall has taken the order, and has not said yet that it is paused.
    expect(controls(page)).to_contain_text("Pausing…", timeout=100)
    expect(panel(page)).to_have_attribute("data-phase", "recording", timeout=100)
    reaches(page, "paused")
    sandbox.set(delay_s=0.0)
    page.wait_for_timeout(2_000)  # a pause that the film can show
    press(page, "Resume recording")
    reaches(page, "recording")
    page.wait_for_timeout(3_000)


def stop_and_start_again(page: Page, sandbox: Sandbox) -> None:
    press(page, "Stop recording")
    reaches(page, "in_call")
    press(page, "Start recording")
    sheet = page.get_by_role("dialog")
    expect(sheet).to_contain_text("Recall remembers nothing here")
    expect(sheet).to_contain_text("Same as before: video (mp4)")
    sheet.get_by_text("Change").click()
    expect(sheet.get_by_role("checkbox", name="Video", exact=False).first).to_be_checked()
    sheet.get_by_role("button", name="Start recording").click()
    reaches(page, "recording")
    expect(sheet).to_be_hidden()
    [call] = sandbox.calls("start_recording", method="POST")
    body = json.loads(call["body"])
    assert body["video_mixed_mp4"] == {}
    assert "recallai_streaming" in body["transcript"]["provider"]
    assert body["start_recording_on"] == "participant_join"
    assert body["retention"] == {"type": "timed", "hours": 168}
    said = {"realtime_endpoints", "video_mixed_layout", "participant_events", "metadata"}
    said |= {"audio_mixed_mp3", "video_separate_mp4", "include_bot_in_recording"}
    said |= {"video_mixed_participant_video_when_screenshare", "meeting_metadata"}
    assert not said - body.keys(), "an option that is not said falls back to Recall's default"


def leave_for_good(page: Page) -> None:
    press(page, "Leave meeting")
    sheet = page.get_by_role("dialog")
    expect(sheet).to_contain_text("cannot come back")
    sheet.get_by_role("link", name="Stay in the meeting").click()
    expect(sheet).to_be_hidden()
    reaches(page, "recording")
    leave(page)
    reaches(page, "finished", within_ms=20_000)
    expect(page.get_by_role("button", name="Send another bot")).to_be_visible()
    for code in ("joining_call", "in_waiting_room", "in_call_recording", "call_ended", "done"):
        expect(entries(page, code).first).to_be_visible()


def play(page: Page) -> None:
    page.get_by_role("link", name="Recording 1", exact=True).click()
    page.wait_for_url("**/recordings/*/")
    lines = page.get_by_role("list", name="What was said").get_by_role("link")
    expect(lines.nth(1)).to_be_visible(timeout=SOON_MS)
    lines.nth(1).click()
    first = eventually(lambda: film_time_s(page))
    eventually(lambda: film_time_s(page) > first + 1)
    assert shades(page) > 10, "the film shows nothing"
    assert film(page).evaluate("film => film.videoWidth") > 100
