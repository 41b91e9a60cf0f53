"""README's table of settings, held against the code that reads them."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("recalldash/settings.py", "recalldash/machine.py", "tests/browser/chromium.py")
# What other programs read, and nobody sets for us.
NOT_OURS = {"DJANGO_SETTINGS_MODULE", "PYTHONWARNINGS", "NO_PROXY"}


def names_read(source: str) -> set[str]:
    """The variables that a module reads: first arguments of `env.*()`, and keys of `env`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / source).read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            owner, name = ast.unparse(node.func.value), node.args[0]
        elif isinstance(node, ast.Subscript):
            owner, name = ast.unparse(node.value), node.slice
        else:
            continue
        if owner in ("env", "os.environ") and isinstance(name, ast.Constant):
            found.add(str(name.value))
    return {name for name in found if name.isupper()} - NOT_OURS


def names_documented() -> set[str]:
    section = (ROOT / "README.md").read_text().split("## Settings")[1].split("\n## ")[0]
    return set(re.findall(r"^\| `([A-Z_]+)` \|", section, re.MULTILINE))


def test_every_setting_that_is_read_stands_in_the_table() -> None:
    read = set().union(*map(names_read, SOURCES))
    assert read - names_documented() == set()


def test_every_setting_in_the_table_is_read() -> None:
    read = set().union(*map(names_read, SOURCES))
    assert names_documented() - read == set()
