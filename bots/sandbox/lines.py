"""Real-time endpoints on their way: one request at a time and in order, again each second.

https://docs.recall.ai/docs/real-time-webhook-endpoints
"""

import json
import logging
from bisect import bisect_left
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from math import inf
from threading import Event, Lock
from typing import Any, Literal

import httpx
from django.conf import settings
from django.db import connections, transaction
from django.db.models import Q
from django.utils import timezone

from bots.recall import webhooks

from . import ids
from .database import ALIAS
from .delivery import TIMEOUT_S, written
from .live import WEBHOOK, Said, Voice, provider_of, said
from .models import Bot, Line, Workspace, moment
from .rooms import FORESIGHT_S, order, script_of, story_of, tempo_of
from .story import Story, Take

logger = logging.getLogger(__name__)

MOST_TRIES = 60
EVERY_S = 1.0
# What a person or an order just did may be kept a moment after its time: nothing overtakes it.
LAG_S = 0.2
LEASE = timedelta(seconds=20)  # a line whose process died is told again after so long
_NO_PART = 0xFFF  # the number of an artifact that the recording does not have


@dataclass(frozen=True, slots=True)
class Plan:
    """What one line is told, as far as is known by now; good until the story changes."""

    key: tuple[int, str]
    until: float
    over: bool
    rows: list[Said]
    times: list[float]
    voice: Voice

    def place(self, line: Line) -> int:
        """The number of the message that comes next."""
        return bisect_left(self.times, line.sent_upto) + line.sent_then

    def advance(self, line: Line, i: int) -> None:
        """Number `i` was sent."""
        at = self.rows[i].at
        line.sent_upto, line.sent_then = at, i + 1 - bisect_left(self.times, at)


class Plans:
    """Plans of lines, kept while they are good, so that nothing is played anew for each message."""

    def __init__(self) -> None:
        self._kept: dict[int, Plan] = {}
        self._lock = Lock()

    def of(self, line: Line, *, now: datetime) -> Plan:
        bot = Bot.objects.only("revision", "workspace__settings").select_related("workspace")
        fresh = bot.get(pk=line.bot_id)
        key = (fresh.revision, json.dumps(fresh.workspace.settings, sort_keys=True))
        with self._lock:
            plan = self._kept.get(line.pk)
        if plan is None or plan.key != key or (now.timestamp() > plan.until and not plan.over):
            plan = _plan(line, key, now=now)
            with self._lock:
                self._kept[line.pk] = plan
        return plan

    def forget(self, line: Line) -> None:
        with self._lock:
            self._kept.pop(line.pk, None)


def opened(bot: Bot, story: Story, *, now: datetime) -> None:
    """Keep a line for each real-time webhook of the bot's recordings."""
    lines = [
        Line(
            bot=bot,
            take=take.n,
            n=endpoint["n"],
            url=config["url"],
            events=config["events"],
            due_at=now,
        )
        for take in story.takes
        for endpoint, config in zip(
            take.endpoints, take.config.get("realtime_endpoints") or [], strict=True
        )
        if endpoint["type"] == WEBHOOK
    ]
    lines += _before(bot, story, now=now)
    Line.objects.bulk_create(lines, ignore_conflicts=True)


def _before(bot: Bot, story: Story, *, now: datetime) -> list[Line]:
    """Lines of a bot that waits for a start by hand; whether Recall has them is not known."""
    config = bot.config["recording_config"] or {}
    waits = config.get("start_recording_on") == "manual" and story.in_call and not story.takes
    if not waits or not bot.workspace.options["realtime_before_recording"]:
        return []
    return [
        Line(bot=bot, take=Line.BEFORE, n=n, url=each["url"], events=each["events"], due_at=now)
        for n, each in enumerate(config.get("realtime_endpoints") or [])
        if each["type"] == WEBHOOK
    ]


