"""Alerts: what was raised, who was told, the messages that carried it, and never an address."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from bots.admin.base import ReadOnly
from bots.models import Alert, AlertAddress, AlertChoice, AlertMessage, AlertRules, Heard


@admin.register(Alert)
class AlertAdmin(ReadOnly):
    list_display = ("kind", "workspace", "team", "bot", "raised_at", "resolved_at")
    list_filter = ("kind", "workspace")
    list_select_related = ("workspace", "team", "bot")
    search_fields = ("bot__title", "sentence", "subject")
    date_hierarchy = "raised_at"
    show_full_result_count = False


class OfAPerson(ReadOnly):
    """Goes with its person or membership: whoever may remove those may remove this."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)


@admin.register(AlertMessage)
class AlertMessageAdmin(OfAPerson):
    list_display = (
        "user",
        "address",
        "kind",
        "state",
        "created_at",
        "sent_at",
        "attempts",
        "error",
    )
    list_filter = ("state", "workspace")
    list_select_related = ("user", "address")
    raw_id_fields = ("alerts",)
    show_full_result_count = False


@admin.register(AlertAddress)
class AlertAddressAdmin(ReadOnly):
    list_display = ("name", "team", "last_sent_at", "problem")
    list_select_related = ("team",)
    # Whoever knows the address can write into the channel.
    exclude = ("url",)


@admin.register(Heard)
class HeardAdmin(OfAPerson):
    list_display = ("user", "alert", "raised_at", "read_at")
    list_select_related = ("user", "alert")
    show_full_result_count = False


admin.site.register(AlertChoice, OfAPerson)
admin.site.register(AlertRules, ReadOnly)
