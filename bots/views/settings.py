"""Settings: the connection of a workspace to Recall."""

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from bots import connection
from bots.connection_forms import ConnectionForm, SecretForm
from bots.models import Membership, WebhookSecret, Workspace
from bots.views.access import find_admin, find_membership


@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    """Region and key, tried when saved; everybody reads, admins change."""
    if request.method == "GET":
        return _page(request, find_membership(request, slug))
    membership = find_admin(request, slug)
    workspace = membership.workspace
    form = ConnectionForm(request.POST, has_key=bool(workspace.api_key))
    if not form.is_valid():
        return _page(request, membership, form=form)
    verdict = connection.connect(
        workspace,
        api_key=form.cleaned_data["api_key"] or workspace.api_key,
        region=form.cleaned_data["region"],
        now=timezone.now(),
    )
    if verdict.is_refusal:
        form.add_error("api_key", verdict.sentence)
        return _page(request, membership, form=form)
    level = messages.SUCCESS if verdict.fits else messages.ERROR
    messages.add_message(request, level, f"Saved. {verdict.sentence}")
    return redirect("settings", slug)


@require_POST
def secret(request: HttpRequest, slug: str) -> HttpResponse:
    """A new webhook secret, the old one staying good for a day; or one less (`remove`, its id)."""
    membership = find_admin(request, slug)
    if "remove" in request.POST:
        return _remove_secret(request, membership)
    form = SecretForm(request.POST)
    if not form.is_valid():
        return _page(request, membership, secret_form=form)
    membership.workspace.replace_webhook_secret(form.cleaned_data["secret"], now=timezone.now())
    messages.success(request, "Saved. Webhooks signed with this secret are accepted from now on.")
    return redirect("settings", slug)


def _remove_secret(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Forget a secret at once; the last one only when that was asked (`confirmed`)."""
    current = list(_current_secrets(membership.workspace))
    said = request.POST["remove"]
    gone = next((secret for secret in current if str(secret.pk) == said), None)
    if gone is not None and len(current) == 1 and "confirmed" not in request.POST:
        return _page(request, membership, asked=gone)
    if gone is not None:
        gone.delete()
        messages.success(request, "Removed. Webhooks signed with this secret are refused now.")
    return redirect("settings", membership.workspace.slug)


def _current_secrets(workspace: Workspace) -> QuerySet[WebhookSecret]:
    """The secrets that still count, newest first."""
    counts = Q(retires_at=None) | Q(retires_at__gt=timezone.now())
    return workspace.secrets.filter(counts).order_by("-pk")


def _page(
    request: HttpRequest,
    membership: Membership,
    *,
    form: ConnectionForm | None = None,
    secret_form: SecretForm | None = None,
    asked: WebhookSecret | None = None,
) -> HttpResponse:
    workspace = membership.workspace
    bad = form is not None or secret_form is not None
    context = {
        "membership": membership,
        "workspace": workspace,
        "form": form
        or ConnectionForm(initial={"region": workspace.region}, has_key=bool(workspace.api_key)),
        "secret_form": secret_form or SecretForm(),
        "region": connection.region_name(workspace.region),
        "secrets": _current_secrets(workspace),
        "asked": asked,
        "teams": workspace.teams.order_by("pk"),
    }
    return render(request, "settings.html", context, status=400 if bad else 200)
