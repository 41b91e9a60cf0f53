"""Private PostgreSQL and Redis servers on free ports, started, stopped, killed and started again.

Each has a folder of its own below the machine's temporary one, and is ended by its own id.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg
import redis

from tests.browser.house import free_port
from tests.chaos.guard import guard

HOST = "127.0.0.1"
READY_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 15.0


def missing() -> str:
    """Which servers this machine has no programs of, as a reason to skip; "" if it has all."""
    lacks = [
        name
        for name, program in (
            ("PostgreSQL", find_postgres("postgres")),
            ("Redis", shutil.which("redis-server")),
        )
        if program is None
    ]
    return f"{' and '.join(lacks)} not installed on this machine" if lacks else ""


def find_postgres(program: str) -> str | None:
    """A program of PostgreSQL's, wherever this machine keeps it; the newest version."""
    if found := shutil.which(program):
        return found
    candidates = Path("/usr/lib/postgresql").glob(f"*/bin/{program}")
    ordered = sorted(candidates, key=lambda path: float(path.parts[-3]))
    return str(ordered[-1]) if ordered else None


class Server:
    """One server process in a folder of its own."""

    name = ""

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix=f"recalldash-{self.name}-"))
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def runs(self) -> bool:
        """Whether its process is there."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it and wait until it answers; where it runs already, nothing."""
        deadline = time.monotonic() + READY_TIMEOUT_S
        while not self.answers():
            # After a kill the next one may find leavings of the last, and has to be started again.
            if not self.runs:
                self.process = self.spawn()
                guard.watch(self.process.pid)
            if time.monotonic() > deadline:
                self.remove()
                raise AssertionError(f"{self.name} did not start: {self.log()}")
            time.sleep(0.05)

    def end(self, number: signal.Signals) -> None:
        """Send it that signal and wait until it is gone."""
        if self.process is None:
            return
        if self.runs:
            self.process.send_signal(number)
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        guard.forget(self.process.pid)

    def kill(self) -> None:
        """kill -9."""
        self.end(signal.SIGKILL)

    def remove(self) -> None:
        """End it for good, with its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        """The end of what it has said."""
        path = self.folder / "log"
        return path.read_text(errors="replace")[-2000:] if path.exists() else ""

    def spawn(self) -> "subprocess.Popen[bytes]":
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether it takes connections and does as it is told."""
        raise NotImplementedError

    def _popen(
        self, command: list[str], account: pwd.struct_passwd | None = None
    ) -> "subprocess.Popen[bytes]":
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **_as(account),
            )


class Postgres(Server):
    """PostgreSQL as it comes, but for a port, a folder and logs of its own; it does sync to disk.

    It refuses to run as root, so root lends it to another account.
    """

    name = "postgres"

    def __init__(self) -> None:
        super().__init__()
        self.account = _somebody_else() if os.geteuid() == 0 else None
        if self.account is not None:
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)
        initdb = find_postgres("initdb")
        assert initdb is not None
        command = [initdb, "-D", str(self.folder / "data"), "-U", "postgres", "-A", "trust"]
        command += ["-E", "UTF8", "--locale", "C", "--no-sync"]
        with (self.folder / "log").open("ab") as log:
            subprocess.run(
                command, check=True, stdout=log, stderr=log, cwd=self.folder, **_as(self.account)
            )

    @property
    def url(self) -> str:
        return f"postgres://postgres@{HOST}:{self.port}/postgres"

    def spawn(self) -> "subprocess.Popen[bytes]":
        postgres = find_postgres("postgres")
        assert postgres is not None
        settings = {
            "port": str(self.port),
            "listen_addresses": HOST,
            "unix_socket_directories": "",
            "fsync": "on",
            "synchronous_commit": "on",
            "max_connections": "100",
        }
        command = [postgres, "-D", str(self.folder / "data")]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        return self._popen(command, self.account)

    def answers(self) -> bool:
        with suppress(psycopg.Error), psycopg.connect(self.url, connect_timeout=2) as line:
            return line.execute("SELECT 1").fetchone() == (1,)
        return False

    def stop(self) -> None:
        """*fast*: connections are cut and what is under way is rolled back; all else is written."""
        self.end(signal.SIGINT)

    def stop_at_once(self) -> None:
        """*immediate*: as in a crash; the next start recovers from the log."""
        self.end(signal.SIGQUIT)

    def ask(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """The rows that it answers."""
        with psycopg.connect(self.url, connect_timeout=3, autocommit=True) as line:
            return list(line.execute(sql.encode(), values or None).fetchall())

    def tell(self, sql: str) -> None:
        """Do that; no rows are wanted."""
        with psycopg.connect(self.url, connect_timeout=3, autocommit=True) as line:
            line.execute(sql.encode())


class Redis(Server):
    """Redis that keeps nothing, or with `durable` its append-only file."""

    name = "redis"

    def __init__(self, *, durable: bool = False) -> None:
        super().__init__()
        self.durable = durable

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def spawn(self) -> "subprocess.Popen[bytes]":
        program = shutil.which("redis-server")
        assert program is not None
        command = [program, "--port", str(self.port), "--bind", HOST, "--save", ""]
        command += ["--appendonly", "yes" if self.durable else "no", "--dir", str(self.folder)]
        return self._popen(command)

    def answers(self) -> bool:
        with suppress(redis.RedisError), self.client() as client:
            return bool(client.ping())
        return False

    def client(self) -> "redis.Redis":
        return redis.Redis(port=self.port, socket_connect_timeout=1, socket_timeout=2)

    def stop(self) -> None:
        self.end(signal.SIGTERM)

    def in_hand(self, task: str) -> bool:
        """Whether a worker has taken that task and not ended it."""
        with self.client() as client:
            return any(task.encode() in message for message in client.hvals("unacked"))

    def kill_listeners_first(self) -> None:
        """kill -9, of which whoever subscribed to something hears before whoever takes messages."""
        with self.client() as client:
            client.client_kill_filter(_type="pubsub")
        self.kill()

    def flush(self) -> None:
        """Everything in it is gone."""
        with self.client() as client:
            client.flushall()


def eventually(look: Callable[[], object], *, within_s: float = 20.0, what: str = "it") -> None:
    """Wait until it is so; fails when that takes too long."""
    deadline = time.monotonic() + within_s
    while not look():
        assert time.monotonic() < deadline, f"{what}: not within {within_s:g} s"
        time.sleep(0.1)


def until(deadline: float) -> float:
    """Seconds until that moment of the monotonic clock."""
    return max(0.0, deadline - time.monotonic())


def _somebody_else() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise AssertionError("Root has no account to lend PostgreSQL to")


def _as(account: pwd.struct_passwd | None) -> dict[str, object]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
