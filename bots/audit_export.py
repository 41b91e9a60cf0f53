"""The audit log as a file: CSV for spreadsheets, or a line of JSON for each deed."""

import json
from collections.abc import Iterable, Iterator
from typing import Final

from bots import csv_cells
from bots.models import AuditEvent

TYPES: Final = {"csv": "text/csv", "jsonl": "application/jsonl"}
COLUMNS: Final = ("at", "by", "verb", "kind", "id", "what", "detail")


def written(events: Iterable[AuditEvent], ending: str) -> Iterator[str]:
    """The lines of a file with that ending, of `TYPES`, one after the other."""
    if ending == "csv":
        yield csv_cells.line(COLUMNS)
    for event in events:
        told = {
            "at": event.at.isoformat(),
            "by": event.by_name,
            "verb": event.verb,
            "kind": event.kind,
            "id": event.target_id,
            "what": event.what,
            "detail": event.detail,
        }
        if ending == "csv":
            detail = json.dumps(event.detail, ensure_ascii=False) if event.detail else ""
            yield csv_cells.line((told | {"detail": detail}).values())
        else:
            yield json.dumps(told, ensure_ascii=False) + "\n"
