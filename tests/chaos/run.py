"""A chaos run: people order, the sandbox tells, and everything is killed meanwhile; then a table.

`make chaos` (EVENTS=20000 ORDERS=2000 SEED=1) is `python -m tests.chaos.run 20000 2000 1`.
"""

import math
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.chaos import checker, servers
from tests.chaos.house import Company, House
from tests.chaos.nemesis import Nemesis
from tests.chaos.people import People

# What one bot is told by, or a little more: statuses, and twice each for a recording and its
# files; some are told to leave before they have recorded.
WEBHOOKS_OF_A_BOT = 27
# Recall takes sixty new bots a minute in a workspace; that is not what is tried here.
BOTS_A_MINUTE = 45
# Of the webhooks: this share never sent, the others so late and so much out of order.
TROUBLE = {"drop": 0.03, "shuffle_s": 0.6}
# Within which a run has to end, settling included.
MOST_S = 600.0


@dataclass(frozen=True)
class Plan:
    """How much, how long, how often something is killed."""

    events: int
    orders: int
    seed: int
    seconds: float
    strike_every_s: float
    speed: float = 40.0
    workers: int = 2
    settle_s: float = 180.0
    most_strikes: int = 10_000

    @property
    def bots(self) -> int:
        return math.ceil(self.events / WEBHOOKS_OF_A_BOT)

    @property
    def workspaces(self) -> int:
        return max(2, math.ceil(self.bots / (self.seconds / 60 * BOTS_A_MINUTE)))


@dataclass
class Outcome:
    report: checker.Report
    strikes: Counter[str]
    seconds: float
    settled: bool
    problems: list[str] = field(default_factory=list)


def run(plan: Plan, say: Callable[[str], None] = lambda _: None) -> Outcome:
    """One run on servers and processes of its own, which are gone afterwards."""
    began = time.monotonic()
    with closing(House(workers=plan.workers, speed=plan.speed)) as house:
        house.open()
        companies = house.found(
            *(f"chaos-{number + 1}" for number in range(plan.workspaces)),
            adhoc_pool_size=1_000_000,
            retry_speed=120.0,
            time_jitter_ms=300,
            **TROUBLE,
        )
        for company in companies[::4]:
            company.control("PUT", "workspace/", settings={"double": True})
        say(f"{plan.bots} bots in {plan.workspaces} workspaces; everything runs.")
        journal = house.folder / "journal"
        people = People(
            companies,
            journal,
            orders=plan.orders,
            bots=plan.bots,
            seconds=plan.seconds,
            seed=plan.seed,
        )
        nemesis = Nemesis(
            house, seed=plan.seed, every_s=plan.strike_every_s, most=plan.most_strikes
        )
        people.begin()
        try:
            _through_the_load(house, people, nemesis, companies, say, began)
            house.mend()
            say(f"{time.monotonic() - began:.0f} s: all is ordered; it settles …")
            settled = _settle(house, until=time.monotonic() + plan.settle_s, say=say)
        finally:
            people.end()
        report = checker.check(_sandbox_file(house), house.postgres.url, journal)
        return Outcome(report, nemesis.strikes, time.monotonic() - began, settled, people.problems)


def _through_the_load(
    house: House,
    people: People,
    nemesis: Nemesis,
    companies: list[Company],
    say: Callable[[str], None],
    began: float,
) -> None:
    told, struck = time.monotonic(), 0
    while not people.is_done:
        if what := nemesis.look():
            struck += 1
            if struck % 3 == 0:
                _trouble_calls(companies[struck % len(companies)])
            say(f"{time.monotonic() - began:.0f} s: {what}")
        if time.monotonic() - told > 15:
            told = time.monotonic()
            say(f"{told - began:.0f} s: {people.sent} bots, {people.given} orders given")
        time.sleep(0.1)


