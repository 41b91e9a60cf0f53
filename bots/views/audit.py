"""The audit log: who did what, narrowed and turned page by page, and taken along as a file."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bots import audit_export
from bots.audit_forms import AuditForm
from bots.audit_shown import Line
from bots.models import AuditEvent, Verb
from bots.models.audit import AuditQuerySet
from bots.rights import Right
from bots.views.access import find_with

ON_A_PAGE = 50


class NotOurs(Exception):
    """A place in the log that was not given out by us."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of the log and where the next ones begin, "" at the end."""

    lines: list[Line]
    after: str
    is_first: bool


@require_safe
@never_cache
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest first, as narrow as the address says."""
    membership = find_with(request, slug, Right.AUDIT)
    filters = AuditForm(request.GET, membership=membership)
    events = filters.narrow(membership.workspace.audit_events.all())
    try:
        found = turn_page(events, request.GET.get("after", ""), slug)
    except NotOurs as refusal:
        return render(request, "400.html", {"reason": str(refusal)}, status=400)
    given = request.GET.copy()
    given.pop("after", None)
    context: dict[str, Any] = {
        "membership": membership,
        "filters": filters,
        "page": found,
        "query": given.urlencode(),
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
        audit_export.written(rows, ending), content_type=audit_export.TYPES[ending]
    )
    name = f"audit-{workspace.slug}-{now:%Y-%m-%d}.{ending}"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def turn_page(events: AuditQuerySet, place: str, slug: str) -> Page:
    """The next lines after that place, newest first. Raises NotOurs for a place made up."""
    if place:
        at, pk = read_place(place)
        events = events.filter(at__lte=at).filter(Q(at__lt=at) | Q(pk__lt=pk))
    found = list(events.order_by("-at", "-pk")[: ON_A_PAGE + 1])
    more, found = len(found) > ON_A_PAGE, found[:ON_A_PAGE]
    after = write_place(found[-1]) if more else ""
    return Page([Line(event, slug) for event in found], after, is_first=not place)


def write_place(event: AuditEvent) -> str:
    """Where the log goes on after this line, signed so that nobody makes one up."""
    return signing.dumps([event.at.isoformat(), event.pk], salt="audit.place")


def read_place(place: str) -> tuple[datetime, int]:
    """When the line at that place was written, and its id. Raises NotOurs for a place made up."""
    try:
        said, pk = signing.loads(place, salt="audit.place")
        at = parse_datetime(said)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NotOurs("This address was changed on its way.") from error
    if at is None:
        raise NotOurs("This address was changed on its way.")
    return at, int(pk)
