"""What a whole `make run` takes: `python benchmarks/memory.py [seconds of a meeting]`.

Starts its processes twice in a folder of its own on a free port; the second time a person presses
*Try it*, opens what a person opens, follows the meeting on its page and plays a recording. Prints
the seconds until the first page, and until all are alive; then the memory of each process. Memory
that processes share (files of libraries) counts in each of them as RSS, once in all of them as PSS:
only PSS may be added up. ffmpeg, which comes and goes, stands in the peaks.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from socket import socket
from typing import NamedTuple

import httpx

ROOT = Path(__file__).parents[1]
PAGES = ("", "upcoming/", "recordings/", "send/", "alerts/", "settings/", "members/", "policy/")
MIB = 1024  # of /proc's kB
PIECE = 200_000
# How long a person looks at what was opened.
LOOKS_S = 3.0


class Taken(NamedTuple):
    """What a process takes: memory in MiB, processor seconds since its start, threads."""

    pss: float
    rss: float
    cpu_s: float
    threads: int


def family_of(pid: int) -> dict[int, str]:
    """The ids of the process and of all below it, by what they do."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(path.parent.name)] = int(path.read_text().rpartition(") ")[2].split()[1])
    found, todo = {}, [pid]
    while todo:
        one = todo.pop()
        found[one] = name_of(one)
        todo += [child for child, parent in parents.items() if parent == one]
    return found


def name_of(pid: int) -> str:
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
        for sign, name in {
            "uvicorn": "server",
            " worker ": "worker",
            " beat ": "beat",
            "sandbox_clock": "clock",
            "recalldash.processes run": "parent",
        }.items():
            if sign in words:
                return name
    return "others"


def taken(pid: int) -> Taken:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    kb = {name: int(size) for name, size in re.findall(r"^(\w+): +(\d+) kB", rollup, re.MULTILINE)}
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    ticks = os.sysconf("SC_CLK_TCK")
    cpu_s = (int(stat[11]) + int(stat[12])) / ticks
    return Taken(kb["Pss"] / MIB, kb["Rss"] / MIB, cpu_s, int(stat[17]))


def measured(pid: int) -> dict[str, Taken]:
    """What each takes, by name."""
    found: dict[str, Taken] = {}
    for one, name in family_of(pid).items():
        with suppress(OSError, KeyError):  # gone meanwhile
            each = taken(one)
            if name in found:
                each = Taken(*(a + b for a, b in zip(each, found[name], strict=True)))
            found[name] = each
    return found


@dataclass
class Peaks:
    """The most that all of it took together, looked at twice a second."""

    pid: int
    pss: float = 0.0
    others: float = 0.0
    _ended: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        while not self._ended.wait(0.5):
            found = measured(self.pid)
            self.pss = max(self.pss, sum(each.pss for each in found.values()))
            self.others = max(self.others, found["others"].pss if "others" in found else 0.0)

    @contextmanager
    def watched(self) -> Iterator[None]:
        thread = threading.Thread(target=self.look)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()


