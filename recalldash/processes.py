"""`make run` and `make sandbox`: one command over a few processes of the same code."""

import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from recalldash.machine import (
    BASE_DIR,
    HOST,
    CannotStart,
    check_port,
    environment,
    folder_of_our_own,
    is_on,
    keep_secrets,
)
from recalldash.parent import Parent

STOP_TIMEOUT_S = 8.0
READY_TIMEOUT_S = 60.0
LONGEST_PAUSE_S = 30.0


def programs(env: Mapping[str, str], *, alone: bool = False) -> dict[str, Sequence[str]]:
    """The processes by name: what `python -m` is given. `alone`: the sandbox by itself."""
    asgi = "recalldash.sandbox_asgi" if alone else "recalldash.asgi"
    # Celery throws away what Django's checks find, for which each of its processes would load all
    # pages.
    celery = ("celery", "-A", "recalldash", "--quiet", "--skip-checks")
    level = ("--loglevel", env["LOG_LEVEL"])
    found: dict[str, Sequence[str]] = {
        "server": (
            *("uvicorn", f"{asgi}:application", "--host", HOST, "--port", env["PORT"]),
            *("--timeout-graceful-shutdown", "3", "--no-access-log", "--log-level", "warning"),
            # Whom X-Forwarded-For may name is for TRUSTED_PROXIES to say, and for it alone.
            "--no-proxy-headers",
        )
    }
    if not alone:
        found["worker"] = (
            *(*celery, "worker", "-P", "threads", "-c", "4", *level),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        )
        # A process of its own, because nothing would start it again inside a worker.
        found["beat"] = (*celery, "beat", "--pidfile", "", *level)
    if is_on(env["SANDBOX"]):
        # The other company's: it loads nothing of the dashboard, in a run with it either.
        found["clock"] = ("manage", "sandbox_clock", "--settings", "recalldash.sandbox_settings")
    return found


@dataclass
class Child:
    """One running process, and how often it had to be started again in a row."""

    process: subprocess.Popen[bytes]
    started_at: float
    failures: int = 0
    due_at: float | None = None


@dataclass
class Family:
    """The running processes of one copy; each is ended by its own id, never as a group.

    Each is in a session of its own, so that the terminal's Ctrl-C reaches only us, and holds one
    end of a pipe, by which it notices that we are gone, however we went.
    """

    programs: Mapping[str, Sequence[str]]
    env: Mapping[str, str]
    children: dict[str, Child] = field(default_factory=dict)
    # Where what they say is added; None is our own terminal.
    log: Path | None = None

    def __post_init__(self) -> None:
        self._held_by_children, self._held_by_us = os.pipe()

    def start(self, name: str, *, failures: int = 0) -> None:
        """Start one process by name."""
        process = self.spawn(self.programs[name])
        self.children[name] = Child(process, time.monotonic(), failures)

    def spawn(self, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start `python -m` with these arguments."""
        lifeline = self._held_by_children
        with open(self.log, "ab") if self.log else nullcontext() as log:
            return subprocess.Popen(
                [sys.executable, "-m", "recalldash.processes", "child", str(lifeline), *arguments],
                env=dict(self.env),
                cwd=BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[lifeline],
                start_new_session=True,
            )

    def start_all(self) -> None:
        """Start every process."""
        for name in self.programs:
            self.start(name)

    def stop(self, *names: str, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """End these processes (all, if none is named), and return when they are gone."""
        end([self.children.pop(n).process for n in names or list(self.children)], timeout_s)

    def mend(self, *, now: float) -> None:
        """Start again what died, after a pause that grows with each failure in a row."""
        for name, child in list(self.children.items()):
            if child.due_at is not None:
                if now >= child.due_at:
                    self.start(name, failures=child.failures)
            elif (code := child.process.poll()) is not None:
                lasted = now - child.started_at > LONGEST_PAUSE_S
                child.failures = 1 if lasted else child.failures + 1
                pause_s = min(2.0 ** (child.failures - 1), LONGEST_PAUSE_S)
                child.due_at = now + pause_s
                how = f"exit code {code}" if code >= 0 else f"signal {-code}"
                say(f"The {name} ended ({how}). It starts again in {pause_s:g} s.")


def end(processes: Sequence[subprocess.Popen[bytes]], timeout_s: float) -> None:
    """Ask these processes to end; after `timeout_s` end them."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + timeout_s
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def prepare(
    family: Family, *, alone: bool = False, stopped: Callable[[], bool] = lambda: False
) -> None:
    """Bring the databases up to date and empty the embedded broker, in a process of its own.

    Raises CannotStart.
    """
    task = "prepare-alone" if alone else "prepare"
    process = family.spawn(["recalldash.processes", task])
    while process.poll() is None and not stopped():
        time.sleep(0.05)
    if process.poll() is None:
        end([process], timeout_s=2.0)
    elif process.returncode:
        raise CannotStart("The databases could not be made ready; the reason stands above.")


def is_ready(port: int) -> bool:
    """Whether `/healthz` there answers that everything is alive."""
    connection = HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def say(sentence: str) -> None:
    """Tell the terminal, if it is still there."""
    with suppress(OSError):
        print(sentence, flush=True)


def run(*, alone: bool = False) -> None:
    """Start everything, keep it alive, and end it on Ctrl-C or SIGTERM. Raises CannotStart."""
    # A list, because an event would wait for itself where a second signal comes while it is set.
    signals: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda number, _: signals.append(number))
    parent = Parent() if "MAKELEVEL" in os.environ else None

    def stopped() -> bool:
        return bool(signals) or (parent is not None and parent.wants_the_end())

    env = environment(os.environ, alone=alone)
    with folder_of_our_own(Path(env["DATA_DIR"])):
        check_port(int(env["PORT"]))
        keep_secrets(env)
        family = Family(programs(env, alone=alone), env)
        try:
            prepare(family, alone=alone, stopped=stopped)
            if not stopped():
                family.start_all()
            _watch(family, stopped, name="The sandbox" if alone else "recalldash")
        finally:
            if family.children:
                say("Stopping …")
            family.stop()


