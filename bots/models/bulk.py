"""Many rows written by one statement, whose text is the same however many they are.

On PostgreSQL a column of values is one array, so that neither Django nor the driver spells out a
placeholder for each value. Elsewhere it is Django's own way.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.fields import Field


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
    table, key = _quoted(connection, meta.db_table, meta.pk.column)
    fields = [f for f in meta.concrete_fields if not f.primary_key and not f.has_db_default()]
    names = ", ".join(_quoted(connection, *(f.column for f in fields)))
    arrays = [
        [f.get_db_prep_save(f.pre_save(row, add=True), connection) for row in rows] for f in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names})"
            f" SELECT * FROM UNNEST({_arrays(connection, fields)}) RETURNING {key}",
            arrays,
        )
        keys = cursor.fetchall()
    # In the order of the arrays, as Django's own `bulk_create()` takes it, too.
    for row, (pk,) in zip(rows, keys, strict=True):
        row.pk = pk
        row._state.adding, row._state.db = False, connection.alias


def update(rows: Sequence[models.Model], names: Iterable[str]) -> None:
    """The fields of these names of rows of one table, each row its own values."""
    if not rows:
        return
    connection = connections[DEFAULT_DB_ALIAS]
    meta, wanted = rows[0]._meta, set(names)
    table, key = _quoted(connection, meta.db_table, meta.pk.column)
    fields = [f for f in meta.concrete_fields if f.name in wanted]
    columns = _quoted(connection, *(f.column for f in fields))
    values = [
        [f.get_db_prep_save(getattr(row, f.attname), connection) for row in rows] for f in fields
    ]
    keys = [row.pk for row in rows]
    if connection.vendor != "postgresql":
        assigned = ", ".join(f"{column} = %s" for column in columns)
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {table} SET {assigned} WHERE {key} = %s",
                list(zip(*values, keys, strict=True)),
            )
        return
    assigned = ", ".join(f"{column} = v{n}" for n, column in enumerate(columns))
    told = ", ".join(["the_key", *(f"v{n}" for n in range(len(fields)))])
    given = f"UNNEST({_arrays(connection, [meta.pk, *fields])}) AS given ({told})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {assigned} FROM {given} WHERE {table}.{key} = the_key",
            [keys, *values],
        )


def _quoted(connection: BaseDatabaseWrapper, *names: str | None) -> list[str]:
    return [connection.ops.quote_name(str(name)) for name in names]


def _arrays(connection: BaseDatabaseWrapper, fields: Iterable["Field[Any, Any]"]) -> str:
    # Without lengths, which would cut values off.
    types = (str(f.db_type(connection)).split("(")[0] for f in fields)
    return ", ".join(f"%s::{each}[]" for each in types)
