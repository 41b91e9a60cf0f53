"""The sprite has every icon that is asked for, and no other; vendored files are as they came."""

import hashlib
import re
from pathlib import Path

from bots.lifecycle import Action, Phase

ROOT = Path(__file__).resolve().parent.parent
SPRITE = set(re.findall(r'<symbol id="([a-z0-9-]+)"', (ROOT / "static/icons.svg").read_text()))
WRITTEN = "\n".join(
    file.read_text()
    for folder, kind in (("templates", "*.html"), ("bots", "*.html"), ("bots", "*.py"))
    for file in sorted((ROOT / folder).rglob(kind))
)


def test_it_has_every_icon_that_a_page_names():
    named = set(re.findall(r"""\{% icon ["']([a-z0-9-]+)["']""", WRITTEN))
    named |= {each.icon for each in Phase} | {each.icon for each in Action}
    assert named - SPRITE == set()


def test_it_has_no_icon_that_nobody_names():
    assert {name for name in SPRITE if f'"{name}"' not in WRITTEN} == set()


def test_its_vendored_files_are_those_of_the_versions_file():
    folder = ROOT / "static/vendor"
    rows = [line.split() for line in (folder / "VERSIONS").read_text().splitlines()[1:]]
    assert {name for name, *_ in rows} >= {file.name for file in folder.glob("*.js")}
    for name, *_, sha256 in rows:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256
