"""Who gets in: a token that counts, with the scope that is needed, and not too often."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
import time_machine
from django.db import connections
from django.utils import timezone

from bots import api_tokens
from bots.models import ApiCall, ApiToken, Scope
from tests.api.conftest import Program, refusal
from tests.world import NOW, at, make_workspace

pytestmark = pytest.mark.django_db
READS = ["bots/", "bots/1/"]
WRITES = [f"bots/1/{word}/" for word in
          ("messages", "pause", "resume", "start", "stop", "leave", "cancel")]  # fmt: skip


def test_without_a_token_nobody_gets_in():
    for path in READS:
        answer = Program().get(path)
        assert refusal(answer) == (401, "no_token")
        assert answer["WWW-Authenticate"] == "Bearer"
    for path in WRITES:
        assert refusal(Program().post(path, {"message": "Hi"})) == (401, "no_token")


@pytest.mark.parametrize(
    "said", ["Bearer", "Bearer ", "Basic cmQ6cmQ=", "Token rd_x", "rd_x", "Bearer\trd_x"]
)
def test_what_is_no_bearer_is_no_token(said):
    assert refusal(Program().get("bots/", Authorization=said)) == (401, "no_token")


def test_a_token_in_the_address_or_a_cookie_opens_nothing(make_token):
    _, token = make_token()
    program = Program()
    program.client.cookies["token"] = token
    assert refusal(program.get(f"bots/?token={token}&access_token={token}")) == (401, "no_token")


@pytest.mark.parametrize("wrong", ["rd_", "rd_" + "x" * 43, "x" * 5000, "rd_" + "é" * 43])
def test_a_wrong_token_is_refused(wrong):
    assert refusal(Program(wrong.encode().decode("latin-1")).get("bots/")) == (401, "bad_token")


def test_a_token_with_a_letter_changed_is_none(make_token):
    _, token = make_token()
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert refusal(Program(changed).get("bots/")) == (401, "bad_token")


def test_the_word_before_it_may_be_written_small(make_token):
    assert Program().get("bots/", Authorization=f"bearer {make_token()[1]}").status_code == 200


def test_what_is_stored_opens_nothing(make_token):
    row, token = make_token()
    assert token not in str(ApiToken.objects.values().get())
    assert refusal(Program(row.digest).get("bots/")) == (401, "bad_token")


def test_a_revoked_token_is_refused_at_the_next_call(make_token, alice):
    row, token = make_token()
    assert Program(token).get("bots/").status_code == 200
    api_tokens.revoke(alice.memberships.get(), row, now=timezone.now())
    answer = Program(token).get("bots/")
    assert refusal(answer) == (401, "bad_token")
    assert answer.json()["error"]["message"] == "This token was revoked."


def test_a_token_ends_when_its_time_is_over(make_token):
    _, token = make_token(expires_at=at(60), created_at=NOW)
    with time_machine.travel(at(59), tick=False):
        assert Program(token).get("bots/").status_code == 200
    with time_machine.travel(at(60), tick=False):
        assert refusal(Program(token).get("bots/")) == (401, "bad_token")


@pytest.mark.parametrize("path", READS)
def test_reading_needs_the_scope_read(make_token, path):
    answer = Program(make_token("steer")[1]).get(path)
    assert refusal(answer) == (403, "scope")
    assert "“read”" in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", WRITES)
def test_steering_needs_the_scope_steer(make_token, path):
    answer = Program(make_token("read")[1]).post(path, {"message": "Hi"})
    assert refusal(answer) == (403, "scope")


@pytest.mark.parametrize("scope", [Scope.READ, Scope.STEER])
def test_either_scope_tells_what_came_of_an_order(make_token, bot, scope):
    order = bot.orders.create(action="stop", created_at=NOW, due_at=NOW, expires_at=NOW)
    answer = Program(make_token(str(scope))[1]).get(f"orders/{order.pk}/")
    assert answer.status_code == 200


def test_a_token_without_scopes_does_nothing(make_token):
    _, token = make_token("nothing-known")
    assert refusal(Program(token).get("bots/")) == (403, "scope")


def test_no_answer_sets_a_cookie(program):
    for answer in (program.get("bots/"), Program().get("bots/"), program.get("nowhere/")):
        assert not answer.cookies


def test_its_use_is_noted_once_a_minute(make_token):
    row, token = make_token()
    program = Program(token)
    for seconds, noted in ((0, 0), (59, 0), (61, 61), (90, 61)):
        with time_machine.travel(at(seconds), tick=False):
            program.get("bots/")
        row.refresh_from_db()
        assert row.last_used_at == at(noted), seconds


def test_every_answer_says_how_often_it_may_still_call(program):
    answers = [program.get("bots/"), program.get("bots/1/"), program.post("bots/1/start/", b"{")]
    assert [a.status_code for a in answers] == [200, 404, 400]
    assert [a["RateLimit-Remaining"] for a in answers] == ["119", "118", "117"]
    assert {a["RateLimit-Limit"] for a in answers} == {"120"}
    assert all(0 < int(a["RateLimit-Reset"]) <= 60 for a in answers)


def fill(row, count, when=NOW):
    ApiCall.objects.bulk_create(ApiCall(token=row, at=when) for _ in range(count))


def test_a_token_that_calls_too_often_waits(make_token):
    row, token = make_token()
    fill(row, 120)
    with time_machine.travel(at(20.5), tick=False):
        answer = Program(token).get("bots/")
    assert refusal(answer) == (429, "too_many")
    assert answer["Retry-After"] == "40"
    assert (answer["RateLimit-Remaining"], answer["RateLimit-Reset"]) == ("0", "40")
    with time_machine.travel(at(60), tick=False):
        assert Program(token).get("bots/").status_code == 200


def test_the_window_slides(make_token):
    row, token = make_token()
    fill(row, 60, at(0))
    fill(row, 60, at(30))
    with time_machine.travel(at(59), tick=False):
        assert Program(token).get("bots/").status_code == 429
    with time_machine.travel(at(61), tick=False):
        answer = Program(token).get("bots/")
    assert (answer.status_code, answer["RateLimit-Remaining"]) == (200, "59")


def test_another_token_does_not_wait_for_it(make_token):
    row, token = make_token()
    other = Program(make_token(name="Other")[1])
    fill(row, 120, timezone.now())
    assert Program(token).get("bots/").status_code == 429
    assert other.get("bots/").status_code == 200


def test_what_is_refused_counts_for_nothing(make_token):
    row, token = make_token()
    fill(row, 120, timezone.now())
    for _ in range(3):
        Program(token).get("bots/")
    assert ApiCall.objects.count() == 120


def test_what_is_over_is_forgotten(make_token):
    row, token = make_token()
    fill(row, 100, NOW - timedelta(days=3))
    Program(token).get("bots/")
    assert ApiCall.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_calls_that_come_at_once_never_take_more_places_than_there_are(make_token):
    """As several processes: each thread has a connection of its own."""
    row, _ = make_token()
    fill(row, 110, timezone.now())
    together, taken = Barrier(8), []

    def call():
        together.wait()
        for _ in range(4):
            try:
                taken.append(api_tokens.take(row, clock=timezone.now).remaining)
            except api_tokens.TooMany:
                taken.append(None)
        connections.close_all()

    callers = [Thread(target=call) for _ in range(8)]
    for each in callers:
        each.start()
    for each in callers:
        each.join()
    assert len(taken) == 32
    assert sorted(left for left in taken if left is not None) == list(range(10))
    assert ApiCall.objects.count() == 120


def test_a_network_with_many_wrong_tokens_is_slowed(settings):
    settings.API_RATE_LIMITS = {"token": "3/m/ip"}
    wrong = Program("rd_" + "x" * 43, address="10.0.0.7")
    assert [refusal(wrong.get("bots/"))[0] for _ in range(5)] == [401, 401, 401, 429, 429]
    assert int(wrong.get("bots/")["Retry-After"]) == 60
    elsewhere = Program("rd_" + "x" * 43, address="10.0.0.8")
    assert refusal(elsewhere.get("bots/")) == (401, "bad_token")


def test_a_right_token_never_waits_for_wrong_ones(settings, make_token):
    settings.API_RATE_LIMITS = {"token": "1/m/ip"}
    for _ in range(3):
        Program("rd_" + "x" * 43).get("bots/")
    assert Program(make_token()[1]).get("bots/").status_code == 200


def test_a_token_opens_its_own_workspace_alone(make_token, bot):
    globex = make_workspace("globex")
    _, token = make_token(workspace=globex)
    assert Program(token).get("bots/").json()["bots"] == []
    assert refusal(Program(token).get(f"bots/{bot.pk}/")) == (404, "not_found")
