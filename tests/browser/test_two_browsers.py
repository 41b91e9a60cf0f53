"""Everybody in a workspace sees the same change as it happens, and nobody else sees anything."""

from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.company import Company, eventually, found
from tests.browser.house import House
from tests.browser.steps import SOON_MS, entries, panel, press, reaches, row, send

ROOM = "two-brow-ser"
LINK = f"https://meet.google.com/{ROOM}"


@pytest.fixture(scope="module")
def globex(house: House) -> Company:
    """Another company in the same house: Charlie's."""
    return found(house, "globex", ["charlie"])


def note_events(page: Page) -> None:
    """Count what this page's stream tells, for `heard`."""
    page.add_init_script(
        """window.heard = [];
        const Source = window.EventSource;
        window.EventSource = class extends Source {
            constructor(...given) {
                super(...given);
                this.addEventListener("change", (event) => window.heard.push(event.data));
                this.addEventListener("beat", () => (window.beats = (window.beats || 0) + 1));
            }
        };"""
    )
    page.reload()
    eventually(lambda: page.evaluate("window.beats > 0"))


def watch(page: Page, wanted: str) -> None:
    """Note the moment at which the page comes to show this phase, for `shown_at`."""
    page.evaluate(
        """wanted => {
            const look = () => {
                const panel = document.querySelector("#panel");
                if (panel?.dataset.phase === wanted) window.shownAt ??= Date.now();
            };
            new MutationObserver(look).observe(document.body, {
                subtree: true, childList: true, attributes: true,
            });
            look();
        }""",
        wanted,
    )


@pytest.mark.alone
def test_it_shows_the_same_change_to_both_within_a_second(acme: Company, open_as) -> None:
    alice = open_as(acme, "alice")
    address = send(alice, LINK)
    bob = open_as(acme, "bob", address)
    reaches(alice, "waiting")
    reaches(bob, "waiting")
    for page in (alice, bob):
        page.evaluate("window.sameDocument = true")
        watch(page, "recording")
    acme.sandbox.do(ROOM, "admit")
    for page in (alice, bob):
        reaches(page, "recording")
        assert page.evaluate("window.sameDocument"), "the page was loaded anew"
    recall_id = alice.locator('dt:text-is("Recall\'s id") + dd').inner_text()
    told_ms = told_at_ms(acme, recall_id, "bot.in_call_recording")
    late_ms = max(page.evaluate("window.shownAt") for page in (alice, bob)) - told_ms
    assert late_ms < 1_000, f"{late_ms:.0f} ms after the webhook"


def told_at_ms(company: Company, recall_id: str, event: str) -> float:
    """When the webhook of that name was taken from the sandbox, in milliseconds since 1970."""
    [message] = [
        message
        for message in company.sandbox.deliveries(event)
        if message["body"]["data"]["bot"]["id"] == recall_id
    ]
    return datetime.fromisoformat(message["attempts"][0]["at"]).timestamp() * 1000


def test_it_changes_the_list_of_both(acme: Company, open_as) -> None:
    link = "https://meet.google.com/two-list-row"
    alice, bob = open_as(acme, "alice"), open_as(acme, "bob")
    bob.evaluate("window.sameDocument = true")
    address = send(alice, link)
    alice.goto(acme.home)
    for page in (alice, bob):
        expect(row(page, address)).to_contain_text("Waiting", timeout=SOON_MS)
    acme.sandbox.do("two-list-row", "admit")
    for page in (alice, bob):
        expect(row(page, address)).to_contain_text("Recording", timeout=SOON_MS)
    assert bob.evaluate("window.sameDocument")


def test_it_tells_a_stranger_nothing(acme: Company, globex: Company, open_as) -> None:
    charlie = open_as(globex, "charlie")
    note_events(charlie)
    alice = open_as(acme, "alice")
    note_events(alice)
    address = send(alice, "https://meet.google.com/sec-rett-alk")
    reaches(alice, "waiting")
    beats = charlie.evaluate("window.beats")
    eventually(lambda: charlie.evaluate("window.beats") > beats)
    assert alice.evaluate("window.heard.length") > 0
    assert charlie.evaluate("window.heard") == []
    expect(charlie.locator("[data-item]")).to_have_count(0)
    answer = charlie.request.get(address)
    assert answer.status == 404
    stream = charlie.request.get("/events?workspace=acme&after=0.0")
    assert stream.status == 401


def test_a_viewer_watches_and_cannot_steer(acme: Company, open_as) -> None:
    alice = open_as(acme, "alice")
    address = send(alice, "https://meet.google.com/ver-alok-son")
    vera = open_as(acme, "vera", address)
    reaches(vera, "waiting")
    expect(vera.get_by_role("group", name="Controls of this bot")).to_have_count(0)
    acme.sandbox.do("ver-alok-son", "admit")
    reaches(vera, "recording")
    press(alice, "Pause recording")
    reaches(vera, "paused")
    assert entries(vera).count() == entries(alice).count()
    assert panel(vera).get_attribute("data-said") == panel(alice).get_attribute("data-said")
