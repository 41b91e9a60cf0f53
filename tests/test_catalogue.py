"""`docs/reliability.md`: every fault of the catalogue has its row, and every row its test."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SECTIONS = {"W": 22, "E": 10, "A": 21, "F": 15, "L": 12, "S": 21, "K": 17}
IDS = [f"{letter}{number:02}" for letter, last in SECTIONS.items() for number in range(1, last + 1)]
ROW = re.compile(r"^\| ([A-Z]\d\d) \| (.*) \| (.*) \| (.*) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
MOST_ARGUED = 8


@cache
def text() -> str:
    return (ROOT / "docs" / "reliability.md").read_text()


@cache
def rows() -> list[tuple[str, str]]:
    """Every id with its last cell, in the order of the page."""
    return [(found[1], found[4]) for found in ROW.finditer(text())]


@cache
def known_in(path: str) -> set[str]:
    """The tests that this file defines."""
    tree = ast.parse((ROOT / path).read_text())
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    }


def test_every_fault_has_exactly_one_row() -> None:
    assert [name for name, _ in rows()] == IDS


@pytest.mark.parametrize(("name", "cell"), rows())
def test_every_row_names_tests_that_exist_or_is_argued(name: str, cell: str) -> None:
    if cell == "argued":
        argued = text().partition("## Argued")[2]
        assert re.search(rf"\*\*[^*]*\b{name}\b[^*]*\*\*", argued), "argued, but nothing is said"
        return
    named = NAMED.findall(cell)
    assert named, "no test is named"
    assert NAMED.sub("", cell).strip(" ,") == ""
    for path, test in named:
        assert (ROOT / path).exists(), path
        assert test in known_in(path), test


def test_few_are_argued() -> None:
    assert sum(cell == "argued" for _, cell in rows()) <= MOST_ARGUED


def test_every_other_test_that_the_page_names_exists() -> None:
    for path in re.findall(r"`(tests/[\w/]+\.py)`", text()):
        assert (ROOT / path).exists(), path
