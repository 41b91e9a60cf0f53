"""The pages of a person: signing in and out, name, password, second step, sessions."""

import logging
from typing import Any, cast

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.views import LoginView, PasswordChangeView, PasswordResetView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from requests import RequestException

from bots import entrance, sessions, single_sign_on
from bots.account_forms import NameForm
from bots.views.access import memberships_of
from bots.views.shell import say

logger = logging.getLogger(__name__)

# Which count stands behind the pages that answer 429.
COUNTED = {
    "login": "login",
    "account_login": "login",
    "account_reset_password": "reset_password",
    "account_reset_password_from_key": "reset_password_from_key",
    "account_reauthenticate": "reauthenticate",
    "mfa_reauthenticate": "reauthenticate",
    "account_change_password": "change_password",
}


class SignIn(LoginView):
    """E-mail address and password; or the demo, or single sign-on, where those are on."""

    template_name = "signin.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if settings.OIDC_ONLY:
            say(request, f"Here people sign in with {settings.OIDC_NAME}.", bad=True)
            return redirect("login")
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer

    def form_invalid(self, form: Any) -> HttpResponse:
        return _slowed(super().form_invalid(form), form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | ways_in()


class SecondStep(AuthenticateView):
    """The code of an authenticator app, or a recovery code, after the password."""

    def form_invalid(self, form: Any) -> HttpResponse:
        return _slowed(super().form_invalid(form), form)


def ways_in() -> dict[str, Any]:
    """What the sign-in page offers, by the settings."""
    return {
        "sso_name": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
        "takes_passwords": not settings.OIDC_ONLY,
        "resets_passwords": settings.SENDS_MAIL and not settings.OIDC_ONLY,
    }


def _slowed(response: HttpResponse, form: Any) -> HttpResponse:
    """The same page as 429 where the form was refused for coming too often."""
    for errors in form.errors.as_data().values():
        for error in errors:
            if error.code in (entrance.TOO_MANY, "rate_limited"):
                response.status_code = 429
                wait_s = (error.params or {}).get("wait_s", 300)
                response.headers["Retry-After"] = str(max(1, round(wait_s)))
    return response


def too_many(request: HttpRequest) -> HttpResponse:
    """The page of whoever asked too often: when to try again."""
    match = request.resolver_match
    action = COUNTED.get(match.url_name or "", "") if match else ""
    key = request.POST.get("email", "").strip().lower() or None
    wait_s = entrance.wait_s(request, action, key=key) if action else 0.0
    words = {"when": entrance.in_words(wait_s or 60)}
    response = render(request, "429.html", words, status=429)
    response.headers["Retry-After"] = str(max(1, round(wait_s or 60)))
    return response


@login_not_required
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session, or give up a sign-in that waits for its second step."""
    if request.method != "POST":
        return redirect("home" if request.user.is_authenticated else "login")
    logout(request)
    return redirect("login")


@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """Who a person is here, where, and how they sign in."""
    user = cast(User, request.user)
    form = NameForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        say(request, "Saved.")
        return redirect("account")
    return render(
        request,
        "account.html",
        {
            "form": form,
            "memberships": memberships_of(request),
            "has_password": user.has_usable_password(),
            "has_second_step": is_mfa_enabled(user),
            "signed_in_by": get_authentication_records(request, user),
        },
    )


class Password(PasswordChangeView):
    """A new password, for whoever knows the old one; every other session ends."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not request.user.has_usable_password():
            say(request, "Your account has no password: your company signs you in.", bad=True)
            return redirect("account")
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def get_default_success_url(self) -> str:
        return reverse("account")


@method_decorator(login_not_required, name="dispatch")
class Reset(PasswordResetView):
    """A link by mail to choose a new password; the same answer to everyone who asks."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not ways_in()["resets_passwords"]:
            raise Http404("Passwords are not reset by mail here.")
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer


@never_cache
def open_sessions(request: HttpRequest) -> HttpResponse:
    """Where a person is signed in; POST ends one of these sessions, or all others."""
    user, key = cast(User, request.user), request.session.session_key
    if request.method == "POST":
        chosen = request.POST.get("end", "")
        if chosen == "others":
            count = sessions.end_others(user, key)
            say(request, f"Signed out of {count} other session{'' if count == 1 else 's'}.")
        elif chosen.isascii() and chosen.isdecimal() and len(chosen) < 19:
            ended = sessions.end(user, int(chosen))
            say(request, "Signed out there." if ended else "That session has ended already.")
        return redirect("sessions")
    found = sessions.of(user, key)
    has_others = any(not session.is_this for session in found)
    return render(request, "account_sessions.html", {"sessions": found, "has_others": has_others})


@login_not_required
def closed(request: HttpRequest) -> HttpResponse:
    """Where somebody looks for a way to make an account: there is none but by invitation."""
    return render(request, "account/signup_closed.html")


@login_not_required
@require_POST
def begin_sso(request: HttpRequest) -> HttpResponse:
    """Send the visitor to the provider. Nothing but a form of ours begins this."""
    if not settings.OIDC_ISSUER:
        raise Http404("There is no single sign-on here.")
    provider = get_adapter(request).get_provider(request, single_sign_on.PROVIDER)
    provider.oauth2_adapter_class = single_sign_on.Provider
    kept = provider.get_redirect_from_request_kwargs(request) | {"process": "login"}
    try:
        there = str(provider.redirect(request, **kept)["Location"])
    except (RequestException, OAuth2Error, ProviderException, ValueError, KeyError) as error:
        logger.warning("Single sign-on cannot begin: %s", type(error).__name__)
        say(request, f"{settings.OIDC_NAME} does not answer. Try again in a moment.", bad=True)
        return redirect("login")
    # No redirect: `form-action` keeps a browser that has sent a form from following one elsewhere.
    words = {"url": there, "name": settings.OIDC_NAME}
    response = render(request, "account/sso.html", words)
    response.headers["Refresh"] = f"0; url={there}"
    return response


@login_not_required
@never_cache
def finish_sso(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Where the provider sends people back to."""
    if not settings.OIDC_ISSUER or provider_id != single_sign_on.PROVIDER:
        raise Http404("There is no single sign-on here.")
    provider = single_sign_on.Provider(request, provider_id)
    answer: HttpResponse = OAuth2CallbackView.adapter_view(provider)(request)
    return answer
