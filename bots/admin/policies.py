"""Versions of policies, the pictures and sounds of bots, and dry runs."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe

from bots import policy
from bots.admin.base import ReadOnly, written
from bots.models import DryRun, Picture, PolicyVersion, Sound


@admin.register(PolicyVersion)
class PolicyVersionAdmin(ReadOnly):
    list_display = ("__str__", "workspace", "author", "note", "restored", "created_at")
    list_filter = ("workspace", "team")
    list_select_related = ("workspace", "team", "author")
    search_fields = ("note", "team__name", "workspace__name", "author__username")
    date_hierarchy = "created_at"
    show_full_result_count = False
    fields = (
        "workspace", "team", "number", "base", "locks", "author", "note", "restored",
        "created_at", "says", "own_as_json", "rules_as_json",
    )  # fmt: skip
    readonly_fields = ("says", "own_as_json", "rules_as_json")

    @admin.display(description="in words")
    def says(self, version: PolicyVersion) -> str:
        sections = policy.in_words(version.pure.rules).values()
        return format_html_join(mark_safe("<br>"), "{}", ((" ".join(each),) for each in sections))

    @admin.display(description="what it says itself")
    def own_as_json(self, version: PolicyVersion) -> str:
        return written(version.own)

    @admin.display(description="all that counts")
    def rules_as_json(self, version: PolicyVersion) -> str:
        return written(version.rules)


@admin.register(Picture)
class PictureAdmin(ReadOnly):
    list_display = ("digest", "workspace", "width", "height", "created_at")
    list_filter = ("workspace",)
    list_select_related = ("workspace",)
    search_fields = ("digest", "workspace__name")
    fields = list_display


@admin.register(Sound)
class SoundAdmin(ReadOnly):
    list_display = ("digest", "workspace", "lasts_s", "created_at")
    list_filter = ("workspace",)
    list_select_related = ("workspace",)
    search_fields = ("digest", "workspace__name")
    fields = list_display


@admin.register(DryRun)
class DryRunAdmin(ReadOnly):
    list_display = ("__str__", "team", "state", "done", "total", "by", "created_at")
    list_filter = ("state", "workspace")
    list_select_related = ("team", "by")
    search_fields = ("team__name", "by__username")
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[DryRun]:
        return super().get_queryset(request).defer("bots", "results")
