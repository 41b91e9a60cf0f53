"""Workspaces and who belongs to them; keys and secrets only as dots."""

from django.contrib import admin

from bots.admin.base import Audited, ReadOnly
from bots.models import ApiCall, ApiToken, Invitation, Membership, Team, WebhookSecret, Workspace


class TeamInline(admin.TabularInline):
    model = Team
    extra = 0


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)
    fields = ("user", "role")


@admin.register(Workspace)
class WorkspaceAdmin(Audited):
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
class TeamAdmin(Audited):
    list_display = ("name", "workspace", "created_at")
    list_filter = ("workspace",)
    search_fields = ("name", "workspace__name")


@admin.register(Membership)
class MembershipAdmin(Audited):
    list_display = ("user", "workspace", "role", "created_at")
    list_filter = ("role", "workspace")
    search_fields = ("user__username", "user__email", "workspace__name")
    autocomplete_fields = ("user", "workspace")
    filter_horizontal = ("teams",)


@admin.register(Invitation)
class InvitationAdmin(ReadOnly):
    list_display = ["email", "workspace", "role", "created_at", "accepted_at", "revoked_at"]
    exclude = ["digest"]


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly):
    """Never the token itself, which stands nowhere; `prefix` is what tells which one it is."""

    list_display = ["name", "prefix", "workspace", "by", "created_at", "last_used_at", "revoked_at"]
    list_filter = ["workspace"]
    list_select_related = ["workspace", "by"]
    search_fields = ["name", "prefix", "workspace__name"]
    exclude = ["digest"]


@admin.register(ApiCall)
class ApiCallAdmin(ReadOnly):
    list_display = ["token", "at"]
    list_select_related = ["token"]
    show_full_result_count = False
