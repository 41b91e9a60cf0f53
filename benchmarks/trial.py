"""One run of the whole house under a steady, mixed load, with samples taken on the way."""

import csv
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import httpx
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.crowd import Crowd
from benchmarks.deployed import Deployed, standing
from benchmarks.processes import held
from benchmarks.tally import Tally, share_of
from benchmarks.visitors import Visited, Visitors
from tests.chaos.people import People

SAMPLE_S = 10.0
# The newest rows may stand in a transaction that is not over.
SETTLED = timedelta(seconds=1)
# Whoever runs the load has their meetings here, and the crowd's bots theirs elsewhere: for each
# workspace Recall has a limit, below which looks at its bots stay.
ROOMS, HALLS = 2, 4
# The process that makes the load, among those of the house.
OURSELVES = "load"
# What is timed, by its name in the tables.
KINDS = {
    "webhook": "webhook answered",
    "ingest": "status to timeline",
    "told": "change to open page",
    "stream opens": "stream opened",
    "page": "page",
    "click": "click answered",
    "order": "click to confirmed",
}


@dataclass(frozen=True)
class Plan:
    """How long, and how much of what: `bots_every_s` is how often somebody sends one and gives it
    orders; `speed` how many times faster than life those meetings are."""

    minutes: float
    webhooks_a_second: float
    streams: int
    pages_a_second: float
    bots_every_s: float
    speed: float = 10.0


