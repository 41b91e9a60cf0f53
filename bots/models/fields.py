"""A text field that is stored encrypted and never shown by accident."""

from typing import Any

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from bots import seals

# The longest word of Recall's (a code, a kind, an event) that reading lets through.
WORD = 200


class Secret(str):
    """A secret in memory: dots to whatever prints, logs or renders it.

    Its text is what `str` methods see and what a plain f-string gives: `f"Token {key}"`.
    """

    __slots__ = ()

    # Why it can't be read, in a sentence; then its text is empty. "" for all others.
    problem = ""

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


class Stored(Secret):
    """A secret that came from the database; it keeps what stands there.

    One that can't be opened is empty, says why (`problem`), and is saved back as it came.
    """

    sealed: str

    def __new__(cls, text: str, sealed: str = "", problem: str = "") -> "Stored":
        self = super().__new__(cls, text)
        assert isinstance(self, cls)
        self.sealed, self.problem = sealed, problem
        return self

    def __getnewargs__(self) -> tuple[str, str, str]:  # type: ignore[override]
        return str.__str__(self), self.sealed, self.problem


class Sealed:
    """What stands in the column, as it is read: dots to whatever prints it."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return "•••" if self.text else ""


class _SecretAttribute(DeferredAttribute):
    """A secret is one from the moment it is set; one that was read is opened when it is asked for.

    Opening needs the row, because what was sealed for another row is not opened.
    """

    field: "EncryptedTextField"

    def __get__(self, instance: models.Model | None, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        if isinstance(value, Sealed) and instance is not None:
            value = instance.__dict__[self.field.attname] = self.field.open(instance, value)
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        name = self.field.attname
        instance.__dict__[name] = Secret(value) if type(value) is str else value


class EncryptedTextField(models.TextField):
    """Text that the database only ever sees encrypted (Fernet, keys from ENCRYPTION_KEYS).

    `bound_to` names the row's own field that its ciphertext is bound to: one that is known before
    the row is written and never changes. It opens in no other row.
    """

    descriptor_class = _SecretAttribute

    def __init__(self, *args: Any, bound_to: str = "pk", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bound_to = bound_to

    def place(self, instance: models.Model) -> str:
        """Where the secret of that row belongs, e.g. `bots.workspace.api_key:Jx0…`."""
        owner = getattr(instance, self.bound_to)
        if owner is None:
            raise ValueError(f"{self.name} needs {self.bound_to} before it can be stored")
        return f"{self.model._meta.label_lower}.{self.name}:{owner}"

    def open(self, instance: models.Model, sealed: Sealed) -> Stored:
        """The secret of that row; an empty one with its `problem` where it can't be read."""
        try:
            return Stored(seals.unseal(sealed.text, place=self.place(instance)), sealed.text)
        except seals.CannotOpen as error:
            return Stored("", sealed.text, str(error))

    def from_db_value(self, value: str | None, *args: Any) -> Any:
        return Sealed(value) if value else (None if value is None else Secret(""))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = super().pre_save(model_instance, add)
        if not value:
            # What could not be opened stays as it is: with its key it is good again.
            return Sealed(value.sealed) if isinstance(value, Stored) and value.problem else value
        return Sealed(seals.seal(f"{value}", place=self.place(model_instance)))

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Sealed):
            return value.text
        if isinstance(value, Stored) and value.sealed:
            return value.sealed
        if value:
            raise TypeError(f"{self.name} is a secret: set it on a row and save that.")
        return value

    def value_to_string(self, obj: models.Model) -> str:
        # In a fixture, what stands in the column.
        return str(self.get_prep_value(self.pre_save(obj, False)) or "")

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value.startswith(seals.BOUND):
            return Sealed(value)
        return value
