"""Whoever started us: whether it has gone, or was interrupted without telling us."""

import os
import signal
from pathlib import Path


class Parent:
    """The process that started this one, looked at again and again.

    `make` is in between us and whoever typed `make run`. Killed, it leaves us without a word; and
    interrupted by a signal to itself alone, it waits for us for ever, having only ceased to catch
    that signal, which is what we look for (on Linux; elsewhere a terminal's Ctrl-C reaches us
    anyway).
    """

    def __init__(self) -> None:
        self._pid = os.getppid()
        self._could_be_interrupted = self._catches_interrupts()

    def wants_the_end(self) -> bool:
        """Whether we should stop because of it."""
        if os.getppid() != self._pid:
            return True
        return self._could_be_interrupted and not self._catches_interrupts()

    def _catches_interrupts(self) -> bool:
        try:
            status = Path(f"/proc/{self._pid}/status").read_text()
        except OSError:
            return False
        caught = next((line for line in status.splitlines() if line.startswith("SigCgt:")), "0")
        return bool(int(caught.split()[-1], 16) >> (signal.SIGINT - 1) & 1)
