"""Bots, and what came of their meetings."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from bots import actions, tasks
from bots.admin.base import ReadOnly, person
from bots.lifecycle import Action
from bots.models import (
    Artifact,
    Bot,
    Clip,
    Ear,
    KeptFile,
    Leftover,
    Participant,
    ParticipantEvent,
    Passage,
    Poster,
    Recording,
    Share,
    Speaking,
    StatusChange,
    Track,
    Transcript,
)


class StatusInline(admin.TabularInline):
    model = StatusChange
    extra = 0
    can_delete = False
    fields = readonly_fields = ("at", "code", "sub_code", "message", "source", "learnt_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Bot)
class BotAdmin(ReadOnly):
    list_display = ("meeting", "workspace", "phase", "outcome", "met", "policy")
    list_filter = ("phase", "outcome", "platform", "workspace")
    list_select_related = ("workspace", "policy__team")
    search_fields = ("title", "name", "meeting_url", "recall_id")
    date_hierarchy = "met_at"
    show_full_result_count = False
    inlines = (StatusInline,)
    actions = ("look_at_recall", "leave")

    @admin.display(description="bot", ordering="title")
    def meeting(self, bot: Bot) -> str:
        """Its title, else where it went, without what may hold a password."""
        place = bot.meeting_url.partition("://")[2].partition("?")[0].partition("#")[0]
        return bot.title or place or bot.name

    @admin.display(description="met at", ordering="met_at")
    def met(self, bot: Bot) -> str:
        return f"{bot.met_at:%Y-%m-%d %H:%M}"

    @admin.action(description="Refresh from Recall", permissions=["act"])
    def look_at_recall(self, request: HttpRequest, bots: QuerySet[Bot]) -> None:
        for bot in bots:
            bot.want_refresh(timezone.now())
            tasks.wake_refresh(bot)
        self.message_user(request, f"{len(bots)} to be looked at.")

    @admin.action(description="Leave the meeting (the bot cannot come back)", permissions=["act"])
    def leave(self, request: HttpRequest, bots: QuerySet[Bot]) -> None:
        told = 0
        for bot in bots:
            try:
                order = actions.order(
                    bot, Action.LEAVE, by=person(request), now=timezone.now(), confirmed=True
                )
            except actions.NotNow as error:
                self.message_user(request, f"{bot}: {error}", messages.WARNING)
            else:
                tasks.wake_order(order)
                told += 1
        if told:
            ends = "s" if told != 1 else ""
            self.message_user(request, f"{told} bot{ends} told to leave. They go within seconds.")


@admin.register(StatusChange)
class StatusChangeAdmin(ReadOnly):
    list_display = ("bot", "code", "sub_code", "at", "source", "learnt_at")
    list_filter = ("source", "code")
    list_select_related = ("bot",)
    search_fields = ("bot__title", "bot__recall_id", "code", "sub_code")
    show_full_result_count = False


class ArtifactInline(admin.TabularInline):
    model = Artifact
    extra = 0
    can_delete = False
    fields = readonly_fields = ("kind", "format", "status", "sub_code", "status_at", "recall_id")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Recording)
class RecordingAdmin(ReadOnly):
    list_display = ("bot", "status", "outcome", "started_at", "completed_at", "expires_at")
    list_filter = ("status", "outcome", "workspace")
    list_select_related = ("bot",)
    search_fields = ("bot__title", "recall_id")
    show_full_result_count = False
    inlines = (ArtifactInline,)


@admin.register(Artifact)
class ArtifactAdmin(ReadOnly):
    list_display = ("kind", "format", "status", "sub_code", "recording")
    list_filter = ("kind", "status")
    list_select_related = ("recording__bot",)
    search_fields = ("recall_id", "recording__bot__title")
    show_full_result_count = False


@admin.register(Track)
class TrackAdmin(ReadOnly):
    list_display = ("name", "type", "start_s", "duration_s", "artifact")
    list_select_related = ("artifact__recording__bot",)
    search_fields = ("name", "artifact__recording__bot__title")
    show_full_result_count = False


@admin.register(Poster)
class PosterAdmin(ReadOnly):
    list_display = ("recording", "media_type", "made_at", "due_at", "attempts", "why_none")
    list_select_related = ("recording__bot",)
    search_fields = ("recording__bot__title",)
    show_full_result_count = False


@admin.register(Participant)
class ParticipantAdmin(ReadOnly):
    list_display = ("name", "bot", "number", "is_host", "platform")
    list_select_related = ("bot",)
    search_fields = ("name", "bot__title")
    show_full_result_count = False


@admin.register(ParticipantEvent)
class ParticipantEventAdmin(ReadOnly):
    list_display = ("participant", "action", "at", "recording")
    list_filter = ("action",)
    list_select_related = ("participant", "recording__bot")
    search_fields = ("participant__name", "recording__bot__title")
    show_full_result_count = False


@admin.register(Transcript)
class TranscriptAdmin(ReadOnly):
    list_display = ("recording", "fetched_at")
    list_select_related = ("recording__bot",)
    search_fields = ("recording__bot__title",)
    show_full_result_count = False


@admin.register(Passage)
class PassageAdmin(ReadOnly):
    list_display = ("speaker", "start_s", "transcript")
    list_select_related = ("transcript__recording__bot",)
    search_fields = ("speaker", "text")
    show_full_result_count = False


@admin.register(KeptFile)
class KeptFileAdmin(ReadOnly):
    list_display = ("file_name", "label", "recording", "state", "size", "kept_at", "keep_until")
    list_filter = ("state", "kind", "workspace")
    list_select_related = ("recording__bot",)
    search_fields = ("file_name", "label", "reason", "sha256")
    # Where it lies in the storage is nobody's business.
    exclude = ("path", "etag")


@admin.register(Share)
class ShareAdmin(ReadOnly):
    """Never the link itself, which stands nowhere; `prefix` is what tells which one it is."""

    list_display = ("label", "prefix", "recording", "by", "expires_at", "ended_at", "openings")
    list_filter = ("ended_why", "recording__workspace")
    list_select_related = ("recording__bot", "by")
    search_fields = ("label", "prefix", "recording__bot__title")
    show_full_result_count = False


@admin.register(Clip)
class ClipAdmin(ReadOnly):
    list_display = ("share", "state", "attempts", "due_at", "error")
    list_filter = ("state",)
    list_select_related = ("share",)
    show_full_result_count = False


@admin.register(Ear)
class EarAdmin(ReadOnly):
    list_display = ("bot", "heard_at", "failed_at", "refused_at")
    list_select_related = ("bot",)
    search_fields = ("bot__title",)
    show_full_result_count = False


@admin.register(Speaking)
class SpeakingAdmin(ReadOnly):
    list_display = ("speaker", "at", "bot")
    list_select_related = ("bot",)
    search_fields = ("speaker", "bot__title")
    show_full_result_count = False


@admin.register(Leftover)
class LeftoverAdmin(ReadOnly):
    """Files that are still to go from the storage; where they lie is nobody's business."""

    list_display = ("since",)
    search_fields = ("since",)
    exclude = ("path",)
