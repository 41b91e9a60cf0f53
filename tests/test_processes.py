"""How the processes of `make run` are started, mended and ended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recalldash.processes import Family, programs

# A program that does nothing until it is told to end.
IDLE = ("http.server", "--bind", "127.0.0.1", "0")


@pytest.fixture
def family() -> Iterator[Family]:
    family = Family({"one": IDLE, "two": IDLE}, os.environ)
    yield family
    family.stop()


def state_of(pid: int) -> str:
    """The letter that Linux has for it, or "" when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except (ProcessLookupError, FileNotFoundError):
        return ""


def is_running(pid: int) -> bool:
    return state_of(pid) not in ("", "Z")


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def test_it_stops_one_by_name_and_then_the_rest(family: Family) -> None:
    family.start_all()
    one, two = (family.children[name].process for name in ("one", "two"))
    family.stop("one")
    assert (one.poll(), two.poll()) == (-signal.SIGTERM, None)
    family.stop()
    assert two.poll() == -signal.SIGTERM
    assert family.children == {}


def test_it_kills_what_does_not_listen(family: Family) -> None:
    family.start("one")
    process = family.children["one"].process
    process.send_signal(signal.SIGSTOP)
    assert eventually(lambda: state_of(process.pid) == "T")
    family.stop(timeout_s=0.1)
    assert process.poll() == -signal.SIGKILL


def test_it_starts_again_what_died_and_waits_longer_each_time(
    family: Family, capsys: pytest.CaptureFixture[str]
) -> None:
    family.start("one")
    for failures, pause_s in ((1, 1.0), (2, 2.0)):
        child = family.children["one"]
        child.process.kill()
        child.process.wait()
        family.mend(now=child.started_at)
        assert f"The one ended (signal 9). It starts again in {pause_s:g} s." in (
            capsys.readouterr().out
        )
        family.mend(now=child.started_at + pause_s - 0.1)
        assert family.children["one"] is child
        family.mend(now=child.started_at + pause_s)
        assert family.children["one"].process.poll() is None
        assert family.children["one"].failures == failures


def test_a_failure_after_a_good_while_counts_as_the_first(family: Family) -> None:
    family.start("one", failures=5)
    child = family.children["one"]
    child.process.kill()
    child.process.wait()
    family.mend(now=child.started_at + 100)
    assert child.due_at == child.started_at + 101


def test_children_end_with_a_parent_that_was_killed() -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, time\n"
            "from recalldash.processes import Family\n"
            f"family = Family({{'one': {IDLE!r}}}, os.environ)\n"
            "family.start_all()\n"
            "print(family.children['one'].process.pid, flush=True)\n"
            "time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    with parent.stdout:
        child = int(parent.stdout.readline())
    assert is_running(child)
    parent.kill()
    parent.wait()
    assert eventually(lambda: not is_running(child))


def test_the_clock_runs_only_with_the_sandbox() -> None:
    env = {"PORT": "8000", "LOG_LEVEL": "INFO", "SANDBOX": "1"}
    assert list(programs(env)) == ["server", "worker", "beat", "clock"]
    assert list(programs(env | {"SANDBOX": "0"})) == ["server", "worker", "beat"]
    assert list(programs(env, alone=True)) == ["server", "clock"]
