"""The firewall in front of the API: what it blocks before anybody looks at the key.

https://docs.recall.ai/reference/errors#/403-request-blocked
"""

import ipaddress
import re
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from ..models import Workspace
from . import answers

_LOCALHOST = re.compile(r"\blocalhost\b", re.I)
_V4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)")
_V6 = re.compile(r"\[([0-9a-f:.]*:[0-9a-f:.]*)\]", re.I)


def check(request: HttpRequest, raw: bytes, *, workspace: Workspace | None) -> None:
    """Raises the 403 for a GET with a body, and for `localhost` or an IP literal in a payload.

    The dashboard's own configured origin may be in it, and those that the workspace's webhooks go
    to, unless the workspace's firewall is strict.
    """
    if request.method in ("GET", "HEAD"):
        if raw:
            raise answers.blocked()
        return
    text = raw.decode(errors="replace").replace("\\/", "/")
    for origin in _let_through(workspace):
        text = text.replace(origin, "")
    if _LOCALHOST.search(text) or any(map(_is_address, _literals(text))):
        raise answers.blocked()


def _let_through(workspace: Workspace | None) -> list[str]:
    if workspace is None:
        return [settings.SANDBOX_ORIGIN] if settings.SANDBOX_ORIGIN else []
    if workspace.options["strict_firewall"]:
        return []
    told = [urlsplit(endpoint.url) for endpoint in workspace.endpoints.all()]
    origins = {f"{url.scheme}://{url.netloc}" for url in told if url.netloc}
    # The longest first: one port may begin another.
    return sorted({*origins, settings.SANDBOX_ORIGIN} - {""}, key=len, reverse=True)


def _literals(text: str) -> list[str]:
    return [*_V4.findall(text), *_V6.findall(text)]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
