"""What changed, told to browsers as server-sent events; the database's feed is the source."""

import asyncio
import contextlib
import logging
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from io import BytesIO
from time import monotonic
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.utils import timezone
from prometheus_client import CollectorRegistry, Gauge, Histogram

from bots import asking, frames, seats
from bots.feed import Cursor, News, held_up, is_known, rows_after, watermark
from bots.models import Workspace
from bots.viewers import MOST_BEHIND, NOWHERE, Look, Told, Viewer

logger = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

BEAT_S = 5.0
SLOTS = 50
# A viewer who was logged out or removed is let go within this time and a beat. Where that can't be
# known for twice as long, the stream ends.
RECHECK_S = 15.0
# More are not asked for at a time, which happens only where the database is slow or away.
MOST_LOOKS = 2
WATCHED_EVERY_S = 10.0
POLL_S = 0.02
# Where nobody looks on, news may wait: who opens a page reads what was missed by then.
POLL_ALONE_S = 0.2
# A transaction that runs for longer than this holds up nobody's pages.
STALL_S = 2.0

# What /metrics tells of this process alone.
REGISTRY = CollectorRegistry(auto_describe=False)
STREAMS = Gauge("recalldash_streams", "Open streams of this process.", registry=REGISTRY)
TOLD_S = Histogram(
    "recalldash_told_seconds",
    "From when something changed to when this process told its streams.",
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
    registry=REGISTRY,
)


