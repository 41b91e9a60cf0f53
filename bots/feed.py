"""Reading the feed of what changed: in order, with nothing missed, and no more than is needed."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Concat

from bots.models import Change


class Cursor(NamedTuple):
    """A place in the feed: rows after it have not been seen."""

    tx: int = 0
    id: int = 0

    def __str__(self) -> str:
        return f"{self.tx}.{self.id}"

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """The cursor that a browser sent back, or None for anything else."""
        tx, dot, id = text.partition(".")
        if not (dot and tx.isascii() and id.isascii() and tx.isdigit() and id.isdigit()):
            return None
        # Python reads no number of thousands of digits.
        if max(len(tx), len(id)) > 19:
            return None
        cursor = cls(int(tx), int(id))
        return cursor if max(cursor) < 2**63 else None


class News(NamedTuple):
    """One row of the feed."""

    cursor: Cursor
    workspace_id: int
    bot_id: int | None
    # Whose bot it is, where it is one's.
    team_id: int | None = None
    topic: str = ""
    at: datetime | None = None


# So many rows before the last that was read may be written and not be told yet.
REACH: Final = 5_000
_COLUMNS: Final = ("tx", "id", "workspace_id", "bot_id", "team_id", "topic", "at")


def rows_after(cursor: Cursor, *, workspace_id: int | None = None, limit: int) -> list[News]:
    """Rows of the feed after that place, oldest first, at most `limit`.

    On PostgreSQL only rows of transactions older than all that still run: ids commit out of
    order, and a reader must not step over one that comes late.
    """
    if connection.vendor == "postgresql":
        return _rows_in_order(cursor, workspace_id, limit)
    rows = Change.objects.order_by("id").filter(id__gt=cursor.id)
    if workspace_id is not None:
        rows = rows.filter(workspace_id=workspace_id)
    return [_news(row) for row in rows.values_list(*_COLUMNS)[:limit]]


def _rows_in_order(cursor: Cursor, workspace_id: int | None, limit: int) -> list[News]:
    """The same on PostgreSQL, in words of its own, because it is asked fifty times a second."""
    of_one = "" if workspace_id is None else "AND workspace_id = %s"
    with connection.cursor() as sql:
        sql.execute(
            f"""
            SELECT {", ".join(_COLUMNS)} FROM "{Change._meta.db_table}"
            WHERE tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
            AND (tx, id) > (%s, %s) {of_one} ORDER BY tx, id LIMIT %s
            """,
            [*cursor, *([] if workspace_id is None else [workspace_id]), limit],
        )
        return [_news(row) for row in sql.fetchall()]


def _news(row: tuple[Any, ...]) -> News:
    tx, pk, *rest = row
    return News(Cursor(tx, pk), *rest)


def held_up(cursor: Cursor, after: int, *, limit: int) -> list[News]:
    """Rows with a greater id that stand in the feed, behind a transaction that still runs.

    `cursor` is how far the feed has been read. Any transaction of the whole PostgreSQL server that
    has written something counts, be it a migration or another program's; a backup only reads, and
    does not.
    """
    if connection.vendor != "postgresql":
        return []
    # From near that place on, or a whole day of the feed would be gone through.
    rows = Change.objects.filter(id__gt=max(after, cursor.id - REACH)).extra(
        where=["tx >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint"]
    )
    return [_news(row) for row in rows.order_by("id").values_list(*_COLUMNS)[:limit]]


def place() -> QuerySet[Change, str]:
    """For a subquery: where the feed stands, as `str(Cursor)`; no row where nothing has changed.

    Everything up to there has been seen by a page that is rendered after this.
    """
    rows = Change.objects.order_by("-tx", "-id")
    if connection.vendor == "postgresql":
        rows = rows.extra(where=["tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"])
    said = Concat(Cast("tx", CharField()), Value("."), Cast("id", CharField()))
    return rows.annotate(place=said).values_list("place", flat=True)[:1]


def watermark() -> Cursor:
    """The same by itself."""
    last = place().first()
    return Cursor.read(last) or Cursor() if last else Cursor()


def forget(before: datetime) -> int:
    """Prune the feed; a browser that comes back later than that loads its page anew."""
    return Change.objects.filter(at__lt=before).delete()[0]


def is_known(cursor: Cursor) -> bool:
    """Whether everything after that place is still there."""
    return cursor == Cursor() or Change.objects.filter(tx=cursor.tx, id=cursor.id).exists()
