"""Accounts in Django admin: what helps people who locked themselves out, and never a secret."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.http import HttpRequest

# Session keys open doors, tokens and apps hold secrets: none of them is shown. Sessions are on
# each person's own page, providers in the environment.
for model in (SocialApp, SocialToken, UserSession):
    admin.site.unregister(model)


class ToBeRemoved(admin.ModelAdmin):
    """To be looked at and removed, never made or edited by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


admin.site.unregister([Authenticator, SocialAccount, EmailAddress])


@admin.register(Authenticator)
class AuthenticatorAdmin(ToBeRemoved):
    """Second steps: removing a person's lets them sign in without, when the phone is lost."""

    fields = ("user", "type", "created_at", "last_used_at")
    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    search_fields = ("user__username", "user__email")


@admin.register(SocialAccount)
class SocialAccountAdmin(ToBeRemoved):
    """Who signs in elsewhere: removing one lets another person of that provider take its place."""

    fields = ("user", "provider", "uid", "last_login", "date_joined")
    list_display = ("user", "provider", "last_login")
    search_fields = ("user__username", "user__email", "uid")


@admin.register(EmailAddress)
class EmailAddressAdmin(admin.ModelAdmin):
    """Addresses of accounts; single sign-on goes by the verified ones."""

    list_display = ("email", "user", "verified", "primary")
    list_filter = ("verified",)
    search_fields = ("email", "user__username")
    raw_id_fields = ("user",)
