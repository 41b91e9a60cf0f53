"""Copies for keeps: which files there are to keep, ordering copies, ending and deleting them.

The copying itself is `copying.py`.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from bots import archive, policy
from bots.file_names import file_name
from bots.models import Artifact, AuditEvent, KeptFile, Leftover, Recording, Transcript, Verb
from bots.models.called import called
from bots.policy import KEEPABLE

State = KeptFile.State
# Longer than that is for ever.
LONGEST_DAYS = 36_500
_TYPES = {
    "mp4": "video/mp4",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "flv": "video/x-flv",
    "json": "application/json",
    "png": "image/png",
}
# Files that we write ourselves: (part, label, part of the file's name).
_WRITTEN = {
    "transcript": [("", "Transcript", "")],
    "participant_events": [
        ("participants", "Participants", "participants"),
        ("events", "Events", "events"),
    ],
}
SEPARATE = ("video_separate", "audio_separate")


@dataclass(frozen=True, slots=True)
class Piece:
    """A file that can be kept. `key` names it in a form; `copy` is the newest copy of it."""

    artifact: Artifact
    part: str
    label: str
    ending: str
    words: str = ""
    copy: KeptFile | None = None

    @property
    def key(self) -> str:
        return f"{self.artifact.pk}:{self.part}"

    @property
    def is_taken(self) -> bool:
        """Whether there is a copy of it, or will be."""
        return self.copy is not None and (self.copy.is_open or self.copy.is_kept)


def pieces(recording: Recording, copies: Iterable[KeptFile] | None = None) -> list[Piece]:
    """What of a recording is ready to be kept, or is kept; each with its newest copy.

    `copies` are all that there are of the recording, oldest first, where they are read already.
    """
    if copies is None:
        copies = KeptFile.objects.filter(recording=recording).order_by("pk")
    newest = {(each.artifact_id, each.part): each for each in copies}
    ready = (each for each in recording.artifacts.all() if each.status == "done")
    artifacts = sorted(ready, key=lambda each: (each.kind, each.pk))
    words = [each for each in artifacts if each.kind == "transcript"]
    told: set[int | None] = set()
    if words:
        rows = Transcript.objects.filter(artifact__in=words)
        told = set(rows.values_list("artifact_id", flat=True))
    found = []
    for artifact in artifacts:
        for piece in _of(artifact, is_told=artifact.pk in told, recording=recording):
            copy = newest.get((artifact.pk, piece.part))
            found.append(Piece(artifact, piece.part, piece.label, piece.ending, piece.words, copy))
    place = {kind: n for n, kind in enumerate(KEEPABLE)}
    return sorted(found, key=lambda piece: place.get(piece.artifact.kind, len(place)))


def _of(artifact: Artifact, *, is_told: bool, recording: Recording) -> Iterator[Piece]:
    kind = artifact.kind
    if kind in _WRITTEN:
        # Written of what is kept in the database, which needs no link.
        if is_told if kind == "transcript" else recording.details_at is not None:
            for part, label, words in _WRITTEN[kind]:
                yield Piece(artifact, part, label, "json", words)
    elif kind in SEPARATE:
        # The list of tracks; once it is there, each track follows as a file of its own.
        yield Piece(artifact, "", KEEPABLE[kind], "json", f"{kind.partition('_')[0]} tracks")
    elif kind in KEEPABLE:
        yield Piece(artifact, "", KEEPABLE[kind], artifact.format)


def keep(
    recording: Recording,
    wanted: Iterable[Piece],
    *,
    by: User | None = None,
    rule: str = "",
    until: datetime | None = None,
    now: datetime,
) -> list[KeptFile]:
    """Order copies of these files; what has one already, or soon will, is left as it is.

    The caller wakes a worker (`tasks.wake_copies`) or leaves it to the sweep.
    """
    made = []
    for piece in wanted:
        if piece.is_taken:
            continue
        name = file_name(recording, piece.ending, what=piece.words)
        copy = add(
            recording,
            piece.artifact,
            piece.part,
            label=piece.label,
            ending=piece.ending,
            name=name,
            by=by,
            rule=rule,
            until=until,
            now=now,
        )
        if copy is not None:
            made.append(copy)
    if made:
        recording.bot.tell(now)
    return made


def add(
    recording: Recording,
    artifact: Artifact,
    part: str,
    *,
    label: str,
    ending: str,
    name: str,
    by: User | None,
    rule: str,
    until: datetime | None,
    now: datetime,
) -> KeptFile | None:
    """Order one copy; None where there is one already."""
    try:
        with transaction.atomic():
            copy = KeptFile.objects.create(
                workspace_id=recording.workspace_id,
                recording=recording,
                artifact=artifact,
                kind=artifact.kind,
                part=part,
                label=label[:200],
                format=artifact.format,
                content_type=_TYPES.get(ending, "application/octet-stream"),
                file_name=name[-200:],
                path=archive.new_name(recording.workspace_id, ending),
                by=by,
                rule=rule,
                keep_until=until,
                created_at=now,
                due_at=now,
            )
            _note(copy, Verb.KEEPING, by=by, now=now, rule=rule)
    except IntegrityError:
        return None
    return copy


def by_rule(recording: Recording, *, now: datetime) -> bool:
    """Order what the policy that the bot was sent under keeps by itself; whether that was news.

    What once had a copy, whatever became of it, gets none again by itself. A bot that was made
    elsewhere has no policy, and nothing of it is kept.
    """
    version = recording.bot.policy
    if version is None or recording.status != "done":
        return False
    pure = version.pure
    rules = pure.rules
    if not rules.keep:
        return False
    wanted = [
        piece
        for piece in pieces(recording)
        if piece.artifact.kind in rules.keep and piece.copy is None
    ]
    until = until_by(rules, recording)
    if not wanted or (until is not None and until <= now):
        return False
    rule = f"The policy of {pure.title}"
    return bool(keep(recording, wanted, rule=rule, until=until, now=now))


def until_by(rules: policy.Rules, recording: Recording) -> datetime | None:
    """Until when a policy keeps copies of a recording; None: until somebody deletes them."""
    return until_after(rules.keep_days, recording)


def until_after(days: int | None, recording: Recording) -> datetime | None:
    """That many days after the recording ended; None for no end."""
    if days is None:
        return None
    ended = recording.completed_at or recording.started_at or recording.created_at
    return ended + timedelta(days=min(days, LONGEST_DAYS))


# What people do with a copy


def stop(copy: KeptFile, *, by: User | None, now: datetime, why: str = "") -> bool:
    """Copy no further, and forget what has come so far; False where it was done already."""
    who = called(by) if by else "A rule"
    with transaction.atomic():
        stopped = (
            KeptFile.objects.filter(pk=copy.pk)
            .open()
            .update(
                state=State.FAILED,
                reason=why or f"{who} stopped it.",
                lease_until=None,
                done=0,
                sha256="",
                etag="",
            )
        )
        if stopped:
            # It may be stored already; nobody waits here for the storage to delete it.
            Leftover.of([copy.path], now)
            _note(copy, Verb.COPY_STOPPED, by=by, now=now)
            copy.recording.bot.tell(now)
    if stopped:
        # A worker that is at it finds out, and cleans up behind itself.
        archive.drop_partial(copy.path)
    return bool(stopped)


def again(copy: KeptFile, *, by: User | None, now: datetime) -> bool:
    """Try anew to make a copy that failed, or try at once what waits for its time.

    False where there is nothing to try: it is kept, being copied, or another copy was ordered.
    """
    try:
        with transaction.atomic():
            rows = KeptFile.objects.filter(pk=copy.pk)
            at_once = {"state": State.WAITING, "due_at": now, "failures": 0, "reason": ""}
            anew = rows.filter(state=State.WAITING).update(**at_once)
            if not anew:
                # What lies under the old name may still be deleted.
                path = archive.new_name(copy.workspace_id, copy.path.rpartition(".")[2])
                failed = rows.filter(state=State.FAILED)
                anew = failed.update(path=path, problem="", **at_once)
            if anew:
                _note(copy, Verb.KEEPING, by=by, now=now)
                copy.recording.bot.tell(now)
    except IntegrityError:
        return False
    return bool(anew)


def take_away(path: str, *, now: datetime) -> None:
    """Delete what may lie there of a copy that is not to be, later where the storage is away."""
    archive.drop_partial(path)
    try:
        archive.delete(path)
    except archive.ArchiveError:
        Leftover.of([path], now)


def set_until(
    copies: Collection[KeptFile], until: datetime | None, *, by: User | None, now: datetime
) -> None:
    """Keep these copies until then; None: until somebody deletes them."""
    with transaction.atomic():
        for copy in copies:
            copy.keep_until = until
            copy.save(update_fields=["keep_until"])
            said = f"{until:%Y-%m-%d}" if until else "until deleted"
            _note(copy, Verb.COPY_PROLONGED, by=by, now=now, until=said)
            copy.recording.bot.tell(now)


def forget(copy: KeptFile, *, by: User | None = None, why: str, now: datetime) -> None:
    """Delete a copy for good: first the file, then the row is marked deleted and keeps the reason.

    `why` is a sentence for people. It may be in whatever state; one that is gone already stays as
    it is. With a recording or a person copies go another way (`let_go`, `personal.py`).

    Raises archive.ArchiveError where the storage does not delete; then the copy is still kept and
    the call can be repeated.
    """
    if copy.state == State.DELETED:
        return
    if copy.is_open:
        stop(copy, by=by, now=now, why=why)
    archive.delete(copy.path)
    archive.drop_partial(copy.path)
    with transaction.atomic():
        gone = KeptFile.objects.filter(pk=copy.pk).exclude(state=State.DELETED)
        if gone.update(state=State.DELETED, reason=why, deleted_at=now, lease_until=None):
            _note(copy, Verb.COPY_DELETED, by=by, now=now, why=why)
            copy.recording.bot.want_lookout(now)
            copy.recording.bot.tell(now)


def let_go(recording: Recording, *, why: str, now: datetime) -> int:
    """Delete every copy of a recording that is deleted or erased; how many there were.

    Inside the transaction that deletes the recording, in which nobody waits for a storage: the
    rows go at once, their files as soon as a worker comes to it (`upkeep.clear`).
    """
    copies = KeptFile.objects.filter(recording=recording).exclude(state=State.DELETED)
    Leftover.of(copies.values_list("path", flat=True), now)
    recording.bot.want_lookout(now)
    return copies.update(state=State.DELETED, reason=why, deleted_at=now, lease_until=None)


def _note(copy: KeptFile, verb: Verb, *, by: User | None, now: datetime, **detail: str) -> None:
    AuditEvent.objects.record(
        copy.recording.workspace,
        verb,
        by=by,
        now=now,
        target=copy.recording,
        detail={"file": copy.label, **{name: value for name, value in detail.items() if value}},
    )


def note_kept(copy: KeptFile, *, now: datetime) -> None:
    """Write into the audit log that a copy is complete; what warned of its end may be over."""
    _note(copy, Verb.KEPT, by=copy.by, now=now, rule=copy.rule)
    copy.recording.bot.want_lookout(now)
