"""The page for what broke: whether that was us, or only the database that is away."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.views import defaults

AGAIN_S = 5


def broken(request: HttpRequest) -> HttpResponse:
    """503 with the time to come back where the database does not answer, else 500."""
    if not isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return defaults.server_error(request)
    # Without the request: what pages know of a person would be asked of the database again.
    response = HttpResponse(loader.get_template("503.html").render(), status=503)
    response["Retry-After"] = str(AGAIN_S)
    return response
