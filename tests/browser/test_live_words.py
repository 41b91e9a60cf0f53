"""Words, people and chat on a bot's page while its meeting runs, as Recall tells of them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from bots.recall import webhooks
from tests.browser.company import Company, eventually, found
from tests.browser.house import House
from tests.browser.steps import SOON_MS, leave, panel, press, reaches, send

LINK, ROOM = "https://meet.google.com/liv-ewor-dsx", "liv-ewor-dsx"
QUICK = """
from django.utils import timezone
from bots.models import PolicyVersion, Workspace
team = Workspace.objects.get(slug="spoken").default_team
rules = {"transcript_mode": "prioritize_low_latency", "language": "en"}
PolicyVersion.objects.save_team(team, rules, by=None, now=timezone.now())
"""
_numbers = count(1)


class Recall:
    """Recall, telling of one bot what it is made to: signed, at the address it was given."""

    def __init__(self, company: Company) -> None:
        self.company = company
        [call] = company.sandbox.calls("/bot/", method="POST")
        [endpoint] = json.loads(call["body"])["recording_config"]["realtime_endpoints"]
        self.url, self.events = endpoint["url"], endpoint["events"]

    def tell(self, name: str, data: dict[str, Any], *, who: str = "Ann", number: int = 100) -> None:
        [bot] = self.company.sandbox.api("GET", "bot/")["results"]
        around = {
            "data": {"participant": {"id": number, "name": who}, **data},
            "realtime_endpoint": {"id": bot["id"], "metadata": {"recalldash": "live"}},
            "recording": {"id": bot["recordings"][-1]["id"], "metadata": {}},
            "bot": {"id": bot["id"], "metadata": {}},
        }
        body = json.dumps({"event": name, "data": around}).encode()
        headers = webhooks.sign(
            body,
            secret=self.company.secret,
            message_id=f"msg_live_{next(_numbers)}",
            at=datetime.now(UTC),
        )
        answer = httpx.post(self.url, content=body, headers=headers, trust_env=False)
        assert answer.status_code == 204, answer.text

    def say(self, text: str, at_s: float, *, sure: bool = True, **who: Any) -> None:
        words = [
            {"text": word, "start_timestamp": {"relative": at_s + n * 0.2}, "end_timestamp": None}
            for n, word in enumerate(text.split())
        ]
        self.tell("transcript.data" if sure else "transcript.partial_data", {"words": words}, **who)

    def do(self, action: str, *, chat: Any = None, **who: Any) -> None:
        moment = {"absolute": datetime.now(UTC).isoformat(), "relative": 1.0}
        self.tell(f"participant_events.{action}", {"timestamp": moment, "data": chat}, **who)


@pytest.fixture(scope="module")
def spoken(house: House) -> Company:
    company = found(house, "spoken", ["alice"])
    house.manage("shell", "-v", "0", "-c", QUICK)
    return company


def live(page: Page) -> Locator:
    return page.get_by_role("region", name="Live transcript")


def test_words_grow_while_they_are_said_and_give_way_to_the_transcript(
    spoken: Company, open_as: Callable[..., Page]
) -> None:
    page = open_as(spoken, "alice")
    send(page, LINK)
    reaches(page, "waiting")
    spoken.sandbox.do(ROOM, "admit")
    spoken.sandbox.advance(40, room=ROOM)
    reaches(page, "recording")
    recall = Recall(spoken)
    assert {"transcript.data", "transcript.partial_data"} <= set(recall.events)
    expect(live(page)).to_contain_text("Live words can be lost")

    recall.say("Shall we", 1, sure=False)
    lines, guess = live(page).locator("[data-lines] > li"), live(page).locator(".uncertain")
    expect(guess).to_contain_text("Shall we", timeout=SOON_MS)
    expect(lines).to_have_count(0)
    recall.say("Shall we begin?", 1)
    expect(lines).to_have_text(["Ann 0:01 Shall we begin?"], timeout=SOON_MS)
    expect(guess).to_have_count(0)
    recall.say("Yes, please.", 5, who="Bob", number=200)
    recall.say("Good.", 6.0, who="Bob", number=200)
    expect(lines).to_have_count(2, timeout=SOON_MS)
    expect(lines.last).to_contain_text("Yes, please. Good.")

    # The page follows what comes, unless somebody looks back.
    for n in range(30):
        recall.say(f"Sentence {n} of many that follow.", 20 + n * 5.0, number=100 + n % 2 * 100)
    expect(lines.last).to_be_in_viewport()
    scroll = live(page).locator("[data-scroll]")
    scroll.evaluate("each => { each.scrollTop = 0; }")
    newest = live(page).get_by_role("button", name="Newest")
    expect(newest).to_be_visible()
    recall.say("The end of it.", 400)
    expect(lines.last).to_contain_text("The end of it.", timeout=SOON_MS)
    assert scroll.evaluate("each => each.scrollTop") == 0
    newest.click()
    expect(newest).to_be_hidden()
    assert scroll.get_attribute("aria-live") is None

    recall.do("join", who="Mona Lisa", number=300)
    recall.do("chat_message", chat={"text": "Notes are here", "to": "everyone"})
    expect(page.locator(".messages").first).to_contain_text("Notes are here", timeout=SOON_MS)
    expect(page.locator(".lane-name[title='Mona Lisa']")).to_be_visible()
    assert lines.count() > 30, "the page's own refreshing leaves the lines alone"

    press(page, "Pause recording")
    expect(live(page)).to_contain_text("Halted while recording is paused.", timeout=SOON_MS)
    press(page, "Resume recording")
    expect(live(page)).to_contain_text("Live words can be lost", timeout=SOON_MS)

    token = recall.url.split("/")[-2]
    assert token not in page.content()
    leave(page)
    reaches(page, "finished", within_ms=30_000)
    expect(live(page)).to_have_count(0)
    panel(page).get_by_role("link", name="Open with transcript and files").click()
    said = page.get_by_role("list", name="What was said")

    def final() -> bool:
        page.reload()
        said.or_(page.get_by_text("no transcript")).first.wait_for()
        return said.count() > 0 and "The end of it." not in (said.text_content() or "")

    eventually(final, within_s=30)
