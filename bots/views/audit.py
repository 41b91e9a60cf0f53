"""The audit log: who did what, narrowed and turned page by page, and taken along as a file."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bots import audit_export
from bots.audit_forms import AuditForm
from bots.audit_shown import Line
from bots.models import AuditEvent, Forgotten, Verb
from bots.rights import Right
from bots.views import paging
from bots.views.access import find_with


@require_safe
@never_cache
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest first, as narrow as the address says."""
    membership = find_with(request, slug, Right.AUDIT)
    filters = AuditForm(request.GET, membership=membership)
    events = filters.narrow(membership.workspace.audit_events.all())
    try:
        found = paging.turn(events, request.GET.get("after", ""), by=("-at", "-pk"))
    except paging.NotOurs as refusal:
        return render(request, "400.html", {"reason": str(refusal)}, status=400)
    veil = Forgotten.objects.veil(membership.workspace_id, all_meetings=True)
    context: dict[str, Any] = {
        "membership": membership,
        "filters": filters,
        "page": found,
        "lines": [Line(event, slug, veil) for event in found.rows],
        "query": paging.filters_of(request),
    }
    return render(request, "audit.html", context)


@require_POST
@never_cache
def export(request: HttpRequest, slug: str, ending: str) -> StreamingHttpResponse:
    """What the filters leave of the log as CSV or as lines of JSON; that, too, is noted in it."""
    membership = find_with(request, slug, Right.AUDIT)
    if ending not in audit_export.TYPES:
        raise Http404(ending)
    workspace, now = membership.workspace, timezone.now()
    filters = AuditForm(request.POST, membership=membership)
    events = filters.narrow(workspace.audit_events.all())
    asked = {name: str(value) for name, value in filters.cleaned_data.items() if value}
    noted = AuditEvent.objects.record(
        workspace,
        Verb.AUDIT_EXPORTED,
        by=membership.user,
        now=now,
        what=ending.upper(),
        detail={"filters": asked} if asked else {},
    )
    rows = events.filter(pk__lt=noted.pk).order_by("at", "pk").iterator(chunk_size=500)
    response = StreamingHttpResponse(
        audit_export.written(rows, ending, Forgotten.objects.veil(workspace.pk, all_meetings=True)),
        content_type=audit_export.TYPES[ending],
    )
    name = f"audit-{workspace.slug}-{now:%Y-%m-%d}.{ending}"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response
