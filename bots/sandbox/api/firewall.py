"""The firewall in front of the API: what it blocks before anybody looks at the key.

https://docs.recall.ai/reference/errors#/403-request-blocked
"""

import ipaddress
import re

from django.conf import settings
from django.http import HttpRequest

from . import answers

_LOCALHOST = re.compile(r"\blocalhost\b", re.I)
_V4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)")
_V6 = re.compile(r"\[([0-9a-f:.]*:[0-9a-f:.]*)\]", re.I)


def check(request: HttpRequest, raw: bytes, *, strict: bool) -> None:
    """Raises the 403 for a GET with a body, and for `localhost` or an IP literal in a payload.

    The dashboard's own configured origin may be in it, unless `strict`.
    """
    if request.method in ("GET", "HEAD"):
        if raw:
            raise answers.blocked()
        return
    text = raw.decode(errors="replace").replace("\\/", "/")
    if settings.SANDBOX_ORIGIN and not strict:
        text = text.replace(settings.SANDBOX_ORIGIN, "")
    if _LOCALHOST.search(text) or any(map(_is_address, _literals(text))):
        raise answers.blocked()


def _literals(text: str) -> list[str]:
    return [*_V4.findall(text), *_V6.findall(text)]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
