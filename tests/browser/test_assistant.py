"""An assistant that answers in the sandbox's meeting, through a chat endpoint on this machine."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.company import Company, found
from tests.browser.house import House
from tests.browser.steps import entries, leave, panel, reaches
from tests.responder import Endpoint, endpoint

ROOM = "ass-ista-nts"
SUMMARY = json.dumps(
    {
        "summary": [{"text": "They met.", "line": 0}],
        "actions": [{"text": "Write it down", "who": "", "line": 0}],
    }
)


@pytest.fixture(scope="module")
def desk(house: House) -> Company:
    """A company whose meetings are told live."""
    company = found(house, "desk", {"alice": "owner"})
    company.sandbox.set(realtime_paused=False)
    return company


def make(page: Page, company: Company, there: Endpoint) -> None:
    """The assistant, by its form."""
    page.goto(f"{company.home}assistants/")
    page.get_by_role("link", name="New assistant").click()
    page.get_by_label("Name", exact=True).fill("Scribe")
    page.get_by_label("Instruction").fill("Answer questions.")
    page.get_by_label("Address").fill(there.url)
    page.get_by_label("Model").fill("test-model")
    page.get_by_label("Pause the recording").check()
    page.get_by_role("button", name="Save assistant").click()
    expect(page.locator("#toasts")).to_contain_text("Scribe is saved.")


def test_it_answers_pauses_and_sums_up(desk: Company, open_as) -> None:
    answers = [
        "I am ready.",
        {"calls": {"pause_recording": {}}, "text": "I will pause it."},
        "It is paused.",
        "A short meeting.",
        SUMMARY,
    ]
    with endpoint(*answers) as there:
        page = open_as(desk, "alice")
        make(page, desk, there)
        page.get_by_role("button", name="Ask it to say hello").click()
        expect(page.locator("#toasts")).to_contain_text("I am ready.")

        page.get_by_label("Meeting link").fill(f"https://meet.google.com/{ROOM}")
        page.get_by_label("Instruction for this meeting").fill("This is the weekly review.")
        page.get_by_role("button", name="Send assistant").click()
        page.wait_for_url(re.compile(r"/bots/\d+/$"))
        reaches(page, "waiting", within_ms=20_000)
        desk.sandbox.do(ROOM, "admit")
        expect(panel(page)).to_have_attribute("data-phase", "recording", timeout=30_000)

        people = desk.sandbox.control("GET", f"rooms/{ROOM}")["people"]
        host = str(next(person["name"] for person in people if person["is_host"]))
        desk.sandbox.do(ROOM, "talk", name=host, text="Good morning, let us begin with the budget.")
        # Heard for good, not only for the moment: what is written next comes after it.
        certain = page.get_by_role("region", name="Live transcript").locator("li:not(.uncertain)")
        expect(certain.filter(has_text="begin with the budget").first).to_be_visible(timeout=20_000)
        talk = page.get_by_role("region", name="Scribe")
        desk.sandbox.do(ROOM, "chat", name=host, text="Scribe, please pause the recording")
        expect(talk).to_contain_text("please pause the recording", timeout=20_000)
        reaches(page, "paused", within_ms=30_000)
        expect(talk).to_contain_text("It is paused.", timeout=20_000)
        expect(entries(page, "Scribe: Pause recording")).to_contain_text("Done")
        expect(entries(page, "“It is paused.”")).to_be_visible()
        written = [json.loads(call["body"]) for call in desk.sandbox.calls("send_chat_message")]
        assert [each["message"] for each in written] == ["I will pause it.", "It is paused."]

        asked = there.asked[1]["messages"]
        assert "This is the weekly review." in asked[0]["content"]
        assert asked[-1]["content"].endswith("Scribe, please pause the recording")
        assert any("begin with the budget" in message["content"] for message in asked)

        leave(page)
        expect(talk).to_contain_text("A short meeting.", timeout=40_000)

        page.get_by_role("link", name="Open with transcript and files").click()
        said = page.get_by_role("region", name="Transcript")
        expect(said).to_contain_text("begin with the budget", timeout=60_000)
        page.get_by_role("button", name="Summarise").click()
        summary = page.get_by_role("region", name="Summary")
        expect(summary.get_by_role("list", name="Action items")).to_contain_text(
            "Write it down", timeout=20_000
        )
        moment = summary.get_by_role("link").first
        expect(moment).to_have_attribute("href", re.compile(r"\?t=\d+#said-title$"))
