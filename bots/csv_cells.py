"""Lines of CSV that a spreadsheet only shows: RFC 4180, and no cell is a formula."""

import csv
import io
from collections.abc import Iterable
from typing import Any, Final

# What makes a spreadsheet calculate instead of show; the second half is full-width.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe(value: Any) -> str:
    """A cell as text; an apostrophe stands before what would be a formula."""
    text = "" if value is None else str(value)
    # Blanks, and what nobody sees, are passed over by some programs before they look.
    bare = text.lstrip(" \xa0\u200b\ufeff\"'")
    return f"'{text}" if text.startswith(_FORMULA) or bare.startswith(_FORMULA) else text


def line(values: Iterable[Any]) -> str:
    """One line of a file, with its end; every cell in quotes."""
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerow([safe(value) for value in values])
    return written.getvalue()
