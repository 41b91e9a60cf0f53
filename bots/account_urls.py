"""The addresses of accounts: of django-allauth's pages, those that are used and no other."""

from allauth.account import views as allauth
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.urls import path, re_path

from bots.views import account, invitation

urlpatterns = [
    path("login/", account.SignIn.as_view(), name="account_login"),
    path("invitation/<str:token>/", invitation.page, name="invitation"),
    path("account/", account.page, name="account"),
    path("account/new/", account.closed, name="account_signup"),
    path("account/sessions/", account.open_sessions, name="sessions"),
    path("account/inactive/", allauth.account_inactive, name="account_inactive"),
    path("account/password/", account.Password.as_view(), name="account_change_password"),
    path("account/confirm/", allauth.reauthenticate, name="account_reauthenticate"),
    path("account/reset/", account.Reset.as_view(), name="account_reset_password"),
    path("account/reset/sent/", allauth.password_reset_done, name="account_reset_password_done"),
    path(
        "account/reset/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^account/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("account/second-step/", mfa.index, name="mfa_index"),
    path("account/second-step/code/", account.SecondStep.as_view(), name="mfa_authenticate"),
    path("account/second-step/confirm/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("account/second-step/on/", totp.activate_totp, name="mfa_activate_totp"),
    path("account/second-step/off/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/recovery/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "account/recovery/new/",
        recovery.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        "account/recovery/codes.txt",
        recovery.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path("account/sso/", account.begin_sso, name="sso"),
    path(
        "account/sso/<slug:provider_id>/",
        account.finish_sso,
        name="openid_connect_callback",
    ),
]
