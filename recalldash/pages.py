"""No page holds a character that turns the words around it: a name can't pass for another one."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# Embeddings, overrides and isolates of direction in UTF-8, as they are and as HTML writes them.
# Hebrew and Arabic need none: letters know their direction by themselves.
_TURNING = re.compile(
    rb"\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]"
    rb"|&#(?:x20(?:2[a-e]|6[6-9])|82(?:3[4-8]|9[4-7]));",
    re.I,
)

Next = Callable[[HttpRequest], HttpResponse]


def middleware(get_response: Next) -> Next:
    """Django's middleware: takes these characters out of every page and every piece of one."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if is_page and not response.streaming and _TURNING.search(response.content):
            response.content = _TURNING.sub(b"", response.content)
            if response.headers.get("Content-Length"):
                response.headers["Content-Length"] = str(len(response.content))
        return response

    return answer
