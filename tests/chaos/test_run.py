"""A chaos run in small, and that its checker is worth something."""

import ast
import subprocess
import sys
from pathlib import Path

from tests.chaos import checker, run

ROOT = Path(__file__).resolve().parent.parent.parent


def test_a_small_run_loses_and_doubles_nothing() -> None:
    """With web, workers, beat, Redis and PostgreSQL killed meanwhile, once each or so."""
    plan = run.Plan(
        events=300,
        orders=40,
        seed=4,
        seconds=15,
        strike_every_s=2,
        most_strikes=6,
        workers=1,
        settle_s=150,
    )
    outcome = run.run(plan)
    report = outcome.report
    assert outcome.settled
    assert report.is_clean, "\n".join(report.problems)
    assert (report.events.lost, report.events.doubled) == (0, 0)
    assert (report.orders.lost, report.orders.doubled) == (0, 0)
    assert report.events.sent == report.events.on_the_timeline >= 300
    assert report.orders.given == 40
    assert report.orders.carried_out + report.orders.told + report.orders.already == 40
    assert report.orders.carried_out >= 25
    assert sum(outcome.strikes.values()) >= 4


def test_the_checker_shares_no_code_with_the_dashboard() -> None:
    tree = ast.parse(Path(checker.__file__).read_text())
    imported = {
        name.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for name in node.names
    } | {
        str(node.module).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }
    assert imported - sys.stdlib_module_names == {"psycopg"}
    script = (
        "import sys, tests.chaos.checker;"
        "sys.exit(any(name.partition('.')[0] in ('bots', 'recalldash', 'django')"
        " for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0
