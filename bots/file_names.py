"""What a recording's files are called, on every system a name."""

import re
import unicodedata

from bots.models import Recording


def file_name(recording: Recording, ending: str, *, what: str = "") -> str:
    """ "Monday stand-up 2026-11-16.mp4", on every system a name; `what` follows the date."""
    title = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*]+', " ", _plain(str(recording.bot)))
    at = recording.started_at or recording.created_at
    words = " ".join([*title.split(), f"{at:%Y-%m-%d}", *what.split()]).lstrip(". ")
    return f"{words[-150:]}.{ending}" if ending else words[-150:]


def _plain(text: str) -> str:
    """Without what no eye sees: such a character can make `exe.mp4` of `4pm.exe`."""
    return "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cs", "Co", "Cn"))