class Hub:
    """The viewers of this process and the one thread that reads the feed for them."""

    def __init__(self) -> None:
        self.viewers: dict[int, set[Viewer]] = defaultdict(set)
        self._slots: list[set[Viewer]] = [set() for _ in range(SLOTS)]
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._beats: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        # How far the feed has been passed on.
        self._cursor: Cursor | None = None
        # Set once the feed is followed: what a stream looks up before that, nobody would pass on.
        self.follows = asyncio.Event()

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.follows = asyncio.Event()
        self._stop.clear()
        self._cursor = None
        self._thread = threading.Thread(target=self._tail, name="feed", daemon=True)
        self._thread.start()
        self._beats = asyncio.create_task(self._beat())

    async def stop(self) -> None:
        self._stop.set()
        if self._beats is not None:
            self._beats.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._beats
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, 2)

    def join(self, viewer: Viewer) -> None:
        self.viewers[viewer.workspace_id].add(viewer)
        min(self._slots, key=len).add(viewer)
        STREAMS.inc()

    def leave(self, viewer: Viewer) -> None:
        viewers = self.viewers[viewer.workspace_id]
        viewers.discard(viewer)
        for slot in self._slots:
            slot.discard(viewer)
        STREAMS.dec()
        if not viewers:
            del self.viewers[viewer.workspace_id]

    def _tail(self) -> None:
        """Read the feed for as long as the process lives, whatever becomes of the database."""
        while not self._stop.is_set():
            try:
                if self._cursor is None:
                    self._cursor = watermark()
                    self._tell_loop(self.follows.set)
                self._follow(self._cursor)
            except Exception as error:  # whatever it is: without this thread nobody hears anything
                if isinstance(error, DatabaseError):
                    logger.warning("The feed cannot be read: %s", error)
                else:
                    logger.exception("The feed cannot be read")
                connection.close()
                self._stop.wait(1)
        connection.close()

    def _follow(self, cursor: Cursor) -> None:
        """Pass on what comes after `cursor` until stopped; raises what the database raises."""
        is_sqlite = connection.vendor == "sqlite"
        version = None
        looked, suspected, warned = monotonic(), 0, 0
        while not self._stop.wait(POLL_S if is_sqlite or self.viewers else POLL_ALONE_S):
            if is_sqlite:
                # Moves only when another connection has committed; costs microseconds.
                with connection.cursor() as sql:
                    sql.execute("PRAGMA data_version")
                    seen = sql.fetchone()
                if seen == version:
                    continue
                version = seen
            rows = rows_after(cursor, limit=MOST_BEHIND)
            if rows:
                self._tell_loop(self._deal, rows, self._standings(rows), self._look(rows))
                self._cursor = cursor = rows[-1].cursor
            elif not is_sqlite and monotonic() - looked > STALL_S:
                held = held_up(cursor, warned, limit=MOST_BEHIND)
                # Held up at the last look already, not only for the moment of a commit.
                stuck = [news for news in held if news.cursor.id <= suspected]
                if stuck:
                    warned = stuck[-1].cursor.id
                    self._tell_loop(self._reload, {news.workspace_id for news in stuck})
                suspected = max([suspected, *(news.cursor.id for news in held)])
                looked = monotonic()

    def _tell_loop(self, callback: Callable[..., object], *args: Any) -> None:
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):  # the loop has closed: the process is ending
            self._loop.call_soon_threadsafe(callback, *args)

    def _standings(self, rows: Iterable[News]) -> dict[int, frames.Standing]:
        """How those bots of the news stand that somebody looks at here."""
        watched = {
            news.bot_id
            for news in rows
            if news.bot_id and not news.topic and self.viewers.get(news.workspace_id)
        }
        return frames.standings(watched) if watched else {}

    def _look(self, rows: Iterable[News]) -> Look:
        """What those may watch from now on who hear news of no single bot: it may be that somebody
        sees more or less than before."""
        workspace_ids = {news.workspace_id for news in rows if news.bot_id is None}
        viewers = [v for pk in workspace_ids for v in tuple(self.viewers.get(pk, ()))]
        return Look.at_all(viewers)

    def _deal(
        self, rows: Iterable[News], standings: Mapping[int, frames.Standing], look: Look
    ) -> None:
        now = timezone.now()
        look.tell()
        for news in rows:
            viewers = tuple(self.viewers.get(news.workspace_id, ()))
            if news.bot_id is None:
                for viewer in viewers:
                    # Whoever came meanwhile may have been looked up before it was so.
                    viewer.is_unsure |= viewer not in look.seats
            if viewers:
                standing = standings.get(news.bot_id) if news.bot_id and not news.topic else None
                told = Told(news, frames.change(news, standing, viewers=len(viewers)))
                for viewer in viewers:
                    viewer.put(told)
                if news.at is not None:
                    TOLD_S.observe(max((now - news.at).total_seconds(), 0.0))

    def _reload(self, workspace_ids: Iterable[int]) -> None:
        for workspace_id in workspace_ids:
            viewers = tuple(self.viewers.get(workspace_id, ()))
            told = Told(NOWHERE, frames.reload(viewers=len(viewers)))
            for viewer in viewers:
                viewer.put(told)

    async def _beat(self) -> None:
        """A heartbeat for each stream, some at a time; and note which workspaces are watched.

        Now and then what those may watch who are beaten for is looked up anew, so that whoever was
        signed out is let go.
        """
        rounds = 0
        noted: set[int] = set()
        noting: asyncio.Task[None] | None = None
        looks: set[asyncio.Task[None]] = set()
        while True:
            for n, slot in enumerate(self._slots):
                await asyncio.sleep(BEAT_S / SLOTS)
                viewers = tuple(slot)
                for viewer in viewers:
                    viewer.put(None)
                is_turn = (n + rounds) % max(int(RECHECK_S // BEAT_S), 1) == 0
                if is_turn and viewers and len(looks) < MOST_LOOKS:
                    looking = asyncio.create_task(_look_again(viewers))
                    looks.add(looking)
                    looking.add_done_callback(looks.discard)
            rounds += 1
            if rounds % round(WATCHED_EVERY_S / BEAT_S) == 0:
                noted = set()
            new = set(self.viewers) - noted
            # Aside, because the beats go on while the database is away.
            if new and (noting is None or noting.done()):
                noting = asyncio.create_task(_note_watched(sorted(new)))
                noted = set(self.viewers)


hub = Hub()


async def _note_watched(workspace_ids: list[int]) -> None:
    def note() -> None:
        with transaction.atomic():
            # In the order in which webhooks hold several.
            held = Workspace.objects.select_for_update(no_key=True).filter(pk__in=workspace_ids)
            pks = list(held.order_by("pk").values_list("pk", flat=True))
            Workspace.objects.filter(pk__in=pks).update(watched_at=timezone.now())

    try:
        await asking.ask(note)
    except DatabaseError as error:
        logger.warning("Cannot note who watches: %s", error)


async def _look_up(viewer: Viewer) -> None:
    """What this viewer may watch, by itself; without an answer its stream ends."""
    viewer.is_unsure = False
    (await asking.ask(Look.at_all, [viewer])).tell()


async def _look_again(viewers: Collection[Viewer]) -> None:
    try:
        look = await asking.ask(Look.at_all, viewers)
    except DatabaseError as error:
        logger.warning("Cannot look up who may watch: %s", error)
    else:
        look.tell()


def _replay(workspace_id: int, sent: str) -> tuple[list[News], bool]:
    """What a browser missed since the place it names, and whether it must load itself anew."""
    if not sent:
        return [], False
    cursor = Cursor.read(sent)
    if cursor is None or not is_known(cursor):
        return [], True
    rows = rows_after(cursor, workspace_id=workspace_id, limit=MOST_BEHIND + 1)
    return (rows, False) if len(rows) <= MOST_BEHIND else ([], True)


async def stream(scope: Scope, receive: Receive, send: Send) -> None:
    """`GET /events?workspace=<slug>&after=<cursor>`: an endless stream of what changed.

    Events: `change` with `{"bot": id or null}` and what `frames.change` adds, `said` with
    `{"bot": id}` where only those who follow a meeting word by word want to know, `beat` every five
    seconds, `reload` when the browser is too far behind. `Last-Event-ID` goes before `after`. 401
    to whoever may not watch.
    """
    if scope["method"] != "GET":
        return await _refuse(send, 405)
    known_at = monotonic()
    found = await asking.ask(seats.open_to, scope)
    if found is None:
        return await _refuse(send, 401)
    claim, seat = found
    viewer = Viewer(seat.workspace_id, seat.hidden, claim, known_at=known_at)
    hub.join(viewer)
    gone = asyncio.create_task(_until_gone(receive, viewer))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": frames.HEADERS})
        await _serve(scope, viewer, send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        hub.leave(viewer)
        gone.cancel()


async def _serve(scope: Scope, viewer: Viewer, send: Send) -> None:
    # Joined before this looks into the feed, so that nothing falls between; repeats are dropped.
    await hub.follows.wait()
    missed, reload = await asking.ask(_replay, viewer.workspace_id, _asked_after(scope))
    viewers = len(hub.viewers[viewer.workspace_id])
    again = frames.reload(viewers=viewers) if reload else ""
    if reload or any(news.bot_id is None for news in missed):
        # Somebody may see more or less than when it was let in.
        await _look_up(viewer)
        if viewer.is_gone:
            return
    await _write(send, frames.HEAD + again + frames.BEAT)
    last = Cursor()
    for news in missed:
        last = news.cursor
        if news.team_id not in viewer.hidden:
            await _write(send, frames.change(news, viewers=viewers))
    while True:
        item = await viewer.queue.get()
        # Where nobody could look it up for all together, as when the database is away.
        is_stale = item is None and monotonic() - viewer.known_at > 2 * RECHECK_S
        if viewer.is_unsure or is_stale:
            await _look_up(viewer)
        if viewer.is_gone:
            return
        if viewer.overflowed:
            await _write(send, frames.reload())
            return
        if item is None:
            await _write(send, frames.BEAT)
        elif item.news is NOWHERE:
            await _write(send, item.text)
        elif item.news.cursor > last and item.news.team_id not in viewer.hidden:
            last = item.news.cursor
            await _write(send, item.text)


def _asked_after(scope: Scope) -> str:
    """Where the browser says it was: the header of a reconnect, else the page's watermark."""
    for name, value in scope["headers"]:
        if name == b"last-event-id":
            return str(value.decode("latin-1"))
    return ASGIRequest(scope, BytesIO()).GET.get("after", "")


async def _write(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _until_gone(receive: Receive, viewer: Viewer) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    viewer.leave()


async def _refuse(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def start() -> None:
    """Begin to follow the feed; call once per server process."""
    await hub.start()


async def stop() -> None:
    """Stop following it, and let go of the database."""
    await hub.stop()
    await asyncio.to_thread(asking.let_go)
