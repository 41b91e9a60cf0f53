"""What is done with kept copies later: read and compared, deleted when their time is over."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from bots import archive
from bots.keeping import forget
from bots.models import KeptFile, Leftover

logger = logging.getLogger(__name__)

# Partial files of copies that nobody goes on with.
LEFTOVERS_FOR = timedelta(days=2)
CHECK_LEASE = timedelta(minutes=30)
CHECK_AGAIN = timedelta(minutes=15)
# Copies that are looked for at one time, and how often; what is left goes the next time.
BATCH = 1000
MOST_BATCHES = 50
# Where so many files are not deleted, more are not tried.
MOST_STUCK = 20


def want_check(copy: KeptFile, *, now: datetime) -> None:
    """Have a copy read and compared by a worker (`tasks.wake_checks`)."""
    KeptFile.objects.kept().filter(pk=copy.pk).update(check_due_at=now)


def check_due(pk: int, *, now: datetime) -> None:
    """Do the check that was asked for, and keep what came of it; once, whoever is at hand.

    Where the storage is away, that says nothing of the copy: it is checked later.
    """
    mine = KeptFile.objects.checks_due(now).filter(pk=pk)
    # A worker that dies over it: then it is done once more.
    if not mine.update(check_due_at=now + CHECK_LEASE):
        return
    copy = KeptFile.objects.select_related("recording__bot").get(pk=pk)
    again_at = None
    try:
        check(copy, now=now)
    except archive.ArchiveError as error:
        logger.warning("Copy %s is checked later: %s", pk, error)
        again_at = now + CHECK_AGAIN
    KeptFile.objects.filter(pk=pk).update(check_due_at=again_at)
    copy.recording.bot.tell(now)


def check(copy: KeptFile, *, now: datetime) -> str:
    """Read a copy from the storage and compare: "" where it is what was kept, else what is wrong.

    Raises archive.ArchiveError where the storage cannot be read.
    """
    try:
        found = archive.digest(copy.path)
    except archive.Lost:
        copy.problem = "The file is not in the storage any more."
    else:
        same = found == (copy.size, copy.sha256)
        copy.problem = "" if same else "The file in the storage is not the one that was kept."
    copy.checked_at = now
    copy.save(update_fields=["checked_at", "problem"])
    return copy.problem


def prune(now: datetime, *, batch: int = BATCH, most: int = MOST_BATCHES) -> int:
    """Delete copies that are past their time, some at a time; how many went.

    What the storage does not delete stays, and is tried again the next time.
    """
    run, stuck = _Run(), set[int]()
    _clear(run, now, most=batch)
    for _ in range(most):
        past = KeptFile.objects.past(now).exclude(pk__in=stuck).order_by("keep_until")
        pks = list(past.values_list("pk", flat=True)[:batch])
        for pk in pks:
            # Somebody may have prolonged it since.
            copy = KeptFile.objects.past(now).select_related("recording__bot").filter(pk=pk).first()
            if copy is not None and not run.tries(f"Copy {pk}", partial(_let_pass, copy, now)):
                stuck.add(pk)
            if run.is_over:
                return run.gone
        if len(pks) < batch:
            break
    return run.gone


def _let_pass(copy: KeptFile, now: datetime) -> None:
    forget(copy, why="It was kept as long as it should be.", now=now)


def prune_partials(now: datetime) -> None:
    """Remove partial files on this machine that nobody goes on with."""
    wanted = {
        archive.partial(path).name
        for path in KeptFile.objects.open().values_list("path", flat=True)
    }
    for path, written_at in archive.partials():
        if path.name not in wanted and written_at < (now - LEFTOVERS_FOR).timestamp():
            path.unlink(missing_ok=True)


def clear(now: datetime, *, most: int) -> int:
    """Delete the files of copies that were let go; how many went.

    What the storage does not delete stays, and is tried again the next time.
    """
    run = _Run()
    _clear(run, now, most=most)
    return run.gone


def _clear(run: "_Run", now: datetime, *, most: int) -> None:
    for left in Leftover.objects.filter(since__lte=now).order_by("since")[:most]:
        if run.tries(f"Leftover {left.pk}", partial(_delete_left, left)):
            left.delete()
        if run.is_over:
            return


def _delete_left(left: Leftover) -> None:
    archive.delete(left.path)
    archive.drop_partial(left.path)


class _Run:
    """One run of deletions, which is over where trouble is the storage's and not one file's."""

    def __init__(self) -> None:
        self.gone = self.stuck = 0
        self.is_over = False

    def tries(self, what: str, delete: Callable[[], None]) -> bool:
        """Whether it went."""
        try:
            delete()
        except archive.ArchiveError as error:
            logger.warning("%s is to go and stays: %s", what, error)
            self.stuck += 1
            self.is_over = isinstance(error, archive.Away) or self.stuck >= MOST_STUCK
            return False
        self.gone += 1
        return True
