"""The private servers themselves: they end with whoever started them."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.chaos.servers import Redis, eventually

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = """
import time
from tests.chaos.servers import Redis
redis = Redis()
redis.start()
print(redis.process.pid, redis.folder, flush=True)
time.sleep(60)
"""


def has_ended(pid: str) -> bool:
    """Whether nothing runs under that id; the machine's first process may bury it later."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"


@pytest.mark.parametrize("passed_over", [[], [signal.SIGINT, signal.SIGQUIT]])
def test_a_server_ends_with_a_test_run_that_was_killed(passed_over: list[signal.Signals]) -> None:
    """Also from the background of a shell, where some signals are passed over."""

    def begin() -> None:
        for number in passed_over:
            signal.signal(number, signal.SIG_IGN)

    run = subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=begin,
    )
    assert run.stdout is not None
    pid, _, folder = run.stdout.readline().strip().partition(" ")
    assert Path(f"/proc/{pid}").exists()
    run.kill()
    run.wait()
    eventually(lambda: has_ended(pid), what="the end of the server")
    for left in Path(folder).iterdir():
        left.unlink()
    Path(folder).rmdir()


def test_what_was_stopped_starts_again() -> None:
    server = Redis()
    try:
        for how in (server.stop, server.kill, lambda: server.end(signal.SIGINT)):
            server.start()
            assert server.answers()
            how()
            assert not server.runs
            time.sleep(0.05)
    finally:
        server.remove()
    assert not server.folder.exists()
