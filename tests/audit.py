"""`make audit`: every locked package asked about at the advisories; none may be passed over.

Exits with 0 when all were asked about and none is known to be bad, 1 when one is bad or was
skipped, 3 when there is no way to the advisories, so that nothing was checked, and 2 when pip-audit
itself broke.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FINE, FOUND, BROKEN, OFFLINE = 0, 1, 2, 3
# What stands on stderr where a name can't be resolved or a host not be reached.
NO_WAY = re.compile(
    r"ConnectionError|Max retries|NameResolution|Name or service not known|Network is unreachable"
    r"|Connection refused|ProxyError|Tunnel connection failed|ConnectTimeout|ReadTimeout|timed out"
    r"|ServiceError|Failed to establish a new connection|SSLError|40[37] Client Error",
    re.I,
)
NAME = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.M)

Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


def locked(text: str) -> dict[str, str]:
    """The packages that a lock names, and their versions."""
    return {_plain(name): version for name, version in NAME.findall(text)}


def ask(lock: Path, run: Run) -> tuple[int, list[str]]:
    """What the advisories know of one lock: an exit code and lines for people."""
    answer = run(
        [
            *(sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--no-deps"),
            *("--progress-spinner", "off", "--format", "json", "-r", str(lock)),
        ]
    )
    try:
        told = json.loads(answer.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        if NO_WAY.search(answer.stderr):
            return OFFLINE, []
        last = answer.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        return BROKEN, [f"{lock.name}: pip-audit broke: {last[0]}"]
    if told and all(package.get("skip_reason") for package in told):
        return OFFLINE, []  # what answers knows no package at all: a mirror, not PyPI
    return judge(lock.name, locked(lock.read_text()), told)


def judge(
    name: str, wanted: dict[str, str], told: Iterable[dict[str, object]]
) -> tuple[int, list[str]]:
    """What to make of pip-audit's answer: a package that it passed over counts as bad."""
    lines: list[str] = []
    asked = set()
    for package in told:
        which = _plain(str(package.get("name", "")))
        if reason := package.get("skip_reason"):
            lines.append(f"{name}: {which} was skipped: {reason}")
            continue
        asked.add(which)
        flaws = package.get("vulns")
        for flaw in flaws if isinstance(flaws, list) else []:
            fixed = ", ".join(flaw.get("fix_versions", [])) or "no version yet"
            lines.append(
                f"{name}: {which} {package.get('version')}: {flaw.get('id')}, fixed in {fixed}"
            )
    said = " ".join(lines)
    for which in sorted(set(wanted) - asked):
        # Some are locked for other systems or Pythons; those are asked about there.
        if f" {which} was skipped" not in said and not _is_elsewhere(name, which):
            lines.append(f"{name}: {which} was skipped: pip-audit did not mention it")
    if not lines:
        lines.append(f"{name}: {len(asked)} packages, nothing known against them")
        return FINE, lines
    return FOUND, lines


def _is_elsewhere(name: str, which: str) -> bool:
    """Whether the lock says that this package is not for this system or Python."""
    from packaging.requirements import InvalidRequirement, Requirement

    for line in (ROOT / name).read_text().splitlines() if (ROOT / name).exists() else []:
        try:
            wanted = Requirement(line.partition(" \\")[0].strip())
        except InvalidRequirement:
            continue
        if _plain(wanted.name) == which:
            return wanted.marker is not None and not wanted.marker.evaluate()
    return False


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _run(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=False)


def main(locks: Sequence[Path], run: Run = _run) -> int:
    """Ask about every lock; the worst answer counts."""
    worst = FINE
    for lock in locks:
        code, lines = ask(lock, run)
        if code == OFFLINE:
            print("make audit: no way to the advisories from here, so NOTHING was checked.")
            return OFFLINE
        print("\n".join(lines))
        worst = max(worst, code)
    return worst


if __name__ == "__main__":
    sys.exit(main(sorted(ROOT.glob("requirements*.txt"))))
