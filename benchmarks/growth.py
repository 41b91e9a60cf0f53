"""What grew during a soak: its first minutes against its last, and a verdict. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median

Sample = dict[str, float]

MOST_WINDOW_S = 600.0
MOST_WARM_UP_S = 300.0
# By what share memory may be above what it was after the warm-up, if it rises.
MEMORY_SHARE = 0.10
# What is opened and closed all the time is not the same number at each look.
FILES_SHARE, FILES_ROOM, CONNECTIONS_ROOM = 0.05, 3.0, 2.0
# A lag has grown where it is twice as long, and somebody could notice.
LAG_TIMES, LAG_S = 2.0, 1.0


@dataclass(frozen=True, slots=True)
class Windows:
    """The stretches of a run that are compared, in its seconds."""

    first: tuple[float, float]
    last: tuple[float, float]

    @classmethod
    def of(cls, seconds: float) -> "Windows":
        """Ten minutes each, after five to warm up; of a short run a third, after a fifth."""
        warm_up = min(MOST_WARM_UP_S, seconds / 5)
        window = min(MOST_WINDOW_S, (seconds - warm_up) / 3)
        return cls((warm_up, warm_up + window), (seconds - window, seconds + 1))


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure at the beginning and at the end; `problem` is what is wrong with that, or ""."""

    name: str
    unit: str
    first: float
    last: float
    an_hour: float = 0.0
    problem: str = ""

    @property
    def share(self) -> float:
        """By how much of the first the last is more: 0.1 is a tenth."""
        return self.last / self.first - 1 if self.first else 0.0


def within(samples: Iterable[Sample], name: str, window: tuple[float, float]) -> list[float]:
    begin, end = window
    return [each[name] for each in samples if name in each and begin <= each["seconds"] < end]


def slope_an_hour(samples: Iterable[Sample], name: str, begin: float) -> float:
    """By how much a figure rises in an hour: the straight line through its samples since then."""
    points = [(s["seconds"], s[name]) for s in samples if name in s and s["seconds"] >= begin]
    if len(points) < 2:
        return 0.0
    middle, mean = fmean(x for x, _ in points), fmean(y for _, y in points)
    spread = sum((x - middle) ** 2 for x, _ in points)
    return 3600 * sum((x - middle) * (y - mean) for x, y in points) / spread if spread else 0.0


def held(
    samples: Sequence[Sample], name: str, unit: str, windows: Windows, *, is_judged: bool = True
) -> Figure:
    """A figure that processes hold: "web pss MB", "web files", "web threads", "connections"."""
    first, last = (within(samples, name, each) for each in (windows.first, windows.last))
    if not first or not last:
        return Figure(name, unit, 0.0, 0.0, problem="was not seen" if is_judged else "")
    figure = Figure(
        name, unit, median(first), median(last), slope_an_hour(samples, name, windows.first[0])
    )
    more = figure.last - figure.first
    if name.endswith("MB"):
        grew = figure.share > MEMORY_SHARE and figure.an_hour > 0
    elif name == "connections":
        grew = max(last) - max(first) > CONNECTIONS_ROOM
    else:
        grew = more > FILES_ROOM and figure.share > FILES_SHARE
    if not (grew and is_judged):
        return figure
    problem = f"{name} grew from {figure.first:.0f} to {figure.last:.0f}"
    return Figure(name, unit, figure.first, figure.last, figure.an_hour, problem)


def lag(name: str, first_s: float, last_s: float, *, may_end: bool = False) -> Figure:
    """A time that somebody waits, in seconds at the beginning and at the end; none at the end means
    that nothing came any more, or with `may_end` that nobody waits."""
    grew = last_s > LAG_S and last_s > LAG_TIMES * first_s
    problem = f"{name} grew from {first_s:.2f} s to {last_s:.2f} s" if grew else ""
    if first_s and not last_s and not may_end:
        problem = f"{name}: there was none at the end"
    return Figure(name, "ms", 1000 * first_s, 1000 * last_s, problem=problem)


def table(figures: Iterable[Figure]) -> str:
    """The figures as lines, each with its growth."""
    lines = [f"{'':34}{'first':>10}{'last':>10}  {'':3}{'growth':>8}{'an hour':>9}"]
    for each in figures:
        hour = f"{each.an_hour:+9.1f}" if each.an_hour else ""
        mark = "  <-- grew" if each.problem else ""
        lines.append(
            f"{each.name:34}{each.first:10.1f}{each.last:10.1f}  {each.unit:3}"
            f"{100 * each.share:+7.1f} %{hour}{mark}"
        )
    return "\n".join(lines)
