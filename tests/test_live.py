"""The stream of what changed: in order, once each, to those who may watch, and to no other."""

import asyncio
import json
import threading

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection, transaction

from bots import feed, frames, live, viewers
from bots.feed import Cursor
from bots.models import Change, Membership, PolicyVersion
from tests.streams import Browser, closing, cookie_of, later, run, tell
from tests.world import NOW, make_bot, make_workspace

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def workspace():
    return make_workspace()


@pytest.fixture
def cookie(workspace):
    return sign_in("alice", workspace)


def sign_in(name, workspace=None):
    user = get_user_model().objects.create_user(name, password="x")
    if workspace is not None:
        Membership.objects.create(user=user, workspace=workspace)
    return cookie_of(user)


def whisper(workspace, bot_id, team_id=None):
    Change.tell(workspace_id=workspace.pk, bot_id=bot_id, team_id=team_id, topic="said", now=NOW)
    return Change.objects.order_by("tx", "id").last()


def test_it_tells_a_change_as_it_is_committed(workspace, cookie):
    async def story():
        browser = Browser(cookie, after="0.0")
        assert await browser.status() == 200
        change = await later(tell, workspace, 7)
        told = await browser.changes(1)
        await browser.close()
        assert told == [(str(change), '{"bot": 7}')]

    run(story)


def test_it_says_how_the_bot_stands_to_those_who_follow(workspace, cookie):
    bot = make_bot(workspace, phase="recording")

    def moved():
        Change.tell(workspace_id=workspace.pk, bot_id=bot.pk, team_id=bot.team_id, now=NOW)
        whisper(workspace, bot.pk, bot.team_id)

    async def story():
        browser = Browser(cookie, after="0.0")
        await browser.status()
        # With the first beat it follows; what it missed before is told without.
        assert b"event: beat" in (await browser.sent.get())["body"]
        await later(moved)
        told = [json.loads(data) for _, data in await browser.changes(2)]
        await browser.close()
        assert browser.named == ["change", "said"]
        assert 'data-phase="recording"' in told[0]["mark"]
        assert told[1] == {"bot": bot.pk}

    run(story)


def test_it_replays_exactly_what_was_missed(workspace, cookie):
    seen, *missed = [tell(workspace, number) for number in range(4)]

    async def story():
        browser = Browser(cookie, last_event_id=str(seen), after="0.0")
        new = await later(tell, workspace, 99)
        told = await browser.changes(4)
        await browser.close()
        assert [id for id, _ in told] == [str(change) for change in [*missed, new]]

    run(story)


def test_many_who_come_back_at_once_ask_by_turns(workspace, cookie, monkeypatch):
    monkeypatch.setattr(frames, "AT_ONCE", 1)
    seen = tell(workspace, 1)
    tell(workspace, 2)

    async def story():
        first = Browser(cookie, after=str(seen))
        assert [json.loads(data) for _, data in await first.changes(1)] == [{"bot": 2}]
        second, lost = Browser(cookie, after=str(seen)), Browser(cookie, after="0.999999")
        [(_, told)] = await second.changes(1)
        assert json.loads(told)["within_ms"] >= frames.TURN_MS
        [(_, told)] = await lost.changes(1)
        assert json.loads(told)["within_ms"] >= frames.TURN_MS
        for browser in (first, second, lost):
            await browser.close()

    run(story)


@pytest.mark.parametrize("place", ["abc", "1", "0.999999", "-1.-1", f"0.{2**63}", "0.²"])
def test_it_asks_for_a_reload_from_a_place_that_is_none(workspace, cookie, place):
    tell(workspace, 1)

    async def story():
        browser = Browser(cookie, last_event_id=place)
        told = await browser.changes(1)
        await browser.close()
        assert told == [("reload", "{}")]

    run(story)


def test_it_asks_for_a_reload_when_too_much_was_missed(workspace, cookie, monkeypatch):
    monkeypatch.setattr(live, "MOST_BEHIND", 3)
    first = tell(workspace, 0)
    for number in range(4):
        tell(workspace, number)

    async def story():
        browser = Browser(cookie, after=str(first))
        told = await browser.changes(1)
        await browser.close()
        assert told == [("reload", "{}")]

    run(story)


def test_it_tells_nothing_of_another_workspace(workspace, cookie):
    rival = make_workspace("rival", secret="")
    start = tell(rival, 1)

    async def story():
        browser = Browser(cookie, after=str(start))
        await later(tell, rival, 666)
        mine = await later(tell, workspace, 7)
        told = await browser.changes(1)
        await browser.close()
        assert told == [(str(mine), '{"bot": 7}')]

    run(story)


@pytest.mark.parametrize("who", ["stranger", "nobody", "wrong host", "too many words"])
def test_it_refuses_whoever_may_not_watch(workspace, cookie, who):
    given = {"stranger": sign_in("charlie"), "nobody": "junk"}.get(who, cookie)
    host = "evil.example" if who == "wrong host" else "testserver"
    slug = "acme" + 1001 * "&" if who == "too many words" else "acme"

    async def story():
        assert await Browser(given, workspace=slug, host=host).status() == 401

    run(story)


def test_it_lets_go_of_those_who_were_removed(workspace, cookie, monkeypatch):
    monkeypatch.setattr(live, "RECHECK_S", 0)

    async def story():
        browser = Browser(cookie)
        await browser.status()
        await later(Membership.objects.all().delete)
        await later(tell, workspace, 1)
        await asyncio.wait_for(browser.task, 10)

    run(story)


def test_it_drops_a_reader_who_reads_nothing():
    async def story():
        viewer = viewers.Viewer(1)
        for _ in range(viewers.MOST_QUEUED + 1):
            viewer.put(None)
        assert viewer.overflowed
        assert viewer.queue.qsize() == viewers.MOST_QUEUED

    asyncio.run(story())


