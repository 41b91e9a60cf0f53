"""Keeps the sandbox's tables in the sandbox's own database file, and nothing else there."""

from typing import Any

from django.db.models import Model

ALIAS = LABEL = "sandbox"


class SandboxRouter:
    """Sends app `sandbox` to alias `sandbox`; says nothing about the others."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return ALIAS if model._meta.app_label == LABEL else None

    def db_for_write(self, model: type[Model], **hints: Any) -> str | None:
        return ALIAS if model._meta.app_label == LABEL else None

    def allow_relation(self, obj1: Model, obj2: Model, **hints: Any) -> bool | None:
        ours = {obj1._meta.app_label == LABEL, obj2._meta.app_label == LABEL}
        return None if ours == {False} else ours == {True}

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        if db == ALIAS or app_label == LABEL:
            return db == ALIAS and app_label == LABEL
        return None
