"""People who look at pages, each like the others, a few pages a second together."""

import random
import re
import threading
import time
from collections.abc import Sequence

import httpx

from benchmarks.tally import Tally, Watched
from tests.chaos.house import Company

THREADS = 3
# A list, then often what it leads to: where, and which links of it are followed.
LISTS = (
    ("", r"/w/[\w-]+/bots/\d+/"),
    ("recordings/", r"/w/[\w-]+/recordings/\d+/"),
    ("upcoming/", r"/w/[\w-]+/bots/\d+/"),
)
FOLLOWS = 0.7


class Visited(Company):
    """A company whose people's requests are timed; `tally` is set right after it is made."""

    __slots__ = ("tally",)

    tally: Tally

    def browser(self) -> httpx.Client:
        plain = Company.browser(self)
        timed = httpx.Client(
            base_url=plain.base_url,
            cookies=plain.cookies,
            headers=plain.headers,
            timeout=plain.timeout,
            transport=Watched(self.tally),
        )
        plain.close()
        return timed

    @classmethod
    def of(cls, company: Company, tally: Tally) -> "Visited":
        words = (company.slug, company.pk, company.webhook_url, company.secret, company.session)
        visited = cls(*words, company.origin, company.sandbox)
        object.__setattr__(visited, "tally", tally)
        return visited


class Visitors:
    """`rate` page views a second, by signed-in people of all companies at all fronts."""

    def __init__(
        self, companies: Sequence[Visited], fronts: Sequence[str], tally: Tally, *, rate: float
    ) -> None:
        self.companies, self.fronts, self.tally, self.rate = companies, fronts, tally, rate
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=self._look, daemon=True) for _ in range(THREADS)]

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join(20)

    def _look(self) -> None:
        browsers = {company.slug: company.browser() for company in self.companies}
        due = time.monotonic()
        links: list[str] = []
        while not self._ends.wait(max(due - time.monotonic(), 0)):
            due = max(due + random.expovariate(self.rate / THREADS), time.monotonic() - 1)
            company = random.choice(self.companies)
            front, browser = random.choice(self.fronts), browsers[company.slug]
            if links and random.random() < FOLLOWS:
                self._get(browsers[links[0].split("/")[2]], front + random.choice(links))
                links = []
                continue
            place, leads_to = random.choice(LISTS)
            text = self._get(browser, f"{front}/w/{company.slug}/{place}")
            links = sorted(set(re.findall(leads_to, text)))

    def _get(self, browser: httpx.Client, url: str) -> str:
        try:
            answer = browser.get(url)
        except httpx.HTTPError:
            return ""  # told by whoever times it
        if answer.status_code not in (200, 404):
            self.tally.fails(f"page: {answer.status_code}")
        return answer.text
