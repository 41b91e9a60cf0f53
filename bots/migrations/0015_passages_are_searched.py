"""What was said can be searched: an FTS5 table on SQLite, a GIN index on PostgreSQL.

The table of SQLite holds no text of its own, and triggers keep it up to date. A later migration
that makes `bots_passage` anew (SQLite alters most columns so) has to call `make` again, because
the triggers go with the old table; `tests/test_said.py` fails until it does.
"""

import sqlite3

from django.db import migrations

SQLITE = (
    """CREATE VIRTUAL TABLE bots_passage_said USING fts5(
        text, content='bots_passage', content_rowid='id',
        tokenize='unicode61 remove_diacritics 0', prefix='2 3'
    )""",
    """CREATE TRIGGER bots_passage_said_new AFTER INSERT ON bots_passage BEGIN
        INSERT INTO bots_passage_said(rowid, text) VALUES (new.id, new.text);
    END""",
    """CREATE TRIGGER bots_passage_said_gone AFTER DELETE ON bots_passage BEGIN
        INSERT INTO bots_passage_said(bots_passage_said, rowid, text)
        VALUES ('delete', old.id, old.text);
    END""",
    """CREATE TRIGGER bots_passage_said_changed AFTER UPDATE OF text ON bots_passage BEGIN
        INSERT INTO bots_passage_said(bots_passage_said, rowid, text)
        VALUES ('delete', old.id, old.text);
        INSERT INTO bots_passage_said(rowid, text) VALUES (new.id, new.text);
    END""",
    "INSERT INTO bots_passage_said(bots_passage_said) VALUES ('rebuild')",
)
SECURELY = "INSERT INTO bots_passage_said(bots_passage_said, rank) VALUES ('secure-delete', 1)"
# PostgreSQL refuses a row of which a megabyte is to be indexed.
POSTGRES = (
    "CREATE INDEX bots_passage_said ON bots_passage USING gin (to_tsvector('simple', left(text, 100000)))",
)
UNDONE = {
    "sqlite": (
        "DROP TRIGGER IF EXISTS bots_passage_said_new",
        "DROP TRIGGER IF EXISTS bots_passage_said_gone",
        "DROP TRIGGER IF EXISTS bots_passage_said_changed",
        "DROP TABLE IF EXISTS bots_passage_said",
    ),
    "postgresql": ("DROP INDEX IF EXISTS bots_passage_said",),
}


def make(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    undo(apps, schema_editor)
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRES}[vendor]:
        schema_editor.execute(statement)
    if vendor == "sqlite" and sqlite3.sqlite_version_info >= (3, 42):
        # Or words of a passage that is deleted would stay in the index until it is merged.
        schema_editor.execute(SECURELY)


def undo(apps, schema_editor):
    for statement in UNDONE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [("bots", "0014_transcripts_made_at")]

    operations = [migrations.RunPython(make, undo)]
