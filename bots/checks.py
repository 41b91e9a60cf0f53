"""System checks that refuse a deployment which would leak or pretend."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from bots import conf


@register(Tags.security, deploy=True)
def check_deployment(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse what is fine on a laptop and wrong on a server."""
    found: list[CheckMessage] = []
    if settings.SANDBOX:
        found.append(
            Error(
                "The sandbox is on: anyone could sign in to its demo workspace.",
                hint="Unset SANDBOX.",
                id="recalldash.E001",
            )
        )
    if settings.SECRET_KEY.startswith("insecure"):
        found.append(
            Error(
                "SECRET_KEY is the one that everybody knows.",
                hint="Set SECRET_KEY to 50 random characters.",
                id="recalldash.E002",
            )
        )
    if not settings.ENCRYPTION_KEYS:
        found.append(
            Error(
                "ENCRYPTION_KEYS is empty: Recall keys could not be stored safely.",
                hint="Set ENCRYPTION_KEYS to a key that `manage.py new_key` prints.",
                id="recalldash.E003",
            )
        )
    if not settings.PUBLIC_URL.startswith("https://"):
        found.append(
            Warning(
                "PUBLIC_URL is not an https address: Recall's webhooks cannot arrive, and cookies "
                "would travel in the open.",
                hint="Set PUBLIC_URL to the address that browsers use.",
                id="recalldash.W001",
            )
        )
    return found


@register(Tags.security)
def check_keys(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Say in one line that a key for stored secrets is malformed, before anything needs it."""
    try:
        conf.fernet()
    except ValueError as error:
        return [
            Error(
                f"ENCRYPTION_KEYS holds something that is not a Fernet key: {error}",
                hint="Make one with `manage.py new_key`.",
                id="recalldash.E004",
            )
        ]
    return []
