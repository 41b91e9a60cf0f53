"""The embedded broker with several processes at once."""

from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection, Producer

from bots import chores, lines, tasks
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
    """Messages of each line reach that one only."""
    (tmp_path / "control").mkdir()
    for queue in app.amqp.queues.values():
        queue(channel).declare()
    for task in (tasks.carry_out, tasks.refresh):
        line = app.amqp.queues[tasks.LINES[task.name]]
        Producer(channel).publish(task.name, exchange=line.exchange, routing_key=line.routing_key)
    for line, task in [("clicks", tasks.carry_out), ("sync", tasks.refresh)]:
        assert app.amqp.queues[line](channel).get(no_ack=True).payload == task.name
        assert app.amqp.queues[line](channel).get(no_ack=True) is None


def test_every_line_is_one_that_a_worker_takes_from(monkeypatch: Any) -> None:
    sent: dict[str, str] = {}
    assert set(tasks.LINES) <= set(app.tasks)
    assert set(tasks.LINES.values()) <= set(lines.ALL)
    monkeypatch.setattr(
        tasks.chore,
        "apply_async",
        lambda *, kwargs, queue, **options: sent.update({kwargs["name"]: queue}),
    )
    for name in chores.CHORES:
        tasks._wake(tasks.chore, name=name)
    assert set(sent.values()) <= set(lines.ALL)
    assert sent["copies"] == lines.MEDIA
    assert sent["orders to many bots"] == lines.CLICKS
