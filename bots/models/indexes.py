"""Indexes of some rows of a table."""

from django.db import models


def where_set(*columns: str, name: str) -> models.Index:
    """An index by these columns of the rows in which the last of them is not null, and no more."""
    is_set = models.Q(**{f"{columns[-1]}__isnull": False})
    return models.Index(fields=columns, name=name, condition=is_set)
