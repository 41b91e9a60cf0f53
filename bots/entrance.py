"""What django-allauth asks this house: who it is, from where, how often, and what is said."""

import logging
import math
import time
from smtplib import SMTPException
from typing import Any, cast
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core.internal import ratelimit
from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from bots import accounts, alerts, belonging, seals
from bots.sessions import NOWHERE

logger = logging.getLogger(__name__)

TOO_MANY = "too_many_login_attempts"
# What secrets of second steps are sealed for.
PLACE = "mfa.authenticator"
NO_MATCH = "That name and password do not match. Check both and try again."

# What a page says after a step; django-allauth's other messages are not shown.
SAID = {
    "account/messages/password_changed.txt": "The password is changed. Every other session has "
    "been signed out.",
    "mfa/messages/totp_activated.txt": "Signing in takes a code from now on. Keep the recovery "
    "codes somewhere safe.",
    "mfa/messages/totp_deactivated.txt": "Signing in takes no code any more.",
    "mfa/messages/recovery_codes_generated.txt": "Your recovery codes are new. Only these work.",
}


class Backend(AuthenticationBackend):
    """One account is looked up, one password checked: known and unknown names take as long."""

    def _authenticate(self, request: HttpRequest | None, **given: Any) -> User | None:
        said = given.get("email") or given.get("username") or ""
        return self._check_password(accounts.find(str(said)), given["password"])

    def get_user(self, user_id: int) -> User | None:
        """Whose session it is, with where they belong, which nearly every page asks next."""
        user = belonging.person(user_id)
        if user is None:
            return cast(User | None, super().get_user(user_id))
        return user if self.user_can_authenticate(user) else None

    def user_can_authenticate(self, user: User | None) -> bool:
        """Not the demo's superuser where there is no sandbox (any more), nor with its sessions."""
        is_demo = user is not None and user.email == accounts.DEMO_EMAIL
        return bool(super().user_can_authenticate(user)) and (settings.SANDBOX or not is_demo)


class Accounts(DefaultAccountAdapter):
    """How accounts behave here."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": NO_MATCH,
        "username_password_mismatch": NO_MATCH,
        "incorrect_password": "That is not your password.",
        "enter_current_password": "That is not your password.",
        "incorrect_code": "That code does not fit, or was used already. Wait for the next one.",
        "invalid_password_reset": "This link has been used, or is too old.",
        TOO_MANY: "Too many attempts. Wait a few minutes, then try again.",
        "rate_limited": "Too many attempts. Wait a few minutes, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never by itself: accounts are made where an invitation is taken up."""
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """A path of this house, from its root, and nothing else."""
        return (url or "").startswith("/") and url_has_allowed_host_and_scheme(url, None)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Where the request comes from; where nobody knows, everyone comes from one place."""
        try:
            known = get_client_ip(request)
        except ImproperlyConfigured:  # past the proxies that should stand in front
            known = request.META.get("REMOTE_ADDR")
        return known or NOWHERE

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count this attempt. Raises ValidationError with when to try again after too many."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            key = self._get_login_attempts_cache_key(request, **credentials)
            left_s = wait_s(request, "login_failed", key=key)
            # Whether there is such an account or not: both take as long.
            alerts.note_guess(key)
            sentence = f"Too many attempts. Try again {in_words(left_s)}."
            raise ValidationError(sentence, code=TOO_MANY, params={"wait_s": left_s}) from None

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # By account and not by what was typed: its name and its address share one count.
        said = str(credentials.get("email") or credentials.get("username") or "").strip().lower()
        known = accounts.find(said)
        return f"account:{known.pk}" if known else f"nobody:{said}"

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of a mail, at the address that is ours whatever the request said."""
        url = super().get_reset_password_from_key_url(key)
        return at_home(url)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail that cannot leave is noted; the page says the same, whoever asked."""
        if not settings.SENDS_MAIL:
            return
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException, ValueError) as error:
            logger.warning("A mail (%s) was not sent: %s", template_prefix, type(error).__name__)

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *a: Any,
        **k: Any,
    ) -> None:
        sentence = SAID.get(message_template or "")
        if sentence:
            messages.add_message(request, level, sentence)


class SecondSteps(DefaultMFAAdapter):
    """Secrets of authenticator apps and recovery codes, stored as Recall's keys are."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "That code does not fit, or was used already. Wait for the next one.",
    }

    def encrypt(self, text: str) -> str:
        return seals.seal(text, place=PLACE)

    def decrypt(self, encrypted_text: str) -> str:
        return seals.unseal(encrypted_text, place=PLACE)


def at_home(url: str) -> str:
    """That address of ours with PUBLIC_URL before it, where there is one."""
    return settings.PUBLIC_URL + urlsplit(url).path if settings.PUBLIC_URL else url


def wait_s(request: HttpRequest, action: str, *, key: str | None = None) -> float:
    """How long until that may be tried again, by what was counted so far (0: at once)."""
    now, longest = time.time(), 0.0
    for rate in ratelimit.get_rates(app="allauth.account", action=action):
        if (rate.per == "key" and key is None) or (
            rate.per == "user" and not request.user.is_authenticated
        ):
            continue
        counted = ratelimit.get_cache_key(
            request, app="allauth.account", action=action, rate=rate, key=key
        )
        # Newest first; room is made when the oldest of those that fill the limit has gone.
        history = cache.get(counted, [])
        if len(history) >= rate.amount:
            longest = max(longest, history[rate.amount - 1] + rate.duration - now)
    return longest


def in_words(seconds: float) -> str:
    """“in 4 minutes”, for whoever has to wait so long."""
    minutes = math.ceil(seconds / 60)
    if minutes <= 1:
        return "in a minute"
    return f"in {minutes} minutes" if minutes < 100 else f"in {math.ceil(minutes / 60)} hours"
