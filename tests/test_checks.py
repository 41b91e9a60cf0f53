"""What `check --deploy` refuses, and what a malformed key is answered with."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from bots.checks import check_deployment, check_keys


@pytest.fixture
def deployed(settings: Any) -> Any:
    """Settings that a server may have."""
    settings.SANDBOX = False
    settings.SECRET_KEY = "Zq3" * 20
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    settings.PUBLIC_URL = "https://recalldash.example"
    return settings


def found() -> list[str | None]:
    return [message.id for message in check_deployment(None)]


def test_it_accepts_a_proper_deployment(deployed: Any) -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("SANDBOX", True, "recalldash.E001"),
        ("SECRET_KEY", "insecure-for-this-machine-only", "recalldash.E002"),
        ("ENCRYPTION_KEYS", [], "recalldash.E003"),
        ("PUBLIC_URL", "http://recalldash.example", "recalldash.W001"),
    ],
)
def test_it_refuses_what_is_fine_on_a_laptop_only(
    deployed: Any, name: str, value: object, message: str
) -> None:
    setattr(deployed, name, value)
    assert found() == [message]


def test_the_command_refuses_the_sandbox(deployed: Any) -> None:
    deployed.SANDBOX = True
    with pytest.raises(SystemCheckError, match="sandbox is on"):
        call_command("check", deploy=True)


def test_it_names_a_malformed_key(deployed: Any) -> None:
    deployed.ENCRYPTION_KEYS = ["not a key"]
    [message] = check_keys(None)
    assert message.id == "recalldash.E004"


def test_new_key_prints_a_key_that_the_checks_accept(
    deployed: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("new_key")
    deployed.ENCRYPTION_KEYS = [capsys.readouterr().out.strip()]
    assert check_keys(None) == []
