"""The embedded broker with several processes at once."""

from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection, Producer

from recalldash.broker import Transport
from recalldash.celery import app


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Any]:
    options = {
        "data_folder_in": str(tmp_path),
        "data_folder_out": str(tmp_path),
        "control_folder": str(tmp_path / "control"),
    }
    with Connection(transport=Transport, transport_options=options) as connection:
        yield connection.default_channel


def test_it_gives_messages_back_in_order_and_once(channel: Any) -> None:
    for number in range(3):
        channel._put("celery", {"number": number})
    assert [channel._get("celery")["number"] for _ in range(3)] == [0, 1, 2]
    with pytest.raises(Empty):
        channel._get("celery")


def test_it_keeps_queues_apart(channel: Any) -> None:
    channel._put("other.celery", {"number": 1})
    with pytest.raises(Empty):
        channel._get("celery")
    assert channel._get("other.celery") == {"number": 1}


def test_it_leaves_nothing_of_a_taken_message(channel: Any, tmp_path: Path) -> None:
    channel._put("celery", {})
    channel._get("celery")
    assert list(tmp_path.glob("*celery*")) == []


@pytest.mark.parametrize("state", ["part", "taken"])
def test_it_does_not_see_a_message_in_other_hands(channel: Any, tmp_path: Path, state: str) -> None:
    """Being written by its sender, or being read by another worker."""
    (tmp_path / f"00000000000000000001_a.celery.msg.{state}").write_text("")
    with pytest.raises(Empty):
        channel._get("celery")


def test_it_has_orders_wait_behind_nothing_but_orders(channel: Any, tmp_path: Path) -> None:
    """Messages of either line reach that one only."""
    (tmp_path / "control").mkdir()
    for task in ("bots.tasks.carry_out", "bots.tasks.refresh"):
        for queue in app.amqp.queues.values():
            queue(channel).declare()
        line = app.amqp.router.route({}, task)["queue"]
        Producer(channel).publish(task, exchange=line.exchange, routing_key=line.routing_key)
    for line, task in [("orders", "carry_out"), ("celery", "refresh")]:
        assert app.amqp.queues[line](channel).get(no_ack=True).payload == f"bots.tasks.{task}"
        assert app.amqp.queues[line](channel).get(no_ack=True) is None
