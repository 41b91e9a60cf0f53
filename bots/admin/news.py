"""What came in: webhooks, the feed to browsers, signs of life."""

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from bots import inbox, tasks
from bots.admin.base import ReadOnly, person
from bots.models import AuditEvent, Change, Delivery, Heartbeat, Verb


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = ("event", "workspace", "state", "bot", "received_at", "attempts", "error")
    list_filter = ("state", "event", "workspace")
    list_select_related = ("workspace", "bot")
    search_fields = ("message_id", "event", "bot__title", "bot__recall_id")
    date_hierarchy = "received_at"
    show_full_result_count = False
    actions = ("replay",)
    exclude = ("body",)
    readonly_fields = ("text",)

    @admin.display(description="body")
    def text(self, delivery: Delivery) -> str:
        return bytes(delivery.body).decode(errors="replace")

    @admin.action(description="Replay: observe it once more", permissions=["act"])
    def replay(self, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
        for delivery in deliveries:
            now = timezone.now()
            with transaction.atomic():
                replayed = inbox.replay(delivery, now=now)
                AuditEvent.objects.record(
                    delivery.workspace,
                    Verb.DELIVERY_REPLAYED,
                    by=person(request),
                    now=now,
                    target=delivery,
                    detail={"result": replayed.state},
                )
            tasks.wake_delivery(replayed)
            if replayed.error:
                self.message_user(request, f"{delivery}: {replayed.error}", messages.WARNING)
        self.message_user(request, f"{len(deliveries)} replayed.")


@admin.register(Change)
class ChangeAdmin(ReadOnly):
    list_display = ("id", "workspace", "bot_id", "at")
    list_filter = ("workspace",)
    search_fields = ("bot_id",)
    show_full_result_count = False


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnly):
    list_display = ("name", "at")
    search_fields = ("name",)
