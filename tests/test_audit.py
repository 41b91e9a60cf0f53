"""What `make audit` makes of pip-audit's answers: what was not asked about is never fine."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import audit

LOCK = """
django==5.2.1 \\
    --hash=sha256:00
Some_Package==1.0 ; sys_platform == 'linux' \\
    --hash=sha256:11
"""
GOOD = [
    {"name": "django", "version": "5.2.1", "vulns": []},
    {"name": "some-package", "version": "1.0", "vulns": []},
]
FLAW = {"id": "PYSEC-2026-1", "fix_versions": ["5.2.2"], "aliases": [], "description": "Bad."}


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text(LOCK)
    return path


def answering(told: Any = None, *, err: str = "", code: int = 0) -> audit.Run:
    out = json.dumps({"dependencies": told, "fixes": []}) if isinstance(told, list) else told or ""
    return lambda command: subprocess.CompletedProcess(command, code, out, err)


def test_it_is_content_when_all_were_asked_about(
    lock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit.main([lock], answering(GOOD)) == audit.FINE
    assert "2 packages, nothing known against them" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ([GOOD[0] | {"vulns": [FLAW]}, GOOD[1]], "django 5.2.1: PYSEC-2026-1, fixed in 5.2.2"),
        (
            [GOOD[0], {"name": "some-package", "skip_reason": "not found on PyPI"}],
            "some-package was skipped: not found on PyPI",
        ),
        (GOOD[:1], "some-package was skipped: pip-audit did not mention it"),
        ([], "django was skipped"),
    ],
)
def test_it_fails_for_a_bad_package_and_for_one_that_was_passed_over(
    lock: Path, capsys: pytest.CaptureFixture[str], told: Any, line: str
) -> None:
    assert audit.main([lock], answering(told)) == audit.FOUND
    assert line in capsys.readouterr().out


@pytest.mark.parametrize(
    "err",
    [
        "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='pypi.org', port=443)",
        "Max retries exceeded with url: /pypi/django/5.2.1/json",
        "ERROR:pip_audit._cli:Tunnel connection failed: 403 Forbidden",
    ],
)
def test_it_says_in_one_line_that_it_could_not_ask(
    lock: Path, capsys: pytest.CaptureFixture[str], err: str
) -> None:
    assert audit.main([lock, lock], answering(err=err, code=1)) == audit.OFFLINE == 3
    [line] = capsys.readouterr().out.splitlines()
    assert "NOTHING was checked" in line


def test_a_mirror_that_knows_no_package_is_no_way(lock: Path) -> None:
    skipped = [{"name": name, "skip_reason": "not found on PyPI"} for name in ("django", "x")]
    assert audit.main([lock], answering(skipped)) == audit.OFFLINE


@pytest.mark.parametrize("out", ["", "null", "[]", "{}", "not json"])
def test_it_fails_when_pip_audit_breaks(lock: Path, out: str) -> None:
    assert audit.main([lock], answering(out, err="Traceback\nKeyError: 'x'")) == audit.BROKEN


def test_the_worst_answer_counts(lock: Path) -> None:
    answers = iter([answering([]), answering(GOOD)])
    assert audit.main([lock, lock], lambda command: next(answers)(command)) == audit.FOUND


def test_it_asks_about_every_lock() -> None:
    locks = {path.name for path in audit.ROOT.glob("requirements*.txt")}
    assert {"requirements.txt", "requirements-dev.txt", "requirements-tools.txt"} <= locks
    for name in locks:
        assert len(audit.locked((audit.ROOT / name).read_text())) > 10
