"""The settings of a test run: the environment first, then the dashboard's own settings."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# A folder of its own for every process of a run, so that runs never meet.
if "DATA_DIR" not in os.environ:
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="recalldash-tests-")
    atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
os.environ.setdefault("SANDBOX", "1")
os.environ.setdefault("PUBLIC_URL", "http://testserver")
os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")
os.environ.setdefault(
    "MEDIA_HOSTS",
    "https://media.example,https://files.example,https://*.amazonaws.com,https://*.recall.ai",
)

from recalldash.settings import *  # noqa: E402,F403

Path(os.environ["DATA_DIR"]).mkdir(parents=True, exist_ok=True)
# A test client is a server of its own: it need not look at every file before its first answer.
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Files, so that threads and other processes of a test see the same data.
for _name, _database in DATABASES.items():  # noqa: F405
    if _database["ENGINE"] == "django.db.backends.sqlite3":
        _database["TEST"] = {"NAME": str(Path(os.environ["DATA_DIR"]) / f"test-{_name}.sqlite3")}
        # A test's data need not survive a power cut, and a busy disk must not stall it.
        _database["OPTIONS"] = {
            **_database["OPTIONS"],
            "init_command": _database["OPTIONS"]["init_command"] + "PRAGMA synchronous=OFF;",
        }
    else:
        _database["TEST"] = {"NAME": f"test_recalldash_{os.getpid()}"}
