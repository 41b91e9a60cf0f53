"""Each request under an id of its own: in the answer, in the log, in reports of errors."""

import logging
import re
import uuid
from collections.abc import Callable
from time import monotonic

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from bots import trace

logger = logging.getLogger(__name__)

Next = Callable[[HttpRequest], HttpResponse]
HEADER = "X-Request-ID"
# What a proxy in front may have called it.
_ID = re.compile(r"[\w.:-]{8,64}", re.ASCII)
# Words of addresses that name what a line is about; those of a bot's own pages name the bot.
_NOUNS = {"bots": "bot", "recordings": "recording", "orders": "order"}
_PLACE = re.compile(r"^/w/([\w-]+)/(?:(bots|recordings|orders)/(\d{1,18})/)?", re.ASCII)


def middleware(get_response: Next) -> Next:
    """Django's middleware; the outermost one, so that nothing is said without the id."""

    def answer(request: HttpRequest) -> HttpResponse:
        sent = request.headers.get(HEADER, "")
        request_id = sent if _ID.fullmatch(sent) else uuid.uuid4().hex
        began = monotonic()
        with trace.bound(request=request_id, **_named(request.path)):
            response = get_response(request)
            if settings.LOG_REQUESTS:
                logger.info(
                    "%s %s %s in %.0f ms",
                    request.method,
                    request.path,
                    response.status_code,
                    1000 * (monotonic() - began),
                )
        response.headers[HEADER] = request_id
        return response

    return answer


def _named(path: str) -> dict[str, str]:
    """The workspace and the thing that an address names."""
    place = _PLACE.match(path)
    if place is None:
        return {}
    slug, noun, number = place.groups()
    return {"workspace": slug} | ({_NOUNS[noun]: number} if noun else {})
