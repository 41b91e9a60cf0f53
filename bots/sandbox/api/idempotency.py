"""Idempotency keys: one execution, then the same answer for an hour; 409 in between.

https://docs.recall.ai/reference/idempotency
"""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone

from ..database import ALIAS
from ..models import IdempotencyRecord
from . import answers
from .context import Context

KEPT = timedelta(hours=1)
ABANDONED = timedelta(minutes=2)  # a first call whose process died holds its key no longer


def once(
    context: Context, key: str, *, method: str, run: Callable[[], HttpResponse]
) -> HttpResponse:
    """Run it, or answer as the first time. Raises the 409 while the first is still running."""
    record = _claimed(context, key, method)
    if record.status is not None:
        return HttpResponse(record.body, status=record.status, headers=record.headers)
    try:
        response = run()
    except BaseException:
        record.delete()
        raise
    keeps = context.options["idempotency_keeps"]
    if keeps == "all" or response.status_code < 300 or response.status_code == 507:
        record.status = response.status_code
        record.headers = dict(response.headers)
        record.body = response.content.decode()
        record.completed_at = timezone.now()
        record.save()
    else:
        record.delete()
    return response


def _claimed(context: Context, key: str, method: str) -> IdempotencyRecord:
    now = context.now
    with transaction.atomic(using=ALIAS):
        record, created = IdempotencyRecord.objects.get_or_create(
            workspace=context.workspace,
            key=key,
            path=context.request.path.rstrip("/"),
            method=method,
            defaults={"begun_at": now},
        )
        if created:
            return record
        if record.completed_at is None:
            if record.begun_at > now - ABANDONED:
                raise answers.conflict()
        elif record.completed_at > now - KEPT:
            return record
        record.begun_at, record.completed_at, record.status = now, None, None
        record.save()
    return record
