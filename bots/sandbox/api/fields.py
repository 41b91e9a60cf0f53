"""Small field checks that complain as Recall does, which means as Django REST Framework does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.utils.dateparse import parse_datetime

Missing = object()


class Invalid(Exception):
    """The body is wrong: `errors` is a list of sentences, or a map from field to errors."""

    def __init__(self, errors: Any) -> None:
        super().__init__(str(errors))
        self.errors = errors


Check = Callable[[Any], Any]


def text(*, longest: int | None = None, blank: bool = True) -> Check:
    def check(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise Invalid(["Not a valid string."])
        value = str(value)
        if not blank and not value:
            raise Invalid(["This field may not be blank."])
        if longest is not None and len(value) > longest:
            raise Invalid([f"Ensure this field has no more than {longest} characters."])
        return value

    return check


def whole(*, least: int | None = None) -> Check:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | str | float):
            raise Invalid(["A valid integer is required."])
        try:
            number = int(value)
            if isinstance(value, float) and value != number:
                raise ValueError
        except ValueError:
            raise Invalid(["A valid integer is required."]) from None
        if least is not None and number < least:
            raise Invalid([f"Ensure this value is greater than or equal to {least}."])
        return number

    return check


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Invalid(["Must be a valid boolean."])
    return value


def choice(*words: str) -> Check:
    def check(value: Any) -> str:
        if value not in words or not isinstance(value, str):
            raise Invalid([f'"{value}" is not a valid choice.'])
        return value

    return check


def when(value: Any) -> datetime:
    """A date-time as an aware datetime; without an offset it is UTC."""
    found = None
    if isinstance(value, str):
        try:
            found = parse_datetime(value)
        except ValueError:
            found = None
    if found is None:
        raise Invalid(
            [
                "Datetime has wrong format. Use one of these formats instead: "
                "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
            ]
        )
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def address(*schemes: str) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise Invalid(["Not a valid string."])
        try:
            parts = urlsplit(value)
            good = parts.scheme in schemes and bool(parts.hostname)
        except ValueError:
            good = False
        if not good:
            raise Invalid(["Enter a valid URL."])
        return value

    return check


def identifier(value: Any) -> str:
    try:
        return str(UUID(str(value)))
    except ValueError:
        raise Invalid(["Must be a valid UUID."]) from None


def listed(check: Check) -> Check:
    def checks(value: Any) -> list[Any]:
        if not isinstance(value, list):
            kind = type(value).__name__
            raise Invalid(
                {"non_field_errors": [f'Expected a list of items but got type "{kind}".']}
            )
        found: list[Any] = []
        errors: list[Any] = []
        for item in value:
            try:
                found.append(check(item))
                errors.append({})
            except Invalid as e:
                errors.append(e.errors)
        if any(errors):
            raise Invalid(errors)
        return found

    return checks


def metadata(value: Any) -> dict[str, Any]:
    """Text by text, or null; values of at most 500 characters."""
    if not isinstance(value, dict):
        raise Invalid([f'Expected a dictionary of items but got type "{type(value).__name__}".'])
    errors: dict[str, Any] = {}
    found: dict[str, Any] = {}
    for name, item in value.items():
        try:
            found[name] = None if item is None else text(longest=500)(item)
        except Invalid as e:
            errors[name] = e.errors
    if errors:
        raise Invalid(errors)
    return found


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a shape: its check, whether null is taken, and what it is when left out."""

    check: Check
    required: bool = False
    null: bool = False
    default: Any = Missing


@dataclass(frozen=True)
class Shape:
    """An object with known fields; unknown ones are ignored in silence."""

    fields: Mapping[str, Field] = field(default_factory=dict)

    def __call__(self, value: Any) -> dict[str, Any]:
        return self.read(value)

    def read(self, value: Any, *, partial: bool = False) -> dict[str, Any]:
        """The object with defaults filled in (not if `partial`). Raises Invalid."""
        if not isinstance(value, dict):
            raise Invalid(_no_dictionary(value))
        found: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        for name, field_ in self.fields.items():
            given = value.get(name, Missing)
            if given is Missing:
                if field_.required and not partial:
                    errors[name] = ["This field is required."]
                elif field_.default is not Missing and not partial:
                    default = field_.default
                    found[name] = default() if callable(default) else default
                continue
            if given is None:
                if field_.null:
                    found[name] = None
                else:
                    errors[name] = ["This field may not be null."]
                continue
            try:
                found[name] = field_.check(given)
            except Invalid as e:
                errors[name] = e.errors
        if errors:
            raise Invalid(errors)
        return found


def _no_dictionary(value: Any) -> dict[str, list[str]]:
    kind = type(value).__name__
    return {"non_field_errors": [f"Invalid data. Expected a dictionary, but got {kind}."]}
