"""Erasing a person from all that is kept: begun by an admin, gone on with by whoever is at hand."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, models, transaction
from django.db.models import Q

from bots import persons
from bots.models import AuditEvent, Bot, Change, Forgotten, PersonErasure, Verb, Workspace
from bots.models.forgotten import Veil, digest, normal, veil_of
from bots.personal import PARTS, Part

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]

LEASE = timedelta(seconds=60)
# Rows that are held at one time.
STEP = 100
# Anything but plain letters, digits and signs.
_NOT_ASCII = "[^ -~]"


def begin(
    workspace: Workspace,
    called: list[str],
    *,
    left_out: list[int],
    in_texts: bool,
    keeps_words: bool,
    is_everywhere: bool,
    by: User | None,
    token: str,
    now: datetime,
) -> PersonErasure:
    """Write down who is erased, and keep them out of these meetings from now on.

    The same form again is the same deed.
    """
    called = list(dict.fromkeys(each.strip() for each in called if each.strip()))
    try:
        with transaction.atomic():
            meetings = list(persons.known_as(workspace, called, left_out))
            job = PersonErasure.objects.create(
                workspace=workspace,
                by=by,
                token=token,
                called=called,
                left_out=left_out,
                in_texts=in_texts,
                keeps_words=keeps_words,
                is_everywhere=is_everywhere,
                meetings=[bot.pk for bot in meetings],
                created_at=now,
            )
            Forgotten.objects.remember(
                workspace.pk,
                called,
                in_texts=in_texts,
                keeps_words=keeps_words,
                is_everywhere=is_everywhere,
                left_out=_ids_at_recall(workspace.bots.filter(pk__in=left_out)),
            )
            _keep_out(job, meetings)
            AuditEvent.objects.record(
                workspace,
                Verb.PERSON_ERASED,
                by=by,
                now=now,
                target=job,
                what=f"person {job.pk}",
                detail={
                    "meetings": len(meetings),
                    "words": "kept without the name" if keeps_words else "removed",
                    "in_other_peoples_words": in_texts,
                    "also_in_future_meetings": is_everywhere,
                },
            )
    except IntegrityError:
        return PersonErasure.objects.get(workspace=workspace, token=token)
    return job


def work(pk: int, *, clock: Clock, seconds: float) -> bool:
    """Go on for about that long; whether it is still to be gone on with.

    Nothing happens while another worker has it. What a killed worker left is done once more, which
    changes nothing.
    """
    now = clock()
    if not PersonErasure.objects.claim(pk, now, now + LEASE):
        return False
    job = PersonErasure.objects.select_related("workspace").get(pk=pk)
    veil = _veil(job)
    ends = monotonic() + seconds
    while job.part < len(PARTS):
        if not _go_on(job, PARTS[job.part], veil, clock()):
            return False  # another worker has taken it up
        if monotonic() >= ends:
            break
    if job.part < len(PARTS):
        _mine(job).update(lease_until=None)
        return True
    _finish(job, clock())
    return False


def progress(job: PersonErasure) -> tuple[int, int]:
    """How many parts are done, of how many."""
    return min(job.part, len(PARTS)), len(PARTS)


def in_words(job: PersonErasure) -> list[str]:
    """How many rows of each kind were changed: "412 passages"."""
    words = {part.word: part.words for part in PARTS}
    return [
        f"{job.counts[one]} {one if job.counts[one] == 1 else many}"
        for one, many in words.items()
        if job.counts.get(one)
    ]


def _veil(job: PersonErasure) -> Veil:
    """Only who is erased now, under what was chosen now."""
    wanted = [digest(job.workspace_id, each) for each in job.called]
    rows = list(Forgotten.objects.filter(workspace_id=job.workspace_id, digest__in=wanted))
    for row in rows:
        row.in_texts, row.keeps_words = job.in_texts, job.keeps_words
    return veil_of(job.workspace_id, rows)


def _go_on(job: PersonErasure, part: Part, veil: Veil, now: datetime) -> bool:
    """The next rows of a part, and how far it has come, in one transaction."""
    with transaction.atomic():
        rows = list(_rows(job, part)[:STEP])
        touched: Counter[int] = Counter()
        for row, meeting in rows:
            if changes := part.erase(row, veil, now):
                part.write(row.pk, changes)
                touched[meeting] += 1
        if touched:
            counts = Counter(job.counts)
            counts[part.word] += sum(touched.values())
            job.counts = dict(counts)
            _add_meetings(job, {pk for pk in touched if pk})
        if len(rows) < STEP:
            job.part, job.row = job.part + 1, 0
        else:
            job.row = rows[-1][0].pk
        lease = now + LEASE
        going = _mine(job).update(
            part=job.part,
            row=job.row,
            counts=job.counts,
            meetings=job.meetings,
            lease_until=lease,
        )
        if not going:
            transaction.set_rollback(True)
            return False
        job.lease_until = lease
    return True


def _rows(job: PersonErasure, part: Part) -> "_Pairs":
    rows: models.QuerySet[Any] = models.QuerySet(part.model).filter(
        **{part.workspace: job.workspace_id}, pk__gt=job.row
    )
    if part.meeting and job.left_out:
        rows = rows.exclude(**{f"{part.meeting}__in": job.left_out})
    if part.narrow:
        rows = rows.filter(_narrow(part, job.called))
    rows = rows.select_related(*part.related) if part.related else rows
    if part.meeting:
        rows = rows.annotate(seen_by=models.F(part.meeting))
    return _Pairs(rows.order_by("pk").select_for_update(of=("self",), no_key=True))


class _Pairs:
    """Rows, each with the bot that saw it, 0 where none did."""

    def __init__(self, rows: models.QuerySet[Any]) -> None:
        self.rows = rows

    def __getitem__(self, some: slice) -> list[tuple[Any, int]]:
        return [(row, getattr(row, "seen_by", None) or 0) for row in self.rows[some]]


def _narrow(part: Part, called: list[str]) -> Q:
    """Rows that may be about them, as far as the database can tell: it folds ASCII alone.

    What holds any other letter is read whatever it says: "GROSSMANN" may stand there as "Großmann".
    """
    words = {max(normal(each).split() or [each], key=len) for each in called}
    found = Q()
    for name in part.narrow:
        found |= Q(**{f"{name}__regex": _NOT_ASCII})
        for word in filter(str.isascii, words):
            found |= Q(**{f"{name}__icontains": word})
    return found


def _add_meetings(job: PersonErasure, pks: set[int]) -> None:
    if fresh := sorted(pks - set(job.meetings)):
        job.meetings = [*job.meetings, *fresh]
        _keep_out(job, list(Bot.objects.filter(pk__in=fresh)))


def _keep_out(job: PersonErasure, bots: list[Bot]) -> None:
    """Whatever comes of these meetings later is kept without them."""
    wanted = [digest(job.workspace_id, each) for each in job.called]
    ids = _ids_at_recall(bots)
    people = Forgotten.objects.select_for_update().filter(
        workspace_id=job.workspace_id, digest__in=wanted
    )
    for row in people:
        row.meetings = list(dict.fromkeys([*row.meetings, *ids]))
        row.save(update_fields=["meetings"])


def _ids_at_recall(bots: Iterable[Bot]) -> list[str]:
    return [str(bot.recall_id) for bot in bots if bot.recall_id is not None]


def _finish(job: PersonErasure, now: datetime) -> None:
    """The names go, and with them what only they could be used for."""
    with transaction.atomic():
        done = _mine(job).update(called=[], left_out=[], finished_at=now, lease_until=None)
        if done:
            Change.tell(workspace_id=job.workspace_id, bot_id=None, now=now)


def _mine(job: PersonErasure) -> models.QuerySet[PersonErasure]:
    """This job, as long as it is in the hands of the worker that holds this object."""
    return PersonErasure.objects.filter(pk=job.pk, finished_at=None, lease_until=job.lease_until)
