"""`make run` itself: it starts, ends without a trace, and starts again after a kill -9."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from recalldash.processes import is_ready
from tests.browser.house import OF_THE_TESTS, free_port

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-m", "recalldash.processes"]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    given = {name: value for name, value in os.environ.items() if name not in OF_THE_TESTS}
    return given | {"PORT": str(free_port()), "DATA_DIR": str(tmp_path)}


@pytest.fixture
def running(env: dict[str, str]) -> Iterator[list["subprocess.Popen[str]"]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=20)


def start(
    env: dict[str, str], running: list["subprocess.Popen[str]"], command: str = "run"
) -> "subprocess.Popen[str]":
    """Start it, and wait for the line that says where it is."""
    process = subprocess.Popen(
        [*COMMAND, command], env=env, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    running.append(process)
    assert process.stdout is not None
    said = process.stdout.readline()
    assert said.endswith(f" runs at http://127.0.0.1:{env['PORT']} (Ctrl-C stops it)\n")
    return process


def children_of(process: "subprocess.Popen[str]") -> list[int]:
    """The ids of its processes, which are all its own: none of them has children."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(") ")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == process.pid:
            found.append(int(path.parent.name))
    return found


def is_listening(env: dict[str, str]) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(env["PORT"]))) == 0


def test_it_runs_ends_and_runs_again(
    env: dict[str, str], running: list["subprocess.Popen[str]"]
) -> None:
    first = start(env, running)
    assert is_ready(int(env["PORT"]))
    assert len(children_of(first)) == 4
    first.kill()
    first.wait()

    second = start(env, running)  # on the same port and folder, with no pause
    children = children_of(second)
    # As make does, which passes on what a terminal sends to both; and as the impatient do.
    until = time.monotonic() + 1
    while second.poll() is None and time.monotonic() < until:
        second.send_signal(signal.SIGINT)
        second.send_signal(signal.SIGTERM)
    assert second.wait(timeout=10) == 0
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
    assert not is_listening(env)


def test_two_copies_run_side_by_side_by_make(tmp_path: Path) -> None:
    """`make run PORT=… DATA_DIR=…`, twice; Ctrl-C ends each with all that it started."""
    given = {name: value for name, value in os.environ.items() if name not in OF_THE_TESTS}
    given.pop("MAKEFLAGS", None)
    copies = []
    for folder in ("one", "two"):
        port = free_port()
        command = ["make", "--no-print-directory", "run", f"PORT={port}"]
        command.append(f"DATA_DIR={tmp_path / folder}")
        copies.append(
            (port, subprocess.Popen(command, cwd=ROOT, env=given, start_new_session=True))
        )
    try:
        for port, _ in copies:
            assert eventually(lambda port=port: is_ready(port))
        assert {each.name for each in tmp_path.iterdir()} == {"one", "two"}
    finally:
        for _, make in copies:
            os.killpg(make.pid, signal.SIGINT)  # as a terminal does
        ended = [make.wait(timeout=10) for _, make in copies]
    assert all(code in (0, 2, 130, -signal.SIGINT) for code in ended)
    for port, _ in copies:
        assert not is_listening({"PORT": str(port)})


def eventually(look: Callable[[], bool], *, within_s: float = 60) -> bool:
    """Whether it becomes so in time."""
    ends = time.monotonic() + within_s
    while time.monotonic() < ends:
        if look():
            return True
        time.sleep(0.2)
    return False


def test_the_sandbox_runs_alone(
    env: dict[str, str], running: list["subprocess.Popen[str]"]
) -> None:
    env["DATABASE_URL"] = "postgres://nobody@127.0.0.1:9/nowhere"  # which is never asked
    start(env, running, "sandbox")
    url = f"http://127.0.0.1:{env['PORT']}/sandbox/us-west-2/api/v1/bot/"
    assert httpx.get(url).status_code == 401
    key = {"Authorization": "Token sandbox_us-west-2_somebody"}
    assert httpx.get(url, headers=key).json()["results"] == []


def test_it_says_in_one_sentence_why_it_does_not_start(env: dict[str, str]) -> None:
    env["DATABASE_URL"] = "postgres://nobody@127.0.0.1:9/nowhere"
    done = subprocess.run(
        [*COMMAND, "run"], env=env, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 1
    assert "The database does not answer" in done.stderr
    assert "Traceback" not in done.stderr
