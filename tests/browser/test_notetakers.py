"""The notetaker names: pasting many, undoing, trying a name, taking a suggestion by keyboard."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.company import Company, found
from tests.browser.house import House

# Zedder, whom nobody knows, stays silently with our bot when everybody else has left.
MET = """
from datetime import timedelta
from uuid import uuid4
from django.utils import timezone
from bots.models import Bot, ParticipantEvent, Recording, Workspace

workspace = Workspace.objects.get(slug="namers")
now = timezone.now()
began = now - timedelta(hours=5)
bot = Bot.objects.create(
    workspace=workspace, team=workspace.default_team, name="Notes", title="Old review",
    meeting_url="https://meet.google.com/abc-defg-hij", created_at=began, phase="finished",
    ended_at=began + timedelta(hours=1), recall_id=uuid4(), gone_at=now,
)
recording = Recording.objects.create(
    workspace=workspace, bot=bot, recall_id=uuid4(), status_at=now, created_at=began
)
people = {"Ben Abbott": (("join", 0), ("speech_on", 9), ("leave", 600)), "Zedder": (("join", 1),)}
for number, (name, deeds) in enumerate(people.items()):
    person = bot.participants.create(number=number, name=name)
    for action, second in deeds:
        ParticipantEvent.objects.create(
            recording=recording, participant=person, action=action,
            at=began + timedelta(seconds=second),
        )
"""


@pytest.fixture(scope="module")
def namers(house: House) -> Company:
    """A workspace of its own, with one meeting behind it."""
    company = found(house, "namers", {"alice": "owner"})
    house.manage("shell", "-v", "0", "-c", MET)
    return company


def chip(page: Page, name: str) -> Locator:
    return page.locator(f'.chip[data-name="{name}"]')


def open_names(namers: Company, open_as) -> Page:
    page = open_as(namers, "alice", f"{namers.home}notetakers/")
    # The past comes after the page.
    expect(page.get_by_role("heading", name="Probably notetakers")).to_be_visible()
    return page


def test_it_takes_many_names_and_undoes(namers: Company, open_as) -> None:
    page = open_names(namers, open_as)
    field = page.get_by_role("textbox", name="Add names")
    field.fill("Zed Scribe, otter\nFATHOM; bot")
    field.press("Enter")
    said = page.locator("#add-said")
    expect(said).to_contain_text("Added Zed Scribe, otter, bot.")
    expect(said).to_contain_text("FATHOM was there already")
    expect(said).to_contain_text("“otter” also finds “otter.ai”, “otterpilot”")
    expect(said).to_contain_text("“bot” also fits Ben Abbott, who spoke in 1 meeting.")
    expect(field).to_have_value("")
    caught = page.get_by_role("region", name="Whom the list matches")
    expect(caught.get_by_role("listitem").first).to_contain_text("Ben Abbott")
    caught.get_by_role("button", name="Remove bot").click()
    expect(chip(page, "bot")).to_have_count(0)
    expect(caught).not_to_contain_text("Ben Abbott")
    chip(page, "Zed Scribe").get_by_role("button").click()
    expect(chip(page, "Zed Scribe")).to_have_count(0)
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    page.keyboard.press("Enter")
    expect(chip(page, "Zed Scribe")).to_be_visible()
    page.get_by_role("button", name="Leave out grain").click()
    expect(chip(page, "grain").locator("s")).to_be_visible()
    page.get_by_role("button", name="Bring back grain").click()
    expect(chip(page, "grain").locator("s")).to_have_count(0)


def test_it_tries_a_name_while_it_is_typed(namers: Company, open_as) -> None:
    page = open_names(namers, open_as)
    field = page.get_by_role("searchbox", name="A participant's name")
    field.press_sequentially("Ada's Fathom", delay=20)
    tried = page.locator("#tried")
    expect(tried.locator("mark")).to_have_text("Fathom")
    expect(tried).to_contain_text("shared list")
    field.fill("Ada Lovelace")
    expect(tried).to_contain_text("Counts as a person")
    expect(field).to_be_focused()
    page.get_by_role("textbox", name="Add names").fill("lovelace")
    page.get_by_role("button", name="Add names").click()
    expect(tried.locator("mark")).to_have_text("Lovelace")
    expect(field).to_have_value("Ada Lovelace")


def test_it_takes_a_suggestion_by_keyboard(namers: Company, open_as) -> None:
    page = open_names(namers, open_as)
    suggested = page.get_by_role("region", name="Probably notetakers")
    expect(suggested.get_by_role("listitem")).to_have_count(1)
    expect(suggested).to_contain_text("Our bots stayed with them once, 50:00 in all")
    expect(suggested.get_by_role("link", name="Old review")).to_have_attribute(
        "href", re.compile(r"/bots/\d+/$")
    )
    button = suggested.get_by_role("button", name="Add Zedder")
    button.focus()
    page.keyboard.press("Enter")
    expect(chip(page, "Zedder")).to_be_visible()
    expect(suggested.get_by_role("listitem")).to_have_count(0)
    # The button is gone, and whoever pressed it goes on where its end is told.
    said = page.locator("#add-said")
    expect(said).to_have_text(re.compile("Added Zedder."))
    expect(said).to_be_focused()
    page.reload()
    expect(chip(page, "Zedder")).to_be_visible()
