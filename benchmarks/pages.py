"""From the webhook to what people see, in true browsers: `python -m benchmarks.pages [pages]`.

A house as `make run` starts it, and so many Bots pages of one workspace, 20 without a word, each in
a browser profile of its own and so with a stream of its own. Bots are sent and let in one after
the other, and each page notes when its row says that it records. Counted from the moment at which
the sandbox began to deliver its webhook. Chromium, the house and this process share the machine.
Needs requirements-dev.txt and a Chromium.
"""

import shutil
import statistics
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import find
from tests.browser.company import Company, eventually, found
from tests.browser.house import House

CHANGES = 12
# Notes when the row of a bot comes to say that it records.
NOTE = """pk => {
    window.shownAt = 0;
    const watch = new MutationObserver(() => {
        const row = document.querySelector(`#bot-${pk}`);
        if (!row?.dataset.said?.endsWith(": Recording")) return;
        window.shownAt = Date.now();
        watch.disconnect();
    });
    watch.observe(document.body, {subtree: true, childList: true, attributes: true});
}"""


def open_page(browser: Browser, company: Company) -> Page:
    """The Bots page in a profile of its own, following."""
    context = browser.new_context(base_url=company.sandbox.origin)
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


def measure(browser: Browser, company: Company, many: int) -> list[list[float]]:
    """For each change, how many milliseconds after the webhook each page showed it."""
    sender, *pages = [open_page(browser, company) for _ in range(many + 1)]
    changes = []
    for n in range(CHANGES):
        room = f"pag-{chr(97 + n) * 4}-all"
        pk, recall_id = send(sender, company, room)
        for page in pages:
            page.evaluate(NOTE, pk)
        # Before the sandbox's host does so by himself.
        company.sandbox.do(room, "admit")
        at = taken_ms(company, recall_id)
        time.sleep(3)
        shown = [float(page.evaluate("() => window.shownAt")) for page in pages]
        assert all(shown), "a page did not show it within three seconds"
        changes.append([each - at for each in shown])
    return changes


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    folder = Path(tempfile.mkdtemp(prefix="recalldash-pages-"))
    house = House(folder)
    try:
        house.start()
        company = found(house, "pages", ["alice"])
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox"])
            changes = measure(browser, company, many)
            browser.close()
    finally:
        house.stop()
        shutil.rmtree(folder, ignore_errors=True)
    first = [min(late) for late in changes]
    last = [max(late) for late in changes]
    each = sorted(ms for late in changes for ms in late)
    print(f"{many} pages, {CHANGES} changes; milliseconds from the webhook to what is seen")
    print(f"  any page: p50 {statistics.median(each):.0f}, p99 {each[int(len(each) * 0.99)]:.0f}")
    print(f"  the first page of all: p50 {statistics.median(first):.0f}, longest {max(first):.0f}")
    print(f"  the last page of all: p50 {statistics.median(last):.0f}, longest {max(last):.0f}")


if __name__ == "__main__":
    main()
