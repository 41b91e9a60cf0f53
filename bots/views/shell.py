"""Where one lands, the frame's own pieces, and the one judgement of what htmx wants."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_POST
from django_htmx.middleware import HtmxDetails

from bots import demo
from bots.recall import errors
from bots.views.access import find_membership, memberships_of


def wants_partial(request: HttpRequest) -> bool:
    """Whether htmx asks for a piece; boosted and history requests want the whole page."""
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def show(
    request: HttpRequest,
    template: str,
    partial: str,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """The page, or only its `partial` where htmx asks for a piece of it."""
    name = f"{template}#{partial}" if wants_partial(request) else template
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def ask(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A question on a page of its own; its `sheet` alone where htmx asks for it."""
    sheet = wants_partial(request)
    response = show(request, template, "sheet", {**context, "sheet": sheet}, status=status)
    if sheet:
        # The form in the sheet aims at the panel; a question goes back into the sheet.
        response["HX-Retarget"] = "#sheet"
        response["HX-Reswap"] = "innerHTML"
    return response


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Where a person lands: in the workspace used last, else in the first one."""
    memberships = memberships_of(request)
    last = request.session.get("workspace")
    for membership in memberships:
        if membership.workspace.slug == last:
            return redirect("bots", last)
    if memberships:
        return redirect("bots", memberships[0].workspace.slug)
    return render(request, "signin.html", {"nowhere": True})


@login_not_required
@require_POST
def try_it(request: HttpRequest) -> HttpResponse:
    """Sign the visitor in to the demo workspace; there is none where the sandbox is off."""
    if not settings.SANDBOX:
        raise Http404("There is no demo workspace here.")
    try:
        user, workspace = demo.enter(now=timezone.now())
    except errors.RecallError as error:
        say(request, f"The sandbox does not answer yet: {error} Try again in a moment.", bad=True)
        return redirect("login")
    login(request, user)
    return redirect("bots", workspace.slug)


@require_GET
def notices(request: HttpRequest, slug: str) -> HttpResponse:
    """The notice region and the number of live bots, as htmx asks for them again."""
    find_membership(request, slug)
    return render(request, "_notices.html", {"again": True})


def say(request: HttpRequest, sentence: str, *, bad: bool = False) -> None:
    """A message in the corner of the next page."""
    messages.add_message(request, messages.ERROR if bad else messages.SUCCESS, sentence)
