"""What `make run` finds and makes on this machine: its environment, secrets, folder and port."""

import fcntl
import os
import secrets
import socket
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

HOST = "127.0.0.1"
BASE_DIR = Path(__file__).resolve().parent.parent
# What is right on a server and only noise on a laptop.
UNINTERESTING = (
    "ignore:You're running the worker with superuser privileges",
    "ignore:No directory at",
)
# A copy that was just killed is still letting go of its folder and port.
PATIENCE_S = 4.0


class CannotStart(Exception):
    """A sentence for whoever typed the command: what is wrong and what to do."""


def environment(given: Mapping[str, str], *, alone: bool = False) -> dict[str, str]:
    """What the processes are started with: what was given, completed for this machine.

    `alone` is the sandbox without the dashboard. Raises CannotStart for a PORT that is none.
    """
    env = dict(given)
    port = env.setdefault("PORT", "8000")
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise CannotStart(f"PORT is “{port}”. Give a number from 1 to 65535: make run PORT=8001")
    origin = f"http://{HOST}:{port}"
    env["DATA_DIR"] = str(Path(env.get("DATA_DIR") or BASE_DIR / ".data").resolve())
    for name, value in {
        "LOG_LEVEL": "WARNING",
        "PUBLIC_URL": origin,
        "ALLOWED_HOSTS": f"localhost,{HOST},[::1]",
        "SANDBOX": "1",
        "PYTHONWARNINGS": ",".join(UNINTERESTING),
        # glibc would keep a heap for each thread, and what one has let go of is no other's.
        "MALLOC_ARENA_MAX": "2",
    }.items():
        env[name] = env.get(name) or value
    if alone:
        env["SANDBOX"] = "1"
        env["DJANGO_SETTINGS_MODULE"] = "recalldash.sandbox_settings"
    if is_on(env["SANDBOX"]):
        env["SANDBOX_ORIGIN"] = env.get("SANDBOX_ORIGIN") or origin
        env["SANDBOX_SPEED"] = env.get("SPEED") or env.get("SANDBOX_SPEED") or "1"
        env["RECALL_BASE_URL"] = env.get("RECALL_BASE_URL") or f"{origin}/sandbox/{{region}}"
    # The processes call each other on this machine; a proxy would not find them.
    for name in ("NO_PROXY", "no_proxy"):
        env[name] = ",".join(filter(None, [env.get(name, ""), HOST, "localhost"]))
    return env


def is_on(value: str) -> bool:
    """Whether a switch of the environment is on, read as the settings read it."""
    return value.lower() in ("1", "true", "yes", "on", "y", "ok", "t")


def keep_secrets(env: dict[str, str]) -> None:
    """Add the secrets that were not given: made once, kept in DATA_DIR for its owner's eyes."""
    path = Path(env["DATA_DIR"]) / "secrets.env"
    kept: dict[str, str] = {}
    if path.exists():
        kept = dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
    fresh = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ENCRYPTION_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }
    if not fresh.keys() <= kept.keys():
        kept = fresh | kept
        unfinished = path.with_suffix(".part")
        unfinished.unlink(missing_ok=True)
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.writelines(f"{name}={value}\n" for name, value in kept.items())
        unfinished.replace(path)
    for name, value in kept.items():
        env[name] = env.get(name) or value


@contextmanager
def folder_of_our_own(folder: Path) -> Iterator[None]:
    """Make DATA_DIR and hold it against a second copy, for as long as this process lives.

    Raises CannotStart.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise CannotStart(
            f"The folder {folder} can't be written to ({error.strerror}). Choose another one: "
            "make run DATA_DIR=/path/to/folder"
        ) from None
    with lock:
        _patiently(
            lambda: fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB),
            f"Another copy runs on the folder {folder}. Stop it, or give this one a folder and a "
            "port of its own: make run PORT=8001 DATA_DIR=.data-8001",
        )
        yield


def check_port(port: int) -> None:
    """Raise CannotStart if the server could not listen there."""

    def probe() -> None:
        with socket.socket() as probe:
            # As the server will: a port that was only just left is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))

    other = port + 1 if 1024 <= port < 65535 else 8001
    _patiently(
        probe,
        f"Port {port} is taken by another program, or kept for the system. Choose another one: "
        f"make run PORT={other}",
    )


def _patiently(attempt: Callable[[], None], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return attempt()
        except OSError:
            if time.monotonic() > deadline:
                raise CannotStart(otherwise) from None
        time.sleep(0.1)