def test_it_misses_nothing_with_eight_writers(workspace, cookie):
    def write(number):
        for _ in range(25):
            tell(workspace, number)

    async def story():
        browser = Browser(cookie, after="0.0")
        await browser.status()
        writers = [threading.Thread(target=closing, args=(write, n)) for n in range(8)]
        for writer in writers:
            writer.start()
        told = await browser.changes(200)
        for writer in writers:
            await asyncio.to_thread(writer.join)
        await browser.close()
        ids = [id for id, _ in told]
        assert len(set(ids)) == 200
        assert ids == sorted(ids, key=Cursor.read)

    run(story)


def test_it_looks_up_nothing_before_it_follows_the_feed(workspace, cookie, monkeypatch):
    """Or what is written between the two would be passed on by nobody."""
    late = threading.Event()
    first_look = live.watermark

    def slow():
        late.wait(10)
        return first_look()

    async def story():
        monkeypatch.setattr(live, "watermark", slow)
        await live.start()
        browser = Browser(cookie, after="0.0")
        assert await browser.status() == 200
        change = await later(tell, workspace, 7)
        late.set()
        assert await browser.changes(1) == [(str(change), '{"bot": 7}')]
        await browser.close()
        await live.stop()

    asyncio.run(story())


@pytest.mark.parametrize("error", [DatabaseError, ValueError])
def test_it_goes_on_from_where_it_was_when_the_database_comes_back(
    workspace, cookie, monkeypatch, error
):
    told, broken = [], threading.Event()
    deal, rows_after = live.Hub._deal, live.rows_after

    def noted(hub, rows, *known):
        told.extend(news.bot_id for news in rows)
        deal(hub, rows, *known)

    def breaking(cursor, **given):
        rows = rows_after(cursor, **given)
        is_tail = "workspace_id" not in given and any(news.bot_id == 2 for news in rows)
        if is_tail and not broken.is_set():
            broken.set()
            raise error("gone")
        return rows

    monkeypatch.setattr(live.Hub, "_deal", noted)
    monkeypatch.setattr(live, "rows_after", breaking)

    async def story():
        browser = Browser(cookie, after="0.0")
        assert await browser.status() == 200
        await later(tell, workspace, 1)
        await browser.changes(1)
        await later(tell, workspace, 2)
        await browser.changes(1)
        await browser.close()

    run(story)
    assert broken.is_set()
    assert told == [1, 2]


def test_it_prunes_what_is_old(workspace):
    tell(workspace, 1)
    assert feed.forget(NOW) == 0
    assert feed.forget(NOW.replace(year=2027)) == 1


@pytest.mark.parametrize("writes", [True, False])
def test_it_is_not_held_up_by_somebodys_long_transaction(workspace, cookie, monkeypatch, writes):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    monkeypatch.setattr(live, "STALL_S", 0.2)
    begun, done = threading.Event(), threading.Event()

    def long():
        with transaction.atomic():
            if writes:
                get_user_model().objects.create_user("migration")
            else:
                get_user_model().objects.count()
            begun.set()
            assert done.wait(20)

    async def story():
        running = asyncio.create_task(later(long))
        await asyncio.to_thread(begun.wait, 10)
        browser = Browser(cookie, after="0.0")
        change = await later(tell, workspace, 7)
        if writes:
            assert await browser.changes(1) == [("reload", "{}")]
            done.set()
        assert await browser.changes(1) == [(str(change), '{"bot": 7}')]
        done.set()
        await running
        await browser.close()

    run(story)


def test_it_notes_a_new_viewer_with_the_next_beat(workspace, cookie, monkeypatch):
    monkeypatch.setattr(live, "BEAT_S", 0.05)
    monkeypatch.setattr(live, "WATCHED_EVERY_S", 3600)

    async def story():
        browser = Browser(cookie)
        assert await browser.status() == 200
        for _ in range(100):
            await asyncio.sleep(0.05)
            if await later(watched_at, workspace):
                break
        await browser.close()
        assert await later(watched_at, workspace)

    run(story)


def watched_at(workspace):
    workspace.refresh_from_db()
    return workspace.watched_at


@pytest.mark.parametrize(
    "odd",
    ["", ".", "1", "1.", ".1", "-1.1", "1.1.1", "1.x", "²1.1", "1." + "9" * 5000, "9" * 20 + ".1"],
)
def test_a_place_that_nobody_gave_out_is_none(odd):
    assert Cursor.read(odd) is None


def test_a_word_in_a_meeting_is_an_event_of_its_own(workspace, cookie):
    async def story():
        missed = await later(whisper, workspace, 7)
        browser = Browser(cookie, after="0.0")
        assert await browser.status() == 200
        heard = await later(whisper, workspace, 8)
        moved = await later(tell, workspace, 8)
        told = await browser.changes(3)
        await browser.close()
        assert told == [
            (str(missed), '{"bot": 7}'),
            (str(heard), '{"bot": 8}'),
            (str(moved), '{"bot": 8}'),
        ]
        assert browser.named == ["said", "said", "change"]

    run(story)


def test_a_word_in_the_meeting_of_a_private_team_is_not_heard_of_elsewhere(workspace, cookie):
    board = workspace.teams.create(name="Board")
    PolicyVersion.objects.save_team(board, {"shown_to": "team"}, by=None, now=NOW)
    sales = workspace.default_team.pk
    place = tell(workspace)

    async def story():
        browser = Browser(cookie, after=str(place))
        assert await browser.status() == 200
        await later(whisper, workspace, 7, board.pk)
        heard = await later(whisper, workspace, 8, sales)
        told = await browser.changes(1)
        await browser.close()
        assert told == [(str(heard), '{"bot": 8}')]

    run(story)
