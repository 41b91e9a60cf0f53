"""Every address of the dashboard, and of the sandbox where it is on."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("bots.urls")),
]
if settings.SANDBOX:
    urlpatterns.insert(0, path("sandbox/", include("bots.sandbox.urls")))
