"""Workspaces: opened by their key's first call; those named demo… already hold two weeks."""

from datetime import datetime

from django.db import transaction

from . import seeds
from .database import ALIAS
from .models import Workspace


def opened(*, region: str, name: str, now: datetime) -> Workspace:
    """The workspace of this key, made on the first call with it."""
    known = Workspace.objects.filter(region=region, name=name).first()
    if known is not None:
        return known
    with transaction.atomic(using=ALIAS):
        workspace, new = Workspace.objects.get_or_create(
            region=region, name=name, defaults={"opened_at": now}
        )
        if new and name.startswith("demo"):
            seeds.sow(workspace, now=now)
    return workspace
