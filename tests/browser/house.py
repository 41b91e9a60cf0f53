"""The real thing for browser tests: what `make run` starts, on a free port and a fresh folder."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from recalldash.machine import BASE_DIR, HOST, environment, keep_secrets
from recalldash.processes import READY_TIMEOUT_S, Family, is_ready, prepare, programs

# What the test run itself is set up with; the house is set up like a newcomer's.
OF_THE_TESTS = (
    "DJANGO_SETTINGS_MODULE",
    "DATABASE_URL",
    "CELERY_BROKER_URL",
    "REDIS_URL",
    "PUBLIC_URL",
    "ALLOWED_HOSTS",
    "SANDBOX",
    "SECRET_KEY",
    "ENCRYPTION_KEYS",
    "MAKELEVEL",
)


class House:
    """A running recalldash with its sandbox; its processes are "server", "worker", "beat", "clock".

    `url` is where it is, `data_dir` where its files are, `env` what its processes were given;
    `films` is where houses of one run have what the sandbox films, each once for all of them.
    """

    def __init__(self, data_dir: Path, films: Path | None = None) -> None:
        given = {name: value for name, value in os.environ.items() if name not in OF_THE_TESTS}
        self.port = free_port()
        self.data_dir = data_dir
        self.env = environment(given | {"PORT": str(self.port), "DATA_DIR": str(data_dir)})
        self.url = self.env["PUBLIC_URL"]
        data_dir.mkdir(parents=True, exist_ok=True)
        if films is not None:
            films.mkdir(exist_ok=True)
            (data_dir / "sandbox-media").symlink_to(films)
        keep_secrets(self.env)
        self._family = Family(programs(self.env), self.env)
        prepare(self._family)

    def start(self, *names: str) -> None:
        """Start these processes (all, if none is named), and wait until the server answers."""
        for name in names or self._family.programs:
            self._family.start(name)
        if not names or "server" in names:
            self._wait_for(lambda: is_ready(self.port) if not names else self._health()[0] > 0)

    def stop(self, *names: str) -> None:
        """End these processes (all, if none is named) by their ids."""
        self._family.stop(*names)

    def manage(self, *arguments: str, typed: str = "") -> str:
        """What `manage.py` prints, run beside the house; `typed` is its standard input."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, env=self.env, cwd=BASE_DIR, input=typed, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _wait_for(self, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + READY_TIMEOUT_S
        while not ready():
            if time.monotonic() > deadline:
                status, text = self._health()
                self.stop()
                raise AssertionError(f"The house did not start: {status or 'no answer'} {text}")
            time.sleep(0.1)

    def _health(self) -> tuple[int, str]:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            return 0, str(error)
        finally:
            connection.close()


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