def _trouble_calls(company: Company) -> None:
    """A few calls are done and the answer is lost; a few are told to come again."""
    company.control("POST", "faults/", kind="cut_after", method="POST", count=2)
    company.control("POST", "faults/", kind="status", status=503, count=2)
    company.control("POST", "faults/", kind="status", status=409, method="POST", count=1)


def _settle(house: House, *, until: float, say: Callable[[str], None]) -> bool:
    """Wait until nothing moves any more: whether that came in time."""
    told = time.monotonic()
    while time.monotonic() < until:
        left = unfinished(house)
        if not any(left.values()):
            return True
        if time.monotonic() - told > 10:
            told = time.monotonic()
            say(f"   still to do: { {name: n for name, n in left.items() if n} }")
        time.sleep(1)
    return False


def unfinished(house: House) -> dict[str, int]:
    """What will still move, there and here."""
    with closing(sqlite3.connect(f"file:{_sandbox_file(house)}?mode=ro", uri=True)) as theirs:
        theirs_left = {
            "bots at the sandbox": _one(
                theirs,
                "SELECT count(*) FROM sandbox_bot WHERE frozen_code = '' AND deleted_at IS NULL",
            ),
            "webhooks": _one(
                theirs,
                "SELECT count(*) FROM sandbox_message"
                " WHERE due_at IS NOT NULL AND delivered_at IS NULL",
            ),
        }
    with psycopg.connect(house.postgres.url, connect_timeout=3) as ours:
        return theirs_left | {
            "orders": _one(
                ours,
                "SELECT count(*) FROM bots_order WHERE state IN ('waiting', 'sending', 'accepted')",
            ),
            "deliveries": _one(ours, "SELECT count(*) FROM bots_delivery WHERE due_at IS NOT NULL"),
            "bots": _one(
                ours,
                "SELECT count(*) FROM bots_bot WHERE phase NOT IN ('finished', 'failed')"
                " OR (recall_id IS NOT NULL AND refresh_due_at IS NOT NULL)",
            ),
            "recordings": _one(
                ours,
                "SELECT count(*) FROM bots_recording WHERE status NOT IN ('done', 'failed')",
            ),
            "files": _one(
                ours, "SELECT count(*) FROM bots_artifact WHERE status NOT IN ('done', 'failed')"
            ),
        }


def _one(connection: Any, sql: str) -> int:
    return int(connection.execute(sql).fetchone()[0])


def _sandbox_file(house: House) -> Path:
    return Path(house.sandbox_env["DATA_DIR"]) / "sandbox.sqlite3"


def main(events: int, orders: int, seed: int) -> int:
    """The command line; 0 where nothing was lost and nothing doubled."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # and so end what was started
    if why_not := servers.missing():
        print(f"Nothing was tried: {why_not}.")
        return 2
    scale = events / 20_000
    seconds = max(30.0, 360 * scale)
    plan = Plan(events, orders, seed, seconds=seconds, strike_every_s=15.0)
    outcome = run(plan, say=lambda text: print(text, flush=True))
    for problem in outcome.report.problems[:40]:
        print(problem)
    print()
    print(checker.table(outcome.report))
    print()
    killed = ", ".join(f"{what} {n}×" for what, n in sorted(outcome.strikes.items()))
    for problem in outcome.problems[:10]:
        print(f"  Somebody could not order: {problem}")
    print(f"Seed {seed}; {outcome.seconds:.0f} s. {sum(outcome.strikes.values())}: {killed}.")
    for why, count in outcome.report.told.most_common(8):
        print(f"  {count} × {why}")
    if not outcome.settled:
        print("It had not settled in time.")
    report = outcome.report
    enough = report.events.sent >= events and report.orders.given >= orders
    if not enough:
        print(f"It shows less than was asked for: {events} events, {orders} orders.")
    in_time = outcome.seconds <= MOST_S
    if not in_time:
        print(f"It took longer than {MOST_S:.0f} s.")
    return 0 if report.is_clean and outcome.settled and enough and in_time else 1


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:4])))
