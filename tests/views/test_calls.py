"""The page of calls to Recall: what went out, for whom, what came back, and what is left."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from bots.lifecycle import Action
from bots.models import Budget, Call, Lane, Role
from tests.views.conftest import browser_of
from tests.world import make_bot, make_workspace

pytestmark = pytest.mark.django_db
URL = "/w/acme/calls/"


@pytest.fixture
def called(workspace):
    def make(path="bot/", *, endpoint="bot_list", status=200, ago=timedelta(0), **fields):
        values = {
            "workspace": workspace,
            "lane": Lane.SYNC,
            "endpoint": endpoint,
            "counted": endpoint,
            "method": "GET",
            "path": f"/api/v1/{path}",
            "at": timezone.now() - ago,
            "status": status,
            "duration_s": 0.087 if status else None,
        }
        return Call.objects.create(**{**values, **fields})

    return make


def text(browser, **query):
    response = browser.get(URL, query)
    assert response.status_code == 200
    return response.content.decode()


def paths(browser, **query):
    found = re.findall(r"<code>\w+</code> <code>([^<]+)</code>", text(browser, **query))
    return [path.strip() for path in found]


@pytest.fixture
def order(workspace, alice):
    now = timezone.now()
    return make_bot(workspace).orders.create(
        action=Action.LEAVE, by=alice, created_at=now, due_at=now, expires_at=now
    )


def test_it_lists_time_method_path_status_duration_and_order(as_alice, called, order):
    called("bot/one/leave_call/", method="POST", lane=Lane.CLICK, order=order)
    shown = text(as_alice)
    for word in ("POST", "bot/one/leave_call/", ">200<", "87 ms", f"/w/acme/bots/{order.bot_id}/"):
        assert word in shown
    assert "alice" in shown


def test_it_shows_seven_days(as_alice, called):
    called("bot/new/", ago=timedelta(days=6.9))
    called("bot/old/", ago=timedelta(days=7.1))
    assert paths(as_alice) == ["bot/new/"]


def test_it_is_narrowed(as_alice, called, order):
    called("bot/list/")
    called("bot/slow/", endpoint="bot_retrieve", status=429, ago=timedelta(seconds=1))
    called("bot/lost/", endpoint="bot_retrieve", status=None, ago=timedelta(seconds=2))
    called("bot/down/", status=503, ago=timedelta(seconds=3))
    called("bot/left/", lane=Lane.CLICK, order=order, ago=timedelta(seconds=4))
    assert len(paths(as_alice)) == 5
    assert paths(as_alice, endpoint="bot_retrieve") == ["bot/slow/", "bot/lost/"]
    assert paths(as_alice, status="429") == ["bot/slow/"]
    assert paths(as_alice, status="refused") == ["bot/slow/"]
    assert paths(as_alice, status="broken") == ["bot/down/"]
    assert paths(as_alice, status="none") == ["bot/lost/"]
    assert paths(as_alice, lane="click") == ["bot/left/"]
    assert paths(as_alice, bot=order.bot_id) == ["bot/left/"]
    assert paths(as_alice, q="LOST") == ["bot/lost/"]


@pytest.mark.parametrize("query", [{"status": "x"}, {"lane": "x"}, {"endpoint": "x"}, {"q": "\0"}])
def test_what_is_senseless_narrows_nothing(as_alice, called, query):
    called()
    assert paths(as_alice, **query) == ["bot/"]


def test_its_pages_hold_all_once(as_alice, called):
    for n in range(60):
        called(f"bot/{n}/", ago=timedelta(seconds=n // 3))
    first = text(as_alice)
    after = re.search(r'after=([^"&]+)"', first)[1].replace("%3A", ":")
    seen = paths(as_alice) + paths(as_alice, after=after)
    assert len(seen) == len(set(seen)) == 60


def test_it_shows_how_full_each_limit_is(as_alice, called, workspace):
    for _ in range(12):
        called()
    called(lane=Lane.CLICK)
    Budget.objects.create(
        workspace=workspace,
        counted="bot_create",
        closed_until=timezone.now() + timedelta(seconds=40),
    )
    shown = text(as_alice)
    assert 'aria-label="13 of 60 calls used"' in shown
    assert 'width="20.0"' in shown
    assert "closed until" in shown
    assert "style=" not in shown


def test_no_key_stands_in_it(as_alice, called, workspace):
    called()
    assert str.__str__(workspace.api_key) not in text(as_alice)


def test_calls_of_another_workspace_are_not_there(as_alice, called):
    called(workspace=make_workspace("rival"))
    assert paths(as_alice) == []
    assert "No call to Recall yet" in text(as_alice)


@pytest.mark.parametrize("role", Role)
def test_it_is_for_those_who_watch(member, workspace, role):
    browser = browser_of(member("dora", role, workspace))
    may = role in (Role.OWNER, Role.ADMIN)
    assert browser.get(URL).status_code == (200 if may else 403)


def test_it_asks_the_database_little(as_alice, called, order, django_assert_max_num_queries):
    for n in range(12):
        called(order=order, ago=timedelta(seconds=n))
    text(as_alice)
    with django_assert_max_num_queries(12):
        text(as_alice)
