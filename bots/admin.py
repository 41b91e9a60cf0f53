"""Django admin for the people who run it: search, filters, actions, and never a secret."""

import json
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from bots import actions, inbox, policy, tasks
from bots.lifecycle import Action
from bots.models import (
    Artifact,
    Bot,
    Change,
    Delivery,
    DryRun,
    Heartbeat,
    Membership,
    Order,
    Participant,
    ParticipantEvent,
    Picture,
    PolicyVersion,
    Recording,
    StatusChange,
    Team,
    Transcript,
    WebhookSecret,
    Workspace,
)

admin.site.site_header = "recalldash"
admin.site.site_title = "recalldash"
admin.site.index_title = "What the dashboard knows"


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


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the admin lets nobody else in
    return request.user


def _written(value: Any) -> str:
    text = json.dumps(policy.shown(value), indent=2, ensure_ascii=False, sort_keys=True)
    return format_html("<pre>{}</pre>", text)


class TeamInline(admin.TabularInline):
    model = Team
    extra = 0


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)
    fields = ("user", "role")


@admin.register(Workspace)
class WorkspaceAdmin(admin.ModelAdmin):
    list_display = ("name", "region", "last_delivery_at", "last_refused_at", "key_problem")
    list_filter = ("region",)
    search_fields = ("name", "slug")
    inlines = (TeamInline, MembershipInline)
    fields = (
        "name", "slug", "region", "key", "key_problem", "key_checked_at", "quiet_until",
        "last_delivery_at", "last_refused_at", "last_refusal", "created_at",
    )  # fmt: skip
    readonly_fields = fields[3:]

    @admin.display(description="API key")
    def key(self, workspace: Workspace) -> str:
        return workspace.api_key.masked or "none; set it on the Settings page"  # type: ignore[attr-defined]


@admin.register(WebhookSecret)
class WebhookSecretAdmin(ReadOnly):
    list_display = ("workspace", "masked", "created_at", "retires_at")
    list_filter = ("workspace",)
    search_fields = ("workspace__name",)
    fields = list_display

    @admin.display(description="secret")
    def masked(self, secret: WebhookSecret) -> str:
        return secret.secret.masked  # type: ignore[attr-defined]


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin):
    list_display = ("name", "workspace", "created_at")
    list_filter = ("workspace",)
    search_fields = ("name", "workspace__name")


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    list_display = ("user", "workspace", "role", "created_at")
    list_filter = ("role", "workspace")
    search_fields = ("user__username", "user__email", "workspace__name")
    autocomplete_fields = ("user", "workspace")
    filter_horizontal = ("teams",)


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
                    bot, Action.LEAVE, by=_person(request), now=timezone.now(), confirmed=True
                )
            except actions.NotNow as error:
                self.message_user(request, f"{bot}: {error}", messages.WARNING)
            else:
                tasks.wake_order(order)
                told += 1
        if told:
            ends = "s" if told != 1 else ""
            self.message_user(request, f"{told} bot{ends} told to leave. They go within seconds.")


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
        return _written(version.own)

    @admin.display(description="all that counts")
    def rules_as_json(self, version: PolicyVersion) -> str:
        return _written(version.rules)


@admin.register(Picture)
class PictureAdmin(ReadOnly):
    list_display = ("digest", "workspace", "width", "height", "created_at")
    list_filter = ("workspace",)
    list_select_related = ("workspace",)
    search_fields = ("digest", "workspace__name")
    fields = list_display


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
    list_display = ("bot", "status", "started_at", "completed_at", "expires_at")
    list_filter = ("status", "workspace")
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
        return _written(order.body)


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
            replayed = inbox.replay(delivery, now=timezone.now())
            tasks.wake_delivery(replayed)
            if replayed.error:
                self.message_user(request, f"{delivery}: {replayed.error}", messages.WARNING)
        self.message_user(request, f"{len(deliveries)} replayed.")


@admin.register(DryRun)
class DryRunAdmin(ReadOnly):
    list_display = ("__str__", "team", "state", "done", "total", "by", "created_at")
    list_filter = ("state", "workspace")
    list_select_related = ("team", "by")
    search_fields = ("team__name", "by__username")
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[DryRun]:
        return super().get_queryset(request).defer("bots", "results")


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
