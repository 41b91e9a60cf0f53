"""Live streams, read as a browser reads them, and what is told to them."""

import asyncio

from django.conf import settings
from django.db import connection
from django.test import Client

from bots import live
from bots.models import Change
from tests.world import NOW


def tell(workspace, bot_id=None):
    Change.tell(workspace_id=workspace.pk, bot_id=bot_id, now=NOW)
    return Change.objects.order_by("tx", "id").last()


def cookie_of(user):
    """The session of somebody who has just signed in."""
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


class Browser:
    """One stream, read as a browser would."""

    def __init__(
        self, cookie, *, workspace="acme", after="", last_event_id=None, host="testserver"
    ):
        headers = [(b"host", host.encode()), (b"cookie", f"recalldash={cookie}".encode())]
        if last_event_id is not None:
            headers.append((b"last-event-id", last_event_id.encode()))
        self.scope = {
            "type": "http",
            "method": "GET",
            "path": "/events",
            "query_string": f"workspace={workspace}&after={after}".encode(),
            "headers": headers,
        }
        self.sent = asyncio.Queue()
        # The name of each event that `changes` found.
        self.named = []
        self.closed = asyncio.Event()
        self.task = asyncio.create_task(live.stream(self.scope, self._receive, self.sent.put))

    async def _receive(self):
        await self.closed.wait()
        return {"type": "http.disconnect"}

    async def status(self):
        return (await asyncio.wait_for(self.sent.get(), 10))["status"]

    async def changes(self, count):
        """The next `count` changes as (id, data); beats are passed over."""
        found = []
        while len(found) < count:
            message = await asyncio.wait_for(self.sent.get(), 10)
            for frame in message.get("body", b"").decode().split("\n\n"):
                fields = dict(line.split(": ", 1) for line in frame.splitlines() if ": " in line)
                if fields.get("event") in {"change", "said", "reload"}:
                    self.named.append(fields["event"])
                    found.append((fields.get("id", "reload"), fields["data"]))
        return found

    async def close(self):
        self.closed.set()
        await asyncio.wait_for(self.task, 10)


def run(story):
    async def whole():
        await live.start()
        try:
            return await asyncio.wait_for(story(), 30)
        finally:
            await live.stop()

    return asyncio.run(whole())


def later(work, *args):
    return asyncio.to_thread(closing, work, *args)


def closing(work, *args):
    """Do it and let go of this thread's connection."""
    try:
        return work(*args)
    finally:
        connection.close()
