"""Pages, scripts and exports go out compressed; films, files and pieces of them as they are."""

from django.http.request import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

# What compresses well. Films and sound are compressed already, and a player asks for pieces of
# them by their bytes, which must be those of the file.
TEXTS = ("text/", "application/json", "application/x-subrip", "application/javascript")
PICTURES_OF_TEXT = ("image/svg+xml",)


class Compression(GZipMiddleware):
    """Django's, for text that goes out whole.

    It adds up to a hundred bytes of chance to each answer, so that nobody who makes a browser load
    a page can tell from its length what stands in it beside their own words (BREACH):
    https://docs.djangoproject.com/en/5.2/ref/middleware/#module-django.middleware.gzip
    The event stream does not come by here.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        kind = response.headers.get("Content-Type", "")
        is_whole = response.status_code != 206 and not response.has_header("Content-Range")
        # Whoever may ask for a piece of it next must find the same bytes.
        is_cut = response.has_header("Accept-Ranges")
        if not is_whole or is_cut or not kind.startswith((*TEXTS, *PICTURES_OF_TEXT)):
            return response
        return super().process_response(request, response)
