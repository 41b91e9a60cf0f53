"""The connection doctor's page: how all is between a workspace and Recall, and *Check now*."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from bots import doctor
from bots.rights import Right
from bots.views.access import find_with
from bots.views.shell import show


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """What is known; after *Check now* with what Recall has just said."""
    membership = find_with(request, slug, Right.CONNECT)
    workspace = membership.workspace
    verdict = None
    if request.method == "POST":
        verdict = doctor.check(workspace, clock=timezone.now)
        workspace.refresh_from_db()
    now = timezone.now()
    findings = doctor.examine(workspace, now=now, verdict=verdict)
    bad = [finding for finding in findings if finding.state in (doctor.BAD, doctor.WARNING)]
    context = {
        "membership": membership,
        "workspace": workspace,
        "findings": findings,
        "bad": bad,
        "checked": verdict is not None,
    }
    return show(request, "doctor.html", "findings", context)
