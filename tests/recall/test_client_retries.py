"""The client repeats what is harmless, within its total time, and nothing else."""

import httpx
import pytest

from bots.recall import errors
from bots.recall.wire import Limits

from .scripted import BOT_ID, HeldClock, ok, recall_answering


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(502),
        httpx.Response(503),
        httpx.Response(504),
        httpx.ConnectError("refused"),
        httpx.RemoteProtocolError("closed"),
    ],
)
def test_it_repeats_a_read_after_a_passing_trouble(trouble):
    clock = HeldClock()
    recall, script = recall_answering(trouble, trouble, ok(), clock=clock)

    assert recall.retrieve_bot(BOT_ID).id == BOT_ID

    assert len(script.requests) == 3
    first, second = clock.slept
    assert 0 < first <= 0.5 < second <= 1.0


def test_it_gives_up_a_read_after_three_attempts():
    recall, script = recall_answering(httpx.Response(503))
    with pytest.raises(errors.Unreachable):
        recall.retrieve_bot(BOT_ID)
    assert len(script.requests) == 3


@pytest.mark.parametrize(
    "trouble",
    [httpx.Response(500), httpx.ReadTimeout("slow"), httpx.Response(429), httpx.Response(409)],
)
def test_it_does_not_repeat_a_read_that_would_fare_no_better(trouble):
    clock = HeldClock()
    recall, script = recall_answering(trouble, clock=clock)
    with pytest.raises(errors.RecallError):
        recall.retrieve_bot(BOT_ID)
    assert len(script.requests) == 1
    assert clock.slept == []


@pytest.mark.parametrize(
    "order",
    [
        lambda r: r.create_bot({}, idempotency_key="k"),
        lambda r: r.update_bot(BOT_ID, {}, idempotency_key="k"),
        lambda r: r.pause_recording(BOT_ID, idempotency_key="k"),
        lambda r: r.delete_bot(BOT_ID),
    ],
)
@pytest.mark.parametrize(
    "trouble", [httpx.Response(503), httpx.ConnectError("refused"), httpx.Response(507)]
)
def test_it_never_repeats_a_write(order, trouble):
    recall, script = recall_answering(trouble, ok())
    with pytest.raises(errors.RecallError):
        order(recall)
    assert len(script.requests) == 1


def test_it_stops_repeating_when_its_time_is_up():
    clock = HeldClock(step_s=1.0)
    recall, script = recall_answering(httpx.Response(503), clock=clock, limits=Limits(total_s=4))
    with pytest.raises(errors.Unreachable):
        recall.retrieve_bot(BOT_ID)
    assert len(script.requests) == 1
