"""Questions to the database from an event loop: few threads, whose connections stay."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from django.db import DatabaseError, close_old_connections, connection

T = TypeVar("T")

# So many are asked at once, when a thousand come back at once.
AT_ONCE: Final = 4
_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="asking")


async def ask(work: Callable[..., T], *args: Any) -> T:
    """What `work` returns; raises what it raises."""

    def asked() -> T:
        close_old_connections()
        try:
            return work(*args)
        except DatabaseError:
            connection.close()
            raise

    return await asyncio.get_running_loop().run_in_executor(_threads, asked)


def let_go() -> None:
    """Close what those threads hold: each of them takes one of these, because none ends alone."""
    together = threading.Barrier(AT_ONCE)

    def close() -> None:
        together.wait(5)
        connection.close()

    for closed in [_threads.submit(close) for _ in range(AT_ONCE)]:
        with contextlib.suppress(threading.BrokenBarrierError):  # one of them is stuck
            closed.result()