def _watch(family: Family, stopped: Callable[[], bool], *, name: str) -> None:
    port = int(family.env["PORT"])
    announced, started_at = False, time.monotonic()
    while not stopped():
        time.sleep(0.2)
        family.mend(now=time.monotonic())
        if announced:
            continue
        if is_ready(port):
            say(f"{name} runs at {family.env['PUBLIC_URL']} (Ctrl-C stops it)")
            announced = True
        elif time.monotonic() - started_at > READY_TIMEOUT_S:
            say(f"Not everything is alive yet; http://{HOST}:{port}/healthz says what is missing.")
            announced = True


def _prepare(*, alone: bool) -> None:
    import shutil

    import django
    from django.apps import apps
    from django.conf import settings
    from django.core.management import call_command
    from django.db import DatabaseError

    from recalldash.celery import make_folders

    django.setup()
    try:
        if settings.SANDBOX:
            call_command("migrate", database="sandbox", interactive=False, verbosity=0)
        if not alone:
            # What waits there are wake-ups, which may be lost; a kill may have left half of one.
            shutil.rmtree(settings.BROKER_DIR, ignore_errors=True)
            make_folders()
            call_command("migrate", interactive=False, verbosity=0)
            # The last run's signs of life say nothing about this one.
            apps.get_model("bots", "Heartbeat").objects.all().delete()
    except DatabaseError as error:
        raise CannotStart(f"The database does not answer as it should: {error}") from None


def _child(lifeline: int, module: str, *arguments: str) -> None:
    """Be one of the processes, until the end of whoever holds the other end of `lifeline`."""

    def wait_for_the_end() -> None:
        os.read(lifeline, 1)
        os._exit(1)  # abruptly, as our parent went; what must not be lost is in the database

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def main(arguments: Sequence[str]) -> int:
    """The command line: `run`, `sandbox`, and what these call themselves. The exit code."""
    try:
        match list(arguments):
            case ["run"]:
                run()
            case ["sandbox"]:
                run(alone=True)
            case ["prepare"]:
                _prepare(alone=False)
            case ["prepare-alone"]:
                _prepare(alone=True)
            case ["child", lifeline, module, *rest]:
                _child(int(lifeline), module, *rest)
            case _:
                raise CannotStart("Say what to start: python -m recalldash.processes run")
    except CannotStart as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
