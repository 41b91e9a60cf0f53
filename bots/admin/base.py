"""What the pages of Django admin have in common."""

import json
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from bots import policy
from bots.models import AuditEvent, Verb, Workspace


class ReadOnly(admin.ModelAdmin):
    """History and mirrors: to be looked at, never to be edited by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Actions are for whoever was given the right to change; Django asks, by this name."""
        return super().has_change_permission(request)


class Audited(admin.ModelAdmin):
    """What can be edited by hand: each deed stands in the audit log of its workspace, too."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        _record(request, obj, "added", message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        _record(request, obj, "changed", message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            _record(request, obj, "deleted", "")
        return super().log_deletions(request, queryset)


def _record(request: HttpRequest, obj: Any, how: str, message: Any) -> None:
    """`message` names the fields that changed, and never what stands in them."""
    workspace = obj if isinstance(obj, Workspace) else obj.workspace
    AuditEvent.objects.record(
        workspace,
        Verb.IN_ADMIN,
        by=person(request),
        now=timezone.now(),
        target=obj,
        detail={"how": how, "kind": obj._meta.verbose_name, "fields": message},
    )


def person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the admin lets nobody else in
    return request.user


def written(value: Any) -> str:
    """A JSON value as people read it, without the keys of streams."""
    text = json.dumps(policy.shown(value), indent=2, ensure_ascii=False, sort_keys=True)
    return format_html("<pre>{}</pre>", text)
