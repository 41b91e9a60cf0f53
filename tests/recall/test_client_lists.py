"""Lists are filtered, paged and followed, but never to another house."""

from datetime import UTC, datetime

import httpx
import pytest

from bots.recall import errors
from bots.recall.types import MEDIA_KINDS

from .scripted import HOME, ok, recall_answering


def page(*ids, next=None):
    return ok({"count": 9, "next": next, "previous": None, "results": [{"id": i} for i in ids]})


def query(script, number=0):
    return script.requests[number].url.params.multi_items()


def test_it_lists_bots_by_every_filter():
    recall, script = recall_answering(page("b"))

    found = recall.list_bots(
        join_at_after=datetime(2026, 1, 2, 3, tzinfo=UTC),
        join_at_before="2026-02-01T00:00:00Z",
        meeting_url="https://meet.google.com/abc-defg-hij",
        platform=["zoom", "webex"],
        status="done",
        metadata={"team": "a & b"},
        page=2,
    )

    assert query(script) == [
        ("join_at_after", "2026-01-02T03:00:00Z"),
        ("join_at_before", "2026-02-01T00:00:00Z"),
        ("meeting_url", "https://meet.google.com/abc-defg-hij"),
        ("platform", "zoom"),
        ("platform", "webex"),
        ("status", "done"),
        ("metadata__team", "a & b"),
        ("page", "2"),
    ]
    assert [bot.id for bot in found.results] == ["b"]
    assert found.count == 9


def test_it_pages_by_cursor():
    recall, script = recall_answering(page("b"))
    recall.list_bots(use_cursor=True, status=None)
    assert query(script) == [("use_cursor", "true")]


def test_it_refuses_a_filter_that_recall_would_ignore():
    recall, script = recall_answering(page("b"))
    with pytest.raises(TypeError, match="bot_id"):
        recall.list_bots(bot_id="b")
    assert script.requests == []


def test_it_follows_pages_to_the_end():
    recall, script = recall_answering(
        page("a", "b", next=f"{HOME}/api/v1/bot/?cursor=x%3D%3D"), page("c")
    )
    assert [bot.id for bot in recall.iter_bots(max_pages=9)] == ["a", "b", "c"]
    assert query(script, 1) == [("cursor", "x==")]
    assert script.requests[1].headers["Authorization"]


def test_it_stops_at_the_last_page_it_may_read():
    recall, script = recall_answering(page("a", next=f"{HOME}/api/v1/bot/?cursor=x"))
    assert [bot.id for bot in recall.iter_bots(max_pages=1)] == ["a"]
    assert len(script.requests) == 1


def test_it_leaves_a_circle_of_pages():
    recall, _ = recall_answering(page("a", next=f"{HOME}/api/v1/bot/?cursor=x"))
    with pytest.raises(errors.NotRecall) as caught:
        list(recall.iter_bots(max_pages=1000))
    assert caught.value.code == "pages_in_a_circle"


@pytest.mark.parametrize(
    "next",
    [
        "https://evil.example/api/v1/bot/?cursor=x",
        "http://us-west-2.recall.ai/api/v1/bot/?cursor=x",
        "https://us-west-2.recall.ai:8443/api/v1/bot/?cursor=x",
        "https://us-west-2.recall.ai.evil.example/api/v1/bot/",
        "https://us-west-2.recall.ai@evil.example/api/v1/bot/",
        "https://us-west-2.recall.ai/api/v1/../../elsewhere/",
        "https://us-west-2.recall.ai/api/v1/%2e%2e/elsewhere/",
        "https://us-west-2.recall.ai/elsewhere/",
        "/api/v1/bot/?cursor=x",
        "javascript:alert(1)",
        "https://[",
    ],
)
def test_it_takes_its_key_to_no_other_house(next):
    recall, script = recall_answering(page("a", next=next))
    with pytest.raises(errors.NotRecall):
        list(recall.iter_bots(max_pages=9))
    assert len(script.requests) == 1


def test_it_follows_the_next_page_of_a_sandbox():
    home = "http://127.0.0.1:8000/sandbox/us-west-2"
    recall, _ = recall_answering(
        page("a", next=f"{home}/api/v1/bot/?page=2"), page("b"), base_url=home
    )
    assert [bot.id for bot in recall.iter_bots(max_pages=9)] == ["a", "b"]


@pytest.mark.parametrize("answer", [ok([]), ok({"results": None}), ok({"next": None})])
def test_it_refuses_what_is_no_page(answer):
    recall, _ = recall_answering(answer)
    with pytest.raises(errors.NotRecall):
        recall.list_bots()


@pytest.mark.parametrize("kind", MEDIA_KINDS)
def test_it_lists_retrieves_and_deletes_artifacts(kind):
    recall, script = recall_answering(
        page("a1"), ok({"id": "a1", "status": {"code": "done"}}), httpx.Response(204)
    )
    artifacts = recall.artifacts(kind)

    [listed] = artifacts.list(recording_id="r1", status_code="done").results
    artifact = artifacts.retrieve("a1")
    artifacts.delete("a1")

    assert (listed.kind, artifact.kind, artifact.status) == (kind, kind, "done")
    assert [(r.method, r.url.path) for r in script.requests] == [
        ("GET", f"/api/v1/{kind}/"),
        ("GET", f"/api/v1/{kind}/a1/"),
        ("DELETE", f"/api/v1/{kind}/a1/"),
    ]
    assert query(script) == [("recording_id", "r1"), ("status_code", "done")]


def test_it_lists_the_recordings_of_a_bot():
    recall, script = recall_answering(page("r1"))
    assert [each.id for each in recall.recordings.list(bot_id="b1").results] == ["r1"]
    assert query(script) == [("bot_id", "b1")]


def test_it_knows_its_artifacts_by_name():
    recall, _ = recall_answering(ok())
    with pytest.raises(ValueError, match="holograms"):
        recall.artifacts("holograms")
