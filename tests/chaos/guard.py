"""Ends private servers when whoever started them is gone, however that went, kill -9 included.

A process of its own: it holds one end of a pipe, and is told which servers there are.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

PATIENCE_S = 2.0


class Guard:
    """Started with the first server that is to be watched."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def watch(self, pid: int) -> None:
        self._say(f"+{pid}")

    def forget(self, pid: int) -> None:
        self._say(f"-{pid}")

    def _say(self, line: str) -> None:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, __file__],
                stdin=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()


guard = Guard()


def main() -> None:
    """Follow what is said until nobody is left to say it."""
    watched: set[int] = set()
    for line in sys.stdin:
        change = watched.add if line[0] == "+" else watched.discard
        change(int(line[1:]))
    # PostgreSQL ends its own processes at SIGQUIT. What was started from a shell's background
    # may have been told to pass over it.
    for number, wait_s in ((signal.SIGQUIT, PATIENCE_S), (signal.SIGKILL, 0.0)):
        for pid in watched:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        time.sleep(wait_s)


if __name__ == "__main__":
    main()
