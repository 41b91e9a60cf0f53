"""The audit log: read, and taken along."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from bots import audit_export
from bots.admin.base import ReadOnly, person, written
from bots.models import AuditEvent, Verb


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly):
    list_display = ("at", "workspace", "by_name", "verb", "what")
    list_filter = ("workspace", "verb")
    list_select_related = ("workspace",)
    search_fields = ("by_name", "what")
    date_hierarchy = "at"
    show_full_result_count = False
    actions = ("export",)
    exclude = ("detail",)
    readonly_fields = ("more",)

    @admin.display(description="detail")
    def more(self, event: AuditEvent) -> str:
        return written(event.detail)

    @admin.action(description="Export as CSV", permissions=["view"])
    def export(self, request: HttpRequest, events: QuerySet[AuditEvent]) -> StreamingHttpResponse:
        """The chosen lines; in each workspace it is noted that they were taken."""
        now = timezone.now()
        for workspace in {event.workspace for event in events.select_related("workspace")}:
            AuditEvent.objects.record(
                workspace, Verb.AUDIT_EXPORTED, by=person(request), now=now, what="CSV, by staff"
            )
        lines = audit_export.written(list(events.order_by("at", "pk")), "csv")
        response = StreamingHttpResponse(lines, content_type=audit_export.TYPES["csv"])
        response["Content-Disposition"] = content_disposition_header(True, "audit.csv")
        return response
