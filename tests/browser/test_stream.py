"""The stream of news: cut and healed, and shared by all the tabs of a browser."""

import re

from playwright.sync_api import APIResponse, Page, Route, expect

from tests.browser.company import Company, eventually
from tests.browser.house import House
from tests.browser.steps import SOON_MS, entries, panel, press, reaches, row, send

CUT = "cut-andd-hea"
TABS = "eig-httt-abs"
SEEN = "see-nnnn-now"
LATE = "too-late-now"
PRESSED = "pre-ssed-now"


def age(page: Page):
    """What the page says of its own age."""
    return page.locator("#age")


def test_it_catches_up_after_a_cut(house: House, acme: Company, open_as) -> None:
    page = open_as(acme, "alice")
    send(page, f"https://meet.google.com/{CUT}")
    reaches(page, "waiting")
    expect(age(page)).to_have_text("Live", timeout=SOON_MS)
    page.evaluate("window.sameDocument = true")
    before = entries(page).count()
    house.stop("server")
    try:
        expect(age(page)).to_have_text(re.compile(r"^Not live: \d+ s old$"), timeout=20_000)
        expect(age(page)).to_have_attribute("aria-label", re.compile("Not live"))
        assert panel(page).get_attribute("data-phase") == "waiting"
    finally:
        house.start("server")
    acme.sandbox.do(CUT, "admit")
    reaches(page, "recording", within_ms=30_000)
    expect(age(page)).to_have_text("Live", timeout=20_000)
    assert page.evaluate("window.sameDocument"), "the page was loaded anew"
    ids = entries(page).evaluate_all("entries => entries.map(entry => entry.id)")
    assert len(ids) == len(set(ids))
    assert len(ids) > before
    for code in ("joining_call", "in_waiting_room", "in_call_recording"):
        expect(entries(page, code)).to_have_count(1)
    page.reload()
    assert entries(page).evaluate_all("entries => entries.map(entry => entry.id)") == ids


def test_eight_tabs_share_one_stream(acme: Company, open_as) -> None:
    first = open_as(acme, "alice")
    streams: list[str] = []
    first.context.on(
        "request", lambda request: "/events" in request.url and streams.append(request.url)
    )
    tabs = [first, *(first.context.new_page() for _ in range(7))]
    for tab in tabs[1:]:
        tab.goto(acme.home)
    address = send(first, f"https://meet.google.com/{TABS}")
    reaches(first, "waiting")
    acme.sandbox.do(TABS, "admit")
    reaches(first, "recording")
    for tab in tabs[1:]:
        expect(row(tab, address)).to_contain_text("Recording", timeout=SOON_MS)
        expect(age(tab)).to_have_text("Live")
    # One for each page that led: the first, and the tab that took over when it went elsewhere.
    assert len(streams) <= 2, streams


def test_another_tab_takes_over(acme: Company, open_as) -> None:
    first = open_as(acme, "bob")
    second = first.context.new_page()
    second.goto(acme.home)
    streams: list[str] = []
    second.on("request", lambda request: "/events" in request.url and streams.append(request.url))
    expect(age(second)).to_have_text("Live", timeout=SOON_MS)
    assert not streams
    first.close()
    eventually(lambda: second.evaluate("1") and streams)
    address = send(second, "https://meet.google.com/tak-esov-era")
    expect(age(second)).to_have_text("Live", timeout=SOON_MS)
    reaches(second, "waiting")
    assert address


def test_a_change_is_seen_before_anything_is_asked_for(acme: Company, open_as) -> None:
    alice = open_as(acme, "alice")
    address = send(alice, f"https://meet.google.com/{SEEN}")
    reaches(alice, "waiting")
    bob = open_as(acme, "bob")
    expect(row(bob, address)).to_contain_text("Waiting", timeout=SOON_MS)
    expect(age(bob)).to_have_text("Live", timeout=SOON_MS)
    bob.wait_for_timeout(1_000)
    bob.route("**/w/**", lambda route: route.abort())
    acme.sandbox.do(SEEN, "admit")
    expect(row(bob, address).locator(".pill")).to_have_text("Recording", timeout=SOON_MS)
    expect(row(bob, address).locator("time")).to_have_text(re.compile(r"^0:0\d$"))
    # Those who don't see it hear it.
    expect(bob.locator("#announcer")).to_contain_text(": Recording")


def test_an_answer_that_was_on_its_way_before_takes_nothing_back(acme: Company, open_as) -> None:
    alice = open_as(acme, "alice")
    address = send(alice, f"https://meet.google.com/{LATE}")
    reaches(alice, "waiting")
    bob = open_as(acme, "bob")
    pill = row(bob, address).locator(".pill")
    expect(pill).to_contain_text("Waiting", timeout=SOON_MS)
    expect(age(bob)).to_have_text("Live", timeout=SOON_MS)
    bob.wait_for_timeout(1_000)
    held: list[tuple[Route, APIResponse]] = []

    def hold(route: Route) -> None:
        """Keep the first answer back; whatever is asked after it is never answered."""
        if not held:
            held.append((route, route.fetch()))

    bob.route(f"**{acme.home}", hold)
    bob.evaluate("document.getElementById('rows').dispatchEvent(new CustomEvent('live'))")
    bob.wait_for_timeout(1_000)
    [(route, answer)] = held
    acme.sandbox.do(LATE, "admit")
    expect(pill).to_have_text("Recording", timeout=SOON_MS)
    bob.evaluate("document.getElementById('rows').dataset.old = 'yes'")
    route.fulfill(response=answer)
    expect(bob.locator("#rows[data-old]")).to_have_count(0)
    expect(pill).to_have_text("Recording", timeout=100)


def test_whoever_has_pressed_a_button_waits_for_no_turn(acme: Company, open_as) -> None:
    page = open_as(acme, "alice")
    send(page, f"https://meet.google.com/{PRESSED}")
    reaches(page, "waiting")
    acme.sandbox.do(PRESSED, "admit")
    reaches(page, "recording")
    page.add_init_script(
        """const Source = window.EventSource;
        window.EventSource = class extends Source {
            addEventListener(kind, heard) {
                super.addEventListener(kind, (event) => {
                    if (kind !== "change") return heard(event);
                    const told = JSON.parse(event.data);
                    told.within_ms = 60_000_000;
                    const { lastEventId } = event;
                    heard(new MessageEvent(kind, { data: JSON.stringify(told), lastEventId }));
                });
            }
        };"""
    )
    page.reload()
    expect(age(page)).to_have_text("Live", timeout=SOON_MS)
    press(page, "Pause recording")
    reaches(page, "paused")


def test_where_many_look_on_each_asks_in_its_turn(acme: Company, open_as) -> None:
    page = open_as(acme, "alice")
    page.add_init_script(
        """window.EventSource = class extends EventTarget {
            constructor() {
                super();
                window.source = this;
                setTimeout(() => this.dispatchEvent(new MessageEvent("beat", {data: "{}"})));
            }
            close() {}
        };
        window.change = (id, told) => window.source.dispatchEvent(
            new MessageEvent("change", {data: JSON.stringify(told), lastEventId: id}));"""
    )
    page.reload()
    eventually(lambda: page.evaluate("!!window.source"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("change('9.1', {bot: 1, within_ms: 60_000_000})")
    page.wait_for_timeout(1_000)
    assert not asked
    # Somebody else's turn is nobody's: whatever comes to few is asked for at once, all of it.
    with page.expect_request(f"**{acme.home}"), page.expect_request("**/notices/"):
        page.evaluate("change('9.2', {bot: 1})")
