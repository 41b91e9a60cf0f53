"""The audit log as a file: CSV for spreadsheets, or a line of JSON for each deed."""

import json
from collections.abc import Iterable, Iterator
from typing import Final

from bots import csv_cells
from bots.models import AuditEvent
from bots.models.forgotten import NO_VEIL, Veil

TYPES: Final = {"csv": "text/csv", "jsonl": "application/jsonl"}
COLUMNS: Final = ("at", "by", "verb", "kind", "id", "what", "detail")


def written(events: Iterable[AuditEvent], ending: str, veil: Veil = NO_VEIL) -> Iterator[str]:
    """The lines of a file with that ending, of `TYPES`, one after the other.

    The names of people who were erased are left out of them.
    """
    veil = veil.everywhere
    if ending == "csv":
        yield csv_cells.line(COLUMNS)
    for event in events:
        told = {
            "at": event.at.isoformat(),
            "by": veil.name(event.by_name),
            "verb": event.verb,
            "kind": event.kind,
            "id": event.target_id,
            "what": veil.text(veil.name(event.what)),
            "detail": veil.tree(event.detail),
        }
        if ending == "csv":
            detail = json.dumps(told["detail"], ensure_ascii=False) if event.detail else ""
            yield csv_cells.line((told | {"detail": detail}).values())
        else:
            yield json.dumps(told, ensure_ascii=False) + "\n"
