"""Whether the keys of stored secrets are there and fit, asked when a server or a worker starts."""

import logging

from django.conf import settings
from django.db import DatabaseError, connections

from bots import conf
from bots.models import stored


class CannotStart(Exception):
    """A sentence for whoever starts it: what is wrong and what to do."""

    def __repr__(self) -> str:
        return str(self)


logger = logging.getLogger(__name__)


def look() -> None:
    """Raise CannotStart where there are no keys to go by; log one line where they don't fit.

    Keys that don't fit stop nothing: what they can't open says so itself, and webhooks wait.
    """
    try:
        conf.fernet()
    except ValueError as error:
        raise CannotStart(
            f"ENCRYPTION_KEYS holds something that is not a Fernet key ({error}). Make one with "
            "manage.py new_key."
        ) from None
    if settings.SECURE and not settings.SANDBOX and not settings.ENCRYPTION_KEYS:
        raise CannotStart(
            "ENCRYPTION_KEYS is not set. Set it to a key that manage.py new_key prints, and keep "
            "it: what is stored under it can't be read without."
        )
    try:
        unreadable = stored.count_unreadable()
    except DatabaseError:
        return  # away, or not made yet: whoever needs it says so
    finally:
        connections.close_all()
    if unreadable:
        logger.error(
            "%d stored secrets cannot be read with the keys in ENCRYPTION_KEYS. Put the key back "
            "that they were stored under.",
            unreadable,
        )
