"""Whether a row has others, asked of each row that is shown and of no more.

`Exists` says the same, but where a list is cut after a page PostgreSQL does not know that: it
reads the whole other table first, that of all workspaces, to have it ready for every row.
"""

from typing import Any

from django.db.models import QuerySet, Subquery
from django.db.models.lookups import IsNull


def has(rows: "QuerySet[Any]") -> IsNull:
    """Whether there is any of `rows`, which name the outer row by `OuterRef`; to filter by, too."""
    return IsNull(Subquery(rows.order_by().values("pk")[:1]), False)
