"""Assistants, their meetings and summaries; a key is never shown."""

from django.contrib import admin

from bots.admin.base import ReadOnly
from bots.models import Assistant, AssistantSession, AssistantTurn, RecordingSummary


@admin.register(Assistant)
class AssistantAdmin(ReadOnly):
    list_display = ("name", "workspace", "kind", "model", "created_at", "archived_at")
    list_filter = ("kind", "workspace")
    search_fields = ("name",)
    exclude = ("api_key", "ref")


@admin.register(AssistantSession)
class AssistantSessionAdmin(ReadOnly):
    list_display = ("name", "bot", "state", "opened_at", "tokens_in", "tokens_out", "problem")
    list_filter = ("state", "bot__workspace")
    list_select_related = ("bot",)
    search_fields = ("name", "bot__title", "bot__recall_id")
    show_full_result_count = False


@admin.register(AssistantTurn)
class AssistantTurnAdmin(ReadOnly):
    list_display = ("began_at", "session", "kind", "speaker", "is_for_us", "in_chat")
    list_filter = ("kind", "is_for_us")
    list_select_related = ("session__bot",)
    show_full_result_count = False


@admin.register(RecordingSummary)
class RecordingSummaryAdmin(ReadOnly):
    list_display = ("recording", "name", "state", "asked_at", "made_at", "problem")
    list_filter = ("state", "recording__workspace")
    list_select_related = ("recording",)
    show_full_result_count = False
