"""The addresses of the API, version 1, and their description."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_safe

from bots.api.door import View, door, nowhere

ROUTES: Final = {
    "api_bots": "bots/",
    "api_bot": "bots/<int:bot_id>/",
    "api_messages": "bots/<int:bot_id>/messages/",
    "api_pause": "bots/<int:bot_id>/pause/",
    "api_resume": "bots/<int:bot_id>/resume/",
    "api_start": "bots/<int:bot_id>/start/",
    "api_stop": "bots/<int:bot_id>/stop/",
    "api_share": "bots/<int:bot_id>/screenshare/",
    "api_unshare": "bots/<int:bot_id>/screenshare/stop/",
    "api_leave": "bots/<int:bot_id>/leave/",
    "api_cancel": "bots/<int:bot_id>/cancel/",
    "api_assistants": "assistants/",
    "api_initiate": "initiate/",
    "api_order": "orders/<int:order_id>/",
}


def _operation(name: str) -> View:
    @door
    def ask(request: HttpRequest, **words: Any) -> HttpResponse:
        # Not before somebody calls: no page waits for a library that it does not need.
        from bots.api import library

        return library.views()[name](request, **words)

    return ask


@door
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """For everybody: what a program has to know before it has a token."""
    from bots.api import library

    return JsonResponse(library.description())


urlpatterns = [
    path("v1/openapi.json", openapi, name="api_openapi"),
    *[path(f"v1/{route}", _operation(name), name=name) for name, route in ROUTES.items()],
    path("", nowhere, name="api_nowhere"),
    path("<path:rest>", nowhere, name="api_unknown"),
]
