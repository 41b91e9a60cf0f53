"""More than an ordinary day for a few minutes, and what came of it: `make load MINUTES=3`.

The same house and people as `soak.py`, with more of everything. Ends with what was done a second
and how long it took, and with 1 where anything failed. README.md says what to expect.
"""

import sys

from benchmarks.deployed import PROCFILE
from benchmarks.tally import share_of
from benchmarks.trial import KINDS, Plan, Record, run

WARM_UP_S = 20.0


def table(plan: Plan, record: Record) -> str:
    """How often a second, and how long: the middle one, all but a hundredth, the longest."""
    begin, end = record.began + WARM_UP_S, record.began + record.seconds
    lines = [
        f"asked for: {plan.webhooks_a_second:g} webhooks, {plan.pages_a_second:g} pages a second, "
        f"{plan.streams} open pages, a bot every {plan.bots_every_s:g} s with its orders",
        f"{'':22}{'a second':>10}{'p50 ms':>10}{'p99 ms':>10}{'at most':>10}",
    ]
    for kind, shown in KINDS.items():
        took = record.tally.between(kind, begin, end)
        times = [1000 * share_of(took, share) for share in (0.5, 0.99, 1.0)]
        lines.append(
            f"{shown:22}{len(took) / (end - begin):10.1f}" + "".join(f"{t:10.0f}" for t in times)
        )
    first, last = record.samples[0], record.samples[-1]
    frames = (last["frames"] - first["frames"]) / (last["seconds"] - first["seconds"])
    lines.append(f"{'told to open pages':22}{frames:10.1f}")
    cores = {
        name.removesuffix(" cpu s"): (last[name] - first[name])
        / (last["seconds"] - first["seconds"])
        for name in first
        if name.endswith(" cpu s") and name in last
    }
    lines.append("cores: " + ", ".join(f"{name} {share:.2f}" for name, share in cores.items()))
    return "\n".join(lines)


def main(minutes: float) -> int:
    """The command line; 0 where nothing failed."""
    print(f"{minutes:g} minutes of what {PROCFILE.name} names, under more than an ordinary load")
    plan = Plan(
        minutes,
        webhooks_a_second=100.0,
        streams=500,
        pages_a_second=6.0,
        bots_every_s=3.0,
    )
    record = run(plan, say=lambda text: print(text, flush=True))
    if len(record.samples) < 4:
        print("Too short to say anything.")
        return 1
    print()
    print(table(plan, record))
    for took in record.slowest:
        print(f"slow: {took}")
    for what, count in record.tally.wrong.most_common(20):
        print(f"{count} × {what}")
    print("Something failed." if record.tally.wrong else "Nothing failed.")
    return bool(record.tally.wrong)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 3.0))
