"""Without a key for its secrets a server says so in one line, and does not start."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("given", ["", "not-a-key"])
def test_a_server_without_keys_says_so_in_one_line(tmp_path, given):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(tmp_path),
        "PUBLIC_URL": "https://dash.example",
        "SECRET_KEY": "x" * 60,
        "ENCRYPTION_KEYS": given,
        "PYTHONWARNINGS": "ignore",
    }
    server = subprocess.run(
        [sys.executable, "-m", "uvicorn", "recalldash.asgi:application", "--port", str(port),
         "--log-level", "warning"],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert server.returncode != 0
    [line, *rest] = server.stderr.strip().splitlines()
    assert "ENCRYPTION_KEYS" in line
    assert "manage.py new_key" in line
    assert len(rest) == 1  # the server's own: it did not start
    assert "Traceback" not in server.stderr
