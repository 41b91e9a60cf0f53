"""What was deleted, and what keeps it away: receipts, tombstones, forgotten people."""

from django.contrib import admin

from bots.admin.base import ReadOnly
from bots.models import Erasure, Forgotten, PersonErasure, Tombstone


@admin.register(Erasure)
class ErasureAdmin(ReadOnly):
    list_display = ("id", "workspace", "what", "bot", "by_name", "asked_at", "done_at", "answer")
    list_filter = ("what", "workspace")
    list_select_related = ("workspace", "bot")
    search_fields = ("by_name", "bot__title")
    show_full_result_count = False


@admin.register(Tombstone)
class TombstoneAdmin(ReadOnly):
    list_display = ("recall_id", "workspace", "at", "heard")
    list_filter = ("workspace",)
    search_fields = ("recall_id",)
    show_full_result_count = False


@admin.register(Forgotten)
class ForgottenAdmin(ReadOnly):
    list_display = ("id", "workspace", "words", "is_everywhere", "in_texts", "keeps_words")
    list_filter = ("workspace",)
    search_fields = ("digest",)
    exclude = ("digest",)
    show_full_result_count = False


@admin.register(PersonErasure)
class PersonErasureAdmin(ReadOnly):
    list_display = ("id", "workspace", "by", "created_at", "finished_at", "counts")
    list_filter = ("workspace",)
    list_select_related = ("workspace", "by")
    search_fields = ("by__username",)
    # The names go when it is finished; until then they are nobody's business here.
    exclude = ("called", "token")
    show_full_result_count = False
