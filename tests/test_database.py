"""The embedded database: several processes write to it, so it must be set up for that."""

import pytest
from django.db import connection, transaction

from recalldash.settings import SQLITE

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite's own settings"),
]


def test_it_writes_ahead_and_keeps_foreign_keys():
    with connection.cursor() as sql:
        sql.execute("PRAGMA journal_mode")
        assert sql.fetchone() == ("wal",)
        sql.execute("PRAGMA foreign_keys")
        assert sql.fetchone() == (1,)


def test_it_takes_the_write_lock_at_once(django_assert_num_queries):
    assert SQLITE["transaction_mode"] == "IMMEDIATE"
    with django_assert_num_queries(2) as captured, transaction.atomic():
        pass
    assert captured[0]["sql"] == "BEGIN IMMEDIATE"
