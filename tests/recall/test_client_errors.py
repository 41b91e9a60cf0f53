"""What Recall answers becomes the error that says what to do."""

import httpx
import pytest

from bots.recall import errors
from bots.recall.errors import RecallError

from .scripted import BOT_ID, KEY, ok, recall_answering

HTML = httpx.Response(200, html="<h1>Not Found</h1>")


def said(code: str, status: int = 400, **headers: str) -> httpx.Response:
    return ok({"code": code, "detail": "Because."}, status, **headers)


def html(status: int) -> httpx.Response:
    return httpx.Response(status, html="<h1>Something</h1>")


def pause(*answers):
    recall, _ = recall_answering(*answers)
    with pytest.raises(RecallError) as caught:
        recall.pause_recording(BOT_ID, idempotency_key="k")
    return caught.value


def look(*answers):
    recall, _ = recall_answering(*answers)
    with pytest.raises(RecallError) as caught:
        recall.retrieve_bot(BOT_ID)
    return caught.value


@pytest.mark.parametrize("ask", [pause, look])
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (said("authentication_failed", 401), errors.WrongKeyOrRegion),
        (httpx.Response(402), errors.OutOfCredit),
        (said("request_blocked", 403), errors.BlockedByFirewall),
        (html(403), errors.BlockedByFirewall),
        (ok({"detail": "Not found."}, 404), errors.NotFound),
        (httpx.Response(404), errors.NotFound),
        (html(404), errors.NotRecall),
        (said("method_not_allowed", 405), errors.TooLate),
        (said("cannot_delete_bot", 405), errors.TooLate),
        (said("cannot_command_unstarted_bot"), errors.TooLate),
        (said("cannot_command_completed_bot"), errors.TooLate),
        (said("cannot_command_some_new_bot"), errors.TooLate),
        (said("update_bot_failed"), errors.TooLate),
        (httpx.Response(409), errors.Conflict),
        (httpx.Response(429), errors.SlowDown),
        (html(429), errors.SlowDown),
        (said("adhoc_pool_depleted", 507), errors.NoFreeBot),
        (httpx.Response(507), errors.NoFreeBot),
        (said("teams_blacklisted_tenant"), errors.Refused),
        (httpx.Response(400), errors.Refused),
        (ok(["Wrong."], 400), errors.Refused),
        (ok({"message": ["Too long."]}, 422), errors.Refused),
        (html(400), errors.NotRecall),
        (httpx.Response(302, headers={"location": "https://evil.example/"}), errors.NotRecall),
        (html(200), errors.NotRecall),
        (httpx.Response(200, text="{"), errors.NotRecall),
        (httpx.Response(200, text="[" * 100_000), errors.NotRecall),
        (httpx.Response(200), errors.NotRecall),
        (ok([]), errors.NotRecall),
        (ok({"id": 7}), errors.NotRecall),
    ],
)
def test_it_names_what_went_wrong(ask, answer, kind):
    assert type(ask(answer)) is kind


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
def test_it_does_not_know_whether_a_write_happened_after_a_server_error(status):
    error = pause(html(status))
    assert type(error) is errors.OutcomeUnknown
    assert error.may_have_happened
    assert error.status == status


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
def test_it_may_repeat_a_read_after_a_server_error(status):
    error = look(html(status))
    assert type(error) is errors.Unreachable
    assert not error.may_have_happened


@pytest.mark.parametrize(
    "cause",
    [
        httpx.ReadTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("closed"),
        httpx.WriteError("broken pipe"),
        httpx.WriteTimeout("slow"),
    ],
)
def test_it_does_not_know_whether_a_write_happened_after_a_cut(cause):
    assert type(pause(cause)) is errors.OutcomeUnknown
    assert type(look(cause)) is errors.Unreachable


@pytest.mark.parametrize("cause", [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow")])
def test_it_knows_that_nothing_happened_without_a_connection(cause):
    assert type(pause(cause)) is errors.Unreachable


def test_it_doubts_a_write_that_someone_else_answered():
    assert pause(html(200)).may_have_happened
    assert not look(html(200)).may_have_happened
    assert not pause(said("cannot_command_completed_bot")).may_have_happened


def test_it_keeps_recalls_words_apart_from_ours():
    error = pause(said("cannot_command_completed_bot"))
    assert (error.status, error.code, error.detail) == (
        400,
        "cannot_command_completed_bot",
        "Because.",
    )
    assert error.request == "POST bot/…/pause_recording/"
    assert error.code not in error.sentence
    assert str(error) == error.sentence


def test_it_says_how_long_to_wait():
    assert pause(said("throttled", 429, **{"Retry-After": "7"})).retry_after_s == 7
    assert pause(said("throttled", 429)).retry_after_s == 60
    assert pause(said("adhoc_pool_depleted", 507)).retry_after_s == 30


def test_it_keeps_the_key_out_of_errors():
    error = pause(ok({"code": "x", "detail": f"bad {KEY}", "key": [f"not {KEY}"]}, 400))
    shown = f"{error!r} {error} {error.detail} {error.fields} {vars(error)}"
    assert "not " in shown
    assert KEY not in shown
