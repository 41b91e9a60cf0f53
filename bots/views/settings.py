"""Settings: the connection of a workspace to Recall."""

from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from bots import connection, hearing
from bots.connection_forms import ConnectionForm, SecretForm
from bots.models import AuditEvent, Membership, WebhookSecret
from bots.models.audit import Verb
from bots.rights import Right
from bots.views.access import find_membership, find_with


@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    """Region and key, tried when saved; everybody reads, admins change."""
    if request.method == "GET":
        return _page(request, find_membership(request, slug))
    membership = find_with(request, slug, Right.CONNECT)
    workspace = membership.workspace
    form = ConnectionForm(request.POST, has_key=bool(workspace.api_key))
    if not form.is_valid():
        return _page(request, membership, form=form)
    now = timezone.now()
    api_key, was = form.cleaned_data["api_key"], workspace.region
    verdict = connection.connect(
        workspace,
        api_key=api_key or workspace.api_key,
        region=form.cleaned_data["region"],
        now=now,
        kept=lambda: _note_change(membership, was, new_key=bool(api_key), now=now),
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
    membership = find_with(request, slug, Right.CONNECT)
    if "remove" in request.POST:
        return _remove_secret(request, membership)
    form = SecretForm(request.POST)
    if not form.is_valid():
        return _page(request, membership, secret_form=form)
    now = timezone.now()
    with transaction.atomic():
        workspace = membership.workspace
        added = workspace.replace_webhook_secret(form.cleaned_data["secret"], now=now)
        AuditEvent.objects.record(
            workspace, Verb.SECRET_ADDED, by=membership.user, now=now, target=added
        )
    messages.success(request, "Saved. Webhooks signed with this secret are accepted from now on.")
    return redirect("settings", slug)


def _remove_secret(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Forget a secret at once; the last one only when that was asked (`confirmed`)."""
    now = timezone.now()
    current = membership.workspace.current_secrets(now)
    said = request.POST["remove"]
    gone = next((secret for secret in current if str(secret.pk) == said), None)
    if gone is not None and len(current) == 1 and "confirmed" not in request.POST:
        return _page(request, membership, asked=gone)
    if gone is not None:
        with transaction.atomic():
            AuditEvent.objects.record(
                membership.workspace, Verb.SECRET_REMOVED, by=membership.user, now=now, target=gone
            )
            gone.delete()
        messages.success(request, "Removed. Webhooks signed with this secret are refused now.")
    return redirect("settings", membership.workspace.slug)


def _note_change(membership: Membership, was: str, *, new_key: bool, now: datetime) -> None:
    """Into the audit log: which region it is now, and whether the key was changed; never a key."""
    workspace = membership.workspace
    detail: dict[str, object] = {"region": workspace.region, "key": "new" if new_key else "kept"}
    if was != workspace.region:
        detail["was"] = was
    AuditEvent.objects.record(
        workspace, Verb.KEY_CHANGED, by=membership.user, now=now, target=workspace, detail=detail
    )


def _page(
    request: HttpRequest,
    membership: Membership,
    *,
    form: ConnectionForm | None = None,
    secret_form: SecretForm | None = None,
    asked: WebhookSecret | None = None,
) -> HttpResponse:
    workspace = membership.workspace
    now = timezone.now()
    bad = form is not None or secret_form is not None
    secrets = workspace.current_secrets(now)
    used = [row for row in secrets if row.last_used_at is not None]
    context = {
        "membership": membership,
        "workspace": workspace,
        "form": form
        or ConnectionForm(initial={"region": workspace.region}, has_key=bool(workspace.api_key)),
        "secret_form": secret_form or SecretForm(),
        "region": connection.region_name(workspace.region),
        "secrets": secrets,
        "signed_last": max(used, key=lambda row: row.last_used_at or now).pk if used else None,
        "share": hearing.share(workspace, now=now),
        "asked": asked,
    }
    return render(request, "settings.html", context, status=400 if bad else 200)
