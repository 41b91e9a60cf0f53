"""A program with a token, and a bot that records."""

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from bots.models import ApiToken, Scope
from tests.views.conftest import browser_of

ALL = [str(scope) for scope in Scope]


class Program:
    """Calls the API as programs do: without cookies, with JSON and perhaps a token."""

    def __init__(self, token: str = "", address: str = "10.0.0.1") -> None:
        self.token = token
        self.address = address
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer; `body` is JSON, bytes as they are."""
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            said.setdefault("Authorization", f"Bearer {self.token}")
        address = path if path.startswith("/") else f"/api/v1/{path}"
        return self.client.generic(
            method,
            address,
            sent,
            content_type="application/json",
            headers=said,
            REMOTE_ADDR=self.address,
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, body, **headers)


def refusal(answer: Any) -> tuple[int, str]:
    """Status and word of an answer that is no success, which has the one shape."""
    said = answer.json()
    assert list(said) == ["error"]
    assert set(said["error"]) <= {"code", "message", "fields", "question"}
    message = said["error"]["message"]
    assert message[:1].isupper() or message[:1] == "“"
    assert message.endswith((".", ")."))
    assert answer["Content-Type"].startswith("application/json")
    return answer.status_code, said["error"]["code"]


@pytest.fixture(autouse=True)
def _alone(db, monkeypatch):
    cache.clear()
    monkeypatch.setattr("bots.tasks.wake_order", lambda order: None)


@pytest.fixture
def make_token(workspace):
    """`make_token(*scopes, teams=None, **fields)`: the row and its token."""

    def make(*scopes, teams=None, name="CRM sync", **fields):
        fields = {"created_at": timezone.now(), "workspace": workspace, **fields}
        row, token = ApiToken.objects.make(
            name=name, scopes=list(scopes) or ALL, all_teams=teams is None, **fields
        )
        row.teams.set(teams or [])
        return row, token

    return make


@pytest.fixture
def program(make_token):
    """With a token that may do everything in every team."""
    return Program(make_token()[1])


@pytest.fixture
def bot(a_bot):
    """A bot that records."""
    return a_bot("joining_call", "in_call_recording", recorded=True)


@pytest.fixture
def as_alice(alice):
    return browser_of(alice)


@pytest.fixture
def as_bob(bob):
    return browser_of(bob)
