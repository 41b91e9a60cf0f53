"""The sandbox as a company of its own: another process, its own file, reached over HTTP alone.

What it was made to do is read from its file by plain SQL; nothing here knows the dashboard.
"""

import json
import os
import sqlite3
import time
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from recalldash.machine import environment, keep_secrets
from recalldash.processes import Family, is_ready, prepare
from tests.browser.house import OF_THE_TESTS, free_port

REGION = "us-west-2"
# What a scaled sandbox is started by; see `short_minute`.
SERVER = ("--host", "127.0.0.1", "--no-access-log", "--log-level", "warning")


class Vendor:
    """A running sandbox; `url` is what RECALL_BASE_URL is set to."""

    def __init__(self, data_dir: Path, module: str = "uvicorn") -> None:
        self.port = free_port()
        given = {name: value for name, value in os.environ.items() if name not in OF_THE_TESTS}
        env = environment(
            given | {"PORT": str(self.port), "DATA_DIR": str(data_dir)},
            alone=True,
        )
        self.file = data_dir / "sandbox.sqlite3"
        self.url = f"http://127.0.0.1:{self.port}/sandbox/{{region}}"
        keep_secrets(env)
        app = "recalldash.sandbox_asgi:application"
        program = (module, app, *SERVER, "--port", str(self.port))
        self._family = Family({"server": program}, env)

    def start(self) -> None:
        prepare(self._family, alone=True)
        self._family.start("server")
        deadline = time.monotonic() + 60
        while not is_ready(self.port):
            assert time.monotonic() < deadline, "the sandbox did not start"
            time.sleep(0.1)

    def stop(self) -> None:
        self._family.stop()

    def open(self, **settings: Any) -> "Account":
        """A workspace of its own there."""
        account = Account(self, f"sandbox_{REGION}_{uuid.uuid4().hex[:12]}")
        account.control("PUT", "workspace/", {"settings": settings})
        return account


class Account:
    """One workspace at the sandbox, by its key."""

    def __init__(self, vendor: Vendor, key: str) -> None:
        self.vendor, self.key = vendor, key

    def api(self, method: str, path: str, body: Any = None) -> Any:
        return self._call(method, f"api/v1/{path}", body)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        return self._call(method, f"control/{path}", body)

    def _call(self, method: str, path: str, body: Any) -> Any:
        url = f"{self.vendor.url.format(region=REGION)}/{path}"
        headers = {"Authorization": f"Token {self.key}"}
        if method != "GET":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        with httpx.Client(trust_env=False, timeout=30) as client:
            answer = client.request(method, url, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def sent(self, token: str) -> int:
        """How many bots were made by the order with that token."""
        rows = self._sql("SELECT b.metadata FROM sandbox_bot b WHERE b.workspace_id = {workspace}")
        return sum(json.loads(data).get("recalldash_order") == token for (data,) in rows)

    def commanded(self, bot_id: str, kind: str) -> int:
        """How often that bot was made to do that: "pause_recording" …"""
        rows = self._sql(
            "SELECT o.id FROM sandbox_order o WHERE o.bot_id = ? AND o.kind = ?",
            bot_id.replace("-", ""),
            kind,
        )
        return len(rows)

    def changed(self, bot_id: str) -> int:
        """How often that bot's settings were changed: answers that are no repeats."""
        rows = self._sql(
            "SELECT DISTINCT c.idempotency_key FROM sandbox_call c WHERE c.method = 'PATCH' "
            "AND c.status < 300 AND c.path LIKE ?",
            f"%/bot/{bot_id}/",
        )
        return len(rows)

    def arrivals(self, slug: str) -> list[tuple[float, int]]:
        """When each call to that endpoint arrived (POSIX seconds), and its status."""
        rows = self._sql(
            "SELECT (julianday(c.at) - 2440587.5) * 86400.0, c.status FROM sandbox_call c "
            "WHERE c.workspace_id = {workspace} AND c.slug = ? ORDER BY c.at",
            slug,
        )
        return [(float(at), int(status or 0)) for at, status in rows]

    def _sql(self, query: str, *values: Any) -> list[Any]:
        with closing(sqlite3.connect(self.vendor.file, timeout=20)) as file:
            name = self.key.rpartition("_")[2]
            found = file.execute("SELECT id FROM sandbox_workspace WHERE name = ?", [name])
            return file.execute(query.format(workspace=found.fetchone()[0]), values).fetchall()
