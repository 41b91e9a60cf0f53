"""What forms say of which rows and which form: read so that nothing made up does any harm."""

import uuid
from collections.abc import Iterable

from django.http import HttpRequest


def numbers(words: Iterable[str]) -> set[int]:
    """The rows that a form names; what is no number names none."""
    return {int(word) for word in words if word.isascii() and word.isdecimal() and len(word) < 19}


def token(request: HttpRequest) -> str:
    """What one form is known by, so that it is one deed however often it comes; else a new one."""
    # PostgreSQL takes no NUL.
    return request.POST.get("token", "").replace("\0", "")[:64] or str(uuid.uuid4())
