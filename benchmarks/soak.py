"""An hour of ordinary life, and whether anything grew: `make soak MINUTES=60`.

The whole house as deployed, with its sandbox, under a steady load: webhooks, open pages, people who
look and people who order. Ends with the first ten minutes against the last ten, and with 1 where
memory, connections or a lag grew, or anything failed. README.md says what to expect.
"""

import sys
import tempfile
from pathlib import Path

from benchmarks import growth
from benchmarks.deployed import PROCFILE
from benchmarks.growth import Figure, Windows
from benchmarks.tally import share_of
from benchmarks.trial import KINDS, OURSELVES, Plan, Record, run

# Recall, which the sandbox plays, and this process: shown, not judged.
THEIRS = ("sandbox", "clock", OURSELVES)


def figures(record: Record) -> list[Figure]:
    """All of a run, in the order in which they are shown."""
    samples, windows = record.samples, Windows.of(record.seconds)
    names = list(dict.fromkeys(name for sample in samples for name in sample))
    found = []
    for ending, unit in ((" pss MB", "MB"), (" files", ""), (" threads", "")):
        for name in (each for each in names if each.endswith(ending)):
            is_ours = name.removesuffix(ending) not in THEIRS
            found.append(growth.held(samples, name, unit, windows, is_judged=is_ours))
    if "connections" in names:
        found.append(growth.held(samples, "connections", "", windows))
    for name in ("oldest unhandled s", "oldest order s"):
        first, last = (
            max(growth.within(samples, name, each), default=0.0)
            for each in (windows.first, windows.last)
        )
        found.append(growth.lag(name.removesuffix(" s"), first, last, may_end=True))
    for kind, shown in KINDS.items():
        early, late = (
            record.tally.between(kind, record.began + begin, record.began + end)
            for begin, end in (windows.first, windows.last)
        )
        for share, word in ((0.5, "p50"), (0.99, "p99")):
            name = f"{shown}, {word}"
            found.append(growth.lag(name, share_of(early, share), share_of(late, share)))
    for name in (
        "messages at the broker", "rows that are due", "webhook a second", "page a second",
        "open pages", "reloads", "bots", "webhooks kept", "database MB",
    ):  # fmt: skip
        if name in names:
            found.append(growth.held(samples, name, "", windows, is_judged=False))
    return found


def main(minutes: float) -> int:
    """The command line; 0 where nothing grew and nothing failed."""
    folder = Path(tempfile.mkdtemp(prefix="recalldash-soak-"))
    print(f"{minutes:g} minutes of what {PROCFILE.name} names; samples go into {folder}")
    plan = Plan(
        minutes,
        webhooks_a_second=20.0,
        streams=200,
        pages_a_second=2.0,
        bots_every_s=8.0,
    )
    record = run(plan, say=lambda text: print(text, flush=True), folder=folder)
    record.write(folder / "samples.csv")
    if len(record.samples) < 4:
        print("Too short to say anything.")
        return 1
    found = figures(record)
    windows = Windows.of(record.seconds)
    print()
    print(
        f"{record.seconds / 60:.0f} minutes; the first {windows.first[1] - windows.first[0]:.0f} s "
        f"after {windows.first[0]:.0f} s of warming up, against as many at the end:"
    )
    print(growth.table(found))
    print()
    for took in record.slowest:
        print(f"slow: {took}")
    for what, count in record.tally.wrong.most_common(20):
        print(f"{count} × {what}")
    problems = [each.problem for each in found if each.problem]
    if record.tally.wrong:
        problems.append(f"{sum(record.tally.wrong.values())} failed")
    rising = sum(
        each.an_hour
        for each in found
        if each.unit == "MB" and each.name.partition(" ")[0] not in THEIRS
    )
    ended = " It was stopped early." if record.ended_early else ""
    print(
        f"{'; '.join(problems) or 'Nothing grew, nothing failed'}. "
        f"Memory of the house: {rising:+.0f} MB an hour.{ended} Samples: {folder}/samples.csv"
    )
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0))