@dataclass
class Record:
    """What a run left: samples by name, times of everything, what went wrong."""

    tally: Tally
    samples: list[dict[str, float]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    ended_early: bool = False
    # The orders that took longest, in words.
    slowest: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return self.samples[-1]["seconds"] if self.samples else 0.0

    def write(self, path: Path) -> None:
        """All samples as CSV."""
        names = list(dict.fromkeys(name for sample in self.samples for name in sample))
        with path.open("w", newline="") as file:
            rows = csv.DictWriter(file, names)
            rows.writeheader()
            for sample in self.samples:
                rows.writerow({name: f"{value:.6g}" for name, value in sample.items()})


class Load:
    """Everyone who uses the house: Recall, open pages, people who look and people who order."""

    def __init__(self, house: Deployed, plan: Plan, tally: Tally, books: ModuleType) -> None:
        slugs = [f"room-{n + 1}" for n in range(ROOMS)] + [f"hall-{n + 1}" for n in range(HALLS)]
        found = house.found(*slugs, adhoc_pool_size=1_000_000, retry_speed=120.0)
        companies = [Visited.of(company, tally) for company in found]
        self.halls = companies[ROOMS:]
        self.books = books
        self.crowd = Crowd(
            companies,
            house.fronts,
            tally,
            rate=plan.webhooks_a_second,
            streams=plan.streams,
        )
        self.visitors = Visitors(companies, house.fronts, tally, rate=plan.pages_a_second)
        seconds = plan.minutes * 60
        self.people = People(
            companies[:ROOMS],
            house.folder / "journal",
            orders=1_000_000,  # they go on until they are stopped
            bots=max(round(seconds / plan.bots_every_s), 1),
            seconds=seconds,
            seed=1,
        )
        self._ends = threading.Event()
        self._arrivals = threading.Thread(target=self._arrive, daemon=True)

    def begin(self) -> None:
        for each in (self.crowd, self.visitors, self.people):
            each.begin()
        self._arrivals.start()

    def end(self) -> None:
        self._ends.set()
        for each in (self.people, self.visitors, self.crowd):
            each.end()
        self._arrivals.join(10)

    def _arrive(self) -> None:
        """New bots for two seconds of the crowd's meetings, where fewer than that wait."""
        enough = max(round(2 * self.crowd.bots_a_second), 1)
        turn = 0
        while not self._ends.wait(0.5):
            if self.crowd.waiting < enough:
                company = self.halls[turn % len(self.halls)]
                self.crowd.arrive(company, self.books.make_bots(company.slug, enough))
                turn += 1
        self.books.let_go()


class Sampler:
    """Looks at everything now and then; each look is one sample of the record."""

    def __init__(self, house: Deployed, load: Load, record: Record, books: ModuleType) -> None:
        self.house, self.load, self.record, self.books = house, load, record, books
        self._upto = self.since = books.timezone.now() - SETTLED
        self._at = record.began
        self._lost: set[int] = set()
        self._pids = {name: house.process(name).pid for name in house.names}

    def look(self) -> dict[str, float]:
        tally, crowd, books = self.record.tally, self.load.crowd, self.books
        upto = books.timezone.now() - SETTLED
        halls = [company.slug for company in self.load.halls]
        heard = [crowd.heard.popleft() for _ in range(len(crowd.heard))]
        for kind, lags in (
            ("ingest", books.ingest_lags(halls, self._upto, upto)),
            ("told", books.told_lags(heard)),
            ("order", books.order_times(self._upto, upto)),
        ):
            for lag in lags:
                tally.took(kind, max(lag, 0.0))
        now = time.monotonic()
        sample = {"seconds": now - self.record.began}
        for kind in KINDS:
            took = tally.between(kind, self._at, now)
            sample |= {
                f"{kind} a second": len(took) / (now - self._at),
                f"{kind} p50 ms": 1000 * share_of(took, 0.5),
                f"{kind} p99 ms": 1000 * share_of(took, 0.99),
            }
        sample |= books.counts() | {
            "oldest unhandled s": books.oldest_unhandled_s(),
            "open pages": crowd.open,
            "frames": crowd.frames,
            "reloads": crowd.reloads,
            "sender behind s": crowd.behind_s,
        }
        sample |= self._metrics() | self._processes()
        self._look_at_orders()
        sample["wrong"] = sum(tally.wrong.values())
        self._upto, self._at = upto, now
        self.record.samples.append(sample)
        return sample

    def _look_at_orders(self) -> None:
        for name, pid in self._pids.items():
            if not self.house.runs(name):
                self.record.tally.wrong[f"{name} ({pid}) has ended"] = 1
        for pk, what in self.books.failed_orders(self.since):
            if pk not in self._lost:
                self._lost.add(pk)
                self.record.tally.fails(what)

    def _metrics(self) -> dict[str, float]:
        answer = httpx.get(
            f"{self.house.origin}/metrics",
            headers={"Authorization": f"Bearer {self.house.token}"},
            timeout=20,
            trust_env=False,
        )
        if answer.status_code != 200:
            self.record.tally.fails(f"metrics: {answer.status_code}")
            return {}
        found = {
            family.name: [each.value for each in family.samples]
            for family in text_string_to_metric_families(answer.text)
        }
        return {
            "messages at the broker": sum(found.get("recalldash_queue_length", [])),
            "rows that are due": sum(found.get("recalldash_due", [])),
            "oldest order s": sum(found.get("recalldash_oldest_order_seconds", [])),
            "silent s": max(found.get("recalldash_silent_seconds", [0.0])),
        }

    def _processes(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for name, pid in [*self._pids.items(), (OURSELVES, os.getpid())]:
            with suppress(OSError):
                each = held(pid, is_alone=name == OURSELVES)
                found |= {
                    f"{name} pss MB": each.pss_mb,
                    f"{name} rss MB": each.rss_mb,
                    f"{name} files": each.files,
                    f"{name} threads": each.threads,
                    f"{name} cpu s": each.cpu_s,
                }
        return found


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM is Ctrl-C, too, and both count also where a shell had them passed over."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(plan: Plan, say: Callable[[str], None], *, folder: Path | None = None) -> Record:
    """The load on a house of its own for as long as planned, or until Ctrl-C."""
    record = Record(Tally())
    with _interruptible(), suppress(KeyboardInterrupt):
        _run(plan, record, say, folder)
    return record


def _run(plan: Plan, record: Record, say: Callable[[str], None], folder: Path | None) -> None:
    with standing(plan.speed) as house:
        try:
            os.environ |= house.env | {"PGAPPNAME": "recalldash-load"}
            from benchmarks import books

            load = Load(house, plan, record.tally, books)
            record.began = time.monotonic()
            sampler = Sampler(house, load, record, books)
            load.begin()
            try:
                _look_on(plan, record, sampler, say)
            except KeyboardInterrupt:
                record.ended_early = True
                say("Stopping …")
            finally:
                for number in (signal.SIGINT, signal.SIGTERM):
                    signal.signal(number, signal.SIG_IGN)  # what follows ends by itself
                load.end()
            record.slowest = books.slowest_orders(sampler.since)
            for problem in load.people.problems:
                record.tally.fails(f"people: {problem[:120]}")
            books.let_go()
        finally:
            if folder is not None:
                (folder / "log").write_text(house.said())


def _look_on(plan: Plan, record: Record, sampler: Sampler, say: Callable[[str], None]) -> None:
    due, told = record.began + SAMPLE_S, 0
    while True:
        time.sleep(max(due - time.monotonic(), 0))
        sample = sampler.look()
        due += SAMPLE_S
        if (minute := int(sample["seconds"] / 60)) > told:
            told = minute
            say(line(minute, sample))
        if sample["seconds"] >= plan.minutes * 60 - 1:
            return


def line(minute: int, sample: dict[str, float]) -> str:
    """A sample in one line, for whoever waits."""
    memory = sum(value for name, value in sample.items() if name.endswith(" pss MB"))
    return (
        f"{minute:3} min: {sample['webhook a second']:.0f} webhooks a second, p99 "
        f"answer {sample['webhook p99 ms']:.0f}, timeline {sample['ingest p99 ms']:.0f}, "
        f"open page {sample['told p99 ms']:.0f}, page {sample['page p99 ms']:.0f} ms; "
        f"{sample['open pages']:.0f} open; {sample.get('connections', 0):.0f} connections; "
        f"{memory:.0f} MB; {sample['wrong']:.0f} wrong"
    )
