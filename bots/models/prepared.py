"""Queries that are asked again and again with other lists: on PostgreSQL their text is made once.

Django takes longer to spell a query out than the database takes to answer it, and the driver to
fill in as many placeholders as there are values; so a list is one array. Elsewhere each is spelled
out anew, as `IN (…)`.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from threading import local
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Field, ForeignKey, QuerySet
from django.db.models.lookups import In

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class _Later:
    """In the place of a list that is given when the query is asked."""

    place: int


# What a foreign key is compared by is its own.
@Field.register_lookup
@ForeignKey.register_lookup
class Among(In):
    """`filter(name__among=…)`: `__in` for a list of a `Prepared` query."""

    lookup_name = "among"

    def get_prep_lookup(self) -> Any:
        return self.rhs if isinstance(self.rhs, _Later) else super().get_prep_lookup()

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", (*params, self.rhs)


class Prepared(local):
    """The query that `make` makes of lists, which are compared by `__among`; it yields tuples.

    Each thread makes it once, for its own connection.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, Any]]) -> None:
        self._make = make
        self._compiler: Any = None
        self._text = ""
        self._params: tuple[Any, ...] = ()

    def rows(self, *lists: Collection[Any]) -> Rows:
        """What it finds for these lists."""
        connection = connections[DEFAULT_DB_ALIAS]
        if connection.vendor != "postgresql":
            return list(self._make(*lists))
        if self._compiler is None:
            query = self._make(*map(_Later, range(len(lists)))).query
            compiler = query.get_compiler(connection=connection)
            self._text, self._params = compiler.as_sql()
            self._compiler = compiler
        params = [
            list(lists[param.place]) if isinstance(param, _Later) else param
            for param in self._params
        ]
        with connection.cursor() as cursor:
            cursor.execute(self._text, params)
            found = cursor.fetchall()
        return list(self._compiler.results_iter([found], tuple_expected=True))
