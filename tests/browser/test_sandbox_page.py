"""The meeting room of the sandbox, in a real browser: watched, driven, and left."""

import uuid
from collections.abc import Callable

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.house import House

REGION = "us-west-2"
STAGE = "https://meet.google.com/you-rsta-gex"
SOON_MS = 15_000


@pytest.fixture
def room(house: House, page: Page) -> Page:
    """The room of a bot that waits at a closed door, reached by the list of meetings."""
    name = f"page-{uuid.uuid4().hex[:8]}"
    answer = httpx.post(
        f"{house.url}/sandbox/{REGION}/api/v1/bot/",
        json={"meeting_url": STAGE, "bot_name": "Our notes"},
        headers={"Authorization": f"Token sandbox_{REGION}_{name}"},
        timeout=30,
    )
    assert answer.status_code == 201, answer.text
    page.goto("/sandbox/")
    page.get_by_role("region", name=name).get_by_role("link", name="Your own meeting").click()
    expect(page.get_by_role("heading", name="Your own meeting")).to_be_visible()
    return page


def bots(page: Page) -> Locator:
    return page.get_by_role("region", name="Bots")


def people(page: Page) -> Locator:
    return page.get_by_role("region", name="In the meeting")


def join(page: Page, name: str, button: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name=button).click()
    expect(people(page).get_by_text(name, exact=True)).to_be_visible(timeout=SOON_MS)


def test_it_lets_a_person_drive_a_meeting_to_its_end(room: Page) -> None:
    expect(bots(room)).to_contain_text("In the lobby", timeout=SOON_MS)
    join(room, "Otter.ai", "Add notetaker")
    join(room, "Nina Roth", "Add person")
    expect(room.get_by_label("Name")).to_have_value("")

    room.get_by_role("button", name="Admit bot").click()
    expect(bots(room)).to_contain_text("Recording", timeout=SOON_MS)

    room.get_by_label("Who").fill("Nina Roth")
    room.get_by_label("What").fill("Shall we go through the open points one by one")
    room.get_by_role("button", name="Say it").click()
    expect(people(room)).to_contain_text("Speaking", timeout=SOON_MS)
    expect(room.get_by_role("region", name="Said")).to_contain_text("go through the open points")

    room.get_by_role("button", name="End meeting for everyone").click()
    expect(bots(room)).to_contain_text("call_ended_by_host", timeout=SOON_MS)
    expect(bots(room)).to_contain_text("Left")
    expect(room.locator("#room")).not_to_have_attribute("hx-trigger", "every 2s")


def test_it_keeps_focus_and_typed_text_while_the_room_moves_on(room: Page) -> None:
    field = room.get_by_label("What")
    field.fill("Half a sent")
    with room.expect_response(lambda answer: "/sandbox/rooms/" in answer.url):
        pass
    with room.expect_response(lambda answer: "/sandbox/rooms/" in answer.url):
        field.press("End")
        field.press_sequentially("ence")
    expect(field).to_be_focused()
    expect(field).to_have_value("Half a sentence")


def test_it_says_why_not_and_keeps_what_was_typed(room: Page) -> None:
    join(room, "Nina Roth", "Add person")
    room.get_by_label("Name").fill("Nina Roth")
    room.get_by_role("button", name="Add person").click()
    expect(room.get_by_role("alert")).to_contain_text("“Nina Roth” is in the meeting already.")
    expect(room.get_by_label("Name")).to_have_value("Nina Roth")
    join(room, "Oskar Holm", "Add person")
    expect(room.get_by_role("alert")).to_have_text("")


def test_it_works_by_keyboard(room: Page) -> None:
    room.get_by_label("Name").focus()
    room.keyboard.type("Nina Roth")
    room.keyboard.press("Enter")
    leave = room.get_by_role("button", name="Let Nina Roth leave")
    expect(leave).to_be_visible(timeout=SOON_MS)
    leave.focus()
    room.keyboard.press("Enter")
    expect(leave).to_have_count(0, timeout=SOON_MS)


def test_it_works_without_scripts(room: Page, new_context: Callable[..., BrowserContext]) -> None:
    plain = new_context(java_script_enabled=False).new_page()
    plain.goto(room.url)
    plain.get_by_label("Name").fill("Nina Roth")
    plain.get_by_role("button", name="Add notetaker").click()
    expect(people(plain)).to_contain_text("Nina Roth")
    plain.get_by_role("button", name="End meeting for everyone").click()
    expect(plain.get_by_role("heading", name="The meeting is over")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_has_nothing_that_axe_finds_serious(room: Page, scheme: str) -> None:
    where = room.url
    room.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    workspace = room.locator(".top-crumb").get_attribute("href")
    for address in ("/sandbox/", where, str(workspace)):
        room.goto(address)
        found = Axe().run(room).response["violations"]
        assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
