"""Many rows written by one statement, however many they are.

On PostgreSQL a column of values is one array, so that neither Django nor the driver spells out a
placeholder for each value; and where all values of a column are the same, it is that value alone.
Elsewhere it is Django's own way.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.fields import Field

Fields = Sequence["Field[Any, Any]"]
Columns = Sequence[Sequence[Any]]


def insert(rows: Sequence[models.Model]) -> None:
    """New rows of one table, which have their keys afterwards; what the database sets by default
    is left to it."""
    if not rows:
        return
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "postgresql":
        type(rows[0])._default_manager.bulk_create(rows)
        return
    meta = rows[0]._meta
    fields = [f for f in meta.concrete_fields if not f.primary_key and not f.has_db_default()]
    columns = [[f.pre_save(row, add=True) for row in rows] for f in fields]
    # In the order of the arrays, as Django's own `bulk_create()` takes it, too.
    keys = _insert(connection, meta, fields, columns)
    for row, (pk,) in zip(rows, keys, strict=True):
        row.pk = pk
        row._state.adding, row._state.db = False, connection.alias


def append(model: type[models.Model], columns: Mapping[str, Sequence[Any]]) -> None:
    """New rows of that table, given by columns, whose keys nobody asks for."""
    if not all(columns.values()):
        return
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "postgresql":
        rows = zip(*columns.values(), strict=True)
        model._default_manager.bulk_create(
            model(**dict(zip(columns, row, strict=True))) for row in rows
        )
        return
    meta = model._meta
    by_name = {f.attname: f for f in meta.concrete_fields}
    _insert(connection, meta, [by_name[name] for name in columns], list(columns.values()))


def update(rows: Sequence[models.Model], names: Iterable[str]) -> None:
    """The fields of these names of rows of one table, each row its own values."""
    if not rows:
        return
    connection = connections[DEFAULT_DB_ALIAS]
    meta, wanted = rows[0]._meta, set(names)
    table, key = _quoted(connection, meta.db_table, meta.pk.column)
    fields = [f for f in meta.concrete_fields if f.name in wanted]
    quoted = _quoted(connection, *(f.column for f in fields))
    columns = [[getattr(row, f.attname) for row in rows] for f in fields]
    keys = [row.pk for row in rows]
    if connection.vendor != "postgresql":
        prepared = [
            [f.get_db_prep_save(value, connection) for value in column]
            for f, column in zip(fields, columns, strict=True)
        ]
        assigned = ", ".join(f"{name} = %s" for name in quoted)
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {table} SET {assigned} WHERE {key} = %s",
                list(zip(*prepared, keys, strict=True)),
            )
        return
    # The key is the last: it differs, and it is said behind all values.
    given = _given(connection, [*fields, meta.pk], [*columns, keys])
    *values, the_key = given.values
    assigned = ", ".join(f"{name} = {value}" for name, value in zip(quoted, values, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {assigned} FROM {given.arrays} WHERE {table}.{key} = {the_key}",
            given.params,
        )


def _insert(
    connection: BaseDatabaseWrapper, meta: Any, fields: Fields, columns: Columns
) -> list[tuple[int]]:
    table, key = _quoted(connection, meta.db_table, meta.pk.column)
    names = ", ".join(_quoted(connection, *(f.column for f in fields)))
    given = _given(connection, fields, columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {', '.join(given.values)}"
            f" FROM {given.arrays} RETURNING {key}",
            given.params,
        )
        return list(cursor.fetchall())


class _Given(NamedTuple):
    """Columns of values as SQL: what each is called, what stands behind FROM, what is sent."""

    values: list[str]
    arrays: str
    params: list[Any]


def _given(connection: BaseDatabaseWrapper, fields: Fields, columns: Columns) -> _Given:
    # The last is an array whatever stands in it: it tells how many rows there are.
    varied = [not _is_one(column) for column in columns[:-1]] + [True]
    values, names, arrays, alone, many = [], [], [], [], []
    for n, (f, column) in enumerate(zip(fields, columns, strict=True)):
        # Without lengths, which would cut values off.
        kind = str(f.db_type(connection)).split("(")[0]
        if varied[n]:
            values.append(f"v{n}")
            names.append(f"v{n}")
            arrays.append(f"%s::{kind}[]")
            many.append([f.get_db_prep_save(value, connection) for value in column])
        else:
            values.append(f"%s::{kind}")
            alone.append(f.get_db_prep_save(column[0], connection))
    source = f"UNNEST({', '.join(arrays)}) AS given ({', '.join(names)})"
    return _Given(values, source, [*alone, *many])


def _is_one(column: Sequence[Any]) -> bool:
    """Whether all values of a column are the same."""
    first = column[0]
    # Values of other kinds may be equal and not the same, as 1 and true are in JSON.
    if isinstance(first, (str, datetime)):
        return column.count(first) == len(column)
    return all(value is first for value in column)


def _quoted(connection: BaseDatabaseWrapper, *names: str | None) -> list[str]:
    return [connection.ops.quote_name(str(name)) for name in names]
