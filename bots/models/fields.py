"""A text field that is stored encrypted and never shown by accident."""

from typing import Any

from cryptography.fernet import InvalidToken
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from bots import conf

# The longest word of Recall's (a code, a kind, an event) that reading lets through.
WORD = 200


class Secret(str):
    """A secret in memory: dots to whatever prints, logs or renders it.

    Its text is what `str` methods see and what a plain f-string gives: `f"Token {key}"`.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> "Secret":
        # Of another secret, too: the text, not its dots.
        return super().__new__(cls, str.__str__(text))

    def __repr__(self) -> str:
        return f"'{self.masked}'"

    def __str__(self) -> str:
        return self.masked

    def __format__(self, spec: str) -> str:
        return str.__str__(self).__format__(spec)

    @property
    def masked(self) -> str:
        """Enough to recognise it by, e.g. `•••x7Qa`."""
        return f"•••{self[-4:]}" if len(self) > 11 else ("•••" if self else "")


class Undecryptable(Exception):
    """A stored secret can't be read with the keys in ENCRYPTION_KEYS."""


class _SecretAttribute(DeferredAttribute):
    """A secret is one from the moment it is set, not only once it was read back."""

    def __set__(self, instance: models.Model, value: Any) -> None:
        name = self.field.attname
        instance.__dict__[name] = Secret(value) if type(value) is str else value


class EncryptedTextField(models.TextField):
    """Text that the database only ever sees encrypted (Fernet, keys from ENCRYPTION_KEYS)."""

    descriptor_class = _SecretAttribute

    def from_db_value(self, value: str | None, *args: Any) -> Secret | None:
        if value is None:
            return None
        if not value:
            return Secret("")
        try:
            return Secret(conf.fernet().decrypt(value.encode()).decode())
        except InvalidToken as error:
            raise Undecryptable(
                f"{self.model.__name__}.{self.name} was stored under a key that is not in "
                "ENCRYPTION_KEYS."
            ) from error

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if not value:
            return value
        return conf.fernet().encrypt(value.encode()).decode()
