"""Makes .venv what a requirements file says; instant when it already is.

Run by its path with any Python from 3.11 on: `python3 recalldash/venv.py requirements.txt`.
Standard library only. pip is left to its own configuration.
"""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
VENV = BASE_DIR / ".venv"
PYTHON = VENV / "bin" / "python"
# There while pip works. Whoever finds it afterwards can't know which files are whole.
UNFINISHED = VENV / "unfinished"


def stamp_of(requirements: Path) -> tuple[Path, str]:
    """The file that tells what was installed, and what it must say to be true."""
    text = f"{sys.version}\n".encode() + requirements.read_bytes()
    return VENV / f"{requirements.stem}.stamp", hashlib.sha256(text).hexdigest()


def is_there(requirements: Path) -> bool:
    """Whether .venv holds exactly these requirements."""
    stamp, key = stamp_of(requirements)
    return (
        not UNFINISHED.exists() and PYTHON.exists() and stamp.exists() and stamp.read_text() == key
    )


def make(requirements: Path) -> None:
    """Make .venv, or what it lacks. Exits with a sentence where that is impossible."""
    stamp, key = stamp_of(requirements)
    if UNFINISHED.exists() or not _works():
        print("Making .venv …", flush=True)
        _run(
            [sys.executable, "-m", "venv", "--clear", str(VENV)],
            "Python could not make .venv. On Debian and Ubuntu: apt install python3-venv",
        )
    UNFINISHED.touch()
    print(f"Installing {requirements.name} into .venv, once; about half a minute …", flush=True)
    _run(
        [
            *(str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"),
            *("--require-hashes", "-r", str(requirements)),
        ],
        "pip could not install the requirements; the reason stands above. Try again afterwards.",
    )
    stamp.write_text(key)
    UNFINISHED.unlink()


def _works() -> bool:
    if not PYTHON.exists():
        return False
    question = "import pip, sys; sys.exit(sys.version != sys.argv[1])"
    asked = subprocess.run(
        [str(PYTHON), "-c", question, sys.version], stderr=subprocess.DEVNULL, check=False
    )
    return asked.returncode == 0


def _run(command: list[str], otherwise: str) -> None:
    if subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode:
        sys.exit(otherwise)


def main() -> None:
    """Make .venv what the named file says."""
    requirements = BASE_DIR / sys.argv[1]
    if is_there(requirements):
        return
    # Two commands in two terminals must not install into one folder at once.
    with (BASE_DIR / "requirements.txt").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_there(requirements):
            make(requirements)


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036  (this is what tells an older Python)
        sys.exit(f"recalldash needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    main()
