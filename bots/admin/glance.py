"""How the house is doing, at a glance: the figures of `/metrics`, for people."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bots import figures, vitals


def page(request: HttpRequest) -> HttpResponse:
    """For those who run all of it: the figures speak of every workspace."""
    if not request.user.is_superuser:
        raise PermissionDenied("Only superusers see the figures of all workspaces.")
    context = {
        **admin.site.each_context(request),
        "title": "At a glance",
        "figures": figures.gather(timezone.now()),
        "minutes": round(figures.LATELY.total_seconds() / 60),
        "lengths": vitals.lengths(),
    }
    return render(request, "admin/glance.html", context)
