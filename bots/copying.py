"""Copying a file into the team's own storage, piece by piece, by whoever is at hand.

A worker takes a row by a lease, asks Recall for a fresh link, and goes on where the partial file
ends. What is whole is hashed, stored, read back and compared; then the partial file goes.
"""

import json
import logging
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import BinaryIO

from bots import archive, conf, connection, documents, keeping, tracks
from bots.file_names import file_name
from bots.models import Artifact, Forgotten, KeptFile, Lane, Transcript
from bots.models.forgotten import ERASED_PERSON, Veil
from bots.recall import downloads, errors
from bots.recall.client import Recall
from bots.recall.types import without_links

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
State = KeptFile.State

# Much longer than any single piece takes, so that only a worker that is dead or frozen loses it.
LEASE = timedelta(seconds=60)
SAVED_EVERY_S = 1.0
# How long to wait after the first, second … attempt in a row that brought nothing.
PAUSES_S = (5, 15, 60, 300, 900, 1800, 3600, 3600)
CHANGED = "What the storage gave back is not what was stored."
GONE = (
    "Recall does not hold this file any more: it was deleted or has expired before it was copied."
)


class _NotOurs(Exception):
    """It was stopped, or another worker has taken it up."""


class _Never(Exception):
    """No other attempt would help; the words are for people."""


def work(pk: int, *, clock: Clock, seconds: float) -> bool:
    """Go on with a copy for about that long; whether it is to be gone on with at once.

    Nothing happens while another worker has it. Never raises for what Recall or a storage says.
    """
    copy = KeptFile.objects.claim(pk, clock(), LEASE)
    if copy is None:
        return False
    turn = _Turn(copy, clock, ends=monotonic() + seconds)
    try:
        return turn.go_on()
    except _NotOurs:
        _clean_up(copy, clock())
        return False
    except _Never as error:
        turn.give_up(str(error))
    except archive.Busy:
        turn.put_off(timedelta(seconds=5), "")
    except archive.ArchiveError as error:
        turn.failed(error.sentence)
    except (errors.SlowDown, errors.OverBudget) as error:
        turn.put_off(timedelta(seconds=error.retry_after_s), error.sentence)
    except errors.NotFound:
        turn.give_up(GONE)
    except errors.ForeignLink as error:
        turn.give_up(error.sentence)
    except errors.LinkExpired as error:
        # A fresh link that opens nothing: the file itself is gone.
        if error.status in (404, 410) and copy.failures >= 1:
            turn.give_up(GONE)
        else:
            turn.failed("The link that Recall gave no longer opened. A fresh one is asked for.")
    except errors.Unreachable as error:
        cut = "The line was cut. It goes on where it was."
        turn.failed(cut if error.code in ("cut", "timeout") else error.sentence)
    except errors.RecallError as error:
        turn.failed(error.sentence)
    return False


def _clean_up(copy: KeptFile, now: datetime) -> None:
    """Leave nothing behind of a copy that was stopped meanwhile, or tried anew elsewhere."""
    same = KeptFile.objects.filter(pk=copy.pk, path=copy.path)
    if not same.exclude(state__in=[State.FAILED, State.DELETED]).exists():
        keeping.take_away(copy.path, now=now)


