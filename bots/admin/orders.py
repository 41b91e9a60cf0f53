"""What was ordered, one by one and many at once, and every call that it took."""

from django.contrib import admin

from bots.admin.base import ReadOnly, written
from bots.models import (
    Batch,
    BatchItem,
    Budget,
    Call,
    Consent,
    ConsentAnswer,
    LeaveRule,
    Order,
)


@admin.register(Order)
class OrderAdmin(ReadOnly):
    list_display = ("action", "bot", "state", "by", "attempts", "created_at", "error")
    list_filter = ("state", "action", "bot__workspace")
    list_select_related = ("bot", "by")
    search_fields = ("bot__title", "bot__recall_id", "error", "error_code")
    date_hierarchy = "created_at"
    show_full_result_count = False
    exclude = ("key", "token", "body")
    readonly_fields = ("goes_with_it",)

    @admin.display(description="what goes with it")
    def goes_with_it(self, order: Order) -> str:
        return written(order.body)


@admin.register(LeaveRule)
class LeaveRuleAdmin(ReadOnly):
    list_display = ("__str__", "bot", "state", "by", "policy", "met_at", "ended_at", "why")
    list_filter = ("state", "when", "bot__workspace")
    list_select_related = ("bot", "by", "policy__team")
    search_fields = ("bot__title", "bot__recall_id")
    show_full_result_count = False
    exclude = ("token",)


@admin.register(Consent)
class ConsentAdmin(ReadOnly):
    list_display = ("bot", "needs", "no_does", "asked_at", "heard_at", "met_at", "deletes")
    list_filter = ("needs", "bot__workspace")
    list_select_related = ("bot",)
    search_fields = ("bot__title", "bot__recall_id")
    show_full_result_count = False


@admin.register(ConsentAnswer)
class ConsentAnswerAdmin(ReadOnly):
    list_display = ("at", "consent", "name", "says", "by")
    list_filter = ("says", "consent__bot__workspace")
    list_select_related = ("consent__bot", "by")
    show_full_result_count = False


@admin.register(Call)
class CallAdmin(ReadOnly):
    list_display = ["at", "workspace", "lane", "method", "path", "status", "duration_s", "order"]
    list_filter = ["workspace", "lane", "status", "endpoint"]


admin.site.register([Batch, BatchItem, Budget], ReadOnly)
