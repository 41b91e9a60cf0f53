"""The addresses of `make sandbox`."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path


def about(request: HttpRequest) -> HttpResponse:
    """What to point a Recall client at."""
    base_url = request.build_absolute_uri("/sandbox/us-west-2")
    text = (
        "A sandbox that plays Recall.ai's API.\n\n"
        f"Base URL: {base_url} (or another region)\n"
        "API key:  sandbox_us-west-2_anything (its region and a name of your own)\n"
    )
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def healthz(request: HttpRequest) -> JsonResponse:
    """That the server answers, which is all there is to it."""
    return JsonResponse({"status": "ok"})


urlpatterns = [
    path("", about, name="about"),
    path("healthz", healthz, name="healthz"),
    path("sandbox/", include("bots.sandbox.urls")),
]
