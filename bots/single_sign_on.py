"""Signing in at an OpenID Connect provider: who is let in by what it says of them."""

import logging
from typing import Any, NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils import timezone

from bots import accounts, invitations
from bots.models import Invitation

PROVIDER = "oidc"
logger = logging.getLogger(__name__)


class Provider(OpenIDConnectOAuth2Adapter):
    """The provider of the settings; what it signs is checked, also where it said so directly."""

    @property
    def openid_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().openid_config
        if str(config.get("issuer", "")).rstrip("/") != settings.OIDC_ISSUER:
            raise ProviderException("The provider calls itself by another name than OIDC_ISSUER.")
        return config

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        said: dict[str, Any] = jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        return said

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **given: Any) -> Any:
        if not given["response"].get("id_token"):
            raise ProviderException("The provider sent no ID token.")
        login = super().complete_login(request, app, token, **given)
        said = login.account.extra_data
        if said["userinfo"].get("sub") != said["id_token"].get("sub"):
            raise ProviderException("The provider spoke of two people.")
        return login


class Strangers(DefaultSocialAccountAdapter):
    """Whom the provider vouches for: members and invited people get in, by a verified address."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Tie the provider's person to an account. Raises ImmediateHttpResponse for a refusal."""
        known = sociallogin.user if sociallogin.is_existing else None
        if known is not None and known.is_active:
            return
        email = _verified_address(sociallogin)
        if not email:
            _refuse(
                request,
                f"{settings.OIDC_NAME} did not say that your e-mail address is verified. Verify "
                "it there, then come back.",
            )
        user = accounts.find(email)
        if user is not None and not (user.is_active and accounts.is_verified(user, email)):
            user = None
        elif user is None:
            user = _by_invitation(email, sociallogin)
        if user is None:
            _refuse(
                request,
                f"Nobody has invited {email} here. Ask an owner or admin of your workspace to.",
            )
        _end_what_others_chose(user)
        sociallogin.connect(request, user)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Never: whoever is invited has an account by the time that this is asked."""
        return False

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Any = None,
        extra_context: Any = None,
    ) -> None:
        """Back to the sign-in page, with a sentence; what went wrong there is the log's matter."""
        if str(error) == "cancelled":
            _refuse(request, "Signing in was broken off.")
        # Of which kind only: such an error may carry what the provider answered.
        logger.warning("Single sign-on failed: %s (%s)", error, type(exception).__name__)
        _refuse(request, f"Signing in with {settings.OIDC_NAME} did not work. Try again.")


def _verified_address(sociallogin: SocialLogin) -> str:
    """The address that the provider says is verified, or ""."""
    said = sociallogin.account.extra_data
    both = (said.get("userinfo", {}), said.get("id_token", {}))
    # What the one calls verified is its own address, which in the other may be another one.
    told: dict[str, Any] = next((each for each in both if "email_verified" in each), {})
    is_verified = told.get("email_verified") in (True, "true")  # some providers quote it
    return str(told.get("email") or "").strip() if is_verified else ""


def _end_what_others_chose(user: User) -> None:
    """End a password that came with an invitation, and the sessions that it opened.

    The link of an invitation is seen by whoever made it, too: they may have taken it up in the
    place of the one whom the provider vouches for now.
    """
    by_link = Invitation.objects.filter(accepted_by=user, created_at__lte=user.date_joined)
    if user.has_usable_password() and by_link.exists():
        user.set_unusable_password()
        user.save(update_fields=["password"])


def _by_invitation(email: str, sociallogin: SocialLogin) -> User | None:
    """An account for whoever has open invitations, which are taken up with it."""
    now = timezone.now()
    rows = Invitation.objects.open(now).filter(email__iexact=email).select_related("workspace")
    found = [invitation for invitation in rows if accounts.same(invitation.email, email)]
    if not found:
        return None
    suggested = sociallogin.user
    name = f"{suggested.first_name} {suggested.last_name}" if suggested else ""
    try:
        with transaction.atomic():
            user = accounts.make(email, name=name)
            for invitation in found:
                invitations.accept(invitation, user, now=now)
    except (IntegrityError, invitations.Gone):
        return accounts.find(email)  # it was made, or taken up, at this very moment
    return user


def _refuse(request: HttpRequest, sentence: str) -> NoReturn:
    messages.error(request, sentence)
    raise ImmediateHttpResponse(redirect("login"))