@dataclass(slots=True)
class Runners:
    """Threads that tell lines, one for each: a slow or dead receiver holds up nobody else."""

    client: httpx.Client
    threads: int = 256
    plans: Plans = field(default_factory=Plans)
    _busy: set[int] = field(default_factory=set)
    _stopped: Event = field(default_factory=Event)
    _pool: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="line")

    def begin(self, line: Line) -> None:
        if line.pk not in self._busy:  # a slow receiver may outlast its lease
            self._busy.add(line.pk)
            self._pool.submit(self._run, line)

    def stop(self) -> None:
        """Begin nothing more; what is under way is given up with the process."""
        self._stopped.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def wait(self) -> None:
        """Come back when what is due is sent."""
        self._pool.shutdown(wait=True)

    def _run(self, line: Line) -> None:
        try:
            _tell(line, self.plans, self.client, timezone.now, stopped=self._stopped.is_set)
        except Exception:
            logger.exception("A real-time endpoint could not be told")
        finally:
            connections[ALIAS].close()
            self._busy.discard(line.pk)


def deliver(
    now: datetime,
    *,
    client: httpx.Client | None = None,
    runners: Runners | None = None,
    workspace: Workspace | None = None,
) -> int:
    """Send what is due to every line that waits. Returns how many requests were made or, with
    `runners`, how many lines were begun."""
    lines = _claimed(now, workspace)
    if runners is not None:
        for line in lines:
            runners.begin(line)
        return len(lines)
    plans = Plans()
    return sum(_tell(line, plans, client, lambda: now) for line in lines)


def _claimed(now: datetime, workspace: Workspace | None) -> list[Line]:
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - LEASE)
    due = Line.objects.filter(free, due_at__lte=now, failed_at=None)
    if workspace is not None:
        due = due.filter(bot__workspace=workspace)
    if not due.exists():
        return []
    with transaction.atomic(using=ALIAS):
        waiting = due.select_related("bot__workspace").defer("bot__memory", "bot__frozen")
        lines = [line for line in waiting if not line.bot.workspace.options["realtime_paused"]]
        Line.objects.filter(pk__in=[line.pk for line in lines]).update(claimed_at=now)
    return lines


