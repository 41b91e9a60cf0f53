"""What a line of the log belongs to: a request, a task, a workspace, a bot, an order."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

Ids = Mapping[str, str | int]

_NOTHING: Final[Ids] = {}
_bound: ContextVar[Ids] = ContextVar("trace", default=_NOTHING)


@contextmanager
def bound(**ids: str | int | None) -> Iterator[None]:
    """Everything that is logged inside belongs to these, too; None says nothing."""
    known = {name: value for name, value in ids.items() if value is not None}
    token = _bound.set({**_bound.get(), **known})
    try:
        yield
    finally:
        _bound.reset(token)


def ids() -> Ids:
    """What is being worked on just now."""
    return _bound.get()
