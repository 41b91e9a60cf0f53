"""A benchmark's own folder and database, gone when it ends; imported before anything of Django's.

`DATABASE_URL=postgres://…` picks the server, on which a database is made and dropped; SQLite
otherwise.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
FOLDER = Path(tempfile.mkdtemp(prefix="recalldash-benchmark-"))
GIVEN = os.environ.get("DATABASE_URL", "")
NAME = f"recalldash_benchmark_{os.getpid()}"
# Where our own database is; "" for SQLite.
URL = urlunsplit(urlsplit(GIVEN)._replace(path=f"/{NAME}")) if GIVEN else ""
os.environ |= {
    "DATA_DIR": str(FOLDER),
    "DATABASE_URL": URL,
    # One that runs bots in the sandbox says so before it imports this.
    "SANDBOX": os.environ.get("SANDBOX", "0"),
    "DJANGO_SETTINGS_MODULE": "recalldash.settings",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "LOG_LEVEL": "WARNING",
}

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402


def _admin(statement: str) -> None:
    import psycopg

    with psycopg.connect(GIVEN, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


@contextmanager
def another(purpose: str) -> Iterator[str]:
    """One more database on the PostgreSQL that was given, empty, for what is no part of ours."""
    name = f"{NAME}_{purpose}"
    _admin(f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(urlsplit(GIVEN)._replace(path=f"/{name}"))
    finally:
        _admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def database() -> Iterator[None]:
    """The database, brought up to date."""
    if GIVEN:
        _admin(f'CREATE DATABASE "{NAME}"')
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        connections.close_all()
        if GIVEN:
            _admin(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')
        shutil.rmtree(FOLDER, ignore_errors=True)


def session_of(workspace: Any) -> str:
    """The session of somebody who owns that workspace, as if they had signed in."""
    from django.contrib.auth import get_user_model
    from django.contrib.sessions.backends.db import SessionStore

    person = get_user_model().objects.create_user("bench", password="a long secret")
    workspace.memberships.create(user=person, role="owner")
    session = SessionStore()
    session["_auth_user_id"] = str(person.pk)
    session["_auth_user_backend"] = "bots.entrance.Backend"
    session["_auth_user_hash"] = person.get_session_auth_hash()
    session.save()
    return str(session.session_key)
