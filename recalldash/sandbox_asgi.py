"""The server's front door of `make sandbox`: Recall's API and nothing else."""

import os

from django.core.wsgi import get_wsgi_application

from recalldash.bodies import MIB, Limits, Receive, Scope, Send, in_threads
from recalldash.lifespan import lifespan

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recalldash.sandbox_settings")

api = in_threads(
    get_wsgi_application(),
    count=6,
    limits_of=lambda path: Limits(size_bytes=10 * MIB, timeout_s=10.0),
)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Every connection of the server."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "http":
        await api(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1000})
