"""People at the door: a count of guesses that starts anew, and what they type there."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

PASSWORD = "a long secret"


@pytest.fixture(autouse=True)
def _no_guesses_yet(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
        cache.clear()


@pytest.fixture
def sign_in() -> Callable[..., Any]:
    """`sign_in(client, "alice", password)`: what the sign-in page answers."""

    def post(browser: Client, login: str, password: str = PASSWORD, **headers: Any) -> Any:
        return browser.post("/login/", {"login": login, "password": password}, **headers)

    return post
