"""`make fuzz SECONDS=60`: atheris looks for bytes that break an invariant, for a bounded time.

Each target gets its share of the time. What is found is printed, kept in `crash-…` files beside
the finds of this run, and makes the command fail.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

CORPUS = Path(__file__).resolve().parent / "corpus"
# Bytes: longer inputs find nothing that shorter ones don't, only more slowly.
LONGEST = {"webhooks": 4096, "links": 2048}


def main() -> int:
    """Fuzz both targets, one after the other. Non-zero when something broke."""
    seconds = max(int(os.environ.get("SECONDS", "60")), 2)
    finds = Path(tempfile.mkdtemp(prefix="recalldash-fuzz-"))
    for name in LONGEST:
        new = finds / name
        new.mkdir()
        print(f"make fuzz: {name} for {seconds // 2} s …", flush=True)
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "tests.fuzz.run", name),
                f"-max_total_time={seconds // 2}",
                f"-max_len={LONGEST[name]}",
                "-timeout=5",
                "-rss_limit_mb=1024",
                "-print_final_stats=1",
                f"-artifact_prefix={finds}/",
                str(new),
                str(CORPUS / name),
            ],
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            check=False,
        )
        if ended.returncode:
            print(ended.stderr[-6000:])
            for crash in sorted(finds.glob("*-*")):
                if crash.is_file():
                    print(f"make fuzz: {name} broke on {crash.read_bytes()!r}\n  kept in {crash}")
            return 1
        runs = [line for line in ended.stderr.splitlines() if "number_of_executed_units" in line]
        said = runs[-1].rpartition(":")[2].strip() if runs else "?"
        print(f"make fuzz: {name}: {said} inputs, nothing broke", flush=True)
    return 0


def fuzz(name: str) -> None:
    """In a process of its own: look for what breaks the invariants of that target."""
    import atheris

    with atheris.instrument_imports(include=["bots.recall", "tests.fuzz"]):
        from tests.fuzz.invariants import TARGETS

    def one(data: bytes) -> None:
        for invariant in TARGETS[name]:
            invariant(data)

    atheris.Setup([sys.argv[0], *sys.argv[2:]], one)
    atheris.Fuzz()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        fuzz(sys.argv[1])
    else:
        sys.exit(main())
