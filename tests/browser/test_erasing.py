"""Deleting a recording and erasing a person in a browser: by keys, and for good."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.company import Company, eventually
from tests.browser.steps import leave, panel, reaches, send

ROOM = "era-sing-one"


@pytest.fixture
def met(acme: Company, open_as) -> Page:
    """The page of a bot that is home, with a transcript and people."""
    page = open_as(acme, "alice")
    send(page, f"https://meet.google.com/{ROOM}")
    reaches(page, "waiting", within_ms=20_000)
    acme.sandbox.do(ROOM, "admit")
    reaches(page, "recording", within_ms=20_000)
    acme.sandbox.advance(40, room=ROOM)
    leave(page)
    reaches(page, "finished", within_ms=30_000)
    expect(page.get_by_role("heading", name="People", exact=True)).to_be_visible(timeout=20_000)
    return page


def test_somebody_is_erased_and_then_the_recording_deleted(acme: Company, met: Page) -> None:
    bot = met.url
    name, *_ = met.locator(".attendees strong").first.inner_text().split("\n")  # and "Host"

    met.goto(f"{acme.home}persons/")
    met.get_by_label("Name or e-mail address").fill(name)
    met.keyboard.press("Enter")
    expect(met.get_by_role("checkbox", name=name).first).to_be_checked()
    with met.expect_download() as taken:
        met.get_by_role("button", name="Take along as JSON").click()
    assert name in taken.value.path().read_text()
    met.get_by_role("button", name="Erase…").click()
    met.get_by_label("I understand that it is gone for good").focus()
    met.keyboard.press("Space")
    met.get_by_role("button", name="Erase person").focus()
    met.keyboard.press("Enter")
    expect(met.get_by_role("heading", level=1)).to_have_text(
        re.compile(r"Person \d+ is erased"), timeout=20_000
    )
    expect(
        met.get_by_role("region", name="Recordings at Recall").get_by_role("link")
    ).to_have_count(1)
    met.goto(bot)
    expect(met.locator(".attendees").first).to_contain_text("Erased person")
    expect(panel(met)).not_to_contain_text(name)

    # Recall tells everything once more, and twice.
    acme.sandbox.set(double=True)
    met.get_by_role("button", name="Ask Recall again").click()
    met.get_by_role("link", name="Recording 1", exact=True).click()
    met.get_by_role("link", name="Delete recording…").focus()
    met.keyboard.press("Enter")
    sheet = met.get_by_role("dialog")
    expect(sheet).to_contain_text("passages of transcript")
    expect(sheet.get_by_role("heading")).to_be_focused()
    tick = sheet.get_by_label("I understand that it is gone for good")
    for _ in range(6):  # heading, also here, what stays, the tick
        met.keyboard.press("Tab")
        if tick.evaluate("box => box === document.activeElement"):
            break
    met.keyboard.press("Space")
    met.keyboard.press("Enter")
    expect(met.locator(".deletion")).to_contain_text("Deleted by alice", timeout=20_000)
    expect(met.locator(".deletion")).to_contain_text("files at Recall")
    assert acme.sandbox.calls("recording", method="DELETE")
    eventually(lambda: acme.sandbox.deliveries("recording.deleted"))
    met.goto(bot)
    met.get_by_role("button", name="Ask Recall again").click()
    met.wait_for_timeout(1500)
    met.reload()
    expect(met.get_by_role("heading", name="People", exact=True)).to_have_count(0)
    met.get_by_role("link", name="Recording 1", exact=True).click()
    expect(met.get_by_role("heading", name="This recording is deleted")).to_be_visible()
    expect(met.get_by_role("link", name="Delete recording…")).to_have_count(0)

    met.goto(bot)
    met.get_by_role("link", name="Delete bot and everything here…").click()
    met.get_by_role("dialog").get_by_label("I understand that it is gone for good").check()
    met.get_by_role("dialog").get_by_role("button", name="Delete bot").click()
    met.wait_for_url(re.compile(rf"{acme.home}$"))
    expect(met.get_by_text("The bot is deleted, with everything.")).to_be_visible()
    answer = met.goto(bot)
    assert answer is not None
    assert answer.status == 404
