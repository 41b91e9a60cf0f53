"""What an open stream may watch, looked up anew as long as it is open."""

import asyncio

import pytest
from django.db import DatabaseError

from bots import live, viewers
from bots.seats import Seat
from tests.streams import Browser, cookie_of, run, tell

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cookie(alice):
    return cookie_of(alice)


def test_it_ends_where_it_cannot_be_known_who_may_watch(workspace, cookie, monkeypatch):
    monkeypatch.setattr(live, "RECHECK_S", 0)
    monkeypatch.setattr(live, "BEAT_S", 0.05)

    def away(claims):
        raise DatabaseError("away")

    async def story():
        browser = Browser(cookie)
        assert await browser.status() == 200
        monkeypatch.setattr(viewers.seats, "find", away)
        with pytest.raises(DatabaseError):
            await asyncio.wait_for(browser.task, 10)

    run(story)


def test_who_comes_back_is_looked_up_anew_where_somebody_may_see_less_by_now(
    workspace, cookie, monkeypatch
):
    """What it was let in by may be older than the news that it missed."""
    tell(workspace, 1)
    tell(workspace)
    monkeypatch.setattr(viewers.Look, "at_all", lambda all: viewers.Look(2e9, dict.fromkeys(all)))

    async def story():
        browser = Browser(cookie, after="0.0")
        assert await browser.status() == 200
        await asyncio.wait_for(browser.task, 10)
        assert browser.sent.get_nowait()["body"] == b""

    run(story)


def test_an_answer_that_comes_after_a_later_one_says_nothing_of_what_may_be_watched():
    viewer = viewers.Viewer(1)
    viewer.take(Seat(1, frozenset({7})), known_at=2.0)
    viewer.take(Seat(1, frozenset()), known_at=1.0)
    viewer.take(None, known_at=1.5)
    assert (viewer.hidden, viewer.is_gone) == ({7}, False)
    viewer.take(Seat(2, frozenset()), known_at=3.0)
    assert viewer.is_gone
