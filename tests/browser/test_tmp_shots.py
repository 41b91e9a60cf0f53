import re, json
import pytest
from playwright.sync_api import expect
from tests.browser.company import found
from tests.browser.steps import reaches, panel, leave
from tests.responder import endpoint
from tests.browser.test_assistant import SUMMARY, make

def shots(page, name):
    for w, h in ((1440, 900), (390, 844)):
        page.set_viewport_size({"width": w, "height": h})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(200)
            page.screenshot(path=f"/tmp/sh-{name}-{w}-{scheme}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900}); page.emulate_media(color_scheme="light")

def test_shots(house, open_as):
    desk = found(house, "desk", {"alice": "owner"})
    desk.sandbox.set(realtime_paused=False)
    answers = ["I am ready.", {"calls": {"pause_recording": {}}, "text": "I will pause it."}, "It is paused.", "A short meeting in which little was said. Nobody promised anything.", SUMMARY]
    with endpoint(*answers) as there:
        page = open_as(desk, "alice")
        page.goto(f"{desk.home}assistants/"); shots(page, "empty")
        page.goto(f"{desk.home}assistants/new/"); shots(page, "new")
        make(page, desk, there)
        shots(page, "one")
        page.goto(f"{desk.home}assistants/"); shots(page, "list")
        page.get_by_role("link", name="Scribe").first.click()
        page.get_by_role("button", name="Ask it to say hello").click()
        page.wait_for_timeout(1500)
        page.get_by_label("Meeting link").fill("https://meet.google.com/ass-ista-sho")
        page.get_by_role("button", name="Send assistant").click()
        page.wait_for_url(re.compile(r"/bots/\d+/$"))
        reaches(page, "waiting", within_ms=30_000)
        desk.sandbox.do("ass-ista-sho", "admit")
        expect(panel(page)).to_have_attribute("data-phase", "recording", timeout=30_000)
        people = desk.sandbox.control("GET", "rooms/ass-ista-sho")["people"]
        host = str(next(p["name"] for p in people if p["is_host"]))
        desk.sandbox.do("ass-ista-sho", "chat", name=host, text="Scribe, please pause the recording")
        talk = page.get_by_role("region", name="Scribe")
        expect(talk).to_contain_text("It is paused.", timeout=40_000)
        shots(page, "bot")
        leave(page)
        expect(talk).to_contain_text("A short meeting", timeout=40_000)
        page.get_by_role("link", name="Open with transcript and files").click()
        page.wait_for_timeout(8000)
        print("TR", page.get_by_role("region", name="Transcript").inner_text()[:400])
        page.get_by_role("button", name="Summarise").click()
        page.wait_for_timeout(6000)
        print("SUM", page.locator("#digest").inner_text())
        shots(page, "recording")
