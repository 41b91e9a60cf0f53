"""A house without doors to the outside, and browsers for its people."""

import socket
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every host that anything tried to look up or connect to; none of it happens."""
    asked: list[Any] = []
    connect = socket.socket.connect

    def refuse(*words: Any, **more: Any) -> Any:
        asked.append(words[0])
        raise OSError("nothing leaves this house")

    def connected(self: socket.socket, address: Any) -> Any:
        # The database and the broker of a test run on PostgreSQL.
        if isinstance(address, tuple) and address[1] in (5432, 6379):
            return connect(self, address)
        return refuse(address)

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", connected)
    return asked


@pytest.fixture
def page_of() -> Callable[[Any], Client]:
    """A browser in which that person is signed in."""

    def signed_in(user: Any) -> Client:
        client = Client(raise_request_exception=False)
        client.force_login(user)
        return client

    return signed_in