class _Turn:
    """One worker's turn with one copy."""

    def __init__(self, copy: KeptFile, clock: Clock, *, ends: float) -> None:
        self.copy, self.clock, self.ends = copy, clock, ends
        self.saved_at = self.told_at = monotonic()
        self.begun_at, self.begun_with = monotonic(), copy.done
        self.had = copy.done

    def go_on(self) -> bool:
        copy = self.copy
        if copy.sha256 and copy.size is not None and archive.size(copy.path) == copy.size:
            # A worker died between storing it and saying so.
            return self.finish()
        if (written := self._written()) is not None:
            return self._keep_bytes(written)
        if self._is_fetched():
            # Only the storage was missing: whether Recall still has it is of no matter.
            return self.finish()
        artifact = copy.artifact
        if artifact is None or artifact.status == "deleted":
            raise _Never(GONE)
        workspace = copy.recording.bot.workspace
        with connection.recall(workspace, lane=Lane.SYNC, clock=self.clock) as recall:
            answer = recall.artifacts(artifact.kind).retrieve(str(artifact.recall_id))
            url = answer.urls.get("download_url", "")
            if answer.status == "deleted" or (not url and answer.status == "failed"):
                raise _Never(GONE)
            if not url:
                raise errors.NotRecall(code="no_link", request="GET a file")
            if artifact.kind in keeping.SEPARATE:
                told = recall.download_json(url, max_bytes=tracks.MOST_BYTES)
                parts = downloads.separate_parts(told)
                if not copy.part:
                    veil = Forgotten.objects.veil(workspace.pk, copy.recording.bot.recall_id)
                    self._add_tracks(artifact, parts, veil)
                    return self._keep_bytes(_listed(told, veil))
                url = next((each.url for each in parts if each.id == copy.part), "")
                if not url:
                    raise _Never(GONE)
            if not self._fetch(recall, url):
                return True
        return self.finish()

    def _is_fetched(self) -> bool:
        """Whether the whole file lies on this machine already."""
        copy = self.copy
        if copy.size is None or copy.done != copy.size:
            return False
        try:
            return archive.partial(copy.path).stat().st_size == copy.size
        except OSError:
            return False

    def _written(self) -> str | None:
        """The text of what we write ourselves, None for what comes from Recall."""
        copy = self.copy
        if copy.kind == "transcript":
            told = Transcript.objects.filter(artifact=copy.artifact_id).first()
            if told is None or copy.artifact_id is None:
                raise _Never("What was said is not kept here any more.")
            return documents.as_json(documents.passages(told))
        if copy.kind == "participant_events":
            of = documents.people if copy.part == "participants" else documents.events
            return documents.as_json(of(copy.recording))
        return None

    def _keep_bytes(self, text: str) -> bool:
        written = text.encode()
        with archive.writing(self.copy.path) as file:
            file.truncate(0)
            file.write(written)
            _to_disk(file)
            self.copy.size = self.copy.done = len(written)
            self._save(size=len(written))
        return self.finish()

    def _add_tracks(
        self, artifact: Artifact, parts: tuple[downloads.SeparatePart, ...], veil: Veil
    ) -> None:
        """Order a copy of each person's track; whoever was erased is not named.

        What was stopped, given up or deleted comes back only where a person orders the list anew.
        """
        copy = self.copy
        had = KeptFile.objects.filter(artifact=artifact)
        if copy.by is not None:
            had = had.filter(pk__gt=copy.pk)
        had_parts = set(had.values_list("part", flat=True))
        sound = artifact.kind == "audio_separate"
        for n, track in enumerate(parts, 1):
            if not track.id or not track.url or track.id in had_parts:
                continue
            who = veil.everywhere.text(veil.person(track.participant).name) or f"Person {n}"
            what = "audio" if sound else (track.type or "video")
            keeping.add(
                copy.recording,
                artifact,
                track.id,
                label=f"{what.capitalize()} of {who}",
                ending=artifact.format,
                name=file_name(copy.recording, artifact.format, what=f"{who} {what} {n}"),
                by=copy.by,
                rule=copy.rule,
                until=copy.keep_until,
                now=self.clock(),
            )

    def _fetch(self, recall: Recall, url: str) -> bool:
        """Fetch until the file is whole; False where time is up before."""
        copy = self.copy
        with archive.writing(copy.path) as file:
            # What was not known to be on the disk may be holes after a power cut.
            have = min(os.fstat(file.fileno()).st_size, copy.done)
            file.truncate(have)
            if copy.size is not None and have == copy.size:
                return True
            with recall.open_link(url, start=have, etag=copy.etag) as opened:
                if opened.start != have or (have and opened.etag != copy.etag):
                    if opened.start:
                        raise errors.NotRecall(code="bad_range", request="GET a file")
                    file.truncate(0)  # another file, or a server without ranges
                    have = 0
                if opened.total is not None and opened.total > conf.most_bytes():
                    raise _Never(
                        f"It is larger than {conf.most_bytes() / 10**9:g} GB, the most that is "
                        "kept of one file (ARCHIVE_MOST_GB)."
                    )
                archive.make_room((opened.total or 0) - have)
                copy.size, copy.etag, copy.done = opened.total, opened.etag, have
                if opened.content_type and copy.content_type == "application/octet-stream":
                    copy.content_type = opened.content_type
                self.begun_with = self.had = have
                self._save(size=copy.size, etag=copy.etag, content_type=copy.content_type)
                for chunk in opened.chunks:
                    file.write(chunk)
                    copy.done += len(chunk)
                    if copy.done > conf.most_bytes():
                        raise _Never("It is larger than ARCHIVE_MOST_GB allows.")
                    if monotonic() - self.saved_at >= SAVED_EVERY_S:
                        _to_disk(file)
                        self._save()
                        if monotonic() >= self.ends:
                            self._pause()
                            return False
            _to_disk(file)
            if copy.size is None:
                copy.size = copy.done
            if copy.done != copy.size:
                raise errors.Unreachable(code="cut", request="GET a file")
            self._save(size=copy.size)
        return True

    def finish(self) -> bool:
        """Hash what has come, store it, read it back and compare. Nothing is left to go on with."""
        copy = self.copy
        stored = copy.sha256 and archive.size(copy.path) == copy.size
        if not stored:
            size, copy.sha256 = archive.digest_of_partial(copy.path, tick=self._tick)
            if size != copy.size:
                copy.sha256 = ""
                raise archive.ArchiveError("What was fetched is not whole on the disk. Once more.")
            self._save(sha256=copy.sha256)
            archive.store(
                copy.path,
                archive.partial(copy.path),
                content_type=copy.content_type,
                tick=self._tick,
            )
        if archive.digest(copy.path, tick=self._tick) != (copy.size, copy.sha256):
            self._begin_anew()
        now = self.clock()
        kept = copy.mine.update(
            state=State.KEPT,
            done=copy.size,
            reason="",
            kept_at=now,
            checked_at=now,
            problem="",
            lease_until=None,
            failures=0,
        )
        if not kept:
            raise _NotOurs
        archive.drop_partial(copy.path)
        keeping.note_kept(copy, now=now)
        self._tell(now)
        return False

    def _begin_anew(self) -> None:
        """Copy once more what came back changed, and no more where that was so before."""
        copy = self.copy
        was_so_before = copy.problem == CHANGED
        archive.delete(copy.path)
        copy.sha256 = copy.etag = ""
        copy.done = 0
        self._save(sha256="", etag="", problem=CHANGED)
        archive.drop_partial(copy.path)
        if was_so_before:
            raise _Never(f"{CHANGED} It was copied twice.")
        raise archive.ArchiveError(f"{CHANGED} It is copied once more.")

    # What becomes of the row

    def _save(self, **fields: object) -> None:
        """Note how far it is, and hold on to the row. Raises _NotOurs."""
        copy, at = self.copy, monotonic()
        took_s = at - self.begun_at
        if took_s > 0.5:
            copy.bytes_per_s = max(copy.done - self.begun_with, 0) / took_s
        now = self.clock()
        values = {"done": copy.done, "bytes_per_s": copy.bytes_per_s, **fields}
        if not copy.mine.update(lease_until=now + LEASE, **values):
            raise _NotOurs
        self.saved_at = at
        if at - self.told_at >= 2 * SAVED_EVERY_S:
            self._tell(now)

    def _tick(self) -> None:
        if monotonic() - self.saved_at >= SAVED_EVERY_S:
            self._save()

    def _pause(self) -> None:
        """Others have a turn; this one goes on at once where a worker is free."""
        if not self.copy.mine.update(
            state=State.WAITING, lease_until=None, due_at=self.clock(), failures=0, reason=""
        ):
            raise _NotOurs

    def failed(self, sentence: str) -> None:
        """Try again later, and at last no more; what brought anything begins to count anew."""
        failures = 1 if self.copy.done > self.had else self.copy.failures + 1
        if failures > len(PAUSES_S):
            self.give_up(f"{sentence} It was tried {failures} times.")
            return
        self.copy.failures = failures
        self.put_off(timedelta(seconds=PAUSES_S[failures - 1]), sentence)

    def put_off(self, pause: timedelta, sentence: str) -> None:
        now = self.clock()
        self.copy.mine.update(
            state=State.WAITING,
            lease_until=None,
            due_at=now + pause,
            reason=sentence,
            failures=self.copy.failures,
        )
        self._tell(now)

    def give_up(self, sentence: str) -> None:
        copy = self.copy
        given_up = copy.mine.update(
            state=State.FAILED, lease_until=None, reason=sentence, done=0, etag="", sha256=""
        )
        if given_up:
            keeping.take_away(copy.path, now=self.clock())
            logger.info("Copy %s is given up: %s", copy.pk, sentence)
        self._tell(self.clock())

    def _tell(self, now: datetime) -> None:
        self.told_at = monotonic()
        self.copy.recording.bot.tell(now)


def _listed(told: object, veil: Veil) -> str:
    """The list of tracks as Recall tells it, without its links and whoever was erased."""
    known = [_of_whom(each, veil) for each in told] if isinstance(told, list) else told
    listed = veil.everywhere.tree(without_links(known))
    return json.dumps(listed, ensure_ascii=False, indent=2)


def _of_whom(entry: object, veil: Veil) -> object:
    """An entry of that list; of whoever was erased only that they were there."""
    if not isinstance(entry, dict):
        return entry
    who = downloads.Participant.read(entry.get("participant"))
    is_erased = veil.covers_person(who.name, who.email)
    return entry | {"participant": {"name": ERASED_PERSON}} if is_erased else entry


def _to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
