"""Dry runs: two policies tried on a team's past meetings, some at a time, by whoever is at hand."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User

from bots import dryrun, policy
from bots.models import (
    Bot,
    DryRun,
    Participant,
    ParticipantEvent,
    Recording,
    StatusChange,
    Team,
)
from bots.models.bot_queryset import OVER_PHASES, BotQuerySet
from bots.recall.automatic_leave import Settings

logger = logging.getLogger(__name__)

# Meetings that are loaded and tried at a time: few at first, then as many as a step takes.
CHUNK = 40
FIRST = 10
STEP_S = 0.3
# A dry run looks at the newest meetings of a team.
MOST = 2000
# Much longer than a chunk takes, so that only a worker that is dead or frozen loses a run.
LEASE = timedelta(seconds=45)
KEPT = timedelta(days=1)
KEPT_EACH = 20

Clock = Callable[[], datetime]
Side = tuple[str, Mapping[str, Any]]
"""A label such as "Version 7, in force", and rules as `policy.Rules.as_json` has them."""


def past_meetings(team: Team) -> BotQuerySet:
    """The bots of a team that have been at a meeting, or at its door, and are over."""
    return Bot.objects.filter(team=team, phase__in=OVER_PHASES, started_at__isnull=False)


def start(
    team: Team,
    *,
    before: Side,
    after: Side,
    by: User | None,
    now: datetime,
) -> DryRun:
    """Note what is to be tried; nothing is tried yet.

    What the same person has begun and nobody has finished is stopped, and of what they have tried
    only the newest is kept: whoever presses the button again and again costs no more than once.
    Notetaker names are no part of a version: both sides go by the team's list as it is now.
    """
    names = list(team.notetaker_names)
    pks = list(past_meetings(team).newest_first().values_list("pk", flat=True)[:MOST])
    if by is not None:
        DryRun.objects.make_room(by, now=now, keep=KEPT_EACH - 1)
    return DryRun.objects.create(
        workspace=team.workspace,
        team=team,
        by=by,
        before=_side(before, names),
        after=_side(after, names),
        bots=pks,
        total=len(pks),
        created_at=now,
    )


def _side(side: Side, names: list[str]) -> dict[str, Any]:
    label, rules = side
    looked_at = {name: rules[name] for name in dryrun.LOOKED_AT if name in rules}
    return {"label": label, "rules": looked_at, "names": names}


def work(pk: int, *, clock: Clock, seconds: float) -> bool:
    """Go on with a dry run for about that long; whether it is still to be gone on with.

    Nothing happens while another worker has it. Never raises for what a meeting holds.
    """
    now = clock()
    if not DryRun.objects.claim(pk, now, now + LEASE):
        return False
    run = DryRun.objects.filter(pk=pk).first()
    if run is None:
        return False  # its team has gone
    ends = monotonic() + seconds
    try:
        pairs, size = _Pairs(run), min(FIRST, CHUNK)
        while run.is_running:
            begun = monotonic()
            if not _go_on(run, pairs, clock, size):
                return False  # it has been stopped, or another worker has taken it up
            if monotonic() >= ends:
                break
            size = _next_size(size, monotonic() - begun)
    except Exception:
        logger.exception("Dry run %s stopped", pk)
        said = "The dry run stopped because of an error. Start it again."
        run.mine.update(state=DryRun.State.FAILED, error=said, finished_at=clock())
        return False
    run.mine.update(lease_until=None)
    return run.is_running


def _next_size(size: int, took_s: float) -> int:
    """How many meetings to try at a time when that many took so long."""
    return max(1, min(CHUNK, int(size * STEP_S / max(took_s, 0.001))))


def _go_on(run: DryRun, pairs: "_Pairs", clock: Clock, size: int) -> bool:
    """Try the next few meetings and keep what came of it, unless the run is ours no more."""
    pks = run.bots[run.done : run.done + size]
    for tape, pk, platform in tapes(pks):
        before, after = pairs.of(platform)
        trial = dryrun.compare(tape, before, after, run.after["names"])
        run.results.append({"bot": pk, "origin": tape.origin.timestamp(), **trial.as_json()})
    mine, now = run.mine, clock()
    run.done += len(pks)
    run.lease_until = now + LEASE
    if run.done >= run.total:
        run.state, run.finished_at, run.lease_until = DryRun.State.FINISHED, now, None
    return bool(
        mine.update(
            results=run.results,
            done=run.done,
            state=run.state,
            finished_at=run.finished_at,
            lease_until=run.lease_until,
        )
    )


def forget(now: datetime) -> None:
    """Drop dry runs of yesterday."""
    DryRun.objects.forget(now - KEPT)


class _Pairs:
    """The leave settings before and after, by platform."""

    def __init__(self, run: DryRun) -> None:
        self.sides = [
            (policy.Rules.read(side["rules"]), tuple(side["names"]))
            for side in (run.before, run.after)
        ]
        self.known: dict[str, tuple[Settings, Settings]] = {}

    def of(self, platform: str) -> tuple[Settings, Settings]:
        if platform not in self.known:
            before, after = (
                dryrun.terms(rules, names, platform=platform) for rules, names in self.sides
            )
            self.known[platform] = before, after
        return self.known[platform]


# Loading


def tapes(pks: Sequence[int]) -> Iterator[tuple[dryrun.Tape, int, str]]:
    """The tapes of these bots' meetings, with the bot and its platform, in this order.

    Six queries however many they are. Bots that are gone from the database, and meetings of which
    too little is known, are passed over.
    """
    platforms = dict(Bot.objects.filter(pk__in=pks).values_list("pk", "platform"))
    statuses: dict[int, list[dryrun.Status]] = defaultdict(list)
    history = StatusChange.objects.filter(bot__in=pks)
    for pk, code, sub_code, at in history.values_list("bot_id", "code", "sub_code", "at"):
        statuses[pk].append(dryrun.Status(code, sub_code, at))
    takes: dict[int, list[dryrun.Take]] = defaultdict(list)
    told: dict[int, dict[int, datetime | None]] = defaultdict(dict)
    for pk, recording, started_at, created_at, completed_at, details_at in Recording.objects.filter(
        bot__in=pks
    ).values_list("bot_id", "pk", "started_at", "created_at", "completed_at", "details_at"):
        begun = started_at or created_at
        takes[pk].append(dryrun.Take(begun, completed_at, told=details_at is not None))
        if details_at is not None:
            told[pk][recording] = started_at
    names: dict[int, dict[int, str]] = defaultdict(dict)
    people: dict[int, set[int]] = defaultdict(set)
    members = _emails(pks)
    for pk, person, name, is_host, email in Participant.objects.filter(bot__in=pks).values_list(
        "bot_id", "pk", "name", "is_host", "email"
    ):
        names[pk][person] = name
        if is_host or email.casefold() in members:
            people[pk].add(person)
    acts = _acts(told, statuses)
    for pk in pks:
        if pk in platforms:
            tape = dryrun.tape(statuses[pk], takes[pk], acts[pk], names[pk], people[pk])
            if tape is not None:
                yield tape, pk, platforms[pk]


def _emails(pks: Sequence[int]) -> set[str]:
    """The addresses of the people to whose workspace these bots belong."""
    users = get_user_model().objects.exclude(email="")
    mine = users.filter(memberships__workspace__bots__in=pks).distinct()
    return {email.casefold() for email in mine.values_list("email", flat=True)}


def _acts(
    told: Mapping[int, Mapping[int, datetime | None]],
    statuses: Mapping[int, Sequence[dryrun.Status]],
) -> dict[int, list[dryrun.Act]]:
    """What people did in each bot's meeting.

    Seconds from the start of the recording are many times faster to read than dates. Where pauses
    were cut out of a recording they mean something else, so those are read by the date.
    """
    by_date: list[int] = []
    by_offset: dict[int, float] = {}
    owners: dict[int, int] = {}
    for pk, recordings in told.items():
        owners |= dict.fromkeys(recordings, pk)
        recording, begun = next(iter(recordings.items()))
        if len(recordings) > 1 or begun is None or _may_pause(statuses[pk], begun):
            by_date += list(recordings)
        else:
            by_offset[recording] = begun.timestamp()
    acts: dict[int, list[dryrun.Act]] = defaultdict(list)
    undated = []
    for recording, action, offset_s, who in _rows(by_offset, "offset_s"):
        if offset_s is None:
            undated.append(recording)
        else:
            acts[owners[recording]].append((by_offset[recording] + offset_s, action, who))
    for recording in set(undated):
        acts[owners[recording]].clear()
    for recording, action, at, who in _rows([*by_date, *set(undated)], "at"):
        if at is not None:
            acts[owners[recording]].append((at.timestamp(), action, who))
    return acts


def _may_pause(statuses: Iterable[dryrun.Status], begun: datetime) -> bool:
    return any(s.code == "in_call_not_recording" and s.at > begun for s in statuses)


def _rows(recordings: Iterable[int], when: str) -> Iterator[tuple[int, str, Any, int]]:
    wanted = list(recordings)
    if not wanted:
        return iter(())
    events = ParticipantEvent.objects.filter(recording__in=wanted, action__in=dryrun.KINDS)
    rows = events.values_list("recording_id", "action", when, "participant_id")
    return rows.iterator(chunk_size=10_000)
