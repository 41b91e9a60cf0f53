"""All stored secrets together: walked row by row, and counted where these keys don't open them."""

from collections.abc import Iterator

from django.apps import apps
from django.db import models

from bots.models.fields import EncryptedTextField

BATCH = 100


def encrypted_fields() -> Iterator[tuple[type[models.Model], EncryptedTextField]]:
    """Every encrypted column of every model."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, EncryptedTextField):
                yield model, field


def batches(model: type[models.Model], field: EncryptedTextField) -> Iterator[list[int]]:
    """The keys of the rows that hold a secret, some at a time."""
    last = 0
    rows = model._default_manager.exclude(**{field.name: ""}).order_by("pk")
    while found := list(rows.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        yield found
        last = found[-1]


def count_unreadable() -> int:
    """How many stored secrets can't be opened. Raises what the database raises."""
    return sum(
        bool(getattr(row, field.attname).problem)
        for model, field in encrypted_fields()
        for rows in batches(model, field)
        for row in model._default_manager.in_bulk(rows).values()
    )
