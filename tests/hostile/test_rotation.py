"""`manage.py rotate_keys`: complete, repeatable, and killed in the middle without harm."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.core.management import call_command
from django.db import connection

from bots.entrance import SecondSteps
from bots.models import WebhookSecret, Workspace
from tests.world import SECRET, make_workspace

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
ROOT = Path(__file__).resolve().parents[2]
MANY = 10_000

POPULATE = f"""
from bots.models import Workspace, WebhookSecret
w = Workspace.objects.create(name="Acme", slug="acme", api_key="the api key of acme")
rows = [WebhookSecret(workspace=w, secret=f"secret number {{n}}") for n in range({MANY})]
WebhookSecret.objects.bulk_create(rows, batch_size=1000)
"""


def rotate(*options):
    """What it exits with."""
    try:
        call_command("rotate_keys", *options)
    except SystemExit as ended:
        return ended.code
    return 0


@pytest.mark.django_db
def test_it_seals_everything_anew(settings, capsys):
    settings.ENCRYPTION_KEYS = [OLD]
    make_workspace("acme", api_key="of acme")
    make_workspace("globex", api_key="of globex")
    make_workspace("keyless", api_key="", secret="")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert rotate("--check") == 1
    said = capsys.readouterr().out
    assert "4 of 4 secrets still need an older key." in said
    assert "Workspace.api_key of row" in said
    assert rotate() == 0
    assert "4 of 4 secrets sealed anew" in capsys.readouterr().out
    assert rotate("--check") == 0
    assert rotate() == 0
    assert "0 of 4 secrets sealed anew" in capsys.readouterr().out
    settings.ENCRYPTION_KEYS = [NEW]
    assert set(Workspace.objects.values_list("slug")) == {("acme",), ("globex",), ("keyless",)}
    assert [w.api_key for w in Workspace.objects.order_by("pk")] == ["of acme", "of globex", ""]
    assert {f"{row.secret}" for row in WebhookSecret.objects.all()} == {SECRET}


@pytest.mark.django_db
def test_it_binds_what_older_releases_stored(settings):
    settings.ENCRYPTION_KEYS = [NEW]
    make_workspace(api_key="of acme")
    with connection.cursor() as cursor:
        bare = Fernet(NEW).encrypt(b"of acme").decode()
        cursor.execute("UPDATE bots_workspace SET api_key = %s", [bare])
    assert rotate("--check") == 1
    assert rotate() == 0
    assert rotate("--check") == 0
    assert Workspace.objects.get().api_key == "of acme"


@pytest.mark.django_db
def test_it_leaves_alone_what_it_cannot_read(settings, capsys):
    settings.ENCRYPTION_KEYS = [OLD]
    make_workspace("acme", api_key="of acme")
    settings.ENCRYPTION_KEYS = [NEW]
    make_workspace("globex", api_key="of globex")
    assert rotate() == 1
    said = capsys.readouterr()
    assert "2 cannot be read; they stay as they are." in said.err
    assert "of acme" not in said.err
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert Workspace.objects.get(slug="acme").api_key == "of acme"


@pytest.mark.django_db
def test_it_seals_second_steps_anew(settings, alice):
    Workspace.objects.all().delete()  # hers is under a key of its own
    settings.ENCRYPTION_KEYS = [OLD]
    adapter = SecondSteps()
    data = {"secret": adapter.encrypt("of the app"), "used_mask": 0}
    step = Authenticator.objects.create(user=alice, type="totp", data=data)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert rotate("--check") == 1
    assert rotate() == 0
    settings.ENCRYPTION_KEYS = [NEW]
    step.refresh_from_db()
    assert adapter.decrypt(step.data["secret"]) == "of the app"
    assert rotate("--check") == 0
    settings.ENCRYPTION_KEYS = [OLD]
    assert rotate() == 1


def secrets_of(data_dir):
    """Every stored token, read without a line of ours."""
    with sqlite3.connect(data_dir / "recalldash.sqlite3", timeout=20) as database:
        for table, column in (("bots_workspace", "api_key"), ("bots_webhooksecret", "secret")):
            for (text,) in database.execute(f"SELECT {column} FROM {table} ORDER BY id"):
                yield text.removeprefix("v2:").encode()


def opened(data_dir, *keys):
    """What these keys open."""
    ring = MultiFernet([Fernet(key) for key in keys])
    found = []
    for token in secrets_of(data_dir):
        try:
            found.append(json.loads(ring.decrypt(token))[1])
        except InvalidToken:
            continue
    return found


def test_it_survives_being_killed_twice(tmp_path):
    env = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "recalldash.settings",
        "ENCRYPTION_KEYS": OLD,
    }

    def manage(*words, **more):
        return subprocess.Popen([sys.executable, "manage.py", *words], cwd=ROOT, env=env, **more)

    quiet = {"stdout": subprocess.DEVNULL}
    assert manage("migrate", **quiet).wait(120) == 0
    assert manage("shell", "-c", POPULATE, **quiet).wait(120) == 0
    everything = ["the api key of acme", *(f"secret number {n}" for n in range(MANY))]
    assert opened(tmp_path, OLD) == everything

    env["ENCRYPTION_KEYS"] = f"{NEW},{OLD}"
    done = 0
    for _ in range(2):
        running = manage("rotate_keys", **quiet)
        until = time.monotonic() + 60
        while len(opened(tmp_path, NEW)) < done + 500:
            assert running.poll() is None, "it was over before it could be killed"
            assert time.monotonic() < until
            time.sleep(0.01)
        os.kill(running.pid, signal.SIGKILL)
        assert running.wait() == -signal.SIGKILL
        done = len(opened(tmp_path, NEW))
        assert 500 <= done < len(everything)
        assert opened(tmp_path, NEW, OLD) == everything

    assert manage("rotate_keys", **quiet).wait(120) == 0
    assert manage("rotate_keys", "--check", **quiet).wait(120) == 0
    assert opened(tmp_path, NEW) == everything
    assert opened(tmp_path, OLD) == []
