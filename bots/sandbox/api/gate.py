"""The one way in: firewall, path, key, method, faults, limits, idempotency; then the handler.

https://docs.recall.ai/reference/errors and https://docs.recall.ai/reference/idempotency
"""

import json
import math
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from .. import ids
from ..database import ALIAS
from ..models import REGIONS, Call, Workspace
from . import answers, faults, firewall, idempotency, keys
from .answers import Answer, Refused
from .context import Context
from .fields import Invalid
from .routes import Route, at

WINDOW = timedelta(seconds=60)
KEPT_BODY = 20_000


@csrf_exempt
@login_not_required
def enter(request: HttpRequest, region: str, path: str) -> HttpResponseBase:
    """Answer one call to `/sandbox/<region>/api/v1/<path>` and keep a record of it."""
    now = timezone.now()
    raw = request.body
    call = Call(
        region=region,
        method=request.method or "",
        path=request.path,
        query=request.META.get("QUERY_STRING", ""),
        idempotency_key=request.headers.get("Idempotency-Key", ""),
        body=raw[:KEPT_BODY].decode(errors="replace"),
        at=now,
    )
    try:
        response = _answer(request, region, path, raw, call, now)
    except Refused as refused:
        response = refused.answer.response()
    except Invalid as invalid:
        response = Answer(400, invalid.errors).response()
    call.status = response.status_code
    call.save()
    return response


def _answer(
    request: HttpRequest, region: str, path: str, raw: bytes, call: Call, now: datetime
) -> HttpResponseBase:
    found = at(path)
    if region not in REGIONS or not found:
        return HttpResponse(answers.NOT_FOUND_PAGE, status=404, content_type="text/html")
    workspace = keys.known(request, region, now=now)
    firewall.check(request, raw, workspace=workspace)
    allow = ", ".join([*dict.fromkeys(route.method for route, _ in found), "HEAD", "OPTIONS"])
    if workspace is None:
        raise keys.refusal(request, allow)
    call.workspace, call.key_name = workspace, workspace.key
    method = "GET" if request.method == "HEAD" else request.method or ""
    chosen = next(((route, m) for route, m in found if route.method == method), None)
    if chosen is None:
        detail = f'Method "{method}" not allowed.'
        raise answers.refusal(405, "method_not_allowed", detail, Allow=allow)
    route, match = chosen
    call.slug = route.slug
    fault = faults.due(workspace, method=method, path=request.path)
    if fault is not None:
        troubled = faults.instead(fault)
        if troubled is not None:
            return troubled
    whose = ids.whose(match["id"]) if route.per_bot else ""
    _within_limit(workspace, route, whose, call, now)
    context = Context(request, workspace, route.slug, match.groupdict(), _body(request, raw), now)
    response = _carried_out(context, route, call.idempotency_key)
    if fault is not None and fault.kind == "cut_after":
        return faults.cut()
    return response


def _carried_out(context: Context, route: Route, key: str) -> HttpResponseBase:
    if route.method == "GET":
        return route.handler(context).response()
    if not key or route.method == "DELETE":
        with transaction.atomic(using=ALIAS):
            return route.handler(context).response()
    return idempotency.once(context, key, method=route.method, run=lambda: _settled(context, route))


def _settled(context: Context, route: Route) -> HttpResponse:
    """The handler's answer, refusals included, so that both can be kept."""
    try:
        with transaction.atomic(using=ALIAS):
            return route.handler(context).response()
    except Refused as refused:
        return refused.answer.response()
    except Invalid as invalid:
        return Answer(400, invalid.errors).response()


def _within_limit(
    workspace: Workspace, route: Route, whose: str, call: Call, now: datetime
) -> None:
    """Count the call. Raises the 429, whose calls do not count themselves."""
    options = workspace.options
    limit = options["limits"].get(route.slug, route.per_minute)
    counted = f"{route.slug}:{whose}" if whose else route.slug
    if options["rate_limits"]:
        window = Call.objects.filter(workspace=workspace, counted=counted, at__gt=now - WINDOW)
        times = list(window.order_by("-at").values_list("at", flat=True)[:limit])
        if len(times) >= limit:
            oldest = times[-1] if times else now
            raise answers.throttled(max(1, math.ceil((oldest + WINDOW - now).total_seconds())))
    call.counted = counted
    call.save()


def _body(request: HttpRequest, raw: bytes) -> Any:
    if not raw.strip():
        return None
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return request.POST.dict()
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as e:
        raise answers.refusal(400, "parse_error", f"JSON parse error - {e}") from None
