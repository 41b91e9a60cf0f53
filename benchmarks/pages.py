"""From the webhook to what people see: `python -m benchmarks.pages [pages] [onlookers]`.

So many Bots pages of one workspace, 20 without a word, in true browsers, each in a profile of its
own and so with a stream of its own. Bots are sent and let in one after the other, and each page
notes when its row says that it records. Counted from the moment at which the sandbox began to
deliver its webhook. The house is as `make run` starts it; or, with onlookers, as
deployment/Procfile names it, with two web processes, and so many more pages of that workspace are
played beside the browsers, which hear and ask for all that a page does (`DATABASE_URL` and
`CELERY_BROKER_URL` pick PostgreSQL and an empty database of Redis). Chromium, the house and this
process share the machine. Needs requirements-dev.txt and a Chromium.
"""

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.deployed import standing
from benchmarks.onlookers import looking_on
from tests.browser.chromium import find
from tests.browser.company import REGION, Company, Sandbox, eventually, found
from tests.browser.house import House

CHANGES = 12
STILL = 0.01
# Notes when the row of a bot comes to say that it records.
NOTE = """pk => {
    window.shownAt = 0;
    const watch = new MutationObserver(() => {
        if (!document.querySelector(`#bot-${pk} [data-phase=recording]`)) return;
        window.shownAt = Date.now();
        watch.disconnect();
    });
    watch.observe(document.body, {subtree: true, childList: true, attributes: true});
}"""


@dataclass(frozen=True, slots=True)
class Place:
    """A company, and where its pages are to be had."""

    company: Company
    fronts: list[str]


@contextmanager
def as_started() -> Iterator[Place]:
    """What `make run` starts."""
    folder = Path(tempfile.mkdtemp(prefix="recalldash-pages-"))
    house = House(folder)
    try:
        house.start()
        yield Place(found(house, "pages", ["alice"]), [house.url])
    finally:
        house.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def as_deployed() -> Iterator[Place]:
    """What deployment/Procfile names."""
    with standing(1.0) as house:
        [made] = house.found("pages", realtime_paused=True)
        sandbox = Sandbox(house.sandbox, f"sandbox_{REGION}_pages")
        yield Place(Company("pages", sandbox, {"alice": made.session}), house.fronts)


def open_page(browser: Browser, company: Company, front: str) -> Page:
    """The Bots page in a profile of its own, following."""
    context = browser.new_context(base_url=front)
    company.let_in(context, "alice")
    page = context.new_page()
    page.goto(company.home)
    page.locator("#age[data-state=live]").wait_for(timeout=30_000)
    return page


def send(page: Page, company: Company, room: str) -> tuple[int, str]:
    """Send a bot and wait until it waits to be let in; its number here, and its id at Recall."""
    page.goto(company.home)
    page.get_by_role("textbox", name="Meeting link").fill(f"https://meet.google.com/{room}")
    page.get_by_role("button", name="Send bot").click()
    page.wait_for_url("**/bots/*/")
    page.locator("#panel[data-phase=waiting]").wait_for(timeout=30_000)
    recall_id = page.locator('dt:text-is("Recall\'s id") + dd').inner_text()
    return int(page.url.rstrip("/").split("/")[-1]), recall_id


def taken_ms(company: Company, recall_id: str) -> float:
    """When the webhook that a bot records began to be delivered; milliseconds since 1970."""
    [message] = eventually(
        lambda: [
            message
            for message in company.sandbox.deliveries("bot.in_call_recording")
            if message["attempts"] and message["body"]["data"]["bot"]["id"] == recall_id
        ]
    )
    return datetime.fromisoformat(message["attempts"][0]["at"]).timestamp() * 1000


class Bot(NamedTuple):
    """One that waits to be let in: its meeting, its number here and its id at Recall."""

    room: str
    pk: int
    recall_id: str


class Change(NamedTuple):
    """When a bot's webhook began to be delivered, and when each page showed it; ms since 1970."""

    at: float
    shown: list[float]


def lobby(browser: Browser, place: Place) -> list[Bot]:
    """The bots, sent and waiting; in their meetings time nearly stands still."""
    sender = open_page(browser, place.company, place.fronts[0])
    bots = []
    for n in range(CHANGES):
        room = f"pag-{chr(97 + n) * 4}-all"
        bots.append(Bot(room, *send(sender, place.company, room)))
        place.company.sandbox.do(room, "speed", speed=STILL)
    sender.context.close()
    return bots


def measure(browser: Browser, place: Place, bots: list[Bot], many: int) -> dict[int, Change]:
    """The changes by bot, which are let in one after the other."""
    company, fronts = place.company, place.fronts
    pages = [open_page(browser, company, fronts[n % len(fronts)]) for n in range(many)]
    changes = {}
    for bot in bots:
        for page in pages:
            page.evaluate(NOTE, bot.pk)
        company.sandbox.do(bot.room, "speed", speed=1)
        company.sandbox.do(bot.room, "admit")
        at = taken_ms(company, bot.recall_id)
        time.sleep(3)
        shown = [float(page.evaluate("() => window.shownAt")) for page in pages]
        assert all(shown), "a page did not show it within three seconds"
        changes[bot.pk] = Change(at, shown)
    return changes


def line(what: str, each: Iterable[float]) -> str:
    ordered = sorted(each)
    return (
        f"  {what}: p50 {statistics.median(ordered):.0f}, "
        f"p99 {ordered[int(len(ordered) * 0.99)]:.0f}, longest {ordered[-1]:.0f}"
    )


def main(many: int, onlookers: int) -> None:
    with as_deployed() if onlookers else as_started() as place, sync_playwright() as playwright:
        company = place.company
        session = company.sessions["alice"]
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox"])
        bots = lobby(browser, place)
        crowd = looking_on(place.fronts, company.slug, session, onlookers)
        with crowd if onlookers else nullcontext([]) as seen:
            changes = measure(browser, place, bots, many)
        browser.close()
    late = [[each - change.at for each in change.shown] for change in changes.values()]
    print(f"{many} pages, {CHANGES} changes; milliseconds from the webhook to what is seen")
    print(line("any page", (ms for each in late for ms in each)))
    print(line("the first page of all", map(min, late)))
    print(line("the last page of all", map(max, late)))
    for each in seen:
        told = [
            moment - change.at
            for pk, change in changes.items()
            for moment in each.recording.get(pk, [])
        ]
        print(f"{onlookers} onlookers: {len(told)} of {onlookers * CHANGES} changes told")
        print(line("told how it stands", told))
        print(line(f"{len(each.asked_ms)} questions answered", each.asked_ms))
        for what, count in each.wrong.most_common(5):
            print(f"{count} × {what}")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(given[0] if given else 20, given[1] if len(given) > 1 else 0)
