"""The sandbox's addresses: Recall's API, its pages, its dashboard for scripts, downloads."""

from django.urls import path

from . import control, downloads, pages, sources
from .api.gate import enter

urlpatterns = [
    *pages.urls,
    *downloads.urls(sources.behind_link, sources.trouble_on_link),
    path("<str:region>/api/v1/<path:path>", enter, name="sandbox-api"),
    path("<str:region>/control/<path:path>", control.enter, name="sandbox-control"),
]
