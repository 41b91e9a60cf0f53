"""What the rooms may know of the settings: where Recall is, where we are, how things are kept."""

import base64
import hashlib
import ipaddress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings

from bots.archive_address import Address

if TYPE_CHECKING:
    import httpx


def key_of(secret_key: str) -> str:
    """The key for stored secrets that comes from SECRET_KEY where no other is given."""
    return base64.urlsafe_b64encode(hashlib.sha256(secret_key.encode()).digest()).decode()


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...], secret_key: str) -> MultiFernet:
    if not keys:
        # A laptop needs no set-up; `check --deploy` refuses this.
        keys = (key_of(secret_key),)
    return MultiFernet([Fernet(key) for key in keys])


def newest_fernet() -> MultiFernet:
    """The key that secrets are written under now."""
    return _fernet(tuple(settings.ENCRYPTION_KEYS[:1]), settings.SECRET_KEY)


def fernet() -> MultiFernet:
    """The keys that stored secrets are written under, newest first.

    Raises ValueError when ENCRYPTION_KEYS holds something that is not a Fernet key.
    """
    return _fernet(tuple(settings.ENCRYPTION_KEYS), settings.SECRET_KEY)


def recall_base_url(region: str) -> str:
    """Where Recall's API of that region answers, without a trailing slash."""
    return str(settings.RECALL_BASE_URL).format(region=region).rstrip("/")


def responder_hosts() -> frozenset[str]:
    """Hosts, `name` or `name:port`, at which assistants may ask although they are private."""
    return frozenset(each.casefold() for each in settings.RESPONDER_HOSTS)


def media_hosts() -> list[str]:
    """Hosts, besides Recall's own, that signed links may lead to, as CSP writes them."""
    return list(settings.MEDIA_HOSTS)


def archive_address() -> Address:
    """Where a team's own copies lie."""
    return settings.ARCHIVE


def partial_folder() -> Path:
    """Where files are put together on this machine before they are stored."""
    return Path(settings.DATA_DIR) / "archive-partial"


def most_bytes() -> int:
    """How large one file may be that is kept, in bytes."""
    return int(settings.ARCHIVE_MOST_GB * 10**9)


def transport() -> "httpx.BaseTransport | None":
    """How requests travel to Recall; None is the network, which tests replace by the sandbox."""
    return None


def is_sandbox() -> bool:
    """Whether what we call Recall is this project's own sandbox."""
    return bool(settings.SANDBOX)


def clips_dir() -> Path:
    """Where the clips of share links lie. Every server and worker must see the same folder."""
    return Path(settings.DATA_DIR) / "clips"


def webhook_origin() -> str:
    """The address that Recall can post to, or "" when it can't reach us (*sync only*)."""
    url = str(settings.PUBLIC_URL)
    host = urlsplit(url).hostname or ""
    if not host:
        return ""
    if is_sandbox():
        return url
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return ""
    try:
        return url if ipaddress.ip_address(host).is_global else ""
    except ValueError:
        return url


def live_origin() -> str:
    """The address at which Recall can tell of a meeting while it runs, or "".

    It stands in requests, and Recall's firewall refuses those in which it finds an address of
    numbers: https://docs.recall.ai/reference/errors#/403-request-blocked
    """
    if not settings.LIVE_WORDS:
        return ""
    url = webhook_origin()
    try:
        ipaddress.ip_address(urlsplit(url).hostname or "")
    except ValueError:
        return url
    return url if is_sandbox() else ""
