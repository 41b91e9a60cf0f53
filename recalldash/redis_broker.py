"""The Redis broker: kombu's transport, made to outlive its server with a task in hand.

As it comes, a channel whose connection was given up fails with an `AttributeError` when it is
asked for one more thing: to take a task back that was in hand, or to hear that it has ended. The
worker, prepared for every error of a connection, dies of that one.
"""

from typing import Any

from kombu.transport import redis
from redis import exceptions


class Channel(redis.Channel):
    """Says that its connection is gone in the words that a worker understands.

    What was in hand, Redis gives out again after `visibility_timeout`, if it still has it at all.
    """

    def _connparams(self, asynchronous: bool = False) -> Any:
        if self.connection is None or self.connection.client is None:
            raise exceptions.ConnectionError("The connection to Redis was given up")
        return super()._connparams(asynchronous)  # type: ignore[misc]  # untold by its stubs


def outlive_the_server() -> None:
    """Let every worker of this process have our `Channel` to Redis."""
    redis.Transport.Channel = Channel
