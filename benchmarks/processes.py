"""What running processes hold, as Linux tells it: memory, files, threads, with their children."""

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Held:
    """`pss_mb`: shared pages count in parts, for each of those who share them."""

    pss_mb: float
    rss_mb: float
    files: int
    threads: int
    cpu_s: float


def with_children(pid: int) -> list[int]:
    """That process and all below it."""
    below: dict[int, list[int]] = defaultdict(list)
    for place in PROC.iterdir():
        if place.name.isdigit():
            with suppress(OSError):
                below[int(_stat(int(place.name))[1])].append(int(place.name))
    found = [pid]
    for each in found:
        found += below[each]
    return found


def held(pid: int, *, is_alone: bool = False) -> Held:
    """By that process and its children together, or without them."""
    pss = rss = files = threads = 0
    ticks = 0
    for each in [pid] if is_alone else with_children(pid):
        with suppress(OSError):  # it has just ended
            rollup = (PROC / str(each) / "smaps_rollup").read_text().splitlines()
            sizes = {line.split(":")[0]: int(line.split()[1]) for line in rollup[1:]}
            stat = _stat(each)
            files += len(list((PROC / str(each) / "fd").iterdir()))
            pss, rss = pss + sizes["Pss"], rss + sizes["Rss"]
            threads += int(stat[17])
            ticks += int(stat[11]) + int(stat[12])
    return Held(pss / 1024, rss / 1024, files, threads, ticks / 100)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name, which may hold anything."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
