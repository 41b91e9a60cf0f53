"""Taking an invitation up: by whoever it is for, with an account or without one yet."""

from typing import Any, cast

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from bots import accounts, invitations
from bots.account_forms import JoinForm
from bots.models import Invitation
from bots.views.account import ways_in
from bots.views.shell import say

LONGEST_TOKEN = 100


@sensitive_post_parameters("password")
@login_not_required
@never_cache
def page(request: HttpRequest, token: str) -> HttpResponse:
    """What the invitation is to, and the one step that is left; looking changes nothing."""
    invitation = Invitation.objects.by_token(token[:LONGEST_TOKEN], timezone.now())
    if invitation is None:
        return gone(request)
    person = request.user if request.user.is_authenticated else None
    known = accounts.for_invitation(invitation)
    is_theirs = person is not None and accounts.has_address(person, invitation.email)
    if request.method == "POST" and is_theirs:
        return join(request, invitation, cast(User, person))
    form = None
    if person is None and known is None and not settings.OIDC_ONLY:
        form = JoinForm(request.POST or None, email=invitation.email)
        if request.method == "POST" and form.is_valid():
            return make_and_join(request, invitation, form)
    words: dict[str, Any] = {
        "invitation": invitation,
        "form": form,
        "is_theirs": is_theirs,
        "is_known": known is not None,
        "sign_in": f"{reverse('login')}?next={request.path}",
    }
    return render(request, "invitation.html", words | ways_in())


def gone(request: HttpRequest) -> HttpResponse:
    """One page for every invitation that does not count: used, taken back, too old, made up."""
    return render(request, "invitation.html", {"invitation": None}, status=404)


def join(request: HttpRequest, invitation: Invitation, person: User) -> HttpResponse:
    """Make the one who looks a member, and show them in."""
    try:
        invitations.accept(invitation, person, now=timezone.now())
    except invitations.Gone:
        return gone(request)
    say(request, f"You are in {invitation.workspace}.")
    return redirect("bots", invitation.workspace.slug)


def make_and_join(request: HttpRequest, invitation: Invitation, form: JoinForm) -> HttpResponse:
    """Make the account that the invitation is for, a member of its workspace, signed in."""
    given = form.cleaned_data
    try:
        with transaction.atomic():
            invitations.hold(invitation, now=timezone.now())
            person = accounts.make(invitation.email, name=given["name"], password=given["password"])
            invitations.accept(invitation, person, now=timezone.now())
    except invitations.Gone:
        return gone(request)
    except IntegrityError:
        # Another invitation made the account meanwhile: the page says to sign in.
        return redirect(request.path)
    login = Login(
        user=person,
        email=invitation.email,
        redirect_url=reverse("bots", args=[invitation.workspace.slug]),
    )
    return cast(HttpResponse, perform_password_login(request, {"email": invitation.email}, login))
