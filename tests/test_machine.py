"""What `make run` finds and makes before it starts anything."""

import socket
from pathlib import Path

import pytest

from recalldash import machine
from recalldash.machine import (
    CannotStart,
    check_port,
    environment,
    folder_of_our_own,
    keep_secrets,
)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "PATIENCE_S", 0.0)


def test_with_nothing_given_the_sandbox_is_recall(tmp_path: Path) -> None:
    env = environment({"PORT": "8123", "DATA_DIR": str(tmp_path)})
    assert env["SANDBOX"] == "1"
    assert env["PUBLIC_URL"] == env["SANDBOX_ORIGIN"] == "http://127.0.0.1:8123"
    assert env["RECALL_BASE_URL"] == "http://127.0.0.1:8123/sandbox/{region}"


def test_with_the_sandbox_off_recall_is_recall() -> None:
    env = environment({"SANDBOX": "0"})
    assert "RECALL_BASE_URL" not in env
    assert env["PUBLIC_URL"] == "http://127.0.0.1:8000"


def test_what_was_given_stays() -> None:
    given = {
        "PUBLIC_URL": "https://recalldash.example",
        "RECALL_BASE_URL": "https://elsewhere.example",
        "ALLOWED_HOSTS": "recalldash.example",
        "DATABASE_URL": "postgres://somewhere/db",
        "NO_PROXY": "internal.example",
    }
    env = environment(given)
    assert {name: env[name] for name in given} == given | {
        "NO_PROXY": "internal.example,127.0.0.1,localhost"
    }


@pytest.mark.parametrize("port", ["", "0", "65536", "http", "-1", "٣", "8000 "])
def test_it_refuses_a_port_that_is_none(port: str) -> None:
    with pytest.raises(CannotStart, match="number from 1 to 65535"):
        environment({"PORT": port})


def test_secrets_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    first, second = ({"DATA_DIR": str(tmp_path)} for _ in range(2))
    keep_secrets(first)
    keep_secrets(second)
    assert first == second
    assert len(first["SECRET_KEY"]) >= 50
    assert (tmp_path / "secrets.env").stat().st_mode & 0o777 == 0o600


def test_a_given_secret_comes_first_and_is_not_kept(tmp_path: Path) -> None:
    env = {"DATA_DIR": str(tmp_path), "SECRET_KEY": "given"}
    keep_secrets(env)
    assert env["SECRET_KEY"] == "given"
    assert "given" not in (tmp_path / "secrets.env").read_text()


def test_a_missing_secret_is_added_to_the_kept_ones(tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text("SECRET_KEY=kept\n")
    env = {"DATA_DIR": str(tmp_path)}
    keep_secrets(env)
    assert env["SECRET_KEY"] == "kept"
    assert env["ENCRYPTION_KEYS"]


def test_a_folder_belongs_to_one_copy_at_a_time(tmp_path: Path) -> None:
    with (
        folder_of_our_own(tmp_path / "new"),
        pytest.raises(CannotStart, match="Another copy"),
        folder_of_our_own(tmp_path / "new"),
    ):
        pass
    with folder_of_our_own(tmp_path / "new"):
        pass


def test_it_says_what_to_do_about_a_folder_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match="DATA_DIR="), folder_of_our_own(tmp_path / "file"):
        pass


def test_it_says_what_to_do_about_a_port_that_is_taken() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CannotStart, match=f"Port {port} is taken.*make run PORT="):
            check_port(port)
    check_port(port)
