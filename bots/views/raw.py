"""Bodies as they came, for whoever debugs."""

import json
import re
from contextlib import suppress

# What a person could not see, or what would turn the text around them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def readable(body: bytes) -> str:
    """A body as people read it: JSON with its lines, else as it came; nothing in it invisible."""
    text = body.decode("utf-8", "replace")
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    # A body that is no JSON may still hold what only JSON escapes.
    return _INVISIBLE.sub(lambda hit: f"\\u{ord(hit[0]):04x}", text)
