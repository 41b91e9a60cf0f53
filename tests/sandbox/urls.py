"""The sandbox alone, without the dashboard."""

from django.urls import include, path

urlpatterns = [path("sandbox/", include("bots.sandbox.urls"))]
