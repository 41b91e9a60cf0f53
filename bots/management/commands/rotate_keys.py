"""`manage.py rotate_keys`: every stored secret sealed anew under the newest of ENCRYPTION_KEYS."""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandParser
from django.db import models, transaction

from bots import seals
from bots.entrance import PLACE
from bots.models.fields import EncryptedTextField, Sealed
from bots.models.stored import batches, encrypted_fields


class Command(BaseCommand):
    """Seal what is not under the newest key. Can be stopped at any moment and run again."""

    help = (
        "Seal every stored secret anew under the first key in ENCRYPTION_KEYS. Put a new key in "
        "front, restart, run this, and take the old key out when --check finds nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; say which rows need an older key"
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        done = behind = unreadable = total = 0
        for batch in everything():
            with transaction.atomic():
                for row, name, read, seal in batch():
                    total += 1
                    where = f"{type(row).__name__}.{name} of row {row.pk}"
                    try:
                        is_current = read()
                    except seals.CannotOpen as problem:
                        unreadable += 1
                        self.stderr.write(f"{where}: {problem}")
                        continue
                    if is_current:
                        continue
                    if check:
                        behind += 1
                        self.stdout.write(f"{where} still needs an older key.")
                    else:
                        seal()
                        done += 1
        if check:
            self.stdout.write(f"{behind} of {total} secrets still need an older key.")
        else:
            self.stdout.write(f"{done} of {total} secrets sealed anew, the others were already.")
        if unreadable:
            self.stderr.write(f"{unreadable} cannot be read; they stay as they are.")
        if unreadable or (check and behind):
            sys.exit(1)


# A row, the name of its secret, whether that is under the newest key, and how it gets there.
Kept = tuple[models.Model, str, Callable[[], bool], Callable[[], object]]
Batch = Callable[[], Iterator[Kept]]


def everything() -> Iterator[Batch]:
    """Every stored secret in batches, each to be read inside a transaction, its rows held."""
    for model, field in encrypted_fields():
        for rows in batches(model, field):
            yield partial(_in_columns, model, field, rows)
    steps = Authenticator.objects.order_by("pk").values_list("pk", flat=True)
    for pk in list(steps):
        yield partial(_in_second_steps, pk)


def _in_columns(
    model: type[models.Model], field: EncryptedTextField, rows: list[int]
) -> Iterator[Kept]:
    held = model._default_manager.select_for_update(no_key=True).in_bulk(rows)
    for row in held.values():

        def read(row: models.Model = row) -> bool:
            stored = row.__dict__[field.attname]  # asked before the secret is, which opens it
            if isinstance(stored, Sealed) and seals.is_current(stored.text):
                return True
            if problem := getattr(row, field.attname).problem:
                raise seals.CannotOpen(problem)
            return False

        yield row, field.name, read, partial(row.save, update_fields=[field.attname])


def _in_second_steps(pk: int) -> Iterator[Kept]:
    """What django-allauth keeps for second steps: sealed words in a JSON object."""
    step = Authenticator.objects.select_for_update().filter(pk=pk).first()
    for name, sealed in list((step.data if step else {}).items()):
        if not isinstance(sealed, str) or not sealed.startswith(seals.BOUND):
            continue

        def read(sealed: str = sealed) -> bool:
            seals.unseal(sealed, place=PLACE)
            return seals.is_current(sealed)

        def seal(name: str = name, sealed: str = sealed) -> None:
            step.data[name] = seals.seal(seals.unseal(sealed, place=PLACE), place=PLACE)
            step.save(update_fields=["data"])

        yield step, name, read, seal