@contextmanager
def running(folder: Path) -> Iterator[tuple[int, str, float, float]]:
    """A started `make run`: id, address, seconds until the first page and until all are alive."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    unset = ("DATABASE_URL", "CELERY_BROKER_URL", "REDIS_URL", "MAKELEVEL", "PUBLIC_URL")
    given = {name: value for name, value in os.environ.items() if name not in unset}
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "recalldash.processes", "run"],
        cwd=ROOT,
        env=given | {"PORT": str(port), "DATA_DIR": str(folder)},
        stdout=subprocess.DEVNULL,
    )
    try:
        first = eventually(lambda: httpx.get(f"{url}/login/").is_success) - began
        alive = eventually(lambda: httpx.get(f"{url}/healthz").is_success) - began
        yield process.pid, url, first, alive
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def eventually(look: Callable[[], bool]) -> float:
    """When it was so."""
    ends = time.monotonic() + 90
    while time.monotonic() < ends:
        with suppress(httpx.TransportError):
            if look():
                return time.monotonic()
        time.sleep(0.02)
    raise SystemExit("It did not start within 90 seconds.")


class Person:
    """Somebody with a browser: what it fetches by itself is fetched, too."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, follow_redirects=True, timeout=120)
        self.seen: set[str] = set()

    def open(self, path: str) -> str:
        """The page there, with its styles, scripts and pictures."""
        page = self.client.get(path)
        page.raise_for_status()
        for found in re.findall(r'(?:src|href)="(/static/[^"]+|[^"]+/poster/[^"]*)"', page.text):
            if found not in self.seen:
                self.seen.add(found)
                self.client.get(unescape(found))
        return page.text

    def try_it(self) -> str:
        """Press the button; the list of bots."""
        self.open("/login/")
        token = self.client.cookies["recalldash_csrf"]
        page = self.client.post(
            "/try/",
            data={"csrfmiddlewaretoken": token},
            headers={"Referer": str(self.client.base_url)},
        )
        page.raise_for_status()
        return page.text

    def follow(self, seconds: float) -> int:
        """Hear what changes for so long; the number of lines heard."""
        ends, heard = time.monotonic() + seconds, 0
        with self.client.stream("GET", "/events?workspace=demo") as stream:
            for _ in stream.iter_lines():
                heard += 1
                if time.monotonic() > ends:
                    return heard
        return heard

    def play(self, page: str) -> int:
        """Play what the page of a recording plays, in pieces; the bytes that came."""
        source = re.search(r'<(?:video|audio) id="film[^>]* src="([^"]+)"', page)
        assert source, "The page plays nothing."
        size = 0
        for start in range(0, 5 * PIECE, PIECE):
            wanted = {"Range": f"bytes={start}-{start + PIECE - 1}"}
            size += len(self.client.get(unescape(source[1]), headers=wanted).content)
        return size


def tell(what: str, found: dict[str, Taken]) -> None:
    for name, each in sorted(found.items(), key=lambda item: -item[1].pss):
        sizes = f"{each.pss:.0f} | {each.rss:.0f} | {each.threads} | {each.cpu_s:.1f}"
        print(f"| {what} | {name} | {sizes} |")
    pss = sum(each.pss for each in found.values())
    cpu_s = sum(each.cpu_s for each in found.values())
    print(f"| {what} | **all** | **{pss:.0f}** | | | {cpu_s:.1f} |", flush=True)


def main(seconds: float) -> None:
    with tempfile.TemporaryDirectory(prefix="recalldash-benchmark-") as folder:
        with running(Path(folder)) as (pid, _, first, alive):
            print(f"first start: a page after {first:.1f} s, all alive after {alive:.1f} s")
        with running(Path(folder)) as (pid, url, first, alive):
            print(f"second start: a page after {first:.1f} s, all alive after {alive:.1f} s\n")
            print("| when | process | PSS, MiB | RSS, MiB | threads | processor, s |")
            print("| --- | --- | --- | --- | --- | --- |")
            time.sleep(5)
            tell("at the start", measured(pid))
            peaks = Peaks(pid)
            with peaks.watched():
                person = Person(url)
                bots = person.try_it()
                tell("after Try it", measured(pid))
                used(person, bots, seconds)
            tell(f"after {seconds:.0f} s of a meeting", measured(pid))
            print(f"\nat most {peaks.pss:.0f} MiB at once, {peaks.others:.0f} of them ffmpeg")


def used(person: Person, bots: str, seconds: float) -> None:
    """Look at everything once, and follow the meeting with its page open."""
    heard: list[int] = []
    stream = threading.Thread(target=lambda: heard.append(person.follow(seconds)))
    stream.start()
    ends = time.monotonic() + seconds
    links = re.findall(r'href="(/w/demo/bots/\d+/)"', bots)
    played = 0
    while True:
        for place in PAGES:
            person.open(f"/w/demo/{place}")
            time.sleep(LOOKS_S / 10)
        for link in dict.fromkeys(links):
            person.open(link)
        recordings = re.findall(
            r'href="(/w/demo/recordings/\d+/)[?"#]', person.open("/w/demo/recordings/")
        )
        for link in list(dict.fromkeys(recordings))[:3]:
            page = person.open(link)
            if "<video" in page:
                played += person.play(page)
            time.sleep(LOOKS_S)
        if time.monotonic() > ends:
            break
        time.sleep(LOOKS_S)
    stream.join()
    assert heard[0], "Nothing came over the stream."
    assert played, "Nothing was played."


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 60)
