"""Idempotency keys: one execution, the same answer for an hour, 409 in between."""

from collections.abc import Callable

import pytest

from bots.sandbox.models import Bot, IdempotencyRecord, Workspace

from .conftest import MEET, Time

pytestmark = pytest.mark.django_db(databases=["default", "sandbox"])

BODY = {"meeting_url": MEET}
KEY = {"Idempotency-Key": "one"}


def test_it_answers_a_repeat_without_doing_it_again(http: Callable, time: Time) -> None:
    first = http("POST", "api/v1/bot/", json=BODY, headers=KEY)
    time.pass_(3599)
    again = http("POST", "api/v1/bot/", json=BODY, headers=KEY)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Content-Type"] == "application/json"
    assert Bot.objects.count() == 1


def test_it_forgets_after_an_hour(http: Callable, time: Time) -> None:
    http("POST", "api/v1/bot/", json=BODY, headers=KEY)
    time.pass_(3601)
    http("POST", "api/v1/bot/", json=BODY, headers=KEY)
    assert Bot.objects.count() == 2


def test_it_takes_the_same_key_on_another_path_or_by_another_caller(http: Callable) -> None:
    bot = http("POST", "api/v1/bot/", json=BODY, headers=KEY).json()
    leave = http("POST", f"api/v1/bot/{bot['id']}/leave_call/", headers=KEY)
    assert leave.json()["id"] == bot["id"]
    http("POST", "api/v1/bot/", json=BODY, headers=KEY, key="sandbox_us-west-2_other")
    assert Bot.objects.count() == 2


def test_it_keeps_a_refusal_too(http: Callable) -> None:
    first = http("POST", "api/v1/bot/", json={}, headers=KEY)
    assert http("POST", "api/v1/bot/", json=BODY, headers=KEY).json() == first.json()
    http("PUT", "control/workspace/", json={"settings": {"idempotency_keeps": "success"}})
    another = {"Idempotency-Key": "two"}
    assert http("POST", "api/v1/bot/", json={}, headers=another).status_code == 400
    assert http("POST", "api/v1/bot/", json=BODY, headers=another).status_code == 201


def test_it_refuses_while_the_first_is_running(http: Callable, time: Time) -> None:
    http("GET", "api/v1/bot/")
    record = IdempotencyRecord.objects.create(
        workspace=Workspace.objects.get(),
        key="one",
        method="POST",
        path="/sandbox/us-west-2/api/v1/bot",
        begun_at=time.now,
    )
    assert http("POST", "api/v1/bot/", json=BODY, headers=KEY).status_code == 409
    assert Bot.objects.count() == 0
    time.pass_(121)
    assert http("POST", "api/v1/bot/", json=BODY, headers=KEY).status_code == 201
    record.refresh_from_db()
    assert record.status == 201
