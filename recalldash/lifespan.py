"""What a server does when it starts and before it stops, in ASGI's words."""

from collections.abc import Awaitable, Callable

from recalldash.bodies import Receive, Send

Step = Callable[[], Awaitable[None]]


async def nothing() -> None:
    """The step of a server that has none."""


async def lifespan(
    receive: Receive, send: Send, *, start: Step = nothing, stop: Step = nothing
) -> None:
    """Answer the server's `lifespan` events; a `start` that raises keeps it from starting."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            try:
                await start()
            except Exception as error:
                await send({"type": "lifespan.startup.failed", "message": repr(error)})
                return
            await send({"type": "lifespan.startup.complete"})
        else:
            await stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
