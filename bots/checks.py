"""System checks that refuse a deployment which would leak or pretend."""

import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError
from django.http.request import validate_host

from bots import archive, conf
from bots.models import stored


@register(Tags.security, deploy=True)
def check_deployment(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse what is fine on a laptop and wrong on a server."""
    return [message for fault in FAULTS if (message := fault()) is not None]


def _sandbox() -> CheckMessage | None:
    if not settings.SANDBOX:
        return None
    return Error(
        "The sandbox is on: anyone could sign in to its demo workspace.",
        hint="Unset SANDBOX.",
        id="recalldash.E001",
    )


def _known_secret_key() -> CheckMessage | None:
    if not settings.SECRET_KEY.startswith("insecure"):
        return None
    return Error(
        "SECRET_KEY is the one that everybody knows.",
        hint="Set SECRET_KEY to 50 random characters.",
        id="recalldash.E002",
    )


def _no_encryption_keys() -> CheckMessage | None:
    if settings.ENCRYPTION_KEYS:
        return None
    return Error(
        "ENCRYPTION_KEYS is empty: stored keys would be only as safe as SECRET_KEY, and lost with "
        "it.",
        hint="Set ENCRYPTION_KEYS to a key that `manage.py new_key` prints.",
        id="recalldash.E003",
    )


def _key_of_the_other_key() -> CheckMessage | None:
    if not {settings.SECRET_KEY, conf.key_of(settings.SECRET_KEY)} & {*settings.ENCRYPTION_KEYS}:
        return None
    return Error(
        "ENCRYPTION_KEYS holds what comes from SECRET_KEY: who learns one of them has both.",
        hint="Put a key that `manage.py new_key` prints in front, then `manage.py rotate_keys`.",
        id="recalldash.E005",
    )


def _debug() -> CheckMessage | None:
    if not settings.DEBUG:
        return None
    return Error(
        "DEBUG is on: every error page would tell strangers of the inside.",
        hint="Unset DEBUG.",
        id="recalldash.E006",
    )


def _any_host() -> CheckMessage | None:
    if not any(host.startswith("*") for host in settings.ALLOWED_HOSTS):
        return None
    return Error(
        "ALLOWED_HOSTS takes every host: mail and links could be made to lead elsewhere.",
        hint="Name the hosts that browsers use.",
        id="recalldash.E007",
    )


def _recall_in_the_open() -> CheckMessage | None:
    if settings.RECALL_BASE_URL.startswith("https://"):
        return None
    return Error(
        "RECALL_BASE_URL is not https: API keys would travel in the open.",
        hint="Unset RECALL_BASE_URL, or give it an https address.",
        id="recalldash.E008",
    )


def _half_a_provider() -> CheckMessage | None:
    if not settings.OIDC_ISSUER or (
        settings.OIDC_ISSUER.startswith("https://")
        and settings.OIDC_CLIENT_ID
        and settings.OIDC_CLIENT_SECRET
    ):
        return None
    return Error(
        "OIDC_ISSUER is set, and single sign-on cannot work safely: it takes an https address, "
        "OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.",
        hint="Set all three, or none.",
        id="recalldash.E011",
    )


def _media_in_the_open() -> CheckMessage | None:
    wide = [host for host in settings.MEDIA_HOSTS if not _is_narrow(host)]
    if not wide:
        return None
    return Error(
        f"MEDIA_HOSTS names {wide[0]!r}: recordings would travel in the open, or come from anyone.",
        hint="Name https hosts, such as https://*.amazonaws.com.",
        id="recalldash.E009",
    )


def _is_narrow(host: str) -> bool:
    """Whether it is a source of one company: https, and no wildcard over a whole top level."""
    scheme, colon, place = host.rpartition("://")
    name = place.partition("/")[0].partition(":")[0]
    return scheme in ("", "https") and "." in name.removeprefix("*.") and "*" not in name[1:]


def _wordy_log() -> CheckMessage | None:
    wordy = [
        name or "root"
        for name in ("", "httpx", "httpcore", "django", "django.db.backends", "celery", "bots")
        if logging.getLogger(name).getEffectiveLevel() < logging.INFO
    ]
    if not wordy:
        return None
    return Warning(
        f"The log of {wordy[0]} is at DEBUG: it tells of every request and query.",
        hint="Unset LOG_LEVEL.",
        id="recalldash.W002",
    )


def _not_our_host() -> CheckMessage | None:
    host = urlsplit(settings.PUBLIC_URL).hostname
    known = settings.ALLOWED_HOSTS
    if not host or validate_host(host, known):
        return None
    return Warning(
        f"PUBLIC_URL is at {host}, which is not in ALLOWED_HOSTS: every request is refused.",
        hint="Add it to ALLOWED_HOSTS.",
        id="recalldash.W003",
    )


def _public_url_in_the_open() -> CheckMessage | None:
    if settings.PUBLIC_URL.startswith("https://"):
        return None
    return Warning(
        "PUBLIC_URL is not an https address: Recall's webhooks cannot arrive, and cookies "
        "would travel in the open.",
        hint="Set PUBLIC_URL to the address that browsers use.",
        id="recalldash.W001",
    )


def _unusable_archive() -> CheckMessage | None:
    problem = archive.trial()
    if not problem:
        return None
    return Error(
        f"Copies of recordings cannot be kept. {problem}",
        hint="Set ARCHIVE_URL to a storage whose files can be written, read and deleted.",
        id="recalldash.E012",
    )


FAULTS = (
    _sandbox,
    _known_secret_key,
    _no_encryption_keys,
    _key_of_the_other_key,
    _debug,
    _any_host,
    _recall_in_the_open,
    _media_in_the_open,
    _half_a_provider,
    _public_url_in_the_open,
    _wordy_log,
    _not_our_host,
    _unusable_archive,
)


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


@register(Tags.database)
def check_stored_secrets(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None, **kwargs: Any
) -> list[CheckMessage]:
    """With `--database default`: whether the keys given open what is stored."""
    if "default" not in (databases or ()):
        return []
    try:
        unreadable = stored.count_unreadable()
    except (DatabaseError, ValueError):  # no tables yet, or no keys: others say so
        return []
    if not unreadable:
        return []
    return [
        Error(
            f"{unreadable} stored secrets cannot be read with the keys in ENCRYPTION_KEYS.",
            hint="Put the key back that they were stored under.",
            id="recalldash.E010",
        )
    ]
