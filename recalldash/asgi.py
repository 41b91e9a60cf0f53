"""The server's front door: live streams here, everything else to Django in long-lived threads.

Run it with `uvicorn recalldash.asgi:application --timeout-graceful-shutdown 3`; without that
option open streams keep the server from ever stopping.

Django runs as WSGI, because under ASGI each stream would cost it a thread and each request a new
database connection. The threads live long, and each keeps one connection to each database.
"""

import asyncio
import gc
import logging
import os

from django.core.wsgi import get_wsgi_application

from recalldash.bodies import MIB, Limits, Receive, Scope, Send, in_threads
from recalldash.headers import on_everything
from recalldash.lifespan import lifespan
from recalldash.logs import WithoutTokensInArguments

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recalldash.settings")
django = get_wsgi_application()

from bots import live  # noqa: E402  (models can be imported only after Django is set up)
from recalldash import keys, webhooks  # noqa: E402

# Where the server writes down who asks for what: an address may hold a token.
logging.getLogger("uvicorn.access").addFilter(WithoutTokensInArguments())

BODY_TIMEOUT_S = 10.0


def limits_of(path: str) -> Limits:
    """What a sender may send to that path."""
    if path.startswith("/realtime/"):
        return Limits(MIB // 4, BODY_TIMEOUT_S)
    if path.startswith("/api/"):
        return Limits(MIB // 16, BODY_TIMEOUT_S, is_of_program=True)
    return Limits(MIB if path.startswith("/webhooks/") else 10 * MIB, BODY_TIMEOUT_S)


pages = in_threads(django, count=6, limits_of=limits_of)
# The sandbox is the company that pages and webhooks call and are called by: in the same threads,
# six calls at once would wait for each other until they time out.
sandbox = in_threads(django, count=3, limits_of=limits_of)
# Its films are made when they are first asked for, which takes as long as it takes.
films = in_threads(django, count=3, limits_of=limits_of)
# Outsiders with a share link wait for each other, and nobody of a team for them.
outsiders = in_threads(django, count=3, limits_of=limits_of)
# Programs wait for each other, too: one that calls without end holds up no page.
programs = in_threads(django, count=3, limits_of=limits_of)
# Recall's own door; what else is asked there gets a page of Django's.
from_recall = webhooks.door(limits_of=limits_of, otherwise=pages)
# Whether we are alive must be told most of all when every other thread is busy.
health = in_threads(django, count=1, limits_of=limits_of)


async def start() -> None:
    """What must be so before the first connection. Raises keys.CannotStart."""
    await asyncio.to_thread(keys.look)
    await live.start()
    # All that is loaded by now stays: looking through it again and again for what nobody needs any
    # more would hold up everybody for a tenth of a second each time.
    gc.collect()
    gc.freeze()


@on_everything
async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Every connection of the server."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send, start=start, stop=live.stop)
    elif scope["type"] != "http":
        await send({"type": "websocket.close", "code": 1000})
    elif scope["path"] == "/events":
        await live.stream(scope, receive, send)
    elif scope["path"].startswith(webhooks.PLACE):
        await from_recall(scope, receive, send)
    elif scope["path"] in ("/healthz", "/readyz"):
        await health(scope, receive, send)
    elif scope["path"].startswith("/sandbox/media/"):
        await films(scope, receive, send)
    elif scope["path"].startswith("/sandbox/"):
        await sandbox(scope, receive, send)
    elif scope["path"].startswith("/s/"):
        await outsiders(scope, receive, send)
    elif scope["path"].startswith("/api/"):
        await programs(scope, receive, send)
    else:
        await pages(scope, receive, send)
