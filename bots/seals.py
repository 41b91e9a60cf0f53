"""Secrets sealed for the database: under the keys in ENCRYPTION_KEYS, each bound to its place.

A sealed text is `v2:` and a Fernet token of `[place, text]`. Texts of older releases are bare
tokens, bound to no place; they are read until `manage.py rotate_keys` has sealed them anew.
"""

import json
import logging

from cryptography.fernet import InvalidToken

from bots import conf

BOUND = "v2:"
UNKNOWN_KEY = "It is stored under a key that is not in ENCRYPTION_KEYS."
MOVED = "It was stored for another place, and moved here: it is not used."

security = logging.getLogger("bots.security")


class CannotOpen(Exception):
    """A sealed text that these keys, or this place, don't open; `str()` is a sentence."""


def seal(text: str, *, place: str) -> str:
    """The text for the database, under the newest key, to be opened at that place alone."""
    inside = json.dumps([place, text]).encode()
    return BOUND + conf.fernet().encrypt(inside).decode()


def unseal(sealed: str, *, place: str) -> str:
    """The text that was sealed for that place. Raises CannotOpen, and nothing else."""
    bound = sealed.startswith(BOUND)
    try:
        inside = conf.fernet().decrypt(sealed.removeprefix(BOUND).encode()).decode()
    except (InvalidToken, UnicodeError):
        raise CannotOpen(UNKNOWN_KEY) from None
    if not bound:
        return inside
    meant_for, text = json.loads(inside)
    if meant_for != place:
        # Only somebody who writes into the database can bring this about.
        security.error("A secret of %s was found at %s: it is not used.", meant_for, place)
        raise CannotOpen(MOVED)
    return str(text)


def is_current(sealed: str) -> bool:
    """Whether it is bound to a place and sealed under the newest key."""
    if not sealed.startswith(BOUND):
        return False
    try:
        conf.newest_fernet().decrypt(sealed.removeprefix(BOUND).encode())
    except InvalidToken:
        return False
    return True
