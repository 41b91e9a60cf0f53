"""Keys: which workspace a call's `Authorization` header opens, or the documented 401.

https://docs.recall.ai/reference/authentication
"""

from datetime import datetime

from django.http import HttpRequest

from ..models import KEY, Workspace
from ..workspaces import opened
from . import answers

_SCHEMES = ("token", "bearer")


def known(request: HttpRequest, region: str, *, now: datetime) -> Workspace | None:
    """The workspace, opened on its first call. Both `Token <key>` and the bare key are taken."""
    words = request.headers.get("Authorization", "").split()
    if len(words) == 2 and words[0].lower() == "token":
        key = words[1]
    elif len(words) == 1:
        key = words[0]
    else:
        return None
    match = KEY.match(key)
    if match is None or match[1] != region:
        return None
    return opened(region=region, name=match[2], now=now)


def refusal(request: HttpRequest, allow: str) -> answers.Refused:
    """The 401 for a header that opens nothing."""
    words = request.headers.get("Authorization", "").split()
    if not words:
        return answers.not_authenticated(allow)
    if len(words) == 1 or words[0].lower() in _SCHEMES:
        return answers.wrong_key(allow)
    return answers.wrong_scheme(allow)
