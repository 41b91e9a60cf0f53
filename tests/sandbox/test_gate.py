"""What stands before every call: firewall, paths, keys, methods and limits."""

from collections.abc import Callable

import pytest
from pytest_django.fixtures import Settings

from .conftest import MEET, Time

pytestmark = pytest.mark.django_db(databases=["default", "sandbox"])

ANOTHER_REGION = (
    "Invalid API token. The API token provided might be for another Recall region "
    "(such as us-east-1, us-west-2, eu-central-1, or ap-northeast-1). "
    "Verify token is valid and belongs to the correct region."
)


@pytest.mark.parametrize(
    ("header", "code", "detail"),
    [
        ("", "not_authenticated", "Authentication credentials were not provided."),
        ("Token", "authentication_failed", ANOTHER_REGION),
        ("nonsense", "authentication_failed", ANOTHER_REGION),
        ("Bearer nonsense", "authentication_failed", ANOTHER_REGION),
        ("Token sandbox_eu-central-1_acme", "authentication_failed", ANOTHER_REGION),
        ("Token sandbox_us-west-2_", "authentication_failed", ANOTHER_REGION),
        (
            "Banana nonsense",
            "authentication_failed",
            "Invalid token header. No credentials provided.",
        ),
    ],
)
def test_it_refuses_other_keys(header: str, code: str, detail: str, http: Callable) -> None:
    answer = http("GET", "api/v1/bot/", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.json() == {"code": code, "detail": detail}
    assert answer.headers["WWW-Authenticate"] == "Token"
    assert answer.headers["Allow"] == "GET, POST, HEAD, OPTIONS"


@pytest.mark.parametrize("header", ["Token sandbox_us-west-2_acme", "sandbox_us-west-2_acme"])
def test_it_takes_both_forms_of_a_key(header: str, http: Callable) -> None:
    assert http("GET", "api/v1/bot/", headers={"Authorization": header}).status_code == 200


def test_it_keeps_workspaces_apart(http: Callable) -> None:
    bot = http("POST", "api/v1/bot/", json={"meeting_url": MEET}).json()
    other = http("GET", f"api/v1/bot/{bot['id']}/", key="sandbox_us-west-2_other")
    assert (other.status_code, other.json()) == (404, {"detail": "Not found."})
    assert http("GET", "api/v1/bot/", key="sandbox_us-west-2_other").json()["count"] == 0


def test_it_answers_an_unknown_path_with_a_page(http: Callable) -> None:
    answer = http("GET", "api/v1/nothing/", headers={"Authorization": ""})
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<h1>Not Found</h1>" in answer.text


def test_it_takes_paths_without_the_last_slash(http: Callable) -> None:
    assert http("POST", "api/v1/bot", json={"meeting_url": MEET}).status_code == 201


def test_it_refuses_other_methods(http: Callable) -> None:
    answer = http("PUT", "api/v1/bot/", json={})
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, POST, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000/hook",
        "http://LOCALHOST/hook",
        "https://10.0.0.7/hook",
        "https://[::1]/hook",
        "see 192.168.1.1",
    ],
)
def test_its_firewall_blocks_private_addresses(url: str, http: Callable) -> None:
    answer = http("POST", "api/v1/bot/", json={"meeting_url": MEET, "metadata": {"hook": url}})
    assert (answer.status_code, answer.json()["code"]) == (403, "request_blocked")


@pytest.mark.parametrize("text", ["version 1.2.3", "999.1.1.1", "localhosting", "[bracket: x]"])
def test_its_firewall_lets_other_text_through(text: str, http: Callable) -> None:
    body = {"meeting_url": MEET, "metadata": {"note": text}}
    assert http("POST", "api/v1/bot/", json=body).status_code == 201


def test_its_firewall_lets_the_dashboard_through_unless_strict(
    http: Callable, settings: Settings
) -> None:
    settings.SANDBOX_ORIGIN = "http://127.0.0.1:8000"
    body = {"meeting_url": MEET, "metadata": {"from": "http://127.0.0.1:8000/bots/1"}}
    assert http("POST", "api/v1/bot/", json=body).status_code == 201
    http("PUT", "control/workspace/", json={"settings": {"strict_firewall": True}})
    assert http("POST", "api/v1/bot/", json=body).status_code == 403


def test_its_firewall_blocks_a_body_on_a_read(http: Callable) -> None:
    assert http("GET", "api/v1/bot/", content=b"null").status_code == 403


def test_it_limits_in_a_sliding_window(http: Callable, time: Time) -> None:
    http("PUT", "control/workspace/", json={"settings": {"limits": {"bot_list": 3}}})
    for _ in range(3):
        assert http("GET", "api/v1/bot/").status_code == 200
        time.pass_(10)
    refused = http("GET", "api/v1/bot/")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "30")
    assert http("POST", "api/v1/bot/", json={"meeting_url": MEET}).status_code == 201
    assert http("GET", "api/v1/bot/", key="sandbox_us-west-2_other").status_code == 200
    time.pass_(31)
    assert http("GET", "api/v1/bot/").status_code == 200
    assert http("GET", "api/v1/bot/").status_code == 429


def test_it_keeps_a_log_of_every_call(http: Callable) -> None:
    http("POST", "api/v1/bot/", json={"meeting_url": "x"}, headers={"Idempotency-Key": "abc"})
    http("GET", "api/v1/bot/missing/")
    first, second = http("GET", "control/calls/").json()["calls"]
    assert (first["method"], first["slug"], first["status"]) == ("POST", "bot_create", 400)
    assert first["idempotency_key"] == "abc"
    assert first["body"] == '{"meeting_url":"x"}'
    assert (second["path"], second["status"]) == ("/sandbox/us-west-2/api/v1/bot/missing/", 404)
