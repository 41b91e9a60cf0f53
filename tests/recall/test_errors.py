"""Retry-After, field messages and sentences are read from whatever stands there."""

import json
import pickle
from datetime import UTC, datetime

import pytest

from bots.recall import errors
from bots.recall.answers import field_messages, retry_after_s

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

KINDS = [
    errors.WrongKeyOrRegion,
    errors.OutOfCredit,
    errors.BlockedByFirewall,
    errors.NotFound,
    errors.LinkExpired,
    errors.TooLate,
    errors.Conflict,
    errors.SlowDown,
    errors.NoFreeBot,
    errors.Refused,
    errors.Unreachable,
    errors.OutcomeUnknown,
    errors.NotRecall,
]


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        ("7", 7),
        ("0", 0),
        (" 12 ", 12),
        ("120", 120),
        ("121", 120),
        ("9" * 5000, 120),
        ("Mon, 02 Mar 2026 09:00:45 GMT", 45),
        ("Mon, 02 Mar 2026 10:00:00 GMT", 120),
        ("Mon, 02 Mar 2026 08:59:00 GMT", 60),
        (None, 60),
        ("", 60),
        ("-5", 60),
        ("1.5", 60),
        ("soon", 60),
        ("nan", 60),
        ("٣", 60),
        ("Mon, 99 Foo 2026", 60),
    ],
)
def test_it_reads_how_long_to_wait(header, wait_s):
    assert retry_after_s(header, default=60, now=NOW) == wait_s


@pytest.mark.parametrize(
    ("answer", "fields"),
    [
        ({"meeting_url": ["Malformed."]}, {"meeting_url": ["Malformed."]}),
        ({"bot_name": "Too long."}, {"bot_name": ["Too long."]}),
        (
            {"recording_config": {"retention": {"hours": ["Too small.", "Too odd."]}}},
            {"recording_config.retention.hours": ["Too small.", "Too odd."]},
        ),
        (
            {"realtime_endpoints": [{}, {"url": ["Enter a valid URL."]}]},
            {"realtime_endpoints.1.url": ["Enter a valid URL."]},
        ),
        (["Wrong."], {"non_field_errors": ["Wrong."]}),
        ({"code": "invalid", "detail": "No."}, {}),
        ({"code": ["Unknown code."]}, {"code": ["Unknown code."]}),
        ({"a": None, "b": 7, "c": {}}, {}),
        ("text", {}),
    ],
)
def test_it_flattens_field_messages(answer, fields):
    assert field_messages(answer) == fields


def test_it_keeps_field_messages_small():
    found = field_messages({str(n): ["x" * 9999] for n in range(999)})
    assert len(found) == 50
    assert len(json.dumps(found)) < 50_000


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_in_a_sentence_what_happened(kind):
    sentence = kind().sentence
    assert sentence[0].isupper()
    assert sentence[-1] == "."
    assert not {"please", "oops", "successfully"} & set(sentence.lower().split())


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (errors.SlowDown(retry_after_s=7), "7 seconds"),
        (errors.NoFreeBot(retry_after_s=30), "ten minutes ahead"),
        (errors.Refused(fields={"meeting_url": ["Malformed."]}), "meeting_url: Malformed."),
        (errors.Refused(detail="Tenant is blacklisted."), "Tenant is blacklisted."),
        (errors.TooLate(code="cannot_command_completed_bot"), "already left"),
        (errors.TooLate(code="update_bot_failed"), "on its way"),
        (
            errors.TooLate(code="update_bot_failed", detail="Not enough time to launch new bot"),
            "not enough time",
        ),
        (errors.TooLate(code="something_new"), "too late"),
    ],
)
def test_it_says_what_this_error_knows(error, part):
    assert part in error.sentence


def test_it_survives_a_journey_between_processes():
    error = pickle.loads(pickle.dumps(errors.SlowDown(status=429, retry_after_s=7, request="x")))
    assert (error.status, error.retry_after_s, error.request) == (429, 7, "x")
