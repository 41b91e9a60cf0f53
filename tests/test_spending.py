"""What is used of Recall's limits: by operation and lane, within the last minute."""

import pytest

from bots import spending
from bots.models import Budget, Call, Lane
from tests.world import NOW, at, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace():
    return make_workspace()


def called(workspace, name, lane=Lane.SYNC, seconds=-1, count=1):
    Call.objects.bulk_create(
        Call(
            workspace=workspace,
            lane=lane,
            endpoint=name.partition(":")[0],
            counted=name,
            method="GET",
            path="/api/v1/",
            at=at(seconds),
        )
        for _ in range(count)
    )


def test_it_counts_by_operation_and_lane(workspace):
    called(workspace, "bot_list", count=12)
    called(workspace, "bot_list", Lane.CLICK, count=3)
    called(workspace, "bot_retrieve", Lane.BULK, count=30)
    called(workspace, "bot_list", seconds=-61, count=9)
    called(make_workspace("rival"), "bot_list", count=9)
    lists, looks = spending.of(workspace, now=NOW)
    assert (lists.name, lists.used, lists.limit) == ("bot_list", 15, 60)
    assert [(part.lane, part.start, part.length) for part in lists.parts] == [
        (Lane.CLICK, 0.0, 5.0),
        (Lane.SYNC, 5.0, 20.0),
    ]
    assert (looks.name, looks.used, looks.limit) == ("bot_retrieve", 30, 300)
    assert lists.ends == {Lane.CLICK: 60, Lane.BULK: 57, Lane.SYNC: 48}


def test_a_signed_link_counts_against_nothing(workspace):
    called(workspace, "")
    assert spending.of(workspace, now=NOW) == []


def test_it_knows_limits_that_are_counted_for_each_recording(workspace):
    called(workspace, "recording_create_transcript_create:r1", count=5)
    [one] = spending.of(workspace, now=NOW)
    assert (one.name, one.thing, one.limit, one.used) == (
        "recording_create_transcript_create",
        "r1",
        5,
        5,
    )


def test_it_tells_what_is_closed_until_when(workspace):
    Budget.objects.create(workspace=workspace, counted="bot_create", closed_until=at(40))
    Budget.objects.create(workspace=workspace, counted="bot_list", closed_until=at(-1))
    [one] = spending.of(workspace, now=NOW)
    assert (one.name, one.used, one.closed_until) == ("bot_create", 0, at(40))


def test_a_bar_is_never_longer_than_its_limit(workspace):
    called(workspace, "bot_list", Lane.CLICK, count=50)
    called(workspace, "bot_list", count=20)
    [one] = spending.of(workspace, now=NOW)
    assert sum(part.length for part in one.parts) <= 100