def _tell(
    line: Line,
    plans: Plans,
    client: httpx.Client | None,
    clock: Callable[[], datetime],
    *,
    stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Send one message after the other while they are due and arrive. Returns how many tries."""
    tried = 0
    while not stopped():
        now = clock()
        plan = plans.of(line, now=now)
        i = plan.place(line)
        at = plan.rows[i].at + LAG_S if i < len(plan.rows) else inf
        if at > now.timestamp():
            _rest(line, plan, at, now=now)
            if plan.over and at == inf:
                plans.forget(line)
            return tried
        error = _post(line, plan, i, client, now)
        tried += 1
        if not _record(line, plan, i, error, clock()):
            return tried
    Line.objects.filter(pk=line.pk).update(claimed_at=None)
    return tried


def _post(line: Line, plan: Plan, i: int, client: httpx.Client | None, at: datetime) -> str:
    """One request; what went wrong, or nothing."""
    workspace = line.bot.workspace
    row = plan.rows[i]
    body = written(plan.voice.payload(row)).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "Recall-Realtime/1.0 (sandbox)"}
    if workspace.secrets and workspace.options["realtime_signed"]:
        family: Literal["webhook", "svix"]
        family = "svix" if workspace.options["headers"] == "svix" else "webhook"
        name = f"{line.pk}/{row.at}/{i - bisect_left(plan.times, row.at)}"
        id_ = f"msg_{sha256(name.encode()).hexdigest()[:32]}"
        headers |= webhooks.sign(
            body, secret=workspace.secrets, message_id=id_, at=at, family=family
        )
    try:
        if client is not None:
            response = client.post(line.url, content=body, headers=headers)
        else:
            response = httpx.post(line.url, content=body, headers=headers, timeout=TIMEOUT_S)
    except (httpx.HTTPError, httpx.InvalidURL) as e:
        return f"{type(e).__name__}: {e}"[:500]
    return "" if response.is_success else f"It answered {response.status_code}."


def _record(line: Line, plan: Plan, i: int, error: str, now: datetime) -> bool:
    """Keep what became of a request; whether the next one may follow at once."""
    line.attempts += 1
    line.last_at, line.last_error = now, error
    if not error:
        plan.advance(line, i)
        line.tries, line.sent, line.claimed_at = 0, line.sent + 1, now
    else:
        line.tries, line.claimed_at = line.tries + 1, None
        line.due_at = now + timedelta(seconds=EVERY_S / _speed(line.bot.workspace))
        if line.tries >= MOST_TRIES:
            line.due_at, line.failed_at = None, now
    with transaction.atomic(using=ALIAS):
        line.save(update_fields=_KEPT if error else [*_KEPT, "sent_upto", "sent_then", "sent"])
        if line.failed_at and line.take != Line.BEFORE:
            message = f"{MOST_TRIES} attempts in a row did not arrive. {error}"
            body = {"take": line.take, "n": line.n, "message": message}
            order(line.bot, "realtime_failed", body, now=now)
    return not error


_KEPT = ["attempts", "last_at", "last_error", "tries", "claimed_at", "due_at", "failed_at"]


def _speed(workspace: Workspace) -> float:
    return float(workspace.options["retry_speed"] or settings.SANDBOX_SPEED or 1.0)


def _rest(line: Line, plan: Plan, at: float, *, now: datetime) -> None:
    """Wait for the next message; not if the story changed meanwhile."""
    again = min(at, inf if plan.over else plan.until)
    mine = Line.objects.filter(pk=line.pk)
    due_at = None if again == inf else moment(again)
    same = mine.filter(bot__revision=plan.key[0])
    if not same.update(claimed_at=None, due_at=due_at):
        mine.update(claimed_at=None, due_at=now)


def _plan(line: Line, key: tuple[int, str], *, now: datetime) -> Plan:
    bot = Bot.objects.select_related("room", "workspace").get(pk=line.bot_id)
    options, tempo = bot.workspace.options, tempo_of(bot.room)
    until = now.timestamp() + FORESIGHT_S
    story = story_of(bot, now=moment(until), memory=True)
    if line.take >= len(story.takes):  # its beginning was not told yet
        return Plan(key, now.timestamp() + 1, False, [], [], Voice({}, {}, 0.0))
    take = unrecorded(bot, story) if line.take == Line.BEFORE else story.takes[line.take]
    rows = said(
        story,
        take,
        events=frozenset(line.events),
        tempo=tempo,
        until=until,
        fails="transcript" in script_of(bot.room).failures,
        emails=options["realtime_emails"],
    )
    provider = provider_of(take)
    origin = take.started_at
    if options["realtime_relative_from"] == "call":
        origin = next(s.at for s in story.statuses if s.code == "in_call_not_recording")
    voice = Voice(
        people=story.people,
        about=_about(bot, take, line.n),
        origin=origin,
        provider=provider[0] if provider else "",
        absolute=options["realtime_absolute"],
        dated=options["realtime_dated_words"],
        bare=options["realtime_bare_people"],
    )
    over = story.finished or take.completed_at is not None
    return Plan(key, until, over, rows, [row.at for row in rows], voice)


def unrecorded(bot: Bot, story: Story) -> Take:
    """The stay in the call before there is a recording, as if it were one that has no words."""
    config = bot.config["recording_config"] | {"transcript": None}
    entered = next(s.at for s in story.statuses if s.code == "in_call_not_recording")
    until = story.takes[0].started_at if story.takes else None
    return Take(
        n=Line.BEFORE,
        started_at=entered,
        config=config,
        statuses=[],
        pieces=[[entered, until, "recorded"]],
        completed_at=until,
        endpoints=[
            {"n": n, "metadata": each.get("metadata") or {}, "type": each.get("type", "")}
            for n, each in enumerate(config.get("realtime_endpoints") or [])
        ],
    )


def _about(bot: Bot, take: Take, n: int) -> dict[str, dict[str, Any]]:
    """`{id, metadata}` of all that a message is about; no id for what is not recorded."""
    is_kept = take.n != Line.BEFORE

    def part(kind: str) -> dict[str, Any]:
        made = next((a for a in take.artifacts if a.kind == kind), None)
        number = made.n if made else _NO_PART
        return {
            "id": ids.made(bot.pk, take.n, kind, number) if is_kept else None,
            "metadata": made.metadata if made else {},
        }

    endpoint = next(kept for kept in take.endpoints if kept["n"] == n)
    return {
        "participant_events": part("participant_events"),
        "transcript": part("transcript"),
        "realtime_endpoint": {
            "id": ids.made(bot.pk, max(take.n, 0), "realtime_endpoint", n),
            "metadata": endpoint["metadata"],
        },
        "recording": {
            "id": ids.made(bot.pk, take.n) if is_kept else None,
            "metadata": take.metadata,
        },
        "bot": {"id": str(bot.pk), "metadata": bot.metadata},
    }
