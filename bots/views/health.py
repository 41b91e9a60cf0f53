"""`/healthz`: whether database, broker, worker and beat are alive; `/readyz`: this process alone.

Without secrets: whoever asks is told.
"""

from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bots import vitals


@require_safe
@never_cache
@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """200 where everything is alive, else 503; the JSON says what is not."""
    now = timezone.now()
    looking_at_database, looking_at_broker = vitals.heartbeats(), vitals.broker()
    report: vitals.Report = {"status": "ok"}
    seen: dict[str, datetime] | None = None
    report["database"], seen = vitals.outcome(looking_at_database)
    report["broker"], _ = vitals.outcome(looking_at_broker)
    for name in vitals.PROCESSES:
        report[name] = vitals.process(seen, name, now=now)
    if any(part["status"] != "ok" for part in report.values() if isinstance(part, dict)):
        report["status"] = "failing"
    response = JsonResponse(report, status=200 if report["status"] == "ok" else 503)
    # Whoever asks is told; an error in the log for each time they ask would drown the others.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


@require_safe
@never_cache
@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """200 where this process can answer people: whether to send it any is the proxy's question."""
    database, _ = vitals.outcome(vitals.heartbeats())
    ready = database["status"] == "ok"
    response = JsonResponse({"database": database}, status=200 if ready else 503)
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
