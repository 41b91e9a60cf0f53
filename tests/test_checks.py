"""What `check --deploy` refuses, and what a malformed key is answered with."""

import logging
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from bots import conf
from bots.checks import check_deployment, check_keys, check_stored_secrets
from recalldash import keys
from tests.world import make_workspace


@pytest.fixture
def deployed(settings: Any) -> Any:
    """Settings that a server may have."""
    settings.SANDBOX = False
    settings.SECRET_KEY = "Zq3" * 20
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    settings.PUBLIC_URL = "https://recalldash.example"
    settings.ALLOWED_HOSTS = ["recalldash.example"]
    settings.RECALL_BASE_URL = "https://{region}.recall.ai"
    settings.MEDIA_HOSTS = ["https://*.amazonaws.com", "media.example:8443"]
    settings.DEBUG = False
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
        ("PUBLIC_URL", "https://dash.example", "recalldash.W003"),
        ("ENCRYPTION_KEYS", [conf.key_of("Zq3" * 20)], "recalldash.E005"),
        ("DEBUG", True, "recalldash.E006"),
        ("ALLOWED_HOSTS", ["*"], "recalldash.E007"),
        ("RECALL_BASE_URL", "http://{region}.recall.ai", "recalldash.E008"),
        ("MEDIA_HOSTS", ["http://media.example"], "recalldash.E009"),
        ("MEDIA_HOSTS", ["https://*"], "recalldash.E009"),
        ("MEDIA_HOSTS", ["https://*.com"], "recalldash.E009"),
        ("MEDIA_HOSTS", ["https:"], "recalldash.E009"),
        ("MEDIA_HOSTS", ["*"], "recalldash.E009"),
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


@pytest.mark.parametrize("name", ["httpx", "httpcore", "django.db.backends", "celery", "bots", ""])
def test_it_warns_of_a_log_that_tells_everything(deployed: Any, name: str) -> None:
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.DEBUG)
    try:
        assert found() == ["recalldash.W002"]
    finally:
        logger.setLevel(before)


@pytest.fixture
def locked(deployed: Any, db: None) -> None:
    """Stored secrets, and another key than theirs."""
    make_workspace(api_key="of acme")
    deployed.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]


def test_it_counts_what_the_keys_do_not_open(deployed: Any, locked: None) -> None:
    assert check_stored_secrets(None, databases=None) == []
    [message] = check_stored_secrets(None, databases=["default"])
    assert message.id == "recalldash.E010"
    assert message.msg.startswith("2 stored secrets cannot be read")


def test_a_server_starts_with_keys_that_do_not_fit_and_says_so(
    locked: None, caplog: pytest.LogCaptureFixture
) -> None:
    keys.look()
    [line] = [record.getMessage() for record in caplog.records if record.name == keys.__name__]
    assert line.startswith("2 stored secrets cannot be read")
    assert "\n" not in line


@pytest.mark.parametrize("given", [[], ["not a key"]])
def test_a_server_does_not_start_without_a_key(deployed: Any, given: list[str]) -> None:
    deployed.SECURE = True
    deployed.ENCRYPTION_KEYS = given
    with pytest.raises(keys.CannotStart, match=r"^ENCRYPTION_KEYS [^\n]*new_key"):
        keys.look()
